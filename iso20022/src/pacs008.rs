//! pacs.008 FIToFICustomerCreditTransfer: the debtor's bank moves a customer's money.

use crate::fields::Fields;
use crate::write::{Writer, document};
use crate::xml::Node;
use crate::{
    Account, Agent, Amount, ChargeBearer, Coded, Date, DateTime, Finding, Party, PaymentType,
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
    /// `AccptncDtTm`, from pacs.008.001.13 on inside `AddtlDtTm`: when the originator's clock started.
    pub accepted: Option<DateTime>,
    /// `AddtlDtTm/XpryDtTm`: exists from pacs.008.001.13 on.
    pub expires: Option<DateTime>,
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

/// Writes a pacs.008 of this version: `pacs.008.001.08`.
///
/// # Errors
/// Names the path of what that version cannot carry.
pub fn write(message: &FiToFiCustomerCreditTransfer, version: &str) -> Result<String, WriteError> {
    document("pacs.008", version, |w| {
        w.element("FIToFICstmrCdtTrf", |w| {
            w.element("GrpHdr", |w| message.write_group(w));
            message.transactions.iter().for_each(|transaction| transaction.write(w));
        });
    })
}

impl FiToFiCustomerCreditTransfer {
    /// Reads `FIToFICstmrCdtTrf` of any version.
    pub(crate) fn read(body: Node<'_>) -> Result<Self, Finding> {
        let group = body.required("GrpHdr")?;
        let settlement = group.required("SttlmInf")?;
        let transactions = body.children_named("CdtTrfTxInf").map(CreditTransfer::read);
        Ok(FiToFiCustomerCreditTransfer {
            message_id: group.required_string("MsgId")?,
            created: group.required_date_time("CreDtTm")?,
            number_of_transactions: group.required_string("NbOfTxs")?,
            control_sum: group.string("CtrlSum"),
            total_settlement_amount: group.amount("TtlIntrBkSttlmAmt")?,
            settlement_date: group.date("IntrBkSttlmDt")?,
            expires: group.date_time("XpryDtTm")?,
            settlement_method: settlement.required_code("SttlmMtd", SettlementMethod::parse)?,
            clearing_system: settlement.coded("ClrSys"),
            payment_type: group.child("PmtTpInf").map(PaymentType::read),
            instructing_agent: group.child("InstgAgt").map(Agent::read),
            instructed_agent: group.child("InstdAgt").map(Agent::read),
            transactions: transactions.collect::<Result<_, _>>()?,
        })
    }

    fn write_group(&self, w: &mut Writer) {
        w.text("MsgId", &self.message_id);
        w.text("CreDtTm", &self.created.to_string());
        w.text_of("XpryDtTm", self.expires);
        w.text("NbOfTxs", &self.number_of_transactions);
        w.text_if("CtrlSum", self.control_sum.as_deref());
        if let Some(amount) = &self.total_settlement_amount {
            amount.write(w, "TtlIntrBkSttlmAmt");
        }
        w.text_of("IntrBkSttlmDt", self.settlement_date);
        w.element("SttlmInf", |w| {
            w.text("SttlmMtd", self.settlement_method.as_str());
            if let Some(system) = &self.clearing_system {
                system.write(w, "ClrSys");
            }
        });
        if let Some(payment_type) = &self.payment_type {
            payment_type.write(w);
        }
        write_agent(w, "InstgAgt", self.instructing_agent.as_ref());
        write_agent(w, "InstdAgt", self.instructed_agent.as_ref());
    }
}

fn write_agent(w: &mut Writer, name: &str, agent: Option<&Agent>) {
    if let Some(agent) = agent {
        agent.write(w, name);
    }
}

fn write_party(w: &mut Writer, name: &str, party: Option<&Party>) {
    if let Some(party) = party {
        party.write(w, name);
    }
}

fn write_account(w: &mut Writer, name: &str, account: Option<&Account>) {
    if let Some(account) = account {
        account.write(w, name);
    }
}

impl CreditTransfer {
    fn read(node: Node<'_>) -> Result<Self, Finding> {
        let ids = node.required("PmtId")?;
        let charges = node.children_named("ChrgsInf").map(Charge::read);
        let remittance = node.child("RmtInf");
        let times = node.child("AddtlDtTm").unwrap_or(node);
        Ok(CreditTransfer {
            instruction_id: ids.string("InstrId"),
            end_to_end_id: ids.required_string("EndToEndId")?,
            transaction_id: ids.string("TxId"),
            uetr: ids.string("UETR"),
            clearing_system_reference: ids.string("ClrSysRef"),
            payment_type: node.child("PmtTpInf").map(PaymentType::read),
            settlement_amount: node.required_amount("IntrBkSttlmAmt")?,
            settlement_date: node.date("IntrBkSttlmDt")?,
            accepted: times.date_time("AccptncDtTm")?,
            expires: times.date_time("XpryDtTm")?,
            instructed_amount: node.amount("InstdAmt")?,
            exchange_rate: node.string("XchgRate"),
            charge_bearer: node.required_code("ChrgBr", ChargeBearer::parse)?,
            charges: charges.collect::<Result<_, _>>()?,
            instructing_agent: node.child("InstgAgt").map(Agent::read),
            instructed_agent: node.child("InstdAgt").map(Agent::read),
            ultimate_debtor: node.child("UltmtDbtr").map(Party::read),
            initiating_party: node.child("InitgPty").map(Party::read),
            debtor: Party::read(node.required("Dbtr")?),
            debtor_account: node.child("DbtrAcct").map(Account::read),
            debtor_agent: Agent::read(node.required("DbtrAgt")?),
            creditor_agent: Agent::read(node.required("CdtrAgt")?),
            creditor: Party::read(node.required("Cdtr")?),
            creditor_account: node.child("CdtrAcct").map(Account::read),
            ultimate_creditor: node.child("UltmtCdtr").map(Party::read),
            purpose: node.coded("Purp"),
            remittance: remittance.map(|node| node.strings("Ustrd")).unwrap_or_default(),
        })
    }

    fn write(&self, w: &mut Writer) {
        w.element("CdtTrfTxInf", |w| {
            w.element("PmtId", |w| self.write_ids(w));
            if let Some(payment_type) = &self.payment_type {
                payment_type.write(w);
            }
            self.write_settlement(w);
            write_agent(w, "InstgAgt", self.instructing_agent.as_ref());
            write_agent(w, "InstdAgt", self.instructed_agent.as_ref());
            self.write_parties(w);
            if let Some(purpose) = &self.purpose {
                purpose.write(w, "Purp");
            }
            if !self.remittance.is_empty() {
                w.element("RmtInf", |w| self.remittance.iter().for_each(|l| w.text("Ustrd", l)));
            }
        });
    }

    fn write_ids(&self, w: &mut Writer) {
        w.text_if("InstrId", self.instruction_id.as_deref());
        w.text("EndToEndId", &self.end_to_end_id);
        w.text_if("TxId", self.transaction_id.as_deref());
        w.text_if("UETR", self.uetr.as_deref());
        w.text_if("ClrSysRef", self.clearing_system_reference.as_deref());
    }

    fn write_settlement(&self, w: &mut Writer) {
        self.settlement_amount.write(w, "IntrBkSttlmAmt");
        w.text_of("IntrBkSttlmDt", self.settlement_date);
        self.write_times(w);
        if let Some(amount) = &self.instructed_amount {
            amount.write(w, "InstdAmt");
        }
        w.text_if("XchgRate", self.exchange_rate.as_deref());
        w.text("ChrgBr", self.charge_bearer.as_str());
        for charge in &self.charges {
            w.element("ChrgsInf", |w| {
                charge.amount.write(w, "Amt");
                let name = w.either("Agt", "Pty");
                charge.agent.write(w, name);
            });
        }
    }

    fn write_times(&self, w: &mut Writer) {
        let times = |w: &mut Writer| {
            w.text_of("AccptncDtTm", self.accepted);
            w.text_of("XpryDtTm", self.expires);
        };
        match w.declares("AddtlDtTm") {
            true if self.accepted.or(self.expires).is_some() => w.element("AddtlDtTm", times),
            _ => times(w),
        }
    }

    fn write_parties(&self, w: &mut Writer) {
        write_party(w, "UltmtDbtr", self.ultimate_debtor.as_ref());
        write_party(w, "InitgPty", self.initiating_party.as_ref());
        self.debtor.write(w, "Dbtr");
        write_account(w, "DbtrAcct", self.debtor_account.as_ref());
        self.debtor_agent.write(w, "DbtrAgt");
        self.creditor_agent.write(w, "CdtrAgt");
        self.creditor.write(w, "Cdtr");
        write_account(w, "CdtrAcct", self.creditor_account.as_ref());
        write_party(w, "UltmtCdtr", self.ultimate_creditor.as_ref());
    }
}

impl Charge {
    fn read(node: Node<'_>) -> Result<Self, Finding> {
        // Before the versions of 2013 the agent was Pty.
        let agent = node.child("Agt").or_else(|| node.child("Pty"));
        let agent = agent.map(Agent::read).unwrap_or_default();
        Ok(Charge { amount: node.required_amount("Amt")?, agent })
    }
}
