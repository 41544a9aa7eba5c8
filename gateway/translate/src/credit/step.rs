//! One event, one step.

use fspiop::ilp::Secret;

use super::{Action, Credit, Event};

pub(super) fn step(
    credit: &mut Credit,
    event: &Event,
    now_ms: i64,
    secret: &Secret,
) -> Vec<Action> {
    let _ = (credit, event, now_ms, secret);
    unimplemented!()
}
