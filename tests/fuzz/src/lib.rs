//! What strangers send, thrown at every parser: a target each, with the properties that must hold
//! for any bytes. `cargo xtask fuzz` runs them under a fuzzer; the tests replay the corpus, which
//! holds a few seeds a target and whatever was once found wrong.
//!
//! | module | targets |
//! |---|---|
//! | [`iso`] | `iso-read` |
//! | [`json`] | `json` |
//! | [`request`] | `request`: route, headers and body of an FSPIOP request |
//! | [`signature`] | `signature`: the JWS header and what it covers; `keys`: a key ring |
//! | [`timeouts`] | `timeouts`: the timeout headers and the budget computed from them |
//! | [`ilp`] | `ilp`: packets and their terms |
//! | [`raw_request`] | `raw-request`: an HTTP request in a file |
//! | [`convert`] | `convert`: a bank's message to the other side; `convert-back`: an FSPIOP answer to the bank |
//! | [`screening`] | `conditions`, `catalogue`: what fraud screening is told; `tms`: the open peer's messages |
//! | [`values`] | `values`: amounts, times, ids |

pub mod convert;
pub mod ilp;
pub mod iso;
pub mod json;
pub mod raw_request;
pub mod request;
pub mod screening;
pub mod signature;
pub mod timeouts;
pub mod values;

/// One target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name on the command line, and its folder in the corpus.
    pub name: &'static str,
    /// Throws one input at it; panics when a property does not hold.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 14] = [
    Target { name: "iso-read", run: iso::read },
    Target { name: "json", run: json::parse },
    Target { name: "request", run: request::whole },
    Target { name: "signature", run: signature::verify },
    Target { name: "keys", run: signature::keys },
    Target { name: "timeouts", run: timeouts::budget },
    Target { name: "ilp", run: ilp::packet },
    Target { name: "values", run: values::all },
    Target { name: "raw-request", run: raw_request::parse },
    Target { name: "convert", run: convert::forward },
    Target { name: "convert-back", run: convert::back },
    Target { name: "conditions", run: screening::condition },
    Target { name: "catalogue", run: screening::catalogue },
    Target { name: "tms", run: screening::message },
];

/// Which folders of `../shared/data` hold seeds of which target.
const SEEDS: &str = include_str!("../seeds.txt");

impl Target {
    /// Folders of `../shared/data` whose files are seeds as well.
    pub fn seeds(&self) -> impl Iterator<Item = &'static str> {
        let pairs = SEEDS.lines().filter_map(|line| line.split_once(' '));
        pairs.filter(|(name, _)| *name == self.name).map(|(_, folder)| folder)
    }
}

/// The target of that name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
