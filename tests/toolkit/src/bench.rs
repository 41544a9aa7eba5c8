//! The load generator behind `causeway-toolkit bench`: a real hub in a process of its own, eight DFSPs in this one,
//! full transactions (lookup, quote, transfer) by an open schedule. Latencies count from the moment at which a
//! transaction was due, so that a hub that stalls cannot hide what it delays (coordinated omission).
//!
//! In the order of a run: [`options`] what is asked; `hub` the child process; `members` the DFSPs and their onboarding;
//! `script` every message signed before the clock starts; `schedule` when a transaction is due; `wire` bytes on
//! sockets; `play` one run; `measured` what it came to; `search` the highest sustained rate; `echo` and `disk` what
//! the machine itself can do; `isolation` what silent payees cost the others; `screening` what fraud screening costs
//! the hub; `report` the figures.

mod disk;
mod echo;
mod figures;
mod hub;
mod isolation;
mod measured;
mod members;
pub mod options;
mod play;
mod processes;
mod report;
mod run;
mod schedule;
mod screening;
mod script;
mod search;
mod wire;

pub use options::BenchOptions;
pub use run::bench;
