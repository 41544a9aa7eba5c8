//! pain.001 CustomerCreditTransferInitiation: a bank's customer asks for credit transfers.

use crate::fields::{Fields, finding};
use crate::xml::Node;
use crate::{
    Account, Agent, Amount, ChargeBearer, Coded, Currency, DateOrDateTime, DateTime, Finding,
    Party, PaymentMethod, PaymentType,
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

impl CustomerCreditTransferInitiation {
    /// Reads `CstmrCdtTrfInitn` of any version.
    pub(crate) fn read(body: Node<'_>) -> Result<Self, Finding> {
        let group = body.required("GrpHdr")?;
        let payments = body.children_named("PmtInf").map(PaymentInformation::read);
        Ok(CustomerCreditTransferInitiation {
            message_id: group.required_string("MsgId")?,
            created: group.required_date_time("CreDtTm")?,
            number_of_transactions: group.required_string("NbOfTxs")?,
            control_sum: group.string("CtrlSum"),
            initiating_party: Party::read(group.required("InitgPty")?),
            forwarding_agent: group.child("FwdgAgt").map(Agent::read),
            payments: payments.collect::<Result<_, _>>()?,
        })
    }
}

impl PaymentInformation {
    fn read(node: Node<'_>) -> Result<Self, Finding> {
        let requested_execution = node
            .date_or_date_time("ReqdExctnDt")?
            .ok_or_else(|| finding(node, "missing", "DT01", "add ReqdExctnDt"))?;
        let transactions = node.children_named("CdtTrfTxInf").map(CreditTransfer::read);
        Ok(PaymentInformation {
            id: node.required_string("PmtInfId")?,
            method: node.required_code("PmtMtd", PaymentMethod::parse)?,
            number_of_transactions: node.string("NbOfTxs"),
            control_sum: node.string("CtrlSum"),
            payment_type: node.child("PmtTpInf").map(PaymentType::read),
            requested_execution,
            debtor: Party::read(node.required("Dbtr")?),
            debtor_account: Account::read(node.required("DbtrAcct")?),
            debtor_agent: Agent::read(node.required("DbtrAgt")?),
            ultimate_debtor: node.child("UltmtDbtr").map(Party::read),
            charge_bearer: node.code("ChrgBr", ChargeBearer::parse)?,
            transactions: transactions.collect::<Result<_, _>>()?,
        })
    }
}

impl CreditTransfer {
    fn read(node: Node<'_>) -> Result<Self, Finding> {
        let ids = node.required("PmtId")?;
        let remittance = node.child("RmtInf");
        Ok(CreditTransfer {
            instruction_id: ids.string("InstrId"),
            end_to_end_id: ids.required_string("EndToEndId")?,
            uetr: ids.string("UETR"),
            payment_type: node.child("PmtTpInf").map(PaymentType::read),
            amount: InstructedAmount::read(node.required("Amt")?)?,
            charge_bearer: node.code("ChrgBr", ChargeBearer::parse)?,
            ultimate_debtor: node.child("UltmtDbtr").map(Party::read),
            creditor_agent: node.child("CdtrAgt").map(Agent::read),
            creditor: node.child("Cdtr").map(Party::read),
            creditor_account: node.child("CdtrAcct").map(Account::read),
            ultimate_creditor: node.child("UltmtCdtr").map(Party::read),
            purpose: node.coded("Purp"),
            remittance: remittance.map(|node| node.strings("Ustrd")).unwrap_or_default(),
        })
    }
}

impl InstructedAmount {
    fn read(node: Node<'_>) -> Result<Self, Finding> {
        let Some(equivalent) = node.child("EqvtAmt") else {
            return Ok(InstructedAmount::Instructed(node.required_amount("InstdAmt")?));
        };
        let currency = equivalent.required("CcyOfTrf")?;
        Ok(InstructedAmount::Equivalent {
            amount: equivalent.required_amount("Amt")?,
            transfer_currency: Currency::parse(currency.text())
                .map_err(|e| finding(currency, "currency", "AM03", e.to_string()))?,
        })
    }
}
