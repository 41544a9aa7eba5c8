//! Held transfers (DESIGN §3): what is kept of a prepare while somebody looks at it, the operator's
//! word that ends the hold, and the call when nobody looks.

use std::sync::Arc;

use bytes::Bytes;
use switch::{
    Command, Decision, Effect, HoldEnd, Release, Timestamp, Transfer, TransferId, TransferState,
};
use switch_store::{
    CommitError, Committed, DocumentKey, DocumentWrite, Expected, NotRendered, Render, Rendered,
    StoreError, Submission,
};
use thiserror::Error;

use crate::effects::{self, Renderer};
use crate::node::Node;
use crate::outbound::{Forwarded, NotKept, kept, read_kept};

/// The kind of held prepares: the request as received, with what its next hop may take.
pub const HELD: &str = "held";
/// The kind of operators' words about held transfers: the evidence of who decided, and why.
pub const HOLD_DECISION: &str = "hold-decision";

/// What an operator says of a held transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Whether it goes on or ends.
    pub verb: Verb,
    /// Who says so, where the request names somebody.
    pub operator: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What is to become of a held transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It goes on, if it is still admitted.
    Release,
    /// It ends unpaid.
    Block,
}

/// Why an operator's word could not be taken.
#[derive(Debug, Error)]
pub enum WordError {
    /// The store does not answer.
    #[error(transparent)]
    Read(#[from] StoreError),
    /// The decision could not be committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// Ours: a held transfer without the bytes to send.
    #[error("the held prepare is missing or was written by another version")]
    NotKept,
}

impl Verb {
    /// As evidence and logs name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Release => "release",
            Verb::Block => "block",
        }
    }
}

/// The name of a held prepare.
pub fn key(id: TransferId) -> DocumentKey {
    DocumentKey::new(HELD, Bytes::copy_from_slice(&id.0.to_be_bytes()))
}

/// The name of the evidence of who ended a hold.
pub fn decision_key(id: TransferId) -> DocumentKey {
    DocumentKey::new(HOLD_DECISION, Bytes::copy_from_slice(&id.0.to_be_bytes()))
}

/// The transfer that a held prepare belongs to.
pub fn transfer_of(key: &DocumentKey) -> Option<TransferId> {
    let bytes = key.key.as_ref().try_into().ok()?;
    (key.kind == HELD).then(|| TransferId(u128::from_be_bytes(bytes)))
}

/// Keeps a prepare, byte for byte, until its hold is over; at `call_at` somebody is called.
///
/// # Errors
/// [`NotKept`]
pub fn keep(
    id: TransferId,
    received: &Forwarded,
    call_at: Timestamp,
) -> Result<DocumentWrite, NotKept> {
    let (body, deadline) = (Some(kept(received)?), Some(call_at));
    Ok(DocumentWrite { key: key(id), expected: Expected::Any, body, deadline })
}

/// The hold is over.
pub fn forget(id: TransferId) -> DocumentWrite {
    DocumentWrite { key: key(id), expected: Expected::Any, body: None, deadline: None }
}

/// Takes an operator's word. A transfer that is not held any more is answered from what it came to.
///
/// # Errors
/// See [`WordError`].
pub async fn decide(
    node: &Arc<Node>,
    transfer: &Transfer,
    word: Word,
) -> Result<Decision, WordError> {
    let received = match (word.verb, transfer.state) {
        (Verb::Release, TransferState::Held) => held(node, transfer.id).await?,
        _ => None,
    };
    let command = match word.verb {
        Verb::Release => Command::Release(Box::new(Release::of(transfer))),
        Verb::Block => Command::Block { id: transfer.id },
    };
    let renderer = Renderer {
        budget: received.as_ref().and_then(|received| received.budget.clone()),
        received,
        known: Some(transfer.clone()),
        ..Renderer::plain(node)
    };
    let witness = Witness { renderer, id: transfer.id, word };
    let submission = Submission {
        commands: vec![command],
        render: Some(Arc::new(witness)),
        ..Submission::default()
    };
    let Committed { mut decisions, .. } = node.commit(submission).await?;
    effects::follow(node, &decisions);
    decisions.pop().ok_or(WordError::Commit(CommitError::Internal))
}

/// The kept prepare. It goes with the hold, so that what is missing may just have ended.
async fn held(node: &Node, id: TransferId) -> Result<Option<Forwarded>, WordError> {
    if let Some(document) = node.document(&key(id)).await? {
        return read_kept(&document.body).map(Some).ok_or(WordError::NotKept);
    }
    let transfer = node.transfer(id).await?;
    match transfer.is_some_and(|transfer| transfer.state == TransferState::Held) {
        true => Err(WordError::NotKept),
        false => Ok(None),
    }
}

/// Calls an operator about a transfer that has been held for long.
///
/// # Errors
/// The store does not answer.
pub async fn call(node: &Node, key: &DocumentKey) -> Result<(), CommitError> {
    let Some(id) = transfer_of(key) else { return Ok(()) };
    let transfer = node.transfer(id).await.map_err(|_| CommitError::Unavailable)?;
    let Some(held) = transfer.filter(|transfer| transfer.state == TransferState::Held) else {
        return Ok(());
    };
    if node.store.is_shared() && !first_to_call(node, key).await? {
        return Ok(());
    }
    node.metrics.held_long.inc();
    tracing::error!(
        transfer = held.spelling,
        payer = held.payer.as_str(),
        held_ms = node.now().0.saturating_sub(held.prepared_at.0),
        left_ms = held.due_at.0.saturating_sub(node.now().0),
        "a transfer waits for an operator's word: see GET /transfers?state=HELD"
    );
    Ok(())
}

/// Of the nodes that see that the time has come, one calls: the one that takes the time away.
async fn first_to_call(node: &Node, key: &DocumentKey) -> Result<bool, CommitError> {
    let stored = node.document(key).await.map_err(|_| CommitError::Unavailable)?;
    let Some(stored) = stored.filter(|stored| stored.deadline.is_some()) else { return Ok(false) };
    let (expected, body) = (Expected::Version(stored.version), Some(stored.body));
    let write = DocumentWrite { key: key.clone(), expected, body, deadline: None };
    let called = Submission { documents: vec![write], ..Submission::default() };
    match node.commit(called).await {
        Ok(_) => Ok(true),
        Err(CommitError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Counts what becomes of holds, and tells the log.
pub fn follow(node: &Node, effect: &Effect) {
    match effect {
        Effect::HoldPrepare { about, until } => {
            node.metrics.hold("held");
            tracing::warn!(
                transfer = about.spelling,
                payer = about.payer.as_str(),
                amount = %about.money,
                left_ms = until.0.saturating_sub(node.now().0),
                "a transfer is held: see GET /transfers?state=HELD"
            );
        }
        Effect::HoldEnded { end, .. } => node.metrics.hold(match end {
            HoldEnd::Released => "released",
            HoldEnd::Refused => "refused",
            HoldEnd::Blocked => "blocked",
            HoldEnd::Expired => "expired",
        }),
        _ => {}
    }
}

/// Renders the decision, and with it who took it: both are in one batch, or neither.
struct Witness {
    renderer: Renderer,
    id: TransferId,
    word: Word,
}

impl Render for Witness {
    fn render(&self, decisions: &[Decision], now: Timestamp) -> Result<Rendered, NotRendered> {
        let mut rendered = self.renderer.render(decisions, now)?;
        let effects = decisions.iter().flat_map(|decision| &decision.effects);
        rendered.documents.extend(effects.filter_map(|effect| self.evidence(effect, now)));
        Ok(rendered)
    }
}

impl Witness {
    /// None where it was not this word that ended the hold.
    fn evidence(&self, effect: &Effect, now: Timestamp) -> Option<DocumentWrite> {
        let admitted = match effect {
            Effect::HoldEnded { end: HoldEnd::Released | HoldEnd::Blocked, .. } => true,
            Effect::HoldEnded { end: HoldEnd::Refused, .. } => false,
            _ => return None,
        };
        let body = serde_json::json!({
            "action": self.word.verb.as_str(),
            "tookEffect": admitted,
            "operator": self.word.operator,
            "reason": self.word.reason,
            "at": now.0,
        });
        Some(DocumentWrite {
            key: decision_key(self.id),
            expected: Expected::Any,
            body: Some(Bytes::from(body.to_string())),
            deadline: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_prepare_is_named_after_its_transfer_and_nothing_else_is() {
        let id = TransferId(7 << 100);
        assert_eq!(transfer_of(&key(id)), Some(id));
        assert_eq!(transfer_of(&decision_key(id)), None);
        assert_eq!(transfer_of(&DocumentKey::new(HELD, "short")), None);
    }
}
