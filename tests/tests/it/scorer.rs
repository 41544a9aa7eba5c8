//! Scorers as processes of their own over a real NATS JetStream: one answers, the other stands by, and
//! whoever is killed, stopped or cut off, the verdicts on the stream are those that follow from its
//! events.
//!
//! * `scheme`: a NATS server, scorers, questions, and what the stream holds at the end
//! * `kills`: the active one is killed at random; `faults`: stopped, forged, cut off; `mixed`: all of
//!   that at once, with two standbys; `hanging`: its thread alone stands still
//! * `torn`: killed over a snapshot; `replicas`: three servers, of which one goes
//! * `elsewhere`: rules that others answer; `memory`: what a scorer remembers
//! * `tms`: the open peer's messages, from a gateway to a scorer elsewhere

mod elsewhere;
mod faults;
mod hanging;
mod kills;
mod memory;
mod mixed;
mod replicas;
mod scheme;
mod tms;
mod torn;
