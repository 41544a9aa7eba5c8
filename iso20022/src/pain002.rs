//! pain.002 CustomerPaymentStatusReport: what became of a customer's order.

use crate::fields::Fields;
use crate::write::{Writer, document};
use crate::xml::Node;
use crate::{
    Agent, DateTime, Finding, OriginalGroup, Party, StatusCode, StatusReason, TransactionStatus,
    WriteError,
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

/// Writes a pain.002 of this version: `pain.002.001.10`.
///
/// # Errors
/// Names the path of what that version cannot carry.
pub fn write(message: &CustomerPaymentStatusReport, version: &str) -> Result<String, WriteError> {
    document("pain.002", version, |w| {
        w.element("CstmrPmtStsRpt", |w| {
            w.element("GrpHdr", |w| {
                w.text("MsgId", &message.message_id);
                w.text("CreDtTm", &message.created.to_string());
                if let Some(party) = &message.initiating_party {
                    party.write(w, "InitgPty");
                }
                if let Some(agent) = &message.debtor_agent {
                    agent.write(w, "DbtrAgt");
                }
            });
            message.original_group.write(w, "OrgnlGrpInfAndSts");
            message.payments.iter().for_each(|payment| payment.write(w));
        });
    })
}

impl CustomerPaymentStatusReport {
    /// Reads `CstmrPmtStsRpt` of any version.
    pub(crate) fn read(body: Node<'_>) -> Result<Self, Finding> {
        let group = body.required("GrpHdr")?;
        let payments = body.children_named("OrgnlPmtInfAndSts").map(OriginalPayment::read);
        Ok(CustomerPaymentStatusReport {
            message_id: group.required_string("MsgId")?,
            created: group.required_date_time("CreDtTm")?,
            initiating_party: group.child("InitgPty").map(Party::read),
            debtor_agent: group.child("DbtrAgt").map(Agent::read),
            original_group: OriginalGroup::read(body.required("OrgnlGrpInfAndSts")?)?,
            payments: payments.collect::<Result<_, _>>()?,
        })
    }
}

impl OriginalPayment {
    fn read(node: Node<'_>) -> Result<Self, Finding> {
        let transactions = node.children_named("TxInfAndSts").map(TransactionStatus::read);
        Ok(OriginalPayment {
            payment_information_id: node.required_string("OrgnlPmtInfId")?,
            status: node.child("PmtInfSts").map(|status| StatusCode::parse(status.text())),
            reasons: StatusReason::read_all(node),
            transactions: transactions.collect::<Result<_, _>>()?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.element("OrgnlPmtInfAndSts", |w| {
            w.text("OrgnlPmtInfId", &self.payment_information_id);
            w.text_if("PmtInfSts", self.status.as_ref().map(StatusCode::as_str));
            self.reasons.iter().for_each(|reason| reason.write(w));
            self.transactions.iter().for_each(|transaction| transaction.write(w));
        });
    }
}
