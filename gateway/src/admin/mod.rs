//! The admin API (CONTRACTS §4): participants, accounts, limits, funds, endpoints, keys; and what
//! operators watch.

use std::sync::Arc;

use crate::envelope::{Answer, Envelope};
use crate::node::Node;

/// Answers one request of an operator.
pub async fn receive(node: &Arc<Node>, envelope: Envelope) -> Answer {
    let _ = (node, envelope);
    Answer::empty(404)
}
