//! What a decision is: an outcome, rows, postings, effects and deadlines, all of one batch.

use crate::{AccountKey, Effect, ExternalState, Money, Refusal, Row, Timestamp, TransferId};

/// What one command came to. A store writes `writes`, `effects` and `deadlines` in one atomic
/// batch before anything of it is told to anyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The answer to the command.
    pub outcome: Outcome,
    /// Whole rows to keep, each key once.
    pub writes: Vec<Row>,
    /// The movements behind the accounts in `writes`; they sum to zero per currency.
    pub postings: Vec<Posting>,
    /// What others are to be told, in order.
    pub effects: Vec<Effect>,
    /// Changes to the index of deadlines.
    pub deadlines: Vec<DeadlineChange>,
}

impl Decision {
    /// A decision that changes nothing and tells nobody.
    pub fn only(outcome: Outcome) -> Self {
        let (writes, postings) = (Vec::new(), Vec::new());
        Self { outcome, writes, postings, effects: Vec::new(), deadlines: Vec::new() }
    }
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Accepted,
    /// Known and answered before: the stored outcome is told again, nothing changes.
    Resent,
    /// Known and not ended yet, or not due yet: nothing changes.
    InProgress,
    /// Too late: the transfer has expired, or does so by this decision. What came is kept.
    Late,
    /// The state, as others may see it.
    State(ExternalState),
    /// No.
    Refused(Refusal),
}

/// One movement on one account, signed as the account's balance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: AccountKey,
    /// What is added to its balance.
    pub delta: Money,
}

/// A change to the index of deadlines, which leads from times to transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineChange {
    /// From `at` on, [`crate::Command::Expire`] is due.
    Set {
        /// The transfer.
        id: TransferId,
        /// The first instant at which it is due.
        at: Timestamp,
    },
    /// It ended, or its deadline moved: the entry goes.
    Clear {
        /// The transfer.
        id: TransferId,
        /// The entry's time.
        at: Timestamp,
    },
}
