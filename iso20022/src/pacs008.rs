//! pacs.008 FIToFICustomerCreditTransfer: the debtor's bank moves a customer's money.

use crate::{
    Account, Agent, Amount, ChargeBearer, Coded, Date, DateTime, Party, PaymentType,
    SettlementMethod, WriteError,
};

/// `FIToFICstmrCdtTrf`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiToFiCustomerCreditTransfer {
    /// `GrpHdr/MsgId`, at most 35 characters.
    pub message_id: String,
    /// `GrpHdr/CreDtTm`
    pub created: DateTime,
    /// `GrpHdr/NbOfTxs`, as written: at most 15 digits.
    pub number_of_transactions: String,
    /// `GrpHdr/CtrlSum`, as written.
    pub control_sum: Option<String>,
    /// `GrpHdr/TtlIntrBkSttlmAmt`
    pub total_settlement_amount: Option<Amount>,
    /// `GrpHdr/IntrBkSttlmDt`
    pub settlement_date: Option<Date>,
    /// `GrpHdr/XpryDtTm`: exists from pacs.008.001.13 on.
    pub expires: Option<DateTime>,
    /// `GrpHdr/SttlmInf/SttlmMtd`
    pub settlement_method: SettlementMethod,
    /// `GrpHdr/SttlmInf/ClrSys`
    pub clearing_system: Option<Coded>,
    /// `GrpHdr/PmtTpInf`
    pub payment_type: Option<PaymentType>,
    /// `GrpHdr/InstgAgt`
    pub instructing_agent: Option<Agent>,
    /// `GrpHdr/InstdAgt`
    pub instructed_agent: Option<Agent>,
    /// `CdtTrfTxInf`, at least one.
    pub transactions: Vec<CreditTransfer>,
}

/// `CdtTrfTxInf`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditTransfer {
    /// `PmtId/InstrId`
    pub instruction_id: Option<String>,
    /// `PmtId/EndToEndId`
    pub end_to_end_id: String,
    /// `PmtId/TxId`
    pub transaction_id: Option<String>,
    /// `PmtId/UETR`
    pub uetr: Option<String>,
    /// `PmtId/ClrSysRef`
    pub clearing_system_reference: Option<String>,
    /// `PmtTpInf`
    pub payment_type: Option<PaymentType>,
    /// `IntrBkSttlmAmt`
    pub settlement_amount: Amount,
    /// `IntrBkSttlmDt`
    pub settlement_date: Option<Date>,
    /// `AccptncDtTm`: when the originator's clock started.
    pub accepted: Option<DateTime>,
    /// `InstdAmt`
    pub instructed_amount: Option<Amount>,
    /// `XchgRate`, as written: at most 11 digits, 10 of them after the point.
    pub exchange_rate: Option<String>,
    /// `ChrgBr`
    pub charge_bearer: ChargeBearer,
    /// `ChrgsInf`
    pub charges: Vec<Charge>,
    /// `InstgAgt`
    pub instructing_agent: Option<Agent>,
    /// `InstdAgt`
    pub instructed_agent: Option<Agent>,
    /// `UltmtDbtr`
    pub ultimate_debtor: Option<Party>,
    /// `InitgPty`
    pub initiating_party: Option<Party>,
    /// `Dbtr`
    pub debtor: Party,
    /// `DbtrAcct`
    pub debtor_account: Option<Account>,
    /// `DbtrAgt`
    pub debtor_agent: Agent,
    /// `CdtrAgt`
    pub creditor_agent: Agent,
    /// `Cdtr`
    pub creditor: Party,
    /// `CdtrAcct`
    pub creditor_account: Option<Account>,
    /// `UltmtCdtr`
    pub ultimate_creditor: Option<Party>,
    /// `Purp`
    pub purpose: Option<Coded>,
    /// `RmtInf/Ustrd`, each at most 140 characters.
    pub remittance: Vec<String>,
}

/// `ChrgsInf`: a charge and who took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// `Amt`
    pub amount: Amount,
    /// `Agt`
    pub agent: Agent,
}

/// Writes pacs.008.001.08.
///
/// # Errors
/// Names the path of what that version cannot carry.
pub fn write(message: &FiToFiCustomerCreditTransfer) -> Result<String, WriteError> {
    let _ = message;
    unimplemented!()
}
