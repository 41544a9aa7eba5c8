//! Fraud screening's stream in this process, and the scorer that follows it. What NATS JetStream does
//! between machines is done here in memory, under the same subjects: bounded, in order, each event
//! with its number.
//!
//! * `stream`: append, read, subscribe
//! * `scorer`: owns the state of screening, asked by request and reply within a budget
//! * `limits`: the bounds

pub mod limits;
mod scorer;
mod stream;

pub use scorer::{Client, Request, Requests, Unavailable, channel, start};
pub use stream::{Behind, Entry, Missed, Stream, Subscription};
