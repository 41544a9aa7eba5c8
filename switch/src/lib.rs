//! The hub's rules, as plain functions: [`decide`] takes the rows it needs (a [`View`]), one
//! [`Command`], the scheme's [`Rules`] and the batch's time, and returns a [`Decision`]: the
//! outcome, the rows to write, the postings behind them and what others are to be told. There is
//! no clock, no I/O and no chance in here.
//!
//! * `command`: what may be asked; `refusal`: every reason to say no, in order of precedence
//! * `decide`: one file a family of commands; `decision`, `effect`: what comes out
//! * `key`, `view`: which rows a command needs and the overlay that a batch decides on
//! * `participant`, `transfer`, `party`: the rows that a store keeps
//! * `directory`: who holds a party, and where a quote goes
//! * `money`, `name`, `limits`, `rules`: the small change

mod command;
mod decide;
mod decision;
pub mod directory;
mod effect;
mod key;
pub mod limits;
mod money;
mod name;
mod participant;
mod party;
mod refusal;
mod rules;
mod transfer;
mod view;

pub use command::{Abort, Command, Fulfil, FulfilState, Prepare, RecordFundsIn, Release, Verdict};
pub use decide::decide;
pub use decision::{DeadlineChange, Decision, Outcome, Posting};
pub use effect::{About, Confirmation, Effect, HoldEnd};
pub use key::{Key, LockClass, Row};
pub use money::{Currency, Money, MoneyError};
pub use name::{
    AccountNumber, Condition, Fulfilment, GroupId, Hash, NameError, ParticipantName, Timestamp,
    TransferId, VerdictReference,
};
pub use participant::{
    Account, AccountKey, AccountKind, AccountNumberEntry, AccountNumbers, FundsMovement, Limit,
    Participant, Standing,
};
pub use party::{Party, PartyHolder, PartyId, PartyKind, PartyRanges};
pub use refusal::{Fault, Refusal, Retry};
pub use rules::{Rules, Screening};
pub use transfer::{
    Cause, ExternalState, LateFulfil, PayeeAnswer, ReportedError, Transfer, TransferState,
};
pub use view::View;
