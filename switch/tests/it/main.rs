//! The ledger's tests: tables (a row an event, last column the result), properties of money, and
//! a seeded simulation.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where it breaks"
)]

mod directory;
mod ledger;
mod money;
mod sim;
mod table;
mod tables;
