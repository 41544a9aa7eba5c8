//! What pacs.002 and pain.002 share: references to the original and the status of each transaction.

use crate::fields::Fields;
use crate::write::Writer;
use crate::xml::Node;
use crate::{Agent, Amount, Coded, DateOrDateTime, DateTime, Finding, StatusCode};

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

impl OriginalGroup {
    /// A reference without a status of its own.
    pub fn of(message_id: impl Into<String>, message_name: impl Into<String>) -> OriginalGroup {
        OriginalGroup {
            message_id: message_id.into(),
            message_name: message_name.into(),
            created: None,
            number_of_transactions: None,
            status: None,
            reasons: Vec::new(),
        }
    }

    pub(crate) fn read(node: Node<'_>) -> Result<OriginalGroup, Finding> {
        Ok(OriginalGroup {
            message_id: node.required_string("OrgnlMsgId")?,
            message_name: node.required_string("OrgnlMsgNmId")?,
            created: node.date_time("OrgnlCreDtTm")?,
            number_of_transactions: node.string("OrgnlNbOfTxs"),
            status: node.child("GrpSts").map(|status| StatusCode::parse(status.text())),
            reasons: StatusReason::read_all(node),
        })
    }

    pub(crate) fn write(&self, w: &mut Writer, name: &str) {
        w.element(name, |w| {
            w.text("OrgnlMsgId", &self.message_id);
            w.text("OrgnlMsgNmId", &self.message_name);
            w.text_of("OrgnlCreDtTm", self.created);
            w.text_if("OrgnlNbOfTxs", self.number_of_transactions.as_deref());
            w.text_if("GrpSts", self.status.as_ref().map(StatusCode::as_str));
            self.reasons.iter().for_each(|reason| reason.write(w));
        });
    }
}

impl StatusReason {
    pub(crate) fn read_all(node: Node<'_>) -> Vec<StatusReason> {
        let read = |node: Node<'_>| StatusReason {
            originator_name: node.child("Orgtr").and_then(|party| party.string("Nm")),
            reason: node.coded("Rsn"),
            additional: node.strings("AddtlInf"),
        };
        node.children_named("StsRsnInf").map(read).collect()
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.element("StsRsnInf", |w| {
            if let Some(name) = &self.originator_name {
                w.element("Orgtr", |w| w.text("Nm", name));
            }
            if let Some(reason) = &self.reason {
                reason.write(w, "Rsn");
            }
            self.additional.iter().for_each(|line| w.text("AddtlInf", line));
        });
    }
}

impl TransactionStatus {
    pub(crate) fn read(node: Node<'_>) -> Result<TransactionStatus, Finding> {
        let reference = node.child("OrgnlTxRef");
        let amount = reference.map(|reference| reference.amount("IntrBkSttlmAmt")).transpose()?;
        Ok(TransactionStatus {
            status_id: node.string("StsId"),
            original_group: node.child("OrgnlGrpInf").map(OriginalGroup::read).transpose()?,
            original_instruction_id: node.string("OrgnlInstrId"),
            original_end_to_end_id: node.string("OrgnlEndToEndId"),
            original_transaction_id: node.string("OrgnlTxId"),
            original_uetr: node.string("OrgnlUETR"),
            status: node.child("TxSts").map(|status| StatusCode::parse(status.text())),
            reasons: StatusReason::read_all(node),
            accepted: node.date_time("AccptncDtTm")?,
            effective_settlement: node.date_or_date_time("FctvIntrBkSttlmDt")?,
            account_servicer_reference: node.string("AcctSvcrRef"),
            clearing_system_reference: node.string("ClrSysRef"),
            instructing_agent: node.child("InstgAgt").map(Agent::read),
            instructed_agent: node.child("InstdAgt").map(Agent::read),
            original_settlement_amount: amount.flatten(),
        })
    }

    /// Elements that pacs.002 and pain.002 have in this order; what only one of them has is absent in
    /// the other.
    pub(crate) fn write(&self, w: &mut Writer) {
        w.element("TxInfAndSts", |w| {
            w.text_if("StsId", self.status_id.as_deref());
            if let Some(group) = &self.original_group {
                group.write(w, "OrgnlGrpInf");
            }
            w.text_if("OrgnlInstrId", self.original_instruction_id.as_deref());
            w.text_if("OrgnlEndToEndId", self.original_end_to_end_id.as_deref());
            w.text_if("OrgnlTxId", self.original_transaction_id.as_deref());
            w.text_if("OrgnlUETR", self.original_uetr.as_deref());
            w.text_if("TxSts", self.status.as_ref().map(StatusCode::as_str));
            self.reasons.iter().for_each(|reason| reason.write(w));
            w.text_of("AccptncDtTm", self.accepted);
            if let Some(settlement) = self.effective_settlement {
                settlement.write(w, "FctvIntrBkSttlmDt");
            }
            w.text_if("AcctSvcrRef", self.account_servicer_reference.as_deref());
            w.text_if("ClrSysRef", self.clearing_system_reference.as_deref());
            if let Some(agent) = &self.instructing_agent {
                agent.write(w, "InstgAgt");
            }
            if let Some(agent) = &self.instructed_agent {
                agent.write(w, "InstdAgt");
            }
            if let Some(amount) = &self.original_settlement_amount {
                w.element("OrgnlTxRef", |w| amount.write(w, "IntrBkSttlmAmt"));
            }
        });
    }
}
