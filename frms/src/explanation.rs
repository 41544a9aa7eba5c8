//! Why, in a sentence with its numbers: what was decided, by which pattern, from which payments. It
//! names no account.

use std::fmt::Write as _;

use crate::configured::{ConfiguredRule, Source};
use crate::limits::NAMED_IN_EXPLANATION_MAX;
use crate::rules::Unit;
use crate::{
    Catalogue, Condition, ConditionKind, Decision, Flow, Perspective, Point, Quiet, RuleResult,
    Typology, Verdict,
};

/// The sentence of a verdict; empty when there is nothing to say. `quieted` says which typologies were
/// quieted, and why.
pub fn explain(verdict: &Verdict, catalogue: &Catalogue, quieted: Vec<String>) -> String {
    let mut parts = Vec::new();
    parts.extend(verdict.flow.as_ref().map(on_condition));
    let typologies = catalogue.typologies.iter().zip(&verdict.typologies);
    for (typology, score) in typologies.filter(|(_, score)| score.alert) {
        parts.push(on_typology(typology, score.score, score.interdicts, verdict, catalogue));
    }
    parts.extend(quieted);
    if parts.is_empty() {
        return String::new();
    }
    parts.extend(verdict.missing.iter().map(|missing| missing.as_str().to_owned()));
    let decided = match (verdict.point, verdict.decision) {
        (Point::AfterCommit, _) => "Paid, and noticed",
        (_, Decision::Allow) => "Allowed",
        (_, Decision::Review) => "Held for review",
        (_, Decision::Block) => "Blocked before any money was reserved",
    };
    format!("{decided}: {} (stream sequence {}).", parts.join("; "), verdict.sequence)
}

fn on_condition(flow: &Flow) -> String {
    let side = match flow.side {
        Perspective::Creditor => "creditor",
        Perspective::Debtor | Perspective::Both => "debtor",
    };
    let list = match flow.condition.kind {
        ConditionKind::Snooze => "is snoozed",
        ConditionKind::AllowPair => "is allowed",
        ConditionKind::Watch => "is on a watch list",
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

/// That a typology was quieted, and why.
pub fn on_quiet(typology: &str, quiet: Quiet<'_>) -> String {
    let (how, condition) = match quiet {
        Quiet::Snoozed(condition) => ("is snoozed", condition),
        Quiet::LetPass(condition) => ("lets this pair of accounts pass", condition),
    };
    let Condition { name, reason, .. } = condition;
    format!("typology {typology} {how}, condition {name}, for the reason \"{reason}\"")
}

fn on_typology(
    typology: &Typology,
    score: f64,
    interdicts: bool,
    verdict: &Verdict,
    catalogue: &Catalogue,
) -> String {
    let what = if interdicts { "stops" } else { "alerts" };
    let mut said = format!("typology {} ", typology.id);
    // Writing to a String cannot fail.
    if !typology.description.is_empty() {
        let _ = write!(said, "({}) ", typology.description);
    }
    let _ = write!(said, "{what} with a score of {score}");
    let mut reasons: Vec<(f64, String)> = Vec::new();
    for term in &typology.terms {
        let Some((rule, result)) = catalogue.rules.get(term.rule).zip(verdict.rules.get(term.rule))
        else {
            continue;
        };
        let outcome = rule.outcomes.iter().position(|(known, _)| *known == result.outcome);
        let weight = outcome.and_then(|place| *term.weights.get(place)?).unwrap_or(0.0);
        if weight > 0.0 {
            reasons.push((weight, format!("{} (+{weight})", on_rule(rule, result))));
        }
    }
    reasons.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let reasons: Vec<String> = reasons.into_iter().map(|(_, reason)| reason).collect();
    if !reasons.is_empty() {
        let _ = write!(said, ": {}", reasons.join(", "));
    }
    said
}

/// What a rule said, with its number and the payments behind it.
pub fn on_rule(rule: &ConfiguredRule, result: &RuleResult) -> String {
    let mut said = format!("rule {}", result.name.number());
    if let (Source::Rule(known), Some(value)) = (rule.source, result.value) {
        // Writing to a String cannot fail.
        let _ = write!(said, " found {}", number(value, known.unit, known.measures));
    }
    let reason = rule.outcomes.iter().find(|(reference, _)| *reference == result.outcome);
    if let Some((_, reason)) = reason.filter(|(_, reason)| !reason.is_empty()) {
        let _ = write!(said, ", {reason}");
    }
    let named = result.contributors.iter().take(NAMED_IN_EXPLANATION_MAX);
    let names: Vec<String> = named.map(ToString::to_string).collect();
    if !names.is_empty() {
        let more = result.contributors.len().saturating_sub(names.len());
        let _ = write!(said, ", with {}", names.join(", "));
        if more > 0 {
            let _ = write!(said, " and {more} more");
        }
    }
    said
}

/// A number as people say it: `3 payments from the debtor's account`, `4 minutes ...`.
#[allow(clippy::float_arithmetic, reason = "a number for people")]
fn number(value: f64, unit: Unit, measures: &str) -> String {
    match unit {
        Unit::Count => format!("{value} {measures}"),
        Unit::Milliseconds => format!("{} {measures}", duration(value / 1_000.0)),
        Unit::Money => format!("{} {measures}", value / 10_000.0),
        Unit::Plain => format!("{value:.2} {measures}"),
        Unit::Text => measures.to_owned(),
    }
}

#[allow(clippy::float_arithmetic, reason = "a duration for people")]
fn duration(seconds: f64) -> String {
    let (length, unit) = match seconds {
        ..120.0 => (seconds, "seconds"),
        ..7_200.0 => (seconds / 60.0, "minutes"),
        ..172_800.0 => (seconds / 3_600.0, "hours"),
        _ => (seconds / 86_400.0, "days"),
    };
    format!("{length:.0} {unit}")
}
