//! admi.002 MessageReject: a message could not be read at all.

use crate::fields::Fields;
use crate::write::document;
use crate::xml::Node;
use crate::{DateTime, Finding, WriteError};

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

/// Writes admi.002.001.01.
///
/// # Errors
/// Names the path of what that version cannot carry.
pub fn write(message: &MessageReject) -> Result<String, WriteError> {
    document("admi.002.001.01", |w| {
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
