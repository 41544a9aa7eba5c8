//! Fraud screening's stream, in this process or between machines on NATS JetStream, and the scorer that
//! follows it. Both forms have the same events under the same subjects, each with its number; the one in
//! memory is bounded and has no gaps.
//!
//! * `stream`: the one in memory: append, read, subscribe; `weight`: what an event takes there
//! * `journal`: a stream as its scorer sees it; `jetstream`: NATS, terms and lease; `decode`: what is an
//!   event there
//! * `scorer`: owns the state of screening, asked within a budget; `desk`: who waits for what
//! * `mirror`: a copy of what is on NATS, for whoever shows it
//! * `ask`: questions between machines; `elsewhere`: rules that others answer
//! * `snapshots`: the state in a file; `standing`: what a scorer shows of itself
//! * `limits`: the bounds

mod ask;
mod decode;
mod desk;
mod elsewhere;
mod jetstream;
mod journal;
mod lanes;
pub mod limits;
mod mirror;
mod scorer;
mod snapshots;
mod standing;
mod stream;
mod weight;

pub use ask::{answer_others, ask_elsewhere, ask_subject};
pub use decode::{Decoded, decode};
pub use elsewhere::{Processors, rule_subject};
pub use jetstream::{JetStream, Place, Unreachable, name_of};
pub use journal::{Appending, InProcess, Journal, NotAppended, Read};
pub use mirror::mirror;
pub use scorer::{Beginning, Client, Request, Requests, Unavailable, channel, start, start_on};
pub use snapshots::Snapshots;
pub use standing::{Numbers, Standing};
pub use stream::{Behind, Entry, Missed, Stream, Subscription};
