//! What a participant acknowledged and learned, as an append-only log, and the audit over these logs: it reads only
//! the participants' logs, answers to GET and positions, nothing of the hub's own.

mod audit;
mod entry;
mod journal;
mod units;

pub use audit::{Audit, Fault, PositionMove, Verdict};
pub use entry::{Entry, Event, Outcome, Standing, Terms};
pub use journal::Journal;
pub use units::{Units, UnitsError};
