//! What an operator is called for: limits, contradictions, statuses that nobody acknowledges. The
//! case is a document, written with the batch that found it; the call is a log line and a counter.

use std::fmt::Display;

use bytes::Bytes;
use causeway_translate::PaymentId;
use switch::{Decision, Effect, Fault, Outcome, Refusal, Timestamp};
use switch_store::{DocumentKey, DocumentWrite, Expected};

use crate::effects::RECONCILIATION;
use crate::holds;
use crate::node::Node;

/// Raises what decisions want an operator to know.
pub fn raise(node: &Node, decisions: &[Decision]) {
    for decision in decisions.iter().filter(|decision| is_our_fault(decision)) {
        node.metrics.reconciliation_items.inc();
        tracing::error!(outcome = ?decision.outcome, "the ledger could not decide: look at once");
    }
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
            Effect::Reconciliation { about, late, .. } => {
                reconcile(node, about.id.into(), &fulfilled(*late));
            }
            Effect::HoldPrepare { .. } | Effect::HoldEnded { .. } => holds::follow(node, effect),
            _ => {}
        }
    }
}

/// Whether a command was refused for a fault of the hub's own, of which nobody else is told. A prepare
/// that wants a verdict first is none: it gets one and comes again.
pub fn is_our_fault(decision: &Decision) -> bool {
    match &decision.outcome {
        Outcome::Refused(Refusal::NotScreened) => false,
        Outcome::Refused(refusal) => refusal.fault() == Fault::Us,
        _ => false,
    }
}

/// Why the hub has a case of its own about a transfer.
pub fn fulfilled(late: bool) -> &'static str {
    match late {
        true => "the payee fulfilled after the transfer had expired",
        false => "the payee says that it has credited, and its fulfilment is wrong",
    }
}

/// Calls an operator about a payment.
pub fn reconcile(node: &Node, payment: PaymentId, reason: &dyn Display) {
    node.metrics.reconciliation_items.inc();
    tracing::error!(payment = %payment, %reason, "reconciliation needed: see GET /reconciliation");
}

/// The case of a payment, as it is stored: one a payment and side, so that what the hub has found and
/// what a bank's side has found stand beside each other. `facts` are further members.
pub fn case(
    payment: PaymentId,
    side: &str,
    reason: &dyn Display,
    facts: &[(&str, serde_json::Value)],
    now: Timestamp,
) -> DocumentWrite {
    let mut body = serde_json::json!({
        "transferId": payment.uuid(),
        "side": side,
        "reason": reason.to_string(),
        "since": now.0,
    });
    for (name, fact) in facts {
        body[*name] = fact.clone();
    }
    DocumentWrite {
        key: DocumentKey::new(RECONCILIATION, format!("{}/{side}", payment.uuid())),
        expected: Expected::Any,
        body: Some(Bytes::from(body.to_string())),
        deadline: None,
    }
}

/// The case of a payment whose final status cannot be written for its bank, a fault of ours: the
/// payment stays as it ended, and somebody else has to tell the bank. It stands beside any other case.
pub fn untold(payment: PaymentId, bank: &str, now: Timestamp) -> DocumentWrite {
    case(payment, &format!("{bank}/status"), &UNTOLD, &[("bank", bank.into())], now)
}

/// Why there is such a case.
pub const UNTOLD: &str = "the final status cannot be written as XML: the bank was not told it";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hub_and_bank_have_a_case_each() {
        let payment = PaymentId::from(switch::TransferId(7));
        let of = |side| case(payment, side, &"because", &[("payerFsp", "a".into())], Timestamp(1));
        assert_ne!(of("Hub").key, of("bank").key);
        assert_eq!(of("bank").key, of("bank").key);
        let body = of("bank").body.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["side"], &body["payerFsp"]), (&"bank".into(), &"a".into()));
        assert_eq!(body["transferId"], payment.uuid());
    }

    #[test]
    fn that_a_bank_was_not_told_stands_beside_its_other_case() {
        let payment = PaymentId::from(switch::TransferId(7));
        let untold = untold(payment, "bank", Timestamp(1));
        assert_ne!(untold.key, case(payment, "bank", &"because", &[], Timestamp(1)).key);
        let body: serde_json::Value = serde_json::from_slice(&untold.body.unwrap()).unwrap();
        assert_eq!((&body["bank"], &body["reason"]), (&"bank".into(), &UNTOLD.into()));
    }
}
