use serde::{Deserialize, Serialize};

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The participant's wall clock, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Whose log.
    pub participant: String,
    /// The transfer, or the bank's order. One payment may be known under several ids by several participants.
    pub id: String,
    /// What happened.
    pub event: Event,
}

/// What a participant did or learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase")]
pub enum Event {
    /// As payer: it is about to send the transfer or order.
    Sent {
        /// The terms.
        terms: Terms,
    },
    /// As payer: the hub answered 2xx; from here on the hub must not lose it.
    Acknowledged {
        /// The HTTP status.
        status: u16,
    },
    /// As payer: the hub refused at once (4xx); nothing may come of it.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// As payee: a request for it was read, and is about to be acknowledged.
    Received {
        /// The terms.
        terms: Terms,
        /// SHA-256 of the body: a delivery again must be the same.
        digest: String,
    },
    /// As payee: it is about to answer.
    Answered {
        /// Committed if it offers the fulfilment; Aborted for an error, and for a fulfilment that it knows to be wrong.
        outcome: Outcome,
    },
    /// As payee: the hub acknowledged the answer.
    AnswerAcknowledged,
    /// As payee: the money is with the payee for good.
    Credited {
        /// The terms.
        terms: Terms,
    },
    /// As payee: a credit was taken back, because the payment had ended otherwise.
    Reversed,
    /// A final state, by whatever way.
    Learned {
        /// The state.
        outcome: Outcome,
        /// `callback`, `answer`, `push`, `get`.
        by: String,
        /// What names the answer, if answers have names (an ISO message id): a repeated answer bears the same.
        answer_id: Option<String>,
    },
}

/// Whose money goes where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The participant that pays.
    pub payer: String,
    /// The participant that is paid, if known here.
    pub payee: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// A decimal number, as `12.34`.
    pub amount: String,
}

/// How a payment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// The money moved.
    Committed,
    /// It did not, and will not.
    Aborted,
}

/// What a GET said at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It has ended.
    Final(Outcome),
    /// It is under way.
    Open,
    /// The hub does not know it.
    Unknown,
}
