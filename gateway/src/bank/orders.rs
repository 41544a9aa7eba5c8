//! Orders: stored, stepped, and what their actions become.

use std::sync::Arc;

use causeway_translate::order::{Action, Event, Order, Sent};
use causeway_translate::{FspiopRequest, PaymentId, StatusReport};
use fspiop::error::ErrorInformation;
use switch::Timestamp;
use switch_store::{
    CommitError, DocumentWrite, Expected, NewOutboxRow, Notice, OutboxId, Submission,
};

use super::documents::{self, ORDER};
use super::lane;
use crate::alerts;
use crate::delivery::Item;
use crate::limits::STEP_RETRIES_MAX;
use crate::node::{HUB, Node};
use crate::outbound::{BankMessage, HopBudget, NotKept, Outbound, Urgency};
use crate::seal;

/// An order as stored.
///
/// # Errors
/// The store does not answer, or what it holds cannot be read.
pub async fn load(node: &Node, id: PaymentId) -> Result<Option<(Order, u64)>, CommitError> {
    let key = documents::key(ORDER, id);
    let stored = node.document(&key).await.map_err(|error| {
        tracing::error!(%error, "the store does not answer");
        CommitError::Unavailable
    })?;
    stored.map(|stored| Ok((documents::read(&key, &stored)?, stored.version))).transpose()
}

/// Lets something happen to an order; `row` is what it answers. Tells whether there is one.
///
/// # Errors
/// The step could not be committed.
pub async fn step(
    node: &Arc<Node>,
    id: PaymentId,
    event: &Event,
    row: Option<OutboxId>,
) -> Result<bool, CommitError> {
    for _ in 0..STEP_RETRIES_MAX {
        let Some((mut order, version)) = load(node, id).await? else { return Ok(false) };
        let awaited = lookup_of(&order);
        let actions = order.step(event, node.now().0);
        if actions.iter().all(|action| matches!(action, Action::Ignore(_))) {
            node.acknowledge(row);
            return Ok(true);
        }
        let mut submission = submission(node, &order, &actions, Expected::Version(version))?;
        submission.acknowledges.extend(row);
        if let (Some(target), None) = (awaited, lookup_of(&order)) {
            let key = documents::lookup_key(order.bank(), &target, id);
            submission.documents.push(documents::removed(key));
        }
        match node.commit(submission).await {
            Ok(_) => {
                committed(node, &order, &actions);
                return Ok(true);
            }
            // Another event was faster: this one meets the order that it left.
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Err(CommitError::Busy)
}

/// What storing an order with its actions takes.
///
/// # Errors
/// It cannot be written.
pub fn submission(
    node: &Node,
    order: &Order,
    actions: &[Action],
    expected: Expected,
) -> Result<Submission, CommitError> {
    let key = documents::key(ORDER, order.id());
    let mut submission = Submission {
        documents: vec![documents::journey(key, order, expected, order.wake_at_ms())?],
        ..Submission::default()
    };
    for action in actions {
        match action {
            Action::Send(sent, request) => {
                submission.outbox.push(sending(node, order, *sent, request)?);
                submission.documents.extend(waiting(order, *sent, request));
            }
            Action::Report { is_final, report } => {
                match reporting(order, *is_final, report) {
                    Some(row) => submission.outbox.push(row?),
                    // Failing the step would keep the order from ending, now and ever after.
                    None if *is_final => {
                        alerts::reconcile(node, order.id(), &alerts::UNTOLD);
                        let case = alerts::untold(order.id(), order.bank(), node.now());
                        submission.documents.push(case);
                    }
                    // The final one follows.
                    None => {}
                }
            }
            Action::Reconcile(item) => {
                let case = alerts::case(order.id(), order.bank(), item, &[], node.now());
                submission.documents.push(case);
            }
            Action::WakeAt(_) | Action::Ignore(_) => {}
        }
    }
    Ok(submission)
}

/// What follows once a step is stored.
pub fn committed(node: &Node, order: &Order, actions: &[Action]) {
    for action in actions {
        if let Action::Reconcile(item) = action {
            alerts::reconcile(node, order.id(), item);
        }
    }
    if order.is_final() {
        node.waiters.wake(order.id().bits());
        // Whoever waits for it may do so at another node.
        node.store.tell(Notice::Changed(documents::key(ORDER, order.id())));
    }
}

/// A message of an order's journey was given up.
///
/// # Errors
/// The step could not be committed.
pub async fn undelivered(
    node: &Arc<Node>,
    item: &Item,
    may_have_left: bool,
    error: ErrorInformation,
) -> Result<(), CommitError> {
    let Outbound::Translated(translated) = &*item.outbound else { return Ok(()) };
    let Some(id) = item.resource.split('/').nth(1).and_then(|id| PaymentId::parse(id).ok()) else {
        return Ok(());
    };
    let request = match (translated.request.method.as_str(), resource(&translated.request.target)) {
        ("GET", "parties") => Sent::Lookup,
        ("POST", "quotes") => Sent::Quote,
        ("POST", "transfers") => Sent::Transfer,
        ("GET", "transfers") => Sent::Ask,
        _ => return Ok(()),
    };
    match load(node, id).await? {
        Some((order, _)) if order.bank() == translated.party => {
            let event = Event::SendFailed { request, may_have_left, error };
            step(node, id, &event, item.row).await.map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Where XML for a bank goes.
pub fn bank_destination(bank: &str) -> String {
    format!("bank:{bank}")
}

fn resource(target: &str) -> &str {
    target.split('/').nth(1).unwrap_or_default()
}

/// The path of the lookup that an order waits for.
fn lookup_of(order: &Order) -> Option<String> {
    let party = order.awaited_party()?;
    Some(causeway_translate::request::party_target(fspiop::version::Resource::Parties, party))
}

fn waiting(order: &Order, sent: Sent, request: &FspiopRequest) -> Option<DocumentWrite> {
    let key = documents::lookup_key(order.bank(), &request.target, order.id());
    (sent == Sent::Lookup).then(|| documents::plain(key, Vec::new()))
}

fn sending(
    node: &Node,
    order: &Order,
    sent: Sent,
    request: &FspiopRequest,
) -> Result<NewOutboxRow, NotKept> {
    let budget = request.until_ms.map(|until_ms| HopBudget {
        until_ms,
        link_ms: 0,
        floor_ms: None,
        origin_ms: order.effective().map(fspiop::deadline::Timeout::ms),
    });
    let version = node.peers.known().version_for(request, None);
    let worded = (request, version);
    let outbound = seal::translated(order.bank(), worded, budget, node.now(), &node.keys);
    let deadline = request.until_ms.map(Timestamp);
    // Asking again is a request of its own and must not wait for an earlier one.
    let resource = match sent {
        Sent::Ask => format!("asks/{}", order.id().uuid()),
        Sent::Lookup | Sent::Quote | Sent::Transfer => lane(order.id()),
    };
    outbound.row(HUB, &resource, Urgency::Request, deadline)
}

fn reporting(
    order: &Order,
    is_final: bool,
    report: &StatusReport,
) -> Option<Result<NewOutboxRow, NotKept>> {
    let outbound = Outbound::Bank(message(order.bank(), report)?);
    // One lane, so that no interim status comes after the final one; which does not wait for it.
    let (urgency, deadline) = match is_final {
        true => (Urgency::Closing, None),
        false => (Urgency::Request, order.wake_at_ms().map(Timestamp)),
    };
    let lane = documents::status_lane(order);
    Some(outbound.row(&bank_destination(order.bank()), &lane, urgency, deadline))
}

/// The XML of a report; none if it cannot be written, which is a fault of ours and logged.
pub fn message(bank: &str, report: &StatusReport) -> Option<BankMessage> {
    match report.xml() {
        Ok(xml) => Some(BankMessage {
            bank: bank.to_owned(),
            message: report.version().to_owned(),
            xml,
            budget: None,
        }),
        Err(error) => {
            tracing::error!(%error, "a status message cannot be written");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_breaks_its_schema_is_no_message() {
        let report = |message_id: &str| -> StatusReport {
            let report = serde_json::json!({
                "message_id": message_id, "created_ms": 0, "status": "Settled", "reason": null,
                "original": {
                    "message_name": "pacs.008.001.08", "message_id": "M",
                    "created": "2026-01-01T00:00:00Z", "number_of_transactions": "1",
                    "payment_information_id": null, "instruction_id": null, "end_to_end_id": "E",
                    "transaction_id": "T", "uetr": null, "initiating_party": null,
                    "debtor_agent": null,
                },
                "accepted_ms": null, "clearing_reference": "C", "from": null, "to": null,
            });
            serde_json::from_value(report).unwrap()
        };
        assert!(message("bank", &report("m")).unwrap().xml.contains("ACSC"));
        assert_eq!(message("bank", &report(&"m".repeat(36))), None);
    }
}
