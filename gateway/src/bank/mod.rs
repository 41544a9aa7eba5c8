//! The ISO bank side: FSPIOP in the name of banks that speak XML. An in-process peer of the hub:
//! what it receives comes from the outbox, what it says goes there, and each step of a journey is
//! one batch: the journey's document, the rows that it sends, the row that it answers.

mod answers;
mod channel;
mod credits;
mod documents;
mod orders;

use std::sync::Arc;

use causeway_translate::{BankRecord, PaymentId};
use fspiop::error::ErrorInformation;
use switch_store::{CommitError, DocumentKey, OutboxId};

use crate::delivery::Item;
use crate::envelope::{Answer, Envelope};
use crate::node::Node;

pub use answers::{receive, receive_remote};
pub use channel::{admi002, headers as message_headers, inline_answer, post, status};
pub use documents::{CREDIT, ORDER, final_order_of, order_key, payment_of, secret_key};

/// A document's deadline has come.
///
/// # Errors
/// The step could not be committed; it has to be taken again.
pub async fn wake(node: &Arc<Node>, key: &DocumentKey) -> Result<(), CommitError> {
    let Some(id) = documents::payment_of(key) else { return Ok(()) };
    match key.kind.as_ref() {
        ORDER => {
            orders::step(node, id, &causeway_translate::order::Event::Deadline, None).await?;
        }
        CREDIT => {
            credits::step(node, id, &causeway_translate::credit::Event::Deadline, None).await?;
        }
        kind => tracing::warn!(kind, "a document of this kind has no business with deadlines"),
    }
    Ok(())
}

/// What was asked in the hub's memory before this process started is asked again.
pub async fn resume(node: &Arc<Node>, open: Vec<DocumentKey>) {
    for key in open.iter().filter(|key| key.kind == ORDER) {
        let Some(id) = documents::payment_of(key) else { continue };
        let event = causeway_translate::order::Event::Restarted;
        if let Err(error) = orders::step(node, id, &event, None).await {
            tracing::warn!(order = %id, %error, "its question is not asked again");
        }
    }
}

/// A message of a journey was given up.
///
/// # Errors
/// The step could not be committed.
pub async fn undelivered(
    node: &Arc<Node>,
    item: &Item,
    may_have_left: bool,
    error: ErrorInformation,
) -> Result<(), CommitError> {
    orders::undelivered(node, item, may_have_left, error).await?;
    credits::undelivered(node, item, may_have_left).await
}

/// The lane of all messages about one payment.
fn lane(id: PaymentId) -> String {
    format!("transfers/{}", id.uuid())
}

/// What a request to a bank is handled with.
struct Received<'r> {
    bank: &'r BankRecord,
    envelope: &'r Envelope,
    row: Option<OutboxId>,
}

/// The answer to a step: taken, or to be sent again.
fn answered(done: Result<(), CommitError>) -> Answer {
    match done {
        Ok(()) => Answer::empty(200),
        Err(error) => crate::hub::refused(&crate::hub::store_failed(&error)),
    }
}
