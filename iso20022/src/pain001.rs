//! pain.001 CustomerCreditTransferInitiation: a bank's customer asks for credit transfers.

use crate::fields::{Fields, finding};
use crate::write::{Writer, document};
use crate::xml::Node;
use crate::{
    Account, Agent, Amount, ChargeBearer, Coded, Currency, DateOrDateTime, DateTime, Finding,
    Party, PaymentMethod, PaymentType, WriteError,
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

/// Writes a pain.001 of this version: `pain.001.001.09`.
///
/// # Errors
/// Names the path of what that version cannot carry.
pub fn write(
    message: &CustomerCreditTransferInitiation,
    version: &str,
) -> Result<String, WriteError> {
    document("pain.001", version, |w| {
        w.element("CstmrCdtTrfInitn", |w| {
            w.element("GrpHdr", |w| {
                w.text("MsgId", &message.message_id);
                w.text("CreDtTm", &message.created.to_string());
                w.text("NbOfTxs", &message.number_of_transactions);
                w.text_if("CtrlSum", message.control_sum.as_deref());
                message.initiating_party.write(w, "InitgPty");
                if let Some(agent) = &message.forwarding_agent {
                    agent.write(w, "FwdgAgt");
                }
            });
            message.payments.iter().for_each(|payment| payment.write(w));
        });
    })
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

    fn write(&self, w: &mut Writer) {
        w.element("PmtInf", |w| {
            w.text("PmtInfId", &self.id);
            w.text("PmtMtd", self.method.as_str());
            w.text_if("NbOfTxs", self.number_of_transactions.as_deref());
            w.text_if("CtrlSum", self.control_sum.as_deref());
            if let Some(payment_type) = &self.payment_type {
                payment_type.write(w);
            }
            self.requested_execution.write(w, "ReqdExctnDt");
            self.debtor.write(w, "Dbtr");
            self.debtor_account.write(w, "DbtrAcct");
            self.debtor_agent.write(w, "DbtrAgt");
            if let Some(party) = &self.ultimate_debtor {
                party.write(w, "UltmtDbtr");
            }
            w.text_if("ChrgBr", self.charge_bearer.map(ChargeBearer::as_str));
            self.transactions.iter().for_each(|transaction| transaction.write(w));
        });
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

    fn write(&self, w: &mut Writer) {
        w.element("CdtTrfTxInf", |w| {
            w.element("PmtId", |w| {
                w.text_if("InstrId", self.instruction_id.as_deref());
                w.text("EndToEndId", &self.end_to_end_id);
                w.text_if("UETR", self.uetr.as_deref());
            });
            if let Some(payment_type) = &self.payment_type {
                payment_type.write(w);
            }
            w.element("Amt", |w| self.amount.write(w));
            w.text_if("ChrgBr", self.charge_bearer.map(ChargeBearer::as_str));
            if let Some(party) = &self.ultimate_debtor {
                party.write(w, "UltmtDbtr");
            }
            if let Some(agent) = &self.creditor_agent {
                agent.write(w, "CdtrAgt");
            }
            if let Some(party) = &self.creditor {
                party.write(w, "Cdtr");
            }
            if let Some(account) = &self.creditor_account {
                account.write(w, "CdtrAcct");
            }
            if let Some(party) = &self.ultimate_creditor {
                party.write(w, "UltmtCdtr");
            }
            if let Some(purpose) = &self.purpose {
                purpose.write(w, "Purp");
            }
            if !self.remittance.is_empty() {
                w.element("RmtInf", |w| self.remittance.iter().for_each(|l| w.text("Ustrd", l)));
            }
        });
    }
}

impl InstructedAmount {
    fn write(&self, w: &mut Writer) {
        match self {
            InstructedAmount::Instructed(amount) => amount.write(w, "InstdAmt"),
            InstructedAmount::Equivalent { amount, transfer_currency } => {
                w.element("EqvtAmt", |w| {
                    amount.write(w, "Amt");
                    w.text("CcyOfTrf", transfer_currency.as_str());
                })
            }
        }
    }

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
