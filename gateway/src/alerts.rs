//! What an operator is called for: limits, contradictions, statuses that nobody acknowledges. The
//! case is a document, written with the batch that found it; the call is a log line and a counter.

use std::fmt::Display;

use bytes::Bytes;
use causeway_translate::PaymentId;
use switch::{Decision, Effect, Timestamp};
use switch_store::{DocumentKey, DocumentWrite, Expected};

use crate::effects::RECONCILIATION;
use crate::node::Node;

/// Raises what decisions want an operator to know.
pub fn raise(node: &Node, decisions: &[Decision]) {
    for effect in decisions.iter().flat_map(|decision| &decision.effects) {
        match effect {
            Effect::LimitAlarm { account, value, liquidity } => tracing::warn!(
                participant = account.participant.as_str(),
                currency = %account.currency,
                position = %value,
                cover = %liquidity,
                "a position has passed its alarm threshold"
            ),
            Effect::PositionAboveLimitAlert { account, value, net_debit_cap } => tracing::warn!(
                participant = account.participant.as_str(),
                currency = %account.currency,
                position = %value,
                limit = %net_debit_cap,
                "a limit was set below the position: nothing is admitted until it has come down"
            ),
            Effect::LimitAdjusted { account, net_debit_cap } => tracing::info!(
                participant = account.participant.as_str(),
                limit = %net_debit_cap,
                "a limit was changed"
            ),
            Effect::Reconciliation { about, .. } => {
                reconcile(node, about.id.into(), &"fulfilled after it had expired");
            }
            _ => {}
        }
    }
}

/// Calls an operator about a payment.
pub fn reconcile(node: &Node, payment: PaymentId, reason: &dyn Display) {
    node.metrics.reconciliation_items.inc();
    tracing::error!(payment = %payment, %reason, "reconciliation needed: see GET /reconciliation");
}

/// The case of a bank's payment, as it is stored.
pub fn case(
    payment: PaymentId,
    bank: &str,
    reason: &dyn Display,
    now: Timestamp,
) -> DocumentWrite {
    let body = serde_json::json!({
        "transferId": payment.uuid(),
        "bank": bank,
        "reason": reason.to_string(),
        "since": now.0,
    });
    DocumentWrite {
        key: DocumentKey::new(RECONCILIATION, payment.uuid()),
        expected: Expected::Any,
        body: Some(Bytes::from(body.to_string())),
        deadline: None,
    }
}
