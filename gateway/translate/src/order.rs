//! The journey of a bank's payment order: pain.001 or pacs.008 in; lookup, quote, transfer; status out.
//!
//! An [`Order`] is a document: the caller stores it with the actions of each step in one batch and
//! carries the actions out afterwards. A step that is taken again after a crash says the same again.
//! Once POST /transfers may have left, only a final answer of the hub rejects the order; when its time
//! is over it asks by GET /transfers/{id} until there is one (DESIGN §6): late rather than wrong.

mod fingerprint;
mod messages;
mod open;
mod pacs;
mod pain;
mod step;

pub(crate) use open::Names;
pub(crate) use pacs::original_of;

use fspiop::amount::{CurrencyList, Money};
use fspiop::deadline::{Journey, Profile, Timeout};
use fspiop::error::ErrorInformation;
use fspiop::identifiers::AmountType;
use fspiop::ilp::Condition;
use fspiop::party::PartiesPut;
use fspiop::quote::QuotesPut;
use fspiop::transfer::TransfersPut;
use iso20022::{Agent, Inbound};
use serde::{Deserialize, Serialize};

use crate::document;
use crate::identity::BankReference;
use crate::party::PartyKey;
use crate::status::{AgentName, Original, PaymentStatus, Reason, StatusReport};
use crate::{BankRecord, FspiopRequest, PaymentId};

/// A bank's order and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    id: PaymentId,
    /// The id as a UETR, an alias where it is no UUID version 4.
    uetr: String,
    bank: String,
    /// SHA-256 over the business terms that are read, hexadecimal.
    hash: String,
    /// SHA-256 over `hash` and every term of the message, read or not; `None` in orders that were
    /// stored before it was kept.
    #[serde(default)]
    all_terms: Option<String>,
    /// When the order came, milliseconds since the Unix epoch.
    arrival_ms: i64,
    accepted_ms: Option<i64>,
    expires_ms: Option<i64>,
    profile: String,
    wants_interim: bool,
    original: Original,
    from: Option<AgentName>,
    to: AgentName,
    /// `None` only when the message was refused as a whole.
    terms: Option<Terms>,
    payee_fsp: Option<String>,
    payee_name: Option<String>,
    quote: Option<QuoteFacts>,
    /// The expiration that was signed into POST /transfers.
    expiration_ms: Option<i64>,
    /// An error that is no last word; the reason if the hub later says ABORTED.
    setback: Option<Reason>,
    stage: Stage,
    /// When the stage began.
    since_ms: i64,
    reason: Option<Reason>,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// GET /parties is out.
    LookingUp {
        /// When it gives up.
        until_ms: i64,
    },
    /// POST /quotes is out.
    Quoting {
        /// When it gives up.
        until_ms: i64,
    },
    /// POST /transfers may have left.
    Transferring {
        /// When it begins to ask.
        ask_at_ms: i64,
        /// Whether the hub has said RESERVED.
        reserved: bool,
    },
    /// The time is over, or the answer was no last word: asking by GET /transfers/{id}.
    Asking {
        /// When it asks next.
        ask_at_ms: i64,
        /// How often it has asked.
        asked: u32,
    },
    /// `ACSC`
    Settled,
    /// `RJCT`
    Rejected,
}

/// What the bank wants, in FSPIOP's vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Terms {
    #[serde(with = "document::money")]
    amount: Money,
    #[serde(with = "document::amount_type")]
    amount_type: AmountType,
    /// pacs.008: the amount is what is settled, to the last unit (AM09).
    interbank: bool,
    payer: PartyKey,
    payer_name: Option<String>,
    by_business: bool,
    /// The payer's day of birth, `yyyy-MM-dd`.
    #[serde(default)]
    payer_born: Option<String>,
    #[serde(default)]
    use_case: UseCase,
    payee: PartyKey,
    payee_name: Option<String>,
    /// The creditor agent's fspId, where it is known.
    creditor_agent: Option<String>,
    note: Option<String>,
    /// ISO data that travels as extensions of the quote.
    extensions: Vec<(String, String)>,
}

/// What an order is for, by its `CtgyPurp`; a refund is none, since an order does not name what it gives
/// back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum UseCase {
    /// From a person to a person, and whatever says nothing else.
    #[default]
    Transfer,
    /// `MP2B`
    Payment,
    /// `Prtry` `CASH`: the code of that name is about the treasury of firms.
    Withdrawal,
    /// `Prtry` `DEPOSIT`
    Deposit,
}

/// What was agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct QuoteFacts {
    ilp_packet: String,
    #[serde(with = "document::condition")]
    condition: Condition,
    #[serde(with = "document::money")]
    transfer_amount: Money,
}

/// What [`Order::open`] needs beside the message.
#[derive(Clone, Copy)]
pub struct Opening<'o> {
    /// The bank that sent it, entitled to.
    pub bank: &'o BankRecord,
    /// The currencies of the scheme.
    pub currencies: &'o CurrencyList,
    /// The fspId of an agent, where the scheme knows it.
    pub resolve: &'o (dyn Fn(&Agent) -> Option<String> + Sync),
    /// How far back duplicates are known (`retention.duplicates`).
    pub retention_ms: i64,
    /// When the message arrived.
    pub now_ms: i64,
}

/// What became of a message that was to be an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Under way.
    Accepted(Box<Order>, Vec<Action>),
    /// Rejected at once; the order is final and its report is the answer.
    Refused(Box<Order>),
}

/// The message is neither a pain.001 nor a pacs.008.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only pain.001 and pacs.008 are orders")]
pub struct NotAnOrder;

/// What a second order under a known id is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// The same order: the known one's report is the answer.
    Same,
    /// Other terms (AM05) or another bank (DU03): this order, final and under an id of its own, is
    /// the answer; the known one goes on.
    Refused(Box<Order>),
}

/// What may happen to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// PUT /parties/{Type}/{ID}
    Party(Box<PartiesPut>),
    /// PUT /parties/{Type}/{ID}/error, or a synchronous refusal of the lookup.
    PartyError(ErrorInformation),
    /// PUT /quotes/{ID}
    Quote(Box<QuotesPut>),
    /// PUT /quotes/{ID}/error, or a synchronous refusal of the quote.
    QuoteError(ErrorInformation),
    /// PUT /transfers/{ID}
    TransferState(Box<TransfersPut>),
    /// PUT /transfers/{ID}/error
    TransferError(ErrorInformation),
    /// A request was given up: its time was over, its receiver unreachable, or it was refused at once.
    SendFailed {
        /// Which one.
        request: Sent,
        /// Whether the receiver may have taken it: `false` only if no attempt ever left, or every one
        /// was answered with a refusal.
        may_have_left: bool,
        /// Why.
        error: ErrorInformation,
    },
    /// The time of [`Action::WakeAt`] has come. Too early or repeated, it does nothing.
    Deadline,
    /// The process has started anew. Lookups and quotes live in the hub's memory only: what was asked
    /// may be lost, and is asked again while there is time.
    Restarted,
    /// The bank asks where its order stands (pacs.028, GET).
    StatusAsked,
}

/// The requests of a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Sent {
    /// GET /parties
    Lookup,
    /// POST /quotes
    Quote,
    /// POST /transfers
    Transfer,
    /// GET /transfers/{id}
    Ask,
}

/// What is to be done, after the order is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send this as the bank.
    Send(Sent, Box<FspiopRequest>),
    /// Tell the bank.
    Report {
        /// Whether it is the last word; only last words are retried until acknowledged.
        is_final: bool,
        /// What.
        report: Box<StatusReport>,
    },
    /// Come back with [`Event::Deadline`] at this time; replaces the earlier one.
    WakeAt(i64),
    /// Somebody must look.
    Reconcile(Reconciliation),
    /// Nothing to do, and why. Where a step says only this, the document is as it was.
    Ignore(Ignored),
}

/// Why an operator must look at an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
pub enum Reconciliation {
    /// The hub says COMMITTED with a fulfilment that does not open the condition.
    #[error("the hub reports COMMITTED with a fulfilment that does not open the condition")]
    WrongFulfilment,
    /// Asked many times without a last word.
    #[error("the hub gives no final answer about the transfer")]
    NoFinalAnswer,
    /// A final answer that contradicts the one which the bank was given.
    #[error("a final answer contradicts the one that the bank was given")]
    Contradiction,
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Ignored {
    /// The order is final and the event says nothing else.
    #[error("the order is final")]
    Final,
    /// The answer belongs to a stage that is over.
    #[error("the answer belongs to a stage that is over")]
    StagePassed,
    /// The answer belongs to a stage that has not begun.
    #[error("the answer belongs to a stage that has not begun")]
    StageNotReached,
    /// Not time yet.
    #[error("it is not time yet")]
    TooEarly,
    /// The answer is about another party.
    #[error("the answer is about another party")]
    OtherParty,
    /// No last word yet.
    #[error("the transfer is not final yet")]
    NotFinal,
    /// The request may be taken yet, or a later one will ask.
    #[error("the answer may still come")]
    AnswerMayCome,
}

impl Order {
    /// Opens an order of the message's only transaction.
    ///
    /// Look the id up before you store it: [`Order::again`] tells what a known one means.
    ///
    /// # Errors
    /// [`NotAnOrder`] for other messages.
    pub fn open(inbound: &Inbound, opening: &Opening<'_>) -> Result<Opened, NotAnOrder> {
        open::open(inbound, opening)
    }

    /// What `newer` is, given that this order has its id: never a second payment.
    pub fn again(&self, newer: &Order) -> Again {
        if self.bank == newer.bank && self.has_terms_of(newer) {
            return Again::Same;
        }
        let reason = match self.bank == newer.bank {
            true => Reason::new(
                "AM05",
                "an order with these ids but other terms was taken before: use new ids",
            ),
            false => Reason::new("DU03", "this UETR is in use: give the order a new one"),
        };
        Again::Refused(Box::new(newer.refused(reason)))
    }

    fn has_terms_of(&self, newer: &Order) -> bool {
        match &self.all_terms {
            Some(all) => newer.all_terms.as_ref() == Some(all),
            None => self.hash == newer.hash,
        }
    }

    /// The order refused because its id belongs to a transfer to this bank (DU03).
    pub fn taken(&self) -> Box<Order> {
        let mend = "this UETR is that of a payment to this bank: give the order a new one";
        Box::new(self.refused(Reason::new("DU03", mend)))
    }

    /// The id that the bank's own references give, whatever the UETR: an order under a new UETR but
    /// known references is no new order.
    pub fn reference(&self) -> PaymentId {
        PaymentId::of_bank_reference(&BankReference {
            bank: &self.bank,
            message_id: &self.original.message_id,
            payment_information_id: self.original.payment_information_id.as_deref().unwrap_or(""),
            end_to_end_id: self.original.end_to_end_id.as_deref().unwrap_or(""),
            index: 0,
        })
    }

    fn refused(&self, reason: Reason) -> Order {
        Order {
            id: PaymentId::of_duplicate(self.id, &self.bank, self.all_terms()),
            stage: Stage::Rejected,
            since_ms: self.arrival_ms,
            reason: Some(reason),
            ..self.clone()
        }
    }

    /// Takes one event. `now_ms` is never earlier than at the step before.
    pub fn step(&mut self, event: &Event, now_ms: i64) -> Vec<Action> {
        step::step(self, event, now_ms)
    }

    /// The id: `quoteId`, `transactionId` and `transferId` of everything it sends.
    pub fn id(&self) -> PaymentId {
        self.id
    }

    /// The id as a UETR.
    pub fn uetr(&self) -> &str {
        &self.uetr
    }

    /// The bank's fspId.
    pub fn bank(&self) -> &str {
        &self.bank
    }

    /// The FSP that it is paid to, once that is known.
    pub fn payee_fsp(&self) -> Option<&str> {
        self.payee_fsp.as_deref()
    }

    /// SHA-256 over the business terms that are read, 64 hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// SHA-256 over every term, read or not, 64 hexadecimal digits: what tells an order that is sent
    /// again from another one.
    pub fn all_terms(&self) -> &str {
        self.all_terms.as_deref().unwrap_or(&self.hash)
    }

    /// Where it stands.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether the last word is said.
    pub fn is_final(&self) -> bool {
        matches!(self.stage, Stage::Settled | Stage::Rejected)
    }

    /// The party whose lookup it waits for: PUT /parties names the party, not the order.
    pub fn awaited_party(&self) -> Option<&PartyKey> {
        match self.stage {
            Stage::LookingUp { .. } => self.terms.as_ref().map(|terms| &terms.payee),
            _ => None,
        }
    }

    /// When [`Event::Deadline`] is due.
    pub fn wake_at_ms(&self) -> Option<i64> {
        match self.stage {
            Stage::LookingUp { until_ms } | Stage::Quoting { until_ms } => Some(until_ms),
            Stage::Transferring { ask_at_ms, .. } | Stage::Asking { ask_at_ms, .. } => {
                Some(ask_at_ms)
            }
            Stage::Settled | Stage::Rejected => None,
        }
    }

    /// `FSPIOP-Timeout-Effective` of the 202: what the journey has from arrival on.
    pub fn effective(&self) -> Option<Timeout> {
        Timeout::at_most(self.journey().left_ms(0))
    }

    /// The status message as of now; a final one is the same bytes for ever.
    pub fn report(&self) -> StatusReport {
        let status = match self.stage {
            Stage::LookingUp { .. } | Stage::Quoting { .. } => PaymentStatus::Accepted,
            Stage::Transferring { reserved: false, .. } => PaymentStatus::Accepted,
            Stage::Transferring { reserved: true, .. } => PaymentStatus::InProcess,
            Stage::Asking { .. } => PaymentStatus::Pending,
            Stage::Settled => PaymentStatus::Settled,
            Stage::Rejected => PaymentStatus::Rejected,
        };
        self.report_as(self.id, status, self.reason.clone(), self.since_ms)
    }

    fn report_as(
        &self,
        id: PaymentId,
        status: PaymentStatus,
        reason: Option<Reason>,
        created_ms: i64,
    ) -> StatusReport {
        StatusReport {
            message_id: id.message_id(status.part()),
            created_ms,
            status,
            reason,
            original: self.original.clone(),
            accepted_ms: self.accepted_ms,
            clearing_reference: self.id.max35(),
            from: self.from.clone(),
            to: Some(self.to.clone()),
        }
    }

    fn journey(&self) -> Journey {
        let profile = Profile::named(&self.profile).unwrap_or(&Profile::FSPIOP_DEFAULT);
        let since_accepted_ms = self.accepted_ms.map(|ms| self.arrival_ms.saturating_sub(ms));
        let expiry_ms = self.expires_ms.map(|ms| ms.saturating_sub(self.arrival_ms));
        Journey::start(profile, since_accepted_ms, expiry_ms)
    }

    fn profile(&self) -> &'static Profile {
        Profile::named(&self.profile).unwrap_or(&Profile::FSPIOP_DEFAULT)
    }
}
