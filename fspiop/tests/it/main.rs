//! The tests of the fspiop crate: one binary, a module a subject.

mod deadline;
mod ilp;

use std::path::PathBuf;

/// A file or directory of the shared facts. Without it the test skips; with CI=true it fails.
fn shared_or_skip(path: &str) -> Option<PathBuf> {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    skip(&format!("shared/{path} is not there"))
}

/// Says why a test skips; with CI=true nothing may skip.
fn skip<T>(why: &str) -> Option<T> {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "may not skip: {why}");
    eprintln!("skipped: {why}");
    None
}
