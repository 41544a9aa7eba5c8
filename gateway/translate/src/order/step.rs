//! One event, one step.

use super::{Action, Event, Order};

pub(super) fn step(order: &mut Order, event: &Event, now_ms: i64) -> Vec<Action> {
    let _ = (order, event, now_ms);
    unimplemented!()
}
