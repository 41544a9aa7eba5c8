//! The tests of causeway-translate: one binary, a module a subject.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod codes;
mod credit;
mod effect;
mod headers;
mod identity;
mod money;
mod open;
mod order;
mod party;
mod record;
mod status;
mod support;
mod terms;
mod versions;
mod walk;
