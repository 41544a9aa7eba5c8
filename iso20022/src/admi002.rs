//! admi.002 MessageReject: a message could not be read at all.

use crate::{DateTime, WriteError};

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
    let _ = message;
    unimplemented!()
}
