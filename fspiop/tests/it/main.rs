//! The tests of the fspiop crate: one binary, a module a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod amount;
mod deadline;
mod error;
mod headers;
mod identifiers;
mod ilp;
mod interop;
mod json;
mod jws;
mod never_panics;
mod openapi;
mod resources;
mod route;
mod time;
mod version;
mod wycheproof;

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
#[expect(clippy::disallowed_methods, reason = "a test has no gateway to read the environment")]
fn skip<T>(why: &str) -> Option<T> {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "may not skip: {why}");
    eprintln!("skipped: {why}");
    None
}

/// The rows of a table: cells between bars, trimmed; blank lines and lines that begin with # left out.
fn rows<const CELLS: usize>(table: &str) -> Vec<[&str; CELLS]> {
    let lines =
        table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cells = |line| str::split(line, '|').map(str::trim).collect::<Vec<_>>();
    lines
        .map(|line| cells(line).try_into().unwrap_or_else(|_| panic!("cells in: {line}")))
        .collect()
}
