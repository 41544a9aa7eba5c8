//! What the committer is asked to commit together, and what it answers.

use std::sync::Arc;

use switch::{Command, Decision, Timestamp};
use thiserror::Error;

use crate::limits::{DOCUMENT_BODY_BYTES_MAX, DOCUMENT_KEY_BYTES_MAX, OUTBOX_BODY_BYTES_MAX};
use crate::{DocumentKey, DocumentWrite, NewOutboxRow, OutboxId, OutboxRow};

/// Commands, documents and outbox rows that take effect together or not at all.
#[derive(Clone, Default)]
pub struct Submission {
    /// Decided in this order, each on the outcome of those before. A refusal is a decision like
    /// any other: it does not keep the rest from taking effect.
    pub commands: Vec<Command>,
    /// Written whatever is decided.
    pub documents: Vec<DocumentWrite>,
    /// Sent whatever is decided.
    pub outbox: Vec<NewOutboxRow>,
    /// Outbox rows that this submission answers: removed in the same batch.
    pub acknowledges: Vec<OutboxId>,
    /// Makes the rest from the decisions.
    pub render: Option<Arc<dyn Render>>,
    /// Until when an unavailable store is asked again; none means
    /// [`RETRY_DEFAULT_MS`](crate::limits::RETRY_DEFAULT_MS) from the submission on.
    pub deadline: Option<Timestamp>,
}

/// Makes outbox rows and documents from decisions, inside the batch: what it returns is as durable
/// as the decisions. It may be called again for the same submission, on other decisions and with a
/// later time, when the first batch did not come about; it must not do anything but return.
pub trait Render: Send + Sync {
    /// What follows from `decisions`, one per command and in their order, taken at `now`.
    ///
    /// # Errors
    /// Something of it cannot be written: the submission is put aside ([`CommitError::Internal`]).
    fn render(&self, decisions: &[Decision], now: Timestamp) -> Result<Rendered, NotRendered>;
}

/// What [`Render`] could not write, and why. Ours: who sent the commands can mend nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotRendered(pub String);

/// What [`Render`] adds to its submission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Sent once the batch is synced.
    pub outbox: Vec<NewOutboxRow>,
    /// Written with the batch, under the same conditions as the submission's own.
    pub documents: Vec<DocumentWrite>,
}

/// The answer to a submission: all of it is on stable storage.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// One per command, in their order.
    pub decisions: Vec<Decision>,
    /// The batch's time: what the decisions took for now.
    pub now: Timestamp,
    /// The outbox rows of this submission with their numbers, in the order of submission, then of
    /// rendering. The [`Sink`] has had them already.
    pub outbox: Vec<OutboxRow>,
}

/// Why a submission was not committed. None of it has taken effect, except where said.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommitError {
    /// The caller's: a document was not what the submission expected. Load it again and decide anew.
    #[error("document {} of kind {} is not what was expected; load it again", hex(&key.key), key.kind)]
    Conflict {
        /// The document.
        key: DocumentKey,
    },
    /// The caller's: the submission is larger than the limits allow.
    #[error("the submission is over the limit {limit}; split it")]
    TooLarge {
        /// The name of the limit in [`limits`](crate::limits).
        limit: &'static str,
    },
    /// Ours, for the moment (FSPIOP 2005): too much is waiting. Send it again later.
    #[error("too much is waiting for the store; send it again later")]
    Busy,
    /// Ours, for the moment (FSPIOP 2003): the store did not answer before the deadline.
    #[error("the store did not answer before the deadline; send it again")]
    Unavailable,
    /// Ours (FSPIOP 2001): this submission makes the hub fail. It is kept as a document of kind
    /// [`QUARANTINE`](crate::QUARANTINE) for an operator; sending it again does not help.
    #[error("the submission made the hub fail and was put aside; an operator has to look at it")]
    Internal,
    /// Ours (FSPIOP 2003): the storage failed for good, or the committer was stopped. Whether the
    /// submission took effect is known after the next start only: ask then.
    #[error("the store has stopped; whether this took effect is known after the next start")]
    Halted,
}

/// Learns what was committed: after the sync, before the submitters are answered, in the order of
/// commits. It is called on the committer's thread and must not block.
pub trait Sink: Send + Sync {
    /// `rows` are to be delivered and are claimed by this node; `deadlines` have moved.
    fn committed(&self, rows: Vec<OutboxRow>, deadlines: Vec<crate::DeadlineChange>);
}

impl<F> Render for F
where
    F: Fn(&[Decision], Timestamp) -> Result<Rendered, NotRendered> + Send + Sync,
{
    fn render(&self, decisions: &[Decision], now: Timestamp) -> Result<Rendered, NotRendered> {
        self(decisions, now)
    }
}

impl<F> Sink for F
where
    F: Fn(Vec<OutboxRow>, Vec<crate::DeadlineChange>) + Send + Sync,
{
    fn committed(&self, rows: Vec<OutboxRow>, deadlines: Vec<crate::DeadlineChange>) {
        self(rows, deadlines);
    }
}

/// The bounds on what one submission may write, its own and what is rendered.
pub(crate) fn within_limits(
    documents: &[DocumentWrite],
    outbox: &[NewOutboxRow],
) -> Result<(), CommitError> {
    let bodies = documents.iter().filter_map(|write| write.body.as_ref());
    if documents.iter().any(|write| write.key.key.len() > DOCUMENT_KEY_BYTES_MAX) {
        return Err(CommitError::TooLarge { limit: "DOCUMENT_KEY_BYTES_MAX" });
    }
    if bodies.clone().any(|body| body.len() > DOCUMENT_BODY_BYTES_MAX) {
        return Err(CommitError::TooLarge { limit: "DOCUMENT_BODY_BYTES_MAX" });
    }
    if outbox.iter().any(|row| row.body.len() > OUTBOX_BODY_BYTES_MAX) {
        return Err(CommitError::TooLarge { limit: "OUTBOX_BODY_BYTES_MAX" });
    }
    Ok(())
}

/// A key as it is shown: document keys are identifiers of ours, no personal data.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect()
}
