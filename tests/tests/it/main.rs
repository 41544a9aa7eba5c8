//! The tests of the whole: one binary, a module for each concern.
//!
//! * `architecture`: who may import whom;
//! * `tidy`: style, over every tracked file;
//! * `repository`: which files those are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod payments;
mod architecture;
mod repository;
mod tidy;
