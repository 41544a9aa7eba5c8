//! The tests of the whole: one binary, a module for each concern.
//!
//! * `architecture`: who may import whom;
//! * `bad_input`: hostile requests at every door;
//! * `deadlines`: cascaded timeouts;
//! * `tidy`: style, over every tracked file;
//! * `repository`: which files those are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod payments;
mod architecture;
mod bad_input;
mod deadlines;
mod repository;
mod tidy;
