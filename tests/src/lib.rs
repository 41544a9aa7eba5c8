//! What every test of this crate needs: where things are, and how a test skips.
//!
//! A test that lacks something from outside (`../shared`, a program) says so and returns:
//!
//! ```no_run
//! use causeway_tests::{shared, skip};
//! let Some(vectors) = shared("data/security/timeouts") else {
//!     return skip("../shared is absent");
//! };
//! # let _ = vectors;
//! ```
//!
//! `cargo xtask test` counts such a test as skipped, not as passed. With `CI=true` nothing may
//! skip: [`skip`] fails the test. Crates that cannot import this one say the same line themselves.

#![allow(clippy::expect_used, clippy::panic, reason = "this crate is tests")]

pub mod fellows;
pub mod nats;
pub mod process;
pub mod tls;
pub mod world;

use std::env;
use std::path::{Path, PathBuf};

/// The project's root folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A file or folder of `../shared`, the reference data beside the project, if it is there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = root().parent()?.join("shared").join(path);
    found.exists().then_some(found)
}

/// Says on standard error why this test skips; the caller returns next. With `CI=true` it fails
/// the test instead.
pub fn skip(why: &str) {
    let strict = env::var("CI").is_ok_and(|value| value == "true");
    assert!(!strict, "with CI=true nothing may skip: {why}");
    eprintln!("skipped: {why}");
}
