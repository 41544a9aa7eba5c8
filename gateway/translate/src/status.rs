//! Status messages to banks: pacs.002 to a pacs.008, pain.002 to a pain.001, admi.002 to what could not
//! be read. A report is a document: written again, it is the same bytes.

use fspiop::error::ErrorInformation;
use iso20022::{
    Agent, ClearingMember, Coded, DateTime, OriginalGroup, Refused, StatusCode, StatusReason,
    TransactionStatus, WriteError, admi002, pacs002, pain002, with_answering_header,
};
use serde::{Deserialize, Serialize};

use crate::codes::{self, Circumstances};
use crate::limits::{ADDITIONAL_INFORMATION_CHARS, MAX35_CHARS, REJECT_TEXT_CHARS};
use crate::party::cut;
use crate::{PaymentId, versions};

/// What a bank is told of its order, or of a credit that it accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    /// `GrpHdr/MsgId`: fixed, so that a resend is the same message.
    pub message_id: String,
    /// `GrpHdr/CreDtTm`: fixed as well.
    pub created_ms: i64,
    /// `TxSts`
    pub status: PaymentStatus,
    /// `StsRsnInf`
    pub reason: Option<Reason>,
    /// The message that it is about.
    pub original: Original,
    /// `AccptncDtTm`, milliseconds since the Unix epoch.
    pub accepted_ms: Option<i64>,
    /// `ClrSysRef`: the payment's id as 32 hexadecimal digits.
    pub clearing_reference: String,
    /// `InstgAgt`: whoever speaks to the bank.
    pub from: Option<AgentName>,
    /// `InstdAgt`: the bank.
    pub to: Option<AgentName>,
}

/// The statuses that are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PaymentStatus {
    /// `ACTC`: understood and on its way.
    Accepted,
    /// `ACSP`: reserved.
    InProcess,
    /// `PDNG`: its time is over and the answer is still being asked for.
    Pending,
    /// `ACSC`: paid.
    Settled,
    /// `RJCT`: not paid.
    Rejected,
}

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// ISO external status reason, or a bank's own.
    pub code: String,
    /// Whether it is a bank's own (`Prtry`).
    #[serde(default)]
    pub proprietary: bool,
    /// `AddtlInf`, at most 105 characters: "FSPIOP 5104 Payee rejected transaction", or the mend.
    pub text: String,
}

/// What must be said again of the original message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// Its version: `pain.001.001.09`.
    pub message_name: String,
    /// The version of every status about it: `pain.002.001.10`. Settled when the original came or left,
    /// so that the same status is the same bytes whatever becomes of the bank's record. Empty in what
    /// was stored before it was kept: then the one of the table.
    #[serde(default)]
    pub answer_name: String,
    /// `GrpHdr/MsgId`
    pub message_id: String,
    /// `GrpHdr/CreDtTm` as written.
    pub created: String,
    /// `NbOfTxs` as written.
    pub number_of_transactions: String,
    /// `PmtInfId`; pain.001 only.
    pub payment_information_id: Option<String>,
    /// `InstrId`
    pub instruction_id: Option<String>,
    /// `EndToEndId`; `None` where the report is about the whole message.
    pub end_to_end_id: Option<String>,
    /// `TxId`
    pub transaction_id: Option<String>,
    /// `UETR`, lower case.
    pub uetr: Option<String>,
    /// Name of `InitgPty`; pain.001 only.
    pub initiating_party: Option<String>,
    /// `DbtrAgt`; pain.001 only.
    pub debtor_agent: Option<AgentName>,
    /// The business header that it came with, as answers repeat it: they have one too. `None`: it came
    /// bare, or was stored before headers were kept.
    #[serde(default)]
    pub header: Option<String>,
}

/// What is kept of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AgentName {
    /// `BICFI`
    pub bicfi: Option<String>,
    /// `ClrSysMmbId/MmbId`
    pub member_id: Option<String>,
    /// `ClrSysMmbId/ClrSysId/Cd`
    pub clearing_system: Option<String>,
}

impl StatusReport {
    /// Whether it is the last word.
    pub fn is_final(&self) -> bool {
        matches!(self.status, PaymentStatus::Settled | PaymentStatus::Rejected)
    }

    /// The version that it is written in.
    pub fn version(&self) -> &str {
        match self.original.answer_name.as_str() {
            "" => versions::answer_to(&self.original.message_name).unwrap_or_default(),
            settled => settled,
        }
    }

    /// The XML: a pain.002 to a pain.001, else a pacs.002; with a header if the original had one.
    ///
    /// # Errors
    /// Names the path of what the version cannot carry.
    pub fn xml(&self) -> Result<String, WriteError> {
        let document = self.written().or_else(|_| self.without_agents().written())?;
        let header = self.original.header.as_deref();
        Ok(headed(document, header, &self.message_id, self.created_ms))
    }

    fn written(&self) -> Result<String, WriteError> {
        match self.is_pain() {
            true => pain002::write(&self.pain(), self.version()),
            false => pacs002::write(&self.pacs(), self.version()),
        }
    }

    /// The versions of 2009 know no BIC with digits before the country. A status says the same without
    /// its agents, and must not stay unsaid.
    fn without_agents(&self) -> StatusReport {
        let original = Original { debtor_agent: None, ..self.original.clone() };
        StatusReport { from: None, to: None, original, ..self.clone() }
    }

    fn is_pain(&self) -> bool {
        self.original.message_name.starts_with("pain.")
    }

    fn pacs(&self) -> pacs002::PaymentStatusReport {
        pacs002::PaymentStatusReport {
            message_id: self.message_id.clone(),
            created: DateTime::utc(self.created_ms),
            instructing_agent: self.from.as_ref().map(Agent::from),
            instructed_agent: self.to.as_ref().map(Agent::from),
            original_groups: vec![self.group()],
            transactions: self.transaction().into_iter().collect(),
        }
    }

    fn pain(&self) -> pain002::CustomerPaymentStatusReport {
        let initiator = self.original.initiating_party.clone();
        let payments =
            self.original.payment_information_id.clone().map(|id| pain002::OriginalPayment {
                payment_information_id: id,
                status: None,
                reasons: Vec::new(),
                transactions: self.transaction().into_iter().collect(),
            });
        pain002::CustomerPaymentStatusReport {
            message_id: self.message_id.clone(),
            created: DateTime::utc(self.created_ms),
            initiating_party: initiator
                .map(|name| iso20022::Party { name: Some(name), ..Default::default() }),
            debtor_agent: self.original.debtor_agent.as_ref().map(Agent::from),
            original_group: self.group(),
            payments: payments.into_iter().collect(),
        }
    }

    /// A report about the whole message says so in the group; any other in its transaction.
    fn group(&self) -> OriginalGroup {
        let whole = self.original.end_to_end_id.is_none();
        OriginalGroup {
            message_id: self.original.message_id.clone(),
            message_name: self.original.message_name.clone(),
            created: DateTime::parse(&self.original.created).ok(),
            number_of_transactions: Some(self.original.number_of_transactions.clone())
                .filter(|count| !count.is_empty()),
            status: whole.then(|| self.status.code()),
            reasons: if whole { self.reasons() } else { Vec::new() },
        }
    }

    fn transaction(&self) -> Option<TransactionStatus> {
        let original = &self.original;
        let end_to_end_id = original.end_to_end_id.clone()?;
        Some(TransactionStatus {
            original_instruction_id: original.instruction_id.clone(),
            original_end_to_end_id: Some(end_to_end_id),
            original_transaction_id: original.transaction_id.clone().filter(|_| !self.is_pain()),
            original_uetr: original.uetr.clone(),
            status: Some(self.status.code()),
            reasons: self.reasons(),
            accepted: self.accepted_ms.map(DateTime::utc),
            clearing_system_reference: Some(self.clearing_reference.clone()),
            ..TransactionStatus::default()
        })
    }

    fn reasons(&self) -> Vec<StatusReason> {
        let reason = |reason: &Reason| StatusReason {
            originator_name: None,
            reason: Some(reason.coded()),
            additional: vec![reason.text.clone()].into_iter().filter(|t| !t.is_empty()).collect(),
        };
        self.reason.iter().map(reason).collect()
    }
}

impl PaymentStatus {
    /// Which of a payment's messages says it: no two of them share a MsgId.
    pub(crate) fn part(self) -> u8 {
        match self {
            Self::Settled | Self::Rejected => 1,
            Self::Accepted => 2,
            Self::InProcess => 3,
            Self::Pending => 4,
        }
    }

    /// The ISO code.
    pub fn code(self) -> StatusCode {
        match self {
            Self::Accepted => StatusCode::AcceptedTechnicalValidation,
            Self::InProcess => StatusCode::AcceptedSettlementInProcess,
            Self::Pending => StatusCode::Pending,
            Self::Settled => StatusCode::AcceptedSettlementCompleted,
            Self::Rejected => StatusCode::Rejected,
        }
    }
}

impl Reason {
    /// A reason of our own, with the mend.
    ///
    /// What XML cannot carry becomes a space: a strange text must not keep a bank from its answer.
    pub fn new(code: &str, text: &str) -> Self {
        let sayable = |c: char| match c {
            '\u{fffe}' | '\u{ffff}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        };
        let text: String = text.chars().map(sayable).collect();
        let text = cut(text.trim(), ADDITIONAL_INFORMATION_CHARS);
        Self { code: code.to_owned(), proprietary: false, text }
    }

    /// A reason as a bank gave it.
    pub fn of_bank(reason: &Coded, text: &str) -> Self {
        match reason {
            Coded::Code(code) => Self::new(code, text),
            Coded::Proprietary(own) => Self { proprietary: true, ..Self::new(own, text) },
        }
    }

    /// The reason of an FSPIOP error; the original code goes along in the text.
    pub fn of_error(error: &ErrorInformation, circumstances: Circumstances) -> Self {
        Self::of_bank(&codes::iso_reason_of(error, circumstances), &codes::carried_text(error))
    }

    fn coded(&self) -> Coded {
        match self.proprietary {
            true => Coded::Proprietary(self.code.clone()),
            false => Coded::Code(self.code.clone()),
        }
    }
}

impl From<&Agent> for AgentName {
    fn from(agent: &Agent) -> Self {
        let member = agent.clearing_member.as_ref();
        let system = member.and_then(|member| member.system.as_ref());
        Self {
            bicfi: agent.bicfi.clone(),
            member_id: member.map(|member| member.member_id.clone()),
            clearing_system: system.and_then(|system| match system {
                Coded::Code(code) => Some(code.clone()),
                Coded::Proprietary(_) => None,
            }),
        }
    }
}

impl From<&AgentName> for Agent {
    fn from(name: &AgentName) -> Self {
        let member = |member_id: &String| ClearingMember {
            system: name.clearing_system.clone().map(Coded::Code),
            member_id: member_id.clone(),
        };
        Self {
            bicfi: name.bicfi.clone(),
            clearing_member: name.member_id.as_ref().map(member),
            ..Self::default()
        }
    }
}

/// The message that an admi.002 is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rejected<'r> {
    /// Its MsgId, where it could be made out.
    pub message_id: Option<&'r str>,
    /// Its business header as answers repeat it.
    pub header: Option<&'r str>,
}

/// admi.002 to what was not read: the first finding says where and what to mend; all of them stand in
/// the additional data.
///
/// # Errors
/// Names the path of what the version cannot carry.
pub fn reject(refused: &Refused, now_ms: i64) -> Result<String, WriteError> {
    let first = refused.findings.first();
    let all: Vec<String> = refused.findings.iter().map(ToString::to_string).collect();
    let document = admi002::write(&admi002::MessageReject {
        related_reference: reference(refused.message_id.as_deref()),
        reason: first.map_or("FF01", |finding| finding.code).to_owned(),
        rejected: Some(DateTime::utc(now_ms)),
        error_location: first
            .map(|finding| cut(&finding.path, REJECT_TEXT_CHARS))
            .filter(|path| !path.is_empty()),
        description: Some(
            first.map_or_else(|| refused.to_string(), |finding| finding.text.clone()),
        )
        .map(|text| cut(&text, REJECT_TEXT_CHARS)),
        additional_data: (all.len() > 1).then(|| all.join("\n")),
    })?;
    Ok(reject_headed(document, refused.header.as_deref(), now_ms))
}

/// admi.002 for a fault that has no place in the message: not entitled, no such order, wrong media type.
///
/// # Errors
/// Names the path of what the version cannot carry.
pub fn reject_because(
    rejected: Rejected<'_>,
    code: &str,
    mend: &str,
    now_ms: i64,
) -> Result<String, WriteError> {
    let document = admi002::write(&admi002::MessageReject {
        related_reference: reference(rejected.message_id),
        reason: cut(code, MAX35_CHARS),
        rejected: Some(DateTime::utc(now_ms)),
        error_location: None,
        description: Some(cut(mend, REJECT_TEXT_CHARS)).filter(|text| !text.is_empty()),
        additional_data: None,
    })?;
    Ok(reject_headed(document, rejected.header, now_ms))
}

/// admi.002 has no MsgId: its header's id is made of all that it says.
fn reject_headed(document: String, header: Option<&str>, now_ms: i64) -> String {
    let id = PaymentId::of_reject(&document).max35();
    headed(document, header, &id, now_ms)
}

/// The document with the header that answers this one. Where that cannot be written (a network's own
/// header may lack what the published one needs) the answer is bare: it must not stay unsaid.
fn headed(document: String, header: Option<&str>, message_id: &str, created_ms: i64) -> String {
    let created = DateTime::utc(created_ms);
    let answer = |header| with_answering_header(&document, header, message_id, created).ok();
    header.and_then(answer).unwrap_or(document)
}

fn reference(message_id: Option<&str>) -> String {
    let id = message_id.filter(|id| !id.is_empty()).unwrap_or("NOTPROVIDED");
    cut(id, MAX35_CHARS)
}
