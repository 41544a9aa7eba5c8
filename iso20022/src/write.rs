//! What the writers share.

/// The message's version cannot carry a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {text}")]
pub struct WriteError {
    /// Where the value would have gone: `/Document/FIToFICstmrCdtTrf/GrpHdr/MsgId`.
    pub path: String,
    /// The rule it breaks: `maxLength`.
    pub rule: &'static str,
    /// What to mend.
    pub text: String,
}

/// The fields of a business application header to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderToWrite {
    /// `Fr`
    pub from: crate::Agent,
    /// `To`
    pub to: crate::Agent,
    /// `BizMsgIdr`: the document's MsgId.
    pub business_message_id: String,
    /// `CreDt`; needs an offset.
    pub created: crate::DateTime,
}

/// Puts a written document and a head.001.001.02 header that names its version into one
/// `BusinessMessage` wrapper.
///
/// # Errors
/// Names the path of what the header cannot carry.
pub fn with_header(document: &str, header: &HeaderToWrite) -> Result<String, WriteError> {
    let _ = (document, header);
    unimplemented!()
}
