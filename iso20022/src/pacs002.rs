//! pacs.002 FIToFIPaymentStatusReport: what became of an interbank payment.

use crate::fields::Fields;
use crate::write::document;
use crate::xml::Node;
use crate::{Agent, DateTime, Finding, OriginalGroup, TransactionStatus, WriteError};

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

/// Writes a pacs.002 of this version: `pacs.002.001.10`.
///
/// # Errors
/// Names the path of what that version cannot carry.
pub fn write(message: &PaymentStatusReport, version: &str) -> Result<String, WriteError> {
    document("pacs.002", version, |w| {
        w.element("FIToFIPmtStsRpt", |w| {
            w.element("GrpHdr", |w| {
                w.text("MsgId", &message.message_id);
                w.text("CreDtTm", &message.created.to_string());
                if let Some(agent) = &message.instructing_agent {
                    agent.write(w, "InstgAgt");
                }
                if let Some(agent) = &message.instructed_agent {
                    agent.write(w, "InstdAgt");
                }
            });
            message.original_groups.iter().for_each(|group| group.write(w, "OrgnlGrpInfAndSts"));
            message.transactions.iter().for_each(|transaction| transaction.write(w));
        });
    })
}

impl PaymentStatusReport {
    /// Reads `FIToFIPmtStsRpt` of any version.
    pub(crate) fn read(body: Node<'_>) -> Result<Self, Finding> {
        let group = body.required("GrpHdr")?;
        let original_groups = body.children_named("OrgnlGrpInfAndSts").map(OriginalGroup::read);
        let transactions = body.children_named("TxInfAndSts").map(TransactionStatus::read);
        Ok(PaymentStatusReport {
            message_id: group.required_string("MsgId")?,
            created: group.required_date_time("CreDtTm")?,
            instructing_agent: group.child("InstgAgt").map(Agent::read),
            instructed_agent: group.child("InstdAgt").map(Agent::read),
            original_groups: original_groups.collect::<Result<_, _>>()?,
            transactions: transactions.collect::<Result<_, _>>()?,
        })
    }
}
