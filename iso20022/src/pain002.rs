//! pain.002 CustomerPaymentStatusReport: what became of a customer's order.

use crate::{
    Agent, DateTime, OriginalGroup, Party, StatusCode, StatusReason, TransactionStatus, WriteError,
};

/// `CstmrPmtStsRpt`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerPaymentStatusReport {
    /// `GrpHdr/MsgId`, at most 35 characters.
    pub message_id: String,
    /// `GrpHdr/CreDtTm`
    pub created: DateTime,
    /// `GrpHdr/InitgPty`
    pub initiating_party: Option<Party>,
    /// `GrpHdr/DbtrAgt`
    pub debtor_agent: Option<Agent>,
    /// `OrgnlGrpInfAndSts`
    pub original_group: OriginalGroup,
    /// `OrgnlPmtInfAndSts`
    pub payments: Vec<OriginalPayment>,
}

/// `OrgnlPmtInfAndSts`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalPayment {
    /// `OrgnlPmtInfId`
    pub payment_information_id: String,
    /// `PmtInfSts`
    pub status: Option<StatusCode>,
    /// `StsRsnInf`
    pub reasons: Vec<StatusReason>,
    /// `TxInfAndSts`
    pub transactions: Vec<TransactionStatus>,
}

/// Writes pain.002.001.10.
///
/// # Errors
/// Names the path of what that version cannot carry.
pub fn write(message: &CustomerPaymentStatusReport) -> Result<String, WriteError> {
    let _ = message;
    unimplemented!()
}
