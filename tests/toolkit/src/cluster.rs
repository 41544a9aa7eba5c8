//! A cluster on this machine's loopback: nodes, PostgreSQL with a standby, NATS and Redis, each a real program in a
//! process of its own; and what can happen to them. `cargo xtask cluster`, `causeway demo --cluster` and the fault
//! tests run it. Everything lives in one temporary folder, and ends with the value that holds it.
//!
//! In the order of a start: [`programs`] what is needed and where it is; [`ports`] and [`process`] child processes by
//! their id; [`postgres`], [`database`] and [`beside`] the servers; [`link`] the network between them and the nodes;
//! [`disk`], [`clocks`] and [`relay`] a disk that can be filled, a clock that can be set, a way on which messages are
//! doubled and shuffled, and [`rig`] which of these there are; [`node`] a node; [`balancer`] what stands before them;
//! [`assembly`] all together; [`condition`] how each part is; [`fault`] what can happen; [`trial`] the same with
//! participants and a witness; [`run`] the command line, [`keys`] its key presses.

pub mod assembly;
pub mod balancer;
pub mod beside;
pub mod clocks;
pub mod condition;
pub mod database;
pub mod disk;
pub mod fault;
pub mod keys;
pub mod link;
pub mod node;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod programs;
pub mod relay;
pub mod rig;
pub mod run;
pub mod trial;

pub use assembly::{Cluster, ClusterOptions};
pub use rig::Rig;
pub use trial::Trial;
