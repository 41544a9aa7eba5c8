//! The journey of a transfer to a bank: lookups and quotes are answered from the bank's record, POST
//! /transfers becomes pacs.008, the bank's pacs.002 becomes PUT /transfers, PATCH becomes pacs.002.
//!
//! The answer to the hub is always RESERVED: the bank is confirmed only once the hub has committed. The
//! fulfilment is made from the secret when it is needed; the bank never sees ILP.

mod bank;
mod confirmation;
mod open;
mod quote;
mod step;

pub use bank::{BankStatus, statuses};
pub(crate) use confirmation::confirmation;
pub use quote::{QuoteAnswer, QuoteTerms, Quoting, answer_lookup, answer_quote};

use fspiop::error::ErrorInformation;
use fspiop::ilp::{Condition, Secret};
use fspiop::transfer::{TransfersPatch, TransfersPost, TransfersPut};
use serde::{Deserialize, Serialize};

use crate::document;
use crate::record::CreditsOn;
use crate::status::{AgentName, Original, PaymentStatus, Reason, StatusReport};
use crate::{BankRecord, FspiopRequest, PaymentId};

/// A transfer to a bank and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    id: PaymentId,
    /// The id as the payer wrote it: what targets and answers repeat.
    spelling: String,
    uetr: String,
    bank: String,
    payer_fsp: String,
    credits_on: CreditsOn,
    profile: String,
    ilp_packet: String,
    #[serde(with = "document::condition")]
    condition: Condition,
    /// The signed expiration, milliseconds since the Unix epoch.
    expiration_ms: i64,
    /// When the bank's silence becomes an error.
    until_ms: i64,
    /// Our own pacs.008, for the confirmation.
    original: Original,
    to: AgentName,
    stage: Stage,
    since_ms: i64,
    /// When the bank accepted.
    accepted_ms: Option<i64>,
    /// What the hub was answered, for a resend.
    answer: Option<FspiopRequest>,
    /// The bank took its acceptance back.
    rejected_late: bool,
    /// An item was raised already.
    reconciled: bool,
    reason: Option<Reason>,
}

/// Where a credit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// pacs.008 is out.
    AwaitingBank,
    /// The bank has accepted, PUT RESERVED is out; PATCH is awaited.
    AwaitingConfirmation {
        /// When it asks by GET /transfers/{id}.
        ask_at_ms: i64,
        /// How often it has asked.
        asked: u32,
    },
    /// The hub has committed.
    Committed,
    /// Ended without money moving.
    Aborted,
}

/// What [`Credit::open`] needs beside the transfer.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'o> {
    /// The payee bank.
    pub bank: &'o BankRecord,
    /// The payer's record where it is a bank as well: its BIC stands in DbtrAgt then.
    pub payer_bank: Option<&'o BankRecord>,
    /// The quote that this bank's side answered and whose packet the transfer carries.
    pub quote: Option<&'o QuoteTerms>,
    /// Until when an answer to the hub is in time: arrival and `FSPIOP-Timeout`, at most the expiration.
    pub until_ms: i64,
    /// Now.
    pub now_ms: i64,
}

/// What became of a prepare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Under way.
    Accepted(Box<Credit>, Vec<Action>),
    /// Refused: PUT /transfers/{id}/error.
    Refused(Box<FspiopRequest>),
}

/// What may happen to a credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The bank says something of it.
    BankStatus(BankStatus),
    /// pacs.008 was given up.
    BankSendFailed {
        /// Whether the bank may have taken it: `false` only if no attempt ever left, or every one was
        /// answered with a refusal.
        may_have_left: bool,
    },
    /// PATCH /transfers/{id}
    Patch(Box<TransfersPatch>),
    /// PUT /transfers/{id}, the answer to our GET.
    TransferState(Box<TransfersPut>),
    /// PUT /transfers/{id}/error
    HubError(ErrorInformation),
    /// The same POST /transfers again.
    PrepareResent,
    /// The time of [`Action::WakeAt`] has come. Too early or repeated, it does nothing.
    Deadline,
}

/// What is to be done, after the credit is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send the bank this pacs.008.
    SendBank(Box<BankMessage>),
    /// Answer the hub, as the bank; sent until acknowledged.
    Answer(Box<FspiopRequest>),
    /// Ask the hub, as the bank (GET /transfers/{id}).
    Ask(Box<FspiopRequest>),
    /// Confirm to the bank (pacs.002), until acknowledged.
    Confirm(Box<StatusReport>),
    /// Come back with [`Event::Deadline`] at this time; replaces the earlier one.
    WakeAt(i64),
    /// Somebody must look.
    Reconcile(Reconciliation),
    /// Nothing to do, and why. Where a step says only this, the document is as it was.
    Ignore(Ignored),
}

/// An XML message to a bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankMessage {
    /// The `ISO20022-Message` header: `pacs.008.001.08`.
    pub name: String,
    /// The text.
    pub xml: String,
    /// Until when an attempt may be made: what this side was given less the transfers row's link.
    /// `FSPIOP-Timeout` is this less now.
    pub until_ms: i64,
}

/// Why an operator must look at a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
pub enum Reconciliation {
    /// Aborted, and the bank has credited or may have.
    #[error("the transfer was aborted, but the bank has credited or may have: recall it")]
    AbortedAfterCredit,
    /// Committed, and the bank says that it has not credited.
    #[error("the transfer was committed, but the bank has rejected the credit")]
    CommittedAfterReject,
    /// Asked many times without a last word.
    #[error("the hub gives no final answer about the transfer")]
    NoFinalAnswer,
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Ignored {
    /// The credit is final and the event says nothing else.
    #[error("the credit is final")]
    Final,
    /// An interim status: ACTC, ACSP, PDNG, ...
    #[error("an interim status")]
    Interim,
    /// The ids of the status do not all fit.
    #[error("the status is about another payment")]
    OtherPayment,
    /// Said before.
    #[error("it was said before")]
    Repeated,
    /// Not time yet.
    #[error("it is not time yet")]
    TooEarly,
    /// The transfer is not final.
    #[error("the transfer is not final yet")]
    NotFinal,
    /// Nothing was answered that the hub could speak of.
    #[error("the bank has not answered yet")]
    NotAnswered,
}

impl Credit {
    /// Opens a credit: checks the prepare against the quote and makes the pacs.008.
    pub fn open(prepare: &TransfersPost, opening: &Opening<'_>) -> Opened {
        open::open(prepare, opening)
    }

    /// Whether all the ids that a status gives are this credit's, and it gives one that counts.
    pub fn is_about(&self, status: &BankStatus) -> bool {
        step::is_about(self, status)
    }

    /// Takes one event. `now_ms` is never earlier than at the step before.
    pub fn step(&mut self, event: &Event, now_ms: i64, secret: &Secret) -> Vec<Action> {
        step::step(self, event, now_ms, secret)
    }

    /// The id.
    pub fn id(&self) -> PaymentId {
        self.id
    }

    /// The UETR that the bank was given; an alias where the id is no UUID version 4.
    pub fn uetr(&self) -> &str {
        &self.uetr
    }

    /// The payee bank's fspId.
    pub fn bank(&self) -> &str {
        &self.bank
    }

    /// Where it stands.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether the last word is said.
    pub fn is_final(&self) -> bool {
        matches!(self.stage, Stage::Committed | Stage::Aborted)
    }

    /// When [`Event::Deadline`] is due.
    pub fn wake_at_ms(&self) -> Option<i64> {
        match self.stage {
            Stage::AwaitingBank => Some(self.until_ms),
            Stage::AwaitingConfirmation { ask_at_ms, .. } => Some(ask_at_ms),
            Stage::Committed | Stage::Aborted => None,
        }
    }

    /// What the bank is told at the end; the same bytes for ever.
    fn confirmation(&self, status: PaymentStatus) -> StatusReport {
        StatusReport {
            message_id: self.id.message_id(open::PACS_008 + status.part()),
            created_ms: self.since_ms,
            status,
            reason: self.reason.clone(),
            original: self.original.clone(),
            accepted_ms: self.accepted_ms,
            clearing_reference: self.id.max35(),
            from: None,
            to: Some(self.to.clone()),
        }
    }
}
