//! Tests of the crate from outside, against the shared samples and xmllint.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod arbitrary;
mod envelope;
mod findings;
mod hostile;
mod messages;
mod mutations;
mod oracle;
mod read;
mod rules;
mod sample_mutations;
mod samples;
mod support;
mod write;
