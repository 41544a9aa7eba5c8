//! Bytes to a typed message, or the findings that say why not.

use crate::{BusinessHeader, Finding, MessageName, admi002, pacs002, pacs008, pain001, pain002};

/// A message that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The business header, where the envelope has one.
    pub header: Option<BusinessHeader>,
    /// Family and version.
    pub name: MessageName,
    /// What it says.
    pub message: Message,
    /// Local name of the root element when the message came in a wrapper: `BusinessMessage`.
    pub wrapper: Option<String>,
}

/// The messages that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // each is mostly one Vec of transactions
pub enum Message {
    /// pain.001
    CustomerCreditTransferInitiation(pain001::CustomerCreditTransferInitiation),
    /// pacs.008
    FiToFiCustomerCreditTransfer(pacs008::FiToFiCustomerCreditTransfer),
    /// pacs.002
    PaymentStatusReport(pacs002::PaymentStatusReport),
    /// pain.002
    CustomerPaymentStatusReport(pain002::CustomerPaymentStatusReport),
    /// admi.002
    MessageReject(admi002::MessageReject),
}

/// Why a message was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {}", findings.first().map(ToString::to_string).unwrap_or_default())]
pub struct Refused {
    /// At least one, in document order.
    pub findings: Vec<Finding>,
    /// The MsgId, if one of at most 35 characters could be made out.
    pub message_id: Option<String>,
    /// The document's version, if it could be made out.
    pub name: Option<MessageName>,
    /// Which step refused.
    pub kind: RefusedKind,
}

/// The step that refused a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RefusedKind {
    /// Larger than [`limits`](crate::limits) allow (HTTP 413).
    #[error("too large")]
    TooLarge,
    /// Not XML 1.0 with namespaces, in UTF-8, without DOCTYPE.
    #[error("not well-formed")]
    NotWellFormed,
    /// Not the published schema of its version, or no single document in it.
    #[error("not the schema")]
    NotSchema,
    /// A message or version that is not served.
    #[error("message version not supported")]
    UnsupportedVersion,
    /// The business header breaks its schema or names another message.
    #[error("wrong business header")]
    Header,
}

/// Reads one message, bare or in an envelope.
///
/// # Errors
/// Everything wrong that was found, up to [`limits::FINDINGS`](crate::limits::FINDINGS).
pub fn read(bytes: &[u8]) -> Result<Inbound, Refused> {
    let _ = bytes;
    unimplemented!()
}
