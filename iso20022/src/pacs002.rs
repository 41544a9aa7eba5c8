//! pacs.002 FIToFIPaymentStatusReport: what became of an interbank payment.

use crate::{Agent, DateTime, OriginalGroup, TransactionStatus, WriteError};

/// `FIToFIPmtStsRpt`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentStatusReport {
    /// `GrpHdr/MsgId`, at most 35 characters.
    pub message_id: String,
    /// `GrpHdr/CreDtTm`
    pub created: DateTime,
    /// `GrpHdr/InstgAgt`
    pub instructing_agent: Option<Agent>,
    /// `GrpHdr/InstdAgt`
    pub instructed_agent: Option<Agent>,
    /// `OrgnlGrpInfAndSts`
    pub original_groups: Vec<OriginalGroup>,
    /// `TxInfAndSts`
    pub transactions: Vec<TransactionStatus>,
}

/// Writes pacs.002.001.10.
///
/// # Errors
/// Names the path of what that version cannot carry.
pub fn write(message: &PaymentStatusReport) -> Result<String, WriteError> {
    let _ = message;
    unimplemented!()
}
