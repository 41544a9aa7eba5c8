//! What screening says of an attempt, with what it was seen from, and in a sentence.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use crate::limits::NAMED_IN_EXPLANATION_MAX;
use crate::rules::ConfiguredRule;
use crate::{ConditionKind, Flow, Interdiction, PaymentId, Perspective, SubRuleRef, TermsHash};

/// The verdict on one attempt. Recorded, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The transfer's id.
    pub id: PaymentId,
    /// The hash of its terms.
    pub hash: TermsHash,
    /// The attempt's number on the stream: all events before it, and none after, were seen.
    pub sequence: u64,
    /// The attempt's time, Unix milliseconds.
    pub at_ms: i64,
    /// What is to be done, if the policy is to enforce.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleResult {
    /// Its number.
    pub rule: &'static str,
    /// Which of its outcomes (`subRuleRef`).
    #[serde(rename = "subRuleRef")]
    pub outcome: SubRuleRef,
    /// The value measured (`indpdntVarbl`).
    #[serde(rename = "indpdntVarbl")]
    pub value: Option<u64>,
    /// The payments behind the value, the newest first; only where a typology has raised its voice.
    pub contributors: Vec<PaymentId>,
}

/// What a typology came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TypologyScore {
    /// Its name.
    pub typology: Arc<str>,
    /// The sum.
    pub score: u32,
    /// Whether somebody is told.
    pub alert: bool,
    /// Whether it would stop the payment.
    pub interdicts: bool,
}

/// What a verdict had to do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    /// Neither quote nor ILP packet told whose account is debited.
    DebtorAccount,
    /// Neither quote nor ILP packet told whose account is credited.
    CreditorAccount,
}

/// The sentence of a verdict: what was decided, by what, from which payments.
pub fn explain(verdict: &Verdict, rules: &[ConfiguredRule]) -> String {
    let mut parts = Vec::new();
    parts.extend(verdict.flow.as_ref().map(on_condition));
    for score in verdict.typologies.iter().filter(|score| score.alert) {
        let what = if score.interdicts { "stops" } else { "alerts" };
        parts.push(format!("typology {} {what} with a score of {}", score.typology, score.score));
    }
    let telling = |result: &&RuleResult| !result.contributors.is_empty();
    parts.extend(verdict.rules.iter().filter(telling).map(|result| on_rule(result, rules)));
    if parts.is_empty() {
        return String::new();
    }
    parts.extend(verdict.missing.iter().map(|missing| match missing {
        Missing::DebtorAccount => "the debtor's account was not known".to_owned(),
        Missing::CreditorAccount => "the creditor's account was not known".to_owned(),
    }));
    let decided = match verdict.decision {
        Decision::Allow => "Allowed",
        Decision::Review => "Held for review",
        Decision::Block => "Blocked before any money was reserved",
    };
    format!("{decided}: {} (stream sequence {}).", parts.join("; "), verdict.sequence)
}

fn on_condition(flow: &Flow) -> String {
    let side = match flow.side {
        Perspective::Creditor => "creditor",
        Perspective::Debtor | Perspective::Both => "debtor",
    };
    let list = match flow.condition.kind {
        ConditionKind::Review => "is on the review list",
        ConditionKind::OverridableBlock => "is on the block list (overridable)",
        ConditionKind::Override => "has an override",
        ConditionKind::NonOverridableBlock => "is on the block list",
    };
    let Flow { condition, .. } = flow;
    format!(
        "the {side} {list}, condition {}, for the reason \"{}\"",
        condition.name, condition.reason
    )
}

fn on_rule(result: &RuleResult, rules: &[ConfiguredRule]) -> String {
    let rule = rules.iter().find(|known| known.rule.number == result.rule);
    let counts = rule.map_or("payments", |known| known.rule.counts);
    let mut said = format!("rule {} counted {} {counts}", result.rule, result.value.unwrap_or(0));
    let named = result.contributors.iter().take(NAMED_IN_EXPLANATION_MAX);
    let names: Vec<String> = named.map(ToString::to_string).collect();
    let more = result.contributors.len().saturating_sub(names.len());
    // Writing to a String cannot fail.
    let _ = write!(said, ", this one and {}", names.join(", "));
    if more > 0 {
        let _ = write!(said, " and {more} more");
    }
    said
}
