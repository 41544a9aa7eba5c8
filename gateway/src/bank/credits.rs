//! Credits: transfers to a bank, stored, stepped, and what their actions become.

use std::sync::Arc;

use causeway_translate::credit::{Action, Credit, Event};
use causeway_translate::{FspiopRequest, PaymentId};
use fspiop::ilp::Secret;
use fspiop::route::Method;
use fspiop::version::Version;
use switch::Timestamp;
use switch_store::{CommitError, Expected, NewOutboxRow, OutboxId, Submission};

use super::documents::{self, ALIAS, CREDIT};
use super::lane;
use super::orders::{bank_destination, message};
use crate::alerts;
use crate::delivery::Item;
use crate::limits::STEP_RETRIES_MAX;
use crate::node::{HUB, Node};
use crate::outbound::{BankMessage, HopBudget, NotKept, Outbound, Urgency};
use crate::seal;
use crate::versions::OWN_VERSION;

/// A credit as stored.
///
/// # Errors
/// The store does not answer, or what it holds cannot be read.
pub async fn load(node: &Node, id: PaymentId) -> Result<Option<(Credit, u64)>, CommitError> {
    let key = documents::key(CREDIT, id);
    let stored = node.document(&key).await.map_err(unavailable)?;
    stored.map(|stored| Ok((documents::read(&key, &stored)?, stored.version))).transpose()
}

/// Lets something happen to a credit; `row` is what it answers. Tells whether there is one.
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
        let Some((mut credit, version)) = load(node, id).await? else { return Ok(false) };
        let secret = secret(node, credit.bank()).await?;
        let actions = credit.step(event, node.now().0, &secret);
        if actions.iter().all(|action| matches!(action, Action::Ignore(_))) {
            node.acknowledge(row);
            return Ok(true);
        }
        let mut submission = submission(node, &credit, &actions, Expected::Version(version))?;
        submission.acknowledges.extend(row);
        match node.commit(submission).await {
            Ok(_) => {
                committed(node, &credit, &actions);
                return Ok(true);
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Err(CommitError::Busy)
}

/// What storing a credit with its actions takes.
///
/// # Errors
/// It cannot be written.
pub fn submission(
    node: &Node,
    credit: &Credit,
    actions: &[Action],
    expected: Expected,
) -> Result<Submission, CommitError> {
    let key = documents::key(CREDIT, credit.id());
    let mut submission = Submission {
        documents: vec![documents::journey(key, credit, expected, credit.wake_at_ms())?],
        ..Submission::default()
    };
    if expected == Expected::Absent && credit.uetr() != credit.id().uuid() {
        let alias = switch_store::DocumentKey::new(ALIAS, credit.uetr().to_owned());
        submission.documents.push(documents::plain(alias, credit.id().uuid()));
    }
    for action in actions {
        let row = row(node, credit, action).transpose()?;
        if row.is_none() && matches!(action, Action::Confirm(_)) {
            alerts::reconcile(node, credit.id(), &alerts::UNTOLD);
            submission.documents.push(alerts::untold(credit.id(), credit.bank(), node.now()));
        }
        submission.outbox.extend(row);
        if let Action::Reconcile(item) = action {
            let case = alerts::case(credit.id(), credit.bank(), item, &[], node.now());
            submission.documents.push(case);
        }
    }
    Ok(submission)
}

/// What follows once a step is stored.
pub fn committed(node: &Node, credit: &Credit, actions: &[Action]) {
    for action in actions {
        if let Action::Reconcile(item) = action {
            alerts::reconcile(node, credit.id(), item);
        }
    }
}

/// A pacs.008 was given up.
///
/// # Errors
/// The step could not be committed.
pub async fn undelivered(
    node: &Arc<Node>,
    item: &Item,
    may_have_left: bool,
) -> Result<(), CommitError> {
    let Outbound::Bank(message) = &*item.outbound else { return Ok(()) };
    let id = item.resource.strip_prefix("transfers/").and_then(|id| PaymentId::parse(id).ok());
    match id {
        Some(id) if message.message.starts_with("pacs.008") => {
            let event = Event::BankSendFailed { may_have_left };
            step(node, id, &event, item.row).await.map(|_| ())
        }
        _ => Ok(()),
    }
}

/// The ILP secret of a bank's side.
///
/// # Errors
/// The store does not answer, or the bank has none: it was not onboarded.
pub async fn secret(node: &Node, bank: &str) -> Result<Secret, CommitError> {
    let stored = node.document(&documents::secret_key(bank)).await.map_err(unavailable)?;
    match stored {
        Some(stored) => Ok(Secret::new(&stored.body)),
        None => {
            tracing::error!(bank, "the bank has no ILP secret");
            Err(CommitError::Internal)
        }
    }
}

/// A request of a bank's side to the hub, as an outbox row, worded for who is to read it.
///
/// # Errors
/// [`NotKept`]
pub fn to_hub(
    node: &Node,
    bank: &str,
    (request, asked): (&FspiopRequest, Option<Version>),
    resource: &str,
    urgency: Urgency,
) -> Result<NewOutboxRow, NotKept> {
    // An answer's time limits our trying, not what its receiver may take.
    let asks = matches!(request.method, Method::Get | Method::Post);
    let budget = request.until_ms.filter(|_| asks).map(|until_ms| HopBudget {
        until_ms,
        link_ms: 0,
        floor_ms: None,
        origin_ms: None,
    });
    let worded = (request, node.peers.known().version_for(request, asked));
    let outbound = seal::translated(bank, worded, budget, node.now(), &node.keys);
    outbound.row(HUB, resource, urgency, request.until_ms.map(Timestamp))
}

fn row(node: &Node, credit: &Credit, action: &Action) -> Option<Result<NewOutboxRow, NotKept>> {
    match action {
        Action::SendBank(xml) => {
            let outbound = Outbound::Bank(BankMessage {
                bank: credit.bank().to_owned(),
                message: xml.name.clone(),
                xml: xml.xml.clone(),
                budget: Some(HopBudget {
                    until_ms: xml.until_ms,
                    // The link has been taken off already (CONTRACTS §1).
                    link_ms: 0,
                    floor_ms: None,
                    origin_ms: None,
                }),
            });
            let destination = bank_destination(credit.bank());
            let deadline = Some(Timestamp(xml.until_ms));
            Some(outbound.row(&destination, &lane(credit.id()), Urgency::Request, deadline))
        }
        Action::Answer(request) => {
            // RESERVED is for the hub, and no answer before 1.1; an error is passed on.
            let asked = (!request.target.ends_with("/error")).then_some(OWN_VERSION);
            Some(to_hub(node, credit.bank(), (request, asked), &lane(credit.id()), Urgency::Final))
        }
        Action::Ask(request) => {
            let resource = format!("asks/{}", credit.id().uuid());
            Some(to_hub(node, credit.bank(), (request, None), &resource, Urgency::Request))
        }
        Action::Confirm(report) => {
            let outbound = Outbound::Bank(message(credit.bank(), report)?);
            let destination = bank_destination(credit.bank());
            Some(outbound.row(&destination, &lane(credit.id()), Urgency::Closing, None))
        }
        Action::WakeAt(_) | Action::Reconcile(_) | Action::Ignore(_) => None,
    }
}

fn unavailable(error: switch_store::StoreError) -> CommitError {
    tracing::error!(%error, "the store does not answer");
    CommitError::Unavailable
}
