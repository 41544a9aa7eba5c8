//! The built binary's tools, as an integrator runs them.

mod convert;
mod doctor;
mod frms;
mod verify_jws;

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

/// What a run of the binary ended with.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub said: String,
    /// Standard error.
    pub complained: String,
}

/// Runs `causeway` with these arguments.
pub fn causeway<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Ran {
    let output =
        Command::new(env!("CARGO_BIN_EXE_causeway")).args(arguments).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran {
        code: output.status.code().expect("it ends by itself"),
        said: text(output.stdout),
        complained: text(output.stderr),
    }
}

/// A file or directory of the shared facts. Without it the test skips; with CI=true it fails.
pub fn shared_or_skip(path: &str) -> Option<PathBuf> {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "may not skip: shared/{path}");
    eprintln!("skipped: shared/{path} is not there");
    None
}
