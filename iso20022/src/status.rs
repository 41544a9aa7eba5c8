//! What pacs.002 and pain.002 share: references to the original and the status of each transaction.

use crate::{Agent, Amount, Coded, DateOrDateTime, DateTime, StatusCode};

/// `OrgnlGrpInfAndSts`, and in pacs.002 a transaction's `OrgnlGrpInf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginalGroup {
    /// `OrgnlMsgId`, at most 35 characters.
    pub message_id: String,
    /// `OrgnlMsgNmId`: `pacs.008.001.08`.
    pub message_name: String,
    /// `OrgnlCreDtTm`
    pub created: Option<DateTime>,
    /// `OrgnlNbOfTxs`; not in a transaction's `OrgnlGrpInf`.
    pub number_of_transactions: Option<String>,
    /// `GrpSts`; not in a transaction's `OrgnlGrpInf`.
    pub status: Option<StatusCode>,
    /// `StsRsnInf`; not in a transaction's `OrgnlGrpInf`.
    pub reasons: Vec<StatusReason>,
}

/// `StsRsnInf`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusReason {
    /// `Orgtr/Nm`
    pub originator_name: Option<String>,
    /// `Rsn`
    pub reason: Option<Coded>,
    /// `AddtlInf`, each at most 105 characters.
    pub additional: Vec<String>,
}

/// `TxInfAndSts`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransactionStatus {
    /// `StsId`
    pub status_id: Option<String>,
    /// `OrgnlGrpInf`; pacs.002 only.
    pub original_group: Option<OriginalGroup>,
    /// `OrgnlInstrId`
    pub original_instruction_id: Option<String>,
    /// `OrgnlEndToEndId`
    pub original_end_to_end_id: Option<String>,
    /// `OrgnlTxId`; pacs.002 only.
    pub original_transaction_id: Option<String>,
    /// `OrgnlUETR`, lower case.
    pub original_uetr: Option<String>,
    /// `TxSts`
    pub status: Option<StatusCode>,
    /// `StsRsnInf`
    pub reasons: Vec<StatusReason>,
    /// `AccptncDtTm`
    pub accepted: Option<DateTime>,
    /// `FctvIntrBkSttlmDt`; pacs.002 only.
    pub effective_settlement: Option<DateOrDateTime>,
    /// `AcctSvcrRef`
    pub account_servicer_reference: Option<String>,
    /// `ClrSysRef`
    pub clearing_system_reference: Option<String>,
    /// `InstgAgt`; pacs.002 only.
    pub instructing_agent: Option<Agent>,
    /// `InstdAgt`; pacs.002 only.
    pub instructed_agent: Option<Agent>,
    /// `OrgnlTxRef/IntrBkSttlmAmt`
    pub original_settlement_amount: Option<Amount>,
}
