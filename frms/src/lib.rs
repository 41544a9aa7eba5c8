//! Fraud screening as plain functions: an [`Engine`] takes [`Event`]s in the order of their stream
//! and gives each attempt a [`Verdict`]. There is no clock, no I/O and no chance in here: the same
//! events in the same order give the same verdicts, bit for bit.
//!
//! * `identity`: payments, accounts and entities under pseudonyms; `attempt`: what is screened, and
//!   how it ended
//! * `features`: what is remembered of accounts, settled and pending
//! * `rules`: the registry, a file a rule; `bands`: what a rule's value means; `configured`: both
//! * `typology`: weights over rule results, thresholds
//! * `conditions`: block lists and overrides (event flow, EFRuP)
//! * `catalogue`: the rules and typologies of a tenant, as configured, and our own
//! * `engine`, `verdict`, `explanation`: all of it put together, and the sentence that explains it
//! * `ruling`: what a rule processor elsewhere said; `score`: scores as they are written down
//! * `snapshot`: the state as bytes, to go on from later
//! * `record`: events in a file, with what is known of them afterwards; `backtest`: what a catalogue
//!   would have done with them
//! * `expression`: how weights make a score; `peer`: the peer's files, scoring and reports; `lint`:
//!   what is wrong with such files; `tms`: its messages as what is screened
//! * `event`: what goes over the stream and under which subject; `bounded`, `limits`: the bounds

mod attempt;
mod backtest;
mod bands;
mod bounded;
mod catalogue;
mod conditions;
mod configured;
mod engine;
mod event;
mod explanation;
pub mod expression;
mod features;
mod identity;
pub mod limits;
pub mod lint;
pub mod peer;
mod record;
pub mod rules;
mod ruling;
mod score;
mod snapshot;
pub mod tms;
mod typology;
mod verdict;
mod versions;

pub use attempt::{
    Attempt, CASH, DEPOSIT, Disguised, Facts, MP2B, MP2P, Outcome, OutcomeKind, Place, Point,
    REFUND, TermsHash, Units,
};
pub use backtest::{Backtest, Behaviour, Hits, Report};
pub use bands::{Band, Case, Split, SubRuleRef};
pub use catalogue::{Catalogue, CatalogueChange, CatalogueError, RuleName, Semantics};
pub use conditions::{
    Condition, ConditionBook, ConditionChange, ConditionError, ConditionKind, Flow, Perspective,
    Quiet, Subject, Watched,
};
pub use configured::{ConfiguredRule, Found, Source};
pub use engine::Engine;
pub use event::{Event, matches, token};
pub use explanation::on_rule;
pub use features::{
    Account, Amounts, Counterparties, Currency, Days, Entities, Features, Kind, Layer, Moments,
    News, Peak, Places, Reach, Recent, Seen, Side, distance_km,
};
pub use identity::{AccountKey, EntityKey, Party, PaymentId, Pseudonyms};
pub use record::{Label, Record};
pub use ruling::Ruling;
pub use snapshot::{SnapshotError, Taken, VerdictKey};
pub use typology::{Interdiction, Term, Typology};
pub use verdict::{Decision, Missing, RuleResult, TypologyScore, Verdict};
