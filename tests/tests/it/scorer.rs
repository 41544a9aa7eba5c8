//! Scorers as processes of their own over a real NATS JetStream: one answers, the other stands by, and
//! whoever is killed, stopped or cut off, the verdicts on the stream are those that follow from its
//! events.
//!
//! * `scheme`: a NATS server, scorers, questions, and what the stream holds at the end
//! * `kills`: the active one is killed at random; `faults`: stopped, forged, cut off
//! * `elsewhere`: rules that others answer; `memory`: what a scorer remembers
//! * `tms`: the open peer's messages, from a gateway to a scorer elsewhere

mod elsewhere;
mod faults;
mod kills;
mod memory;
mod scheme;
mod tms;
