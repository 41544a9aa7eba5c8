//! What is kept of messages until their reports are no longer asked for. Names are pseudonyms, so that
//! no key tells whose payment it is.

use bytes::Bytes;
use frms::tms::TmsMessage;
use frms::{Attempt, Decision, PaymentId, Point, Pseudonyms};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switch::Timestamp;
use switch_store::{CommitError, DocumentKey, DocumentWrite, Expected, StoreError};

use crate::node::Node;

/// A message with its reports; the key is its type and `MsgId`.
const MESSAGE: &str = "tms-message";
/// The attempt of a payment; the key is the payment's id.
const ATTEMPT: &str = "tms-attempt";
/// The same of a payment that was only asked for.
const QUOTE: &str = "tms-quote";
/// The message that told how a payment ended: its key.
const ENDING: &str = "tms-ending";

/// Whether a document is one of these.
pub fn is_kept(kind: &str) -> bool {
    [MESSAGE, ATTEMPT, QUOTE, ENDING].contains(&kind)
}

/// A message.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    /// SHA-256 of its bytes, hexadecimal.
    pub(super) digest: String,
    /// As paths name it.
    pub(super) tx_tp: String,
    /// `GrpHdr/MsgId`
    pub(super) message_id: String,
    /// `GrpHdr/CreDtTm`
    pub(super) created: String,
    /// What it makes the scorer look at.
    pub(super) evaluated: Vec<Evaluated>,
    /// The version of the document that it was read from.
    #[serde(skip)]
    pub(super) version: u64,
}

/// A payment of a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Evaluated {
    /// Which.
    pub(super) payment: PaymentId,
    /// When in its life.
    pub(super) point: Point,
    /// Its terms; none in a message that tells how it ended.
    pub(super) attempt: Option<Box<Attempt>>,
    /// What came of it, if that is known.
    pub(super) decision: Option<Decision>,
    /// The report; none, too, where the network map runs nothing on the message.
    pub(super) report: Option<Value>,
}

/// Where something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Attempt(PaymentId),
    Quote(PaymentId),
    Ending(PaymentId),
}

impl Place {
    fn key(self) -> DocumentKey {
        let (kind, payment) = match self {
            Place::Attempt(payment) => (ATTEMPT, payment),
            Place::Quote(payment) => (QUOTE, payment),
            Place::Ending(payment) => (ENDING, payment),
        };
        DocumentKey::new(kind, payment.0.to_be_bytes().to_vec())
    }

    /// What is kept there.
    pub(super) async fn read<T: DeserializeOwned>(
        self,
        node: &Node,
    ) -> Result<Option<T>, StoreError> {
        read(node, &self.key()).await
    }

    /// To be kept there until then; what is there already counts for good.
    pub(super) fn write(
        self,
        value: &impl Serialize,
        until: Timestamp,
    ) -> Result<DocumentWrite, CommitError> {
        write(self.key(), Expected::Any, value, until)
    }
}

/// The name of a message.
pub(super) fn key(pseudonyms: &Pseudonyms, message: TmsMessage, id: &str) -> DocumentKey {
    let name = pseudonyms.entity(message.as_str(), id).0;
    DocumentKey::new(MESSAGE, name.to_be_bytes().to_vec())
}

/// The same of what [`Place::Ending`] keeps.
pub(super) fn message_key(bytes: &[u8]) -> DocumentKey {
    DocumentKey::new(MESSAGE, bytes.to_vec())
}

/// A message that was kept.
pub(super) async fn message(node: &Node, key: &DocumentKey) -> Result<Option<Message>, StoreError> {
    let found: Option<(u64, Message)> = versioned(node, key).await?;
    Ok(found.map(|(version, message)| Message { version, ..message }))
}

/// Something to be kept until then.
pub(super) fn write(
    key: DocumentKey,
    expected: Expected,
    value: &impl Serialize,
    until: Timestamp,
) -> Result<DocumentWrite, CommitError> {
    let body = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "what is kept of a message cannot be written");
        CommitError::Internal
    })?;
    Ok(DocumentWrite { key, expected, body: Some(Bytes::from(body)), deadline: Some(until) })
}

async fn read<T: DeserializeOwned>(
    node: &Node,
    key: &DocumentKey,
) -> Result<Option<T>, StoreError> {
    Ok(versioned(node, key).await?.map(|(_, value)| value))
}

async fn versioned<T: DeserializeOwned>(
    node: &Node,
    key: &DocumentKey,
) -> Result<Option<(u64, T)>, StoreError> {
    let Some(document) = node.document(key).await? else { return Ok(None) };
    match serde_json::from_slice(&document.body) {
        Ok(value) => Ok(Some((document.version, value))),
        Err(error) => {
            tracing::error!(%error, kind = %key.kind, "what is kept of a message cannot be read");
            Ok(None)
        }
    }
}
