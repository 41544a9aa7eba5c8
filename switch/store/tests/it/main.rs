//! The store's tests: what every store must do, run over each engine; the committer on faults;
//! and both together, killed and crowded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod cap;
mod clock;
mod committer;
mod conformance;
mod disk;
mod faults;
mod kill;
mod lanes;
mod place;
mod postgres;
mod scheme;
mod server;
mod shared_memory;
mod simulation;
