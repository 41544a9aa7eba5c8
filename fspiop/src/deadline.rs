//! Cascaded timeouts: the header that carries a time budget from hop to hop, the scheme's tables, and the arithmetic.
//!
//! Durations cross the wire, never clock times; the only clock compared is the hub's with the signed `expiration`.
//! Every number here is milliseconds counted from the end of the request's headers. Nothing wraps and nothing is
//! negative: subtraction stops at zero.
//!
//! * [`Timeout`], [`TimeoutHeaders`]: the text of `FSPIOP-Timeout` and `FSPIOP-Timeout-Origin`
//! * [`Profile`], [`Row`], [`TimedResource`]: the scheme's tables
//! * [`Budget`], [`Down`], [`TimeRefusal`], [`TimeoutStage`]: what is left for whom, and what to
//!   answer when it is too little
//! * [`Journey`]: the single budget of a bank's order over lookup, quote and transfer

mod budget;
mod journey;
mod profile;
mod timeout;

pub use budget::{
    Answer, Budget, Down, Input, TimeRefusal, TimeRefusalReason, TimeoutStage, Violation,
};
pub use journey::Journey;
pub use profile::{JourneyRow, Profile, Row, TimedResource};
pub use timeout::{Timeout, TimeoutHeaders};
