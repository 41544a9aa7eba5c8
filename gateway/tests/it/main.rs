//! The gateway in this process, driven over HTTP, and the commands of its binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod admin;
mod cli;
mod frms_test;
mod keys;
mod validate;
