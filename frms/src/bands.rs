//! What a rule's number or text means: half-open bands over numbers, or cases, as the peer's
//! configurations have them (frms.md §2.2).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Which of a rule's outcomes it is (`subRuleRef`): `.01` and so on for a band or case, `.00` for none
/// of the cases, `.x00` and so on for an exit, `.err` if it could not be decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubRuleRef(Arc<str>);

/// A band: from `lower` up to, and without, `upper`; a limit that is not there does not limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Its outcome.
    pub reference: SubRuleRef,
    /// The first number in it.
    pub lower: Option<f64>,
    /// The first number above it.
    pub upper: Option<f64>,
    /// What a number in it says, for people: `the debtor has made three or more payments ...`.
    pub reason: String,
}

/// A case: one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its outcome.
    pub reference: SubRuleRef,
    /// The text.
    pub value: String,
    /// What it says, for people.
    pub reason: String,
}

/// How a rule's number or text becomes an outcome.
#[derive(Clone, Debug, PartialEq)]
pub enum Split {
    /// The first band that holds the number.
    Bands(Vec<Band>),
    /// The case of the text, or the alternative: outcome and reason.
    Cases(Vec<Case>, Option<(SubRuleRef, String)>),
}

impl SubRuleRef {
    /// This one.
    pub fn new(text: &str) -> SubRuleRef {
        SubRuleRef(Arc::from(text))
    }

    /// `.err`: the rule could not be decided.
    pub fn error() -> SubRuleRef {
        SubRuleRef::new(".err")
    }

    /// `.x00` and so on: there is nothing to measure.
    pub fn exit(number: u8) -> SubRuleRef {
        SubRuleRef::new(&format!(".x{number:02}"))
    }

    /// `.01` and so on.
    pub fn band(number: usize) -> SubRuleRef {
        SubRuleRef::new(&format!(".{number:02}"))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SubRuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Band {
    /// Whether it holds a number.
    pub fn holds(&self, value: f64) -> bool {
        self.lower.is_none_or(|lower| value >= lower)
            && self.upper.is_none_or(|upper| value < upper)
    }

    /// Whether it holds a number, its limits being so many standard deviations above a mean (rules 010,
    /// 011, 020 and 048).
    #[allow(clippy::float_arithmetic, reason = "limits of statistics, not money")]
    pub fn holds_spread(&self, value: f64, mean: f64, deviation: f64) -> bool {
        let scaled = |limit: Option<f64>| limit.map(|limit| limit * deviation + mean);
        scaled(self.lower).is_none_or(|lower| value >= lower)
            && scaled(self.upper).is_none_or(|upper| value < upper)
    }
}
