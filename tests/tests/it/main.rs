//! The tests of the whole: one binary, a module for each concern.
//!
//! * `alerts`: the page of alerts against the program;
//! * `architecture`: who may import whom;
//! * `backup`: the drill of backup and restore on both stores;
//! * `bad_input`: hostile requests at every door;
//! * `cluster`: three nodes, their servers, and whatever can fail;
//! * `deadlines`: cascaded timeouts;
//! * `deploy`: the files of deploy/, held against the tools that read them;
//! * `entitlement`: whose word counts, and for how long;
//! * `events`: what auditors are told over NATS, whoever dies;
//! * `fspiop_versions`: FSPIOP 1.0, 1.1 and 2.0 in one hub;
//! * `headers`: business headers in answers;
//! * `kill`: the process dies at any instant and between any two steps;
//! * `nodes`: several nodes over one PostgreSQL;
//! * `payments`: money moves end to end;
//! * `races`: many at once, twice, too late, wrong;
//! * `redis`: the memory that nodes share and may lose;
//! * `scorer`: scorers as processes of their own, killed at random;
//! * `screening`: fraud screening before the money moves, and when it does not answer;
//! * `sdk_peer`: the reference SDK as a DFSP that knows nothing of timeout headers;
//! * `sim`: the whole without sockets, seeded;
//! * `tidy`: style, over every tracked file;
//! * `tls`: who may connect, as whom, and whom the gateway calls;
//! * `versions`: each message version through a whole payment;
//! * `repository`: which files those are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod alerts;
mod architecture;
mod backup;
mod bad_input;
mod cluster;
mod deadlines;
mod deploy;
mod entitlement;
mod events;
mod fspiop_versions;
mod headers;
mod kill;
mod nodes;
mod overload;
pub mod payments;
mod races;
mod readme;
mod redis;
mod repository;
mod scorer;
mod screening;
mod sdk_peer;
mod sim;
mod tidy;
mod tls;
mod tms;
mod versions;
mod workbench;
