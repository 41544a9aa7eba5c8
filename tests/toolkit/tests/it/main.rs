//! The toolkit, proven without a hub: DFSPs pay each other through a relay of a few lines, a bank talks to a channel
//! of a few lines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod audit;
mod bank;
mod bench;
mod cluster;
mod dfsp;
mod evaluate;
mod generate;
mod generate_published;
mod http;
mod onboard;
mod relay;

use std::path::PathBuf;

/// The shared facts beside the project, or `None` with a line that says so; with CI=true their absence fails.
fn shared_or_skip(path: &str) -> Option<PathBuf> {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is absent", found.display());
    eprintln!("skipped: {} is absent", found.display());
    None
}
