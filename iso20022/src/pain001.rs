//! pain.001 CustomerCreditTransferInitiation: a bank's customer asks for credit transfers.

use crate::{
    Account, Agent, Amount, ChargeBearer, Coded, Currency, DateOrDateTime, DateTime, Party,
    PaymentMethod, PaymentType,
};

/// `CstmrCdtTrfInitn`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerCreditTransferInitiation {
    /// `GrpHdr/MsgId`, at most 35 characters.
    pub message_id: String,
    /// `GrpHdr/CreDtTm`
    pub created: DateTime,
    /// `GrpHdr/NbOfTxs`, as written: at most 15 digits.
    pub number_of_transactions: String,
    /// `GrpHdr/CtrlSum`, as written.
    pub control_sum: Option<String>,
    /// `GrpHdr/InitgPty`
    pub initiating_party: Party,
    /// `GrpHdr/FwdgAgt`
    pub forwarding_agent: Option<Agent>,
    /// `PmtInf`, at least one.
    pub payments: Vec<PaymentInformation>,
}

/// `PmtInf`: transfers from one account on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentInformation {
    /// `PmtInfId`
    pub id: String,
    /// `PmtMtd`
    pub method: PaymentMethod,
    /// `NbOfTxs`, as written.
    pub number_of_transactions: Option<String>,
    /// `CtrlSum`, as written.
    pub control_sum: Option<String>,
    /// `PmtTpInf`
    pub payment_type: Option<PaymentType>,
    /// `ReqdExctnDt`
    pub requested_execution: DateOrDateTime,
    /// `Dbtr`
    pub debtor: Party,
    /// `DbtrAcct`
    pub debtor_account: Account,
    /// `DbtrAgt`
    pub debtor_agent: Agent,
    /// `UltmtDbtr`
    pub ultimate_debtor: Option<Party>,
    /// `ChrgBr`, which a transaction may override.
    pub charge_bearer: Option<ChargeBearer>,
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
    /// `PmtId/UETR`
    pub uetr: Option<String>,
    /// `PmtTpInf`
    pub payment_type: Option<PaymentType>,
    /// `Amt`
    pub amount: InstructedAmount,
    /// `ChrgBr`
    pub charge_bearer: Option<ChargeBearer>,
    /// `UltmtDbtr`
    pub ultimate_debtor: Option<Party>,
    /// `CdtrAgt`
    pub creditor_agent: Option<Agent>,
    /// `Cdtr`
    pub creditor: Option<Party>,
    /// `CdtrAcct`
    pub creditor_account: Option<Account>,
    /// `UltmtCdtr`
    pub ultimate_creditor: Option<Party>,
    /// `Purp`
    pub purpose: Option<Coded>,
    /// `RmtInf/Ustrd`, each at most 140 characters.
    pub remittance: Vec<String>,
}

/// `Amt`: what the debtor sends, or an equivalent in another currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstructedAmount {
    /// `InstdAmt`
    Instructed(Amount),
    /// `EqvtAmt`
    Equivalent {
        /// `Amt`: in the debtor's currency.
        amount: Amount,
        /// `CcyOfTrf`: the currency in which the money is to move.
        transfer_currency: Currency,
    },
}
