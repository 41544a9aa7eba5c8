//! What screening says of an attempt, with what it was seen from, and in a sentence.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Flow, Interdiction, PaymentId, Point, RuleName, SubRuleRef, TermsHash};

/// The verdict on one attempt. Recorded, never changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The transfer's id.
    pub id: PaymentId,
    /// The hash of its terms.
    pub hash: TermsHash,
    /// When in its life.
    pub point: Point,
    /// The event's number on the stream: all events before it, and none after, were seen.
    pub sequence: u64,
    /// The attempt's time, Unix milliseconds.
    pub at_ms: i64,
    /// What is to be done, if the policy is to enforce. After a commit nothing can be done: it says
    /// what would have been.
    pub decision: Decision,
    /// The strongest condition on its parties, if any holds.
    pub flow: Option<Flow>,
    /// Each rule's outcome, with the value behind it.
    pub rules: Vec<RuleResult>,
    /// Each typology's score.
    pub typologies: Vec<TypologyScore>,
    /// What was not known and not waited for.
    pub missing: Vec<Missing>,
    /// Why, in a sentence that names no account; empty when there is nothing to say.
    pub explanation: String,
}

/// What is to be done, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Let it pass.
    Allow,
    /// Somebody looks at it first.
    Review,
    /// Refuse it.
    Block,
}

impl Decision {
    /// As it stands in subjects.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Review => "review",
            Self::Block => "block",
        }
    }
}

impl From<Interdiction> for Decision {
    fn from(interdiction: Interdiction) -> Decision {
        match interdiction {
            Interdiction::Review => Decision::Review,
            Interdiction::Block => Decision::Block,
        }
    }
}

/// What a rule said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleResult {
    /// Its name (`id`, `cfg`).
    #[serde(flatten)]
    pub name: Arc<RuleName>,
    /// Which of its outcomes (`subRuleRef`).
    #[serde(rename = "subRuleRef")]
    pub outcome: SubRuleRef,
    /// The value measured (`indpdntVarbl`).
    #[serde(rename = "indpdntVarbl")]
    pub value: Option<f64>,
    /// The payments behind the value, the newest first; only where a typology has raised its voice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributors: Vec<PaymentId>,
}

/// What a typology came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TypologyScore {
    /// Its name.
    pub typology: Arc<str>,
    /// The sum; with the peer's semantics it can be infinite or not a number, and is text in JSON then:
    /// `Infinity`, `-Infinity`, `NaN`.
    #[serde(with = "crate::score")]
    pub score: f64,
    /// Whether the score is worth an alert.
    pub alert: bool,
    /// Whether one is raised: not if one was within a day on a payment that shares an account with
    /// this one, which then belongs to that alert; nor before a commit, when the payment may still come
    /// to nothing, unless it is stopped.
    pub raised: bool,
    /// Whether it would stop the payment.
    pub interdicts: bool,
    /// Whether a snooze holds for it: its alert is counted, and raised only where it stops the payment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub snoozed: bool,
}

/// What a verdict had to do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    /// Neither quote nor ILP packet told whose account is debited.
    DebtorAccount,
    /// Neither quote nor ILP packet told whose account is credited.
    CreditorAccount,
    /// How old the debtor is.
    DebtorAge,
    /// What kind of payment it is.
    Category,
    /// Where the debtor is.
    Place,
    /// What the payment is for.
    Description,
    /// A rule processor elsewhere did not answer in time.
    ExternalRule,
    /// A rule failed: a defect.
    FailedRule,
}

impl Verdict {
    /// The typologies of which somebody is told now.
    pub fn alerts(&self) -> impl Iterator<Item = &TypologyScore> {
        self.typologies.iter().filter(|score| score.raised)
    }

    /// Whether a result that somebody relies on is not there: a rule failed, or a processor elsewhere
    /// did not answer in time.
    pub fn is_incomplete(&self) -> bool {
        let lacks = |missing| self.missing.contains(&missing);
        lacks(Missing::ExternalRule) || lacks(Missing::FailedRule)
    }

    /// What a rule said.
    pub fn rule(&self, number: &str) -> Option<&RuleResult> {
        self.rules.iter().find(|result| result.name.number() == number)
    }
}

impl Missing {
    /// In a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DebtorAccount => "the debtor's account was not known",
            Self::CreditorAccount => "the creditor's account was not known",
            Self::DebtorAge => "the debtor's age was not known",
            Self::Category => "the kind of payment was not known",
            Self::Place => "the debtor's place was not known",
            Self::Description => "what the payment is for was not known",
            Self::ExternalRule => "a rule processor elsewhere did not answer in time",
            Self::FailedRule => "a rule failed",
        }
    }
}
