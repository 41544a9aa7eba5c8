//! A cluster on this machine's loopback: nodes, PostgreSQL with a standby, NATS and Redis, each a real program in a
//! process of its own; and what can happen to them. `cargo xtask cluster`, `causeway demo --cluster` and the fault
//! tests run it. Everything lives in one temporary folder, and ends with the value that holds it.
//!
//! In the order of a start: [`programs`] what is needed and where it is; [`ports`] and [`process`] child processes by
//! their id; [`postgres`] and [`beside`] the servers; [`link`] the network between them.

pub mod beside;
pub mod link;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod programs;
