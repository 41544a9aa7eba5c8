//! Simulated participants over real sockets: FSPIOP DFSPs and ISO banks that sign, verify, delay and misbehave on
//! request. `causeway demo`, the end-to-end tests and the fault tests put them around a hub. What they write and
//! read is theirs: of our crates only the pure ones are used, and of those only signatures, ILP and the XML reader.
//!
//! * [`http`]: the small client and server that the peers use, and raw bytes for smuggling tests.
//! * [`dfsp`]: a DFSP, as payer and as payee.
//! * [`bank`]: an ISO-native bank on the bank channel.
//! * [`onboard`]: the admin API's client, and a scheme of two banks and two DFSPs.
//! * [`players`]: the two banks and two DFSPs that demo and tests share.
//! * [`load`]: payments in every direction, for as long as wanted; [`witness`]: the judgement at the end.
//! * [`ledger_log`]: what a participant acknowledged and learned, and the audit over these logs.
//! * [`tls`]: a throw-away scheme CA and what it issues.
//! * [`story`]: the hops of a payment as a table.
//! * [`bench`]: the load generator.
//! * [`generate`]: labelled payments from a seed.
//! * [`generate_published`]: labelled payments after simulations that others have published.
//! * [`calibrate`]: weights and thresholds of our typologies; [`evaluate`]: what they find.
//! * [`cluster`]: several nodes with PostgreSQL, NATS and Redis as child processes, and what can happen to them.

pub mod bank;
pub mod bench;
pub mod calibrate;
pub mod clock;
pub mod cluster;
pub mod dfsp;
pub mod evaluate;
pub mod generate;
pub mod generate_published;
pub mod http;
pub mod ledger_log;
pub mod limits;
pub mod load;
pub mod onboard;
pub mod players;
pub mod story;
pub mod tls;
pub mod witness;

mod failure;

pub use failure::ToolkitError;
