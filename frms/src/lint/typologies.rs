//! Expressions, weights, thresholds.

use serde_json::Value;

use super::{Findings, Linted, cases};
use crate::Semantics;
use crate::expression::{Expression, Number, Weight};
use crate::peer::entries::{TermEntry, TypologyEntry, WeightEntry};
use crate::peer::is_flow;

/// Behaviours of money laundering (frms.md §3.1): who stops such a payment tells those who are
/// watched.
const LAUNDERING: [&str; 19] = [
    "001", "002", "005", "010", "011", "013", "024", "051", "052", "092", "098", "105", "107",
    "121", "124", "129", "137", "214", "216",
];
/// Words in a description that say the same.
const LAUNDERING_WORDS: [&str; 4] = ["launder", "smurf", "structuring", "mule"];
/// Outcomes of the event flow rule, and the names that the peer's typologies have for them.
const FLOW: [&str; 6] =
    ["none", "block", "override", "non-overridable-block", "overridable-block", ".err"];

pub(super) fn lint(at: &str, typology: &TypologyEntry, file: &Linted, findings: &mut Findings) {
    let name = &typology.cfg;
    for (index, term) in typology.rules.iter().enumerate() {
        let at = format!("{at}/rules/{index}");
        weights(&at, typology, term, findings);
        if !is_flow(&term.id) {
            outcomes(&at, typology, term, file, findings);
            cases::lint(&at, typology, term, file, findings);
        }
    }
    let ids: Vec<&str> = typology.rules.iter().map(|term| term.term_id.as_str()).collect();
    for (index, id) in ids.iter().enumerate() {
        if ids.get(..index).is_some_and(|before| before.contains(id)) {
            findings.error(
                format!("{at}/rules/{index}/termId"),
                "duplicate",
                format!("typology {name}: {id} stands for two rules, the later result counts"),
                "give each rule a termId of its own",
            );
        }
    }
    if let Err(error) = Expression::read(&typology.expression, &ids, Semantics::Strict) {
        findings.error(
            format!("{at}{}", error.at),
            "expression",
            format!("typology {name}: {}", error.what),
            "write [operator, operand, ...] of termIds and numbers",
        );
    }
    let Ok(expression) = Expression::read(&typology.expression, &ids, Semantics::Peer) else {
        return;
    };
    for (index, term) in typology.rules.iter().enumerate() {
        if expression.count(index) == 0 && !is_flow(&term.id) {
            findings.warning(
                format!("{at}/rules/{index}"),
                "term-left-out",
                format!("typology {name}: the expression leaves {} out", term.term_id),
                "add it to the expression, or remove the rule",
            );
        }
    }
    let scores = Scores { at, typology, expression, file };
    scores.thresholds(findings);
    scores.single_rules(findings);
    scores.interdiction(findings);
}

fn weights(at: &str, typology: &TypologyEntry, term: &TermEntry, findings: &mut Findings) {
    let name = &typology.cfg;
    let mut seen: Vec<&str> = Vec::new();
    for (index, weight) in term.wghts.iter().enumerate() {
        if seen.contains(&weight.reference.as_str()) {
            findings.error(
                format!("{at}/wghts/{index}"),
                "duplicate",
                format!("typology {name}: {} of {} weighs twice", weight.reference, term.id),
                "keep one",
            );
        }
        seen.push(&weight.reference);
        if number(weight).is_none() {
            findings.error(
                format!("{at}/wghts/{index}/wght"),
                "weight",
                format!("typology {name}: the weight of {} is not a number", weight.reference),
                "write a number",
            );
        }
    }
}

/// Whether what weighs is what the rule can come to.
fn outcomes(
    at: &str,
    typology: &TypologyEntry,
    term: &TermEntry,
    file: &Linted,
    findings: &mut Findings,
) {
    let name = &typology.cfg;
    let Some(rule) = file.rule_of(term, &typology.tenant_id) else {
        if !file.set.rules.is_empty() && !file.asks_elsewhere(&term.id) {
            findings.error(
                at.to_owned(),
                "rule-unconfigured",
                format!("typology {name}: rule {}, {}, is not configured", term.id, term.cfg),
                "add its configuration (with \"external\": true, if a processor elsewhere answers it), \
                 or name one that is there",
            );
        }
        return;
    };
    let mut outcomes = rule.outcomes();
    outcomes.push(".err");
    for outcome in &outcomes {
        if !term.wghts.iter().any(|weight| weight.reference == **outcome) {
            findings.error(
                format!("{at}/wghts"),
                "weight-missing",
                format!(
                    "typology {name}: outcome {outcome} of rule {} has no weight, and the peer scores \
                     0 for the whole typology",
                    term.id
                ),
                "add a weight for it, 0 if it does not count",
            );
        }
    }
    for (index, weight) in term.wghts.iter().enumerate() {
        if !outcomes.contains(&weight.reference.as_str()) && !file.is_open(rule) {
            findings.warning(
                format!("{at}/wghts/{index}"),
                "weight-unused",
                format!("typology {name}: rule {} has no outcome {}", term.id, weight.reference),
                "remove the weight, or add the outcome to the rule",
            );
        }
    }
}

pub(super) fn number(weight: &WeightEntry) -> Option<Number> {
    match crate::peer::weight(&weight.wght, Semantics::Peer)? {
        Weight::Number(number) => Some(number),
        Weight::Missing => None,
    }
}

/// What a typology can score.
struct Scores<'a> {
    at: &'a str,
    typology: &'a TypologyEntry,
    expression: Expression,
    file: &'a Linted,
}

impl Scores<'_> {
    /// The least and the most that a term can weigh, over the outcomes that its rule can have.
    fn of_term(&self, term: &TermEntry) -> (Number, Number) {
        let rule = self.file.rule_of(term, &self.typology.tenant_id);
        let rule = rule.filter(|rule| !self.file.is_open(rule));
        let possible = |reference: &str| match rule {
            _ if is_flow(&term.id) => FLOW.contains(&reference),
            Some(rule) => reference == ".err" || rule.outcomes().contains(&reference),
            None => true,
        };
        let weights = term.wghts.iter().filter(|weight| possible(&weight.reference));
        let mut weights = weights.filter_map(number);
        let first = weights.next().unwrap_or(Number::ZERO);
        weights.fold((first, first), |(least, most), weight| {
            let (low, high) = (least.to_float(), most.to_float());
            let value = weight.to_float();
            (if value < low { weight } else { least }, if value > high { weight } else { most })
        })
    }

    /// The most that it can score, with only one of the terms at its most and the others at their
    /// least, if `only` names one.
    fn most(&self, only: Option<usize>) -> Option<f64> {
        let range = self.expression.range(|index| {
            let term = self.typology.rules.get(index);
            let (least, most) = term.map_or((Number::ZERO, Number::ZERO), |it| self.of_term(it));
            match only {
                Some(only) if only != index => (least, least),
                _ => (least, most),
            }
        });
        range.map(|(_, most)| most.to_float())
    }

    fn threshold(&self, value: Option<&Value>) -> Option<f64> {
        crate::peer::threshold(value, Semantics::Peer).ok().flatten()
    }

    fn alert_at(&self) -> Option<f64> {
        let at = self.threshold(self.typology.workflow.alert_threshold.as_ref());
        at.filter(|at| *at != 0.0)
    }

    fn thresholds(&self, findings: &mut Findings) {
        let (name, at) = (&self.typology.cfg, self.at);
        let interdict_at = self.threshold(self.typology.workflow.interdiction_threshold.as_ref());
        let alert_at = self.alert_at();
        let path = |name: &str| format!("{at}/workflow/{name}");
        if alert_at.is_none() {
            findings.error(
                path("alertThreshold"),
                "alert-missing",
                format!("typology {name} has no alertThreshold, or 0: it never alerts"),
                "set the score from which somebody shall look at it",
            );
        }
        let most = self.most(None);
        let thresholds = [("alertThreshold", alert_at), ("interdictionThreshold", interdict_at)];
        for (threshold, value) in thresholds {
            if let (Some(value), Some(most)) = (value, most)
                && value > most
            {
                findings.error(
                    path(threshold),
                    "threshold-unreachable",
                    format!("typology {name} scores {most} at most, below {threshold} {value}"),
                    "lower the threshold, or raise weights",
                );
            }
        }
        if most.is_none() {
            findings.warning(
                format!("{at}/expression"),
                "divides-by-zero",
                format!("typology {name} may divide by 0, which lets every threshold through"),
                "divide by terms of which no outcome weighs 0",
            );
        }
        match (alert_at, interdict_at) {
            (_, Some(interdict)) if interdict <= 0.0 => findings.error(
                path("interdictionThreshold"),
                "interdiction-zero",
                format!("typology {name} interdicts every payment: 0 is reached by any score"),
                "leave the threshold out if the typology shall only alert",
            ),
            (Some(alert), Some(interdict)) if interdict < alert => findings.error(
                path("interdictionThreshold"),
                "interdiction-below-alert",
                format!(
                    "typology {name} interdicts from {interdict}, and alerts from {alert} only"
                ),
                "interdict from the alert's score or a higher one",
            ),
            _ => {}
        }
    }

    fn single_rules(&self, findings: &mut Findings) {
        let Some(alert) = self.alert_at() else { return };
        for (index, term) in self.typology.rules.iter().enumerate() {
            let carries = self.most(Some(index)).is_some_and(|most| most >= alert);
            let none = self.typology.rules.len();
            let without = self.most(Some(none)).is_some_and(|most| most >= alert);
            if carries && !without && !is_flow(&term.id) {
                findings.warning(
                    format!("{}/rules/{index}", self.at),
                    "single-rule",
                    format!(
                        "typology {}: rule {} alone raises the alert",
                        self.typology.cfg, term.id
                    ),
                    "lower its weights or raise the threshold, so that it takes two rules",
                );
            }
        }
    }

    fn interdiction(&self, findings: &mut Findings) {
        let TypologyEntry { cfg, desc, workflow, .. } = self.typology;
        let number = cfg.split('@').next().unwrap_or_default();
        let description = desc.to_lowercase();
        let launders = LAUNDERING.contains(&number)
            || LAUNDERING_WORDS.iter().any(|word| description.contains(word));
        if launders && workflow.interdiction_threshold.is_some() {
            findings.error(
                format!("{}/workflow/interdictionThreshold", self.at),
                "laundering-interdicts",
                format!(
                    "typology {cfg} is about money laundering and stops payments: that tips off"
                ),
                "leave the threshold out: such a typology alerts only",
            );
        }
    }
}
