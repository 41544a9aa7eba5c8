//! One message, read: JSON of the peer's, or XML of ISO 20022's.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use frms::limits::AHEAD_MAX_MS;
use frms::tms::{TmsMessage, Told};
use frms::{OutcomeKind, Semantics};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use switch::Timestamp;

use super::{Fault, xml};
use crate::envelope::Envelope;
use crate::limits::TMS_MESSAGE_ID_CHARS_MAX;
use crate::screening::Screening;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// A message.
#[derive(Debug)]
pub(super) struct Received {
    /// Which.
    pub(super) message: TmsMessage,
    /// `GrpHdr/MsgId`
    pub(super) message_id: String,
    /// `GrpHdr/CreDtTm`, as it is written.
    pub(super) created: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub(super) digest: String,
    /// What it says of payments.
    pub(super) told: Vec<Told>,
    /// What it says of all payments of another message.
    pub(super) group: Option<Group>,
    /// What the answer repeats of it: JSON.
    pub(super) data: String,
}

/// A status of all payments of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Its `MsgId`.
    pub(super) message_id: String,
    /// What became of them.
    pub(super) kind: OutcomeKind,
    /// When: Unix milliseconds.
    pub(super) at_ms: i64,
}

impl Received {
    pub(super) fn read(
        message: TmsMessage,
        envelope: &Envelope,
        screening: &Screening,
    ) -> Result<Received, Fault> {
        let kind = envelope.headers.first("content-type").unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let received = match essence.as_str() {
            "application/json" => {
                let semantics = screening.live().catalogue.semantics();
                json_message(message, &envelope.body, screening, semantics)?
            }
            "application/xml" | "text/xml" => {
                xml::read(message, &envelope.body, screening.pseudonyms())?
            }
            _ => return Err(Fault::Media),
        };
        received.not_ahead(envelope.arrival)?;
        match received.message_id.chars().count() {
            1..=TMS_MESSAGE_ID_CHARS_MAX => Ok(received),
            _ => Err(Fault::Message(format!(
                "/{}/GrpHdr/MsgId must have 1 to {TMS_MESSAGE_ID_CHARS_MAX} characters",
                message.root()
            ))),
        }
    }

    /// Its times are its sender's to say, but not such as are still to come.
    fn not_ahead(&self, now: Timestamp) -> Result<(), Fault> {
        let of_group = self.group.iter().map(|group| group.at_ms);
        let latest_ms = self.told.iter().filter_map(Told::at_ms).chain(of_group).max();
        match latest_ms.is_some_and(|at_ms| at_ms.saturating_sub(now.0) > AHEAD_MAX_MS) {
            false => Ok(()),
            true => Err(Fault::Message(format!(
                "body: /{}/GrpHdr/CreDtTm is more than {} hours ahead of the hub's time",
                self.message.root(),
                AHEAD_MAX_MS / HOUR_MS
            ))),
        }
    }
}

fn json_message(
    message: TmsMessage,
    body: &[u8],
    screening: &Screening,
    semantics: Semantics,
) -> Result<Received, Fault> {
    let told = message.read(body, screening.pseudonyms(), semantics);
    let told = told.map_err(|error| Fault::Message(format!("body: {error}")))?;
    // It was read just now.
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let header = |name: &str| value[message.root()]["GrpHdr"][name].as_str().unwrap_or_default();
    Ok(Received {
        message,
        message_id: header("MsgId").to_owned(),
        created: header("CreDtTm").to_owned(),
        digest: hex(body),
        told: vec![told],
        group: None,
        data: repeated(message, body),
    })
}

/// The message as it came, with its type: the peer's answers have it.
fn repeated(message: TmsMessage, body: &[u8]) -> String {
    let members: BTreeMap<&str, &RawValue> = serde_json::from_slice(body).unwrap_or_default();
    let kind = json!(message.as_str()).to_string();
    let members = members.into_iter().filter(|(name, _)| *name == message.root());
    let members: String =
        members.map(|(name, value)| format!("{}:{},", json!(name), value.get())).collect();
    format!("{{{members}\"TxTp\":{kind}}}")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
