//! admi.002 MessageReject: a message could not be read at all.

use crate::fields::Fields;
use crate::write::document;
use crate::xml::Node;
use crate::{DateTime, Finding, Refused, WriteError};

/// `admi.002.001.01`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageReject {
    /// `RltdRef/Ref`: the rejected message's MsgId, or `NOTPROVIDED`; at most 35 characters.
    pub related_reference: String,
    /// `Rsn/RjctgPtyRsn`, at most 35 characters.
    pub reason: String,
    /// `Rsn/RjctnDtTm`
    pub rejected: Option<DateTime>,
    /// `Rsn/ErrLctn`: a path, at most 350 characters.
    pub error_location: Option<String>,
    /// `Rsn/RsnDesc`: what to mend, at most 350 characters.
    pub description: Option<String>,
    /// `Rsn/AddtlData`, at most 20,000 characters.
    pub additional_data: Option<String>,
}

/// What stands for a MsgId that could not be made out.
const NOT_PROVIDED: &str = "NOTPROVIDED";
/// AddtlData is a Max20000Text.
const ADDITIONAL_DATA_CHARS: usize = 20_000;

/// The only version so far.
pub const VERSION: &str = "admi.002.001.01";

/// Writes admi.002.001.01.
///
/// # Errors
/// Names the path of what that version cannot carry.
pub fn write(message: &MessageReject) -> Result<String, WriteError> {
    document("admi.002", VERSION, |w| {
        w.element("admi.002.001.01", |w| {
            w.element("RltdRef", |w| w.text("Ref", &message.related_reference));
            w.element("Rsn", |w| {
                w.text("RjctgPtyRsn", &message.reason);
                w.text_of("RjctnDtTm", message.rejected);
                w.text_if("ErrLctn", message.error_location.as_deref());
                w.text_if("RsnDesc", message.description.as_deref());
                w.text_if("AddtlData", message.additional_data.as_deref());
            });
        });
    })
}

impl MessageReject {
    /// The answer to a message that was not read: its first finding, and the others as additional data.
    pub fn of_refused(refused: &Refused, rejected: DateTime) -> MessageReject {
        let first = refused.findings.first();
        let others = refused.findings.iter().skip(1).map(ToString::to_string).collect::<Vec<_>>();
        let additional: String = others.join("\n").chars().take(ADDITIONAL_DATA_CHARS).collect();
        MessageReject {
            related_reference: refused
                .message_id
                .clone()
                .unwrap_or_else(|| NOT_PROVIDED.to_owned()),
            reason: first.map_or("FF01", |finding| finding.code).to_owned(),
            rejected: Some(rejected),
            error_location: first.map(|finding| finding.path.clone()),
            description: first.map(|finding| finding.text.clone()),
            additional_data: Some(additional).filter(|text| !text.is_empty()),
        }
    }

    /// Reads `admi.002.001.01`.
    pub(crate) fn read(body: Node<'_>) -> Result<Self, Finding> {
        let reason = body.required("Rsn")?;
        Ok(MessageReject {
            related_reference: body.required("RltdRef")?.required_string("Ref")?,
            reason: reason.required_string("RjctgPtyRsn")?,
            rejected: reason.date_time("RjctnDtTm")?,
            error_location: reason.string("ErrLctn"),
            description: reason.string("RsnDesc"),
            additional_data: reason.string("AddtlData"),
        })
    }
}
