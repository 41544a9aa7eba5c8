//! A typology as the peer's processor scores it (frms.md §1.5): the weights of the rule results put
//! into the expression, the thresholds, and what a condition does to both.

use serde_json::Value;
use thiserror::Error;

use super::entries::TypologyEntry;
use crate::Semantics;
use crate::expression::{Expression, ExpressionError, Number, Weight, number_of_text};

/// A typology of the peer's configuration, ready to score the results of rules.
#[derive(Clone, Debug)]
pub struct Scoring {
    expression: Expression,
    /// Rule, its configuration, outcome: term and weight. The last one counts.
    weights: Vec<(String, String, String, usize, Weight)>,
    alert_at: Option<f64>,
    interdict_at: Option<f64>,
    flow: Option<String>,
}

/// What a rule processor reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The rule, as `901@1.0.0`.
    pub id: String,
    /// The version of its configuration.
    pub cfg: String,
    /// The outcome.
    pub sub_rule_ref: String,
}

/// What a typology comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The score; can be infinite or not a number.
    pub score: f64,
    /// Whether somebody is told.
    pub review: bool,
    /// Whether the typology stops the payment. A condition that blocks does so by itself.
    pub interdicts: bool,
}

/// Why a typology cannot be scored. The configuration's author's to mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScoringError {
    /// The expression.
    #[error("typology {0}: {1}")]
    Expression(String, ExpressionError),
    /// A weight that is neither number nor text.
    #[error("typology {0}: /rules/{1}/wghts/{2}/wght is not a number")]
    Weight(String, usize, usize),
    /// A threshold that is not a number.
    #[error("typology {0}: /workflow/{1} is not a number")]
    Threshold(String, &'static str),
    /// Two rules under one name.
    #[error("typology {0}: the termId {1} stands for two rules")]
    Term(String, String),
}

impl Scoring {
    /// Reads a typology.
    ///
    /// # Errors
    /// An expression that cannot be evaluated, a weight or threshold that is no number; in the strict
    /// semantics also a threshold as text and a `termId` given twice.
    pub fn read(entry: &TypologyEntry, semantics: Semantics) -> Result<Scoring, ScoringError> {
        let name = || entry.cfg.clone();
        let mut terms: Vec<&str> = Vec::new();
        let mut weights = Vec::new();
        for (number, rule) in entry.rules.iter().enumerate() {
            let known = terms.iter().position(|term| *term == rule.term_id);
            if known.is_some() && semantics == Semantics::Strict {
                return Err(ScoringError::Term(name(), rule.term_id.clone()));
            }
            let term = known.unwrap_or(terms.len());
            if known.is_none() {
                terms.push(&rule.term_id);
            }
            for (index, weight) in rule.wghts.iter().enumerate() {
                let unfit = || ScoringError::Weight(name(), number, index);
                let value = self::weight(&weight.wght, semantics).ok_or_else(unfit)?;
                let outcome = weight.reference.clone();
                weights.push((rule.id.clone(), rule.cfg.clone(), outcome, term, value));
            }
        }
        let expression = Expression::read(&entry.expression, &terms, semantics)
            .map_err(|error| ScoringError::Expression(name(), error))?;
        let workflow = &entry.workflow;
        let alert_at = alert_threshold(workflow.alert_threshold.as_ref(), semantics)
            .map_err(|()| ScoringError::Threshold(name(), "alertThreshold"))?;
        let interdict_at = threshold(workflow.interdiction_threshold.as_ref(), semantics)
            .map_err(|()| ScoringError::Threshold(name(), "interdictionThreshold"))?;
        let flow = workflow.flow_processor.clone().filter(|flow| !flow.is_empty());
        Ok(Scoring { expression, weights, alert_at, interdict_at, flow })
    }

    /// What these results come to. Where two results belong to one term, the later one counts.
    pub fn score(&self, results: &[Reported]) -> Scored {
        let mut weights = vec![Weight::Missing; self.expression.terms()];
        for result in results {
            if let Some((term, weight)) = self.weight(result)
                && let Some(place) = weights.get_mut(term)
            {
                *place = weight;
            }
        }
        let score =
            self.expression.score(|term| weights.get(term).copied().unwrap_or(Weight::Missing));
        let condition = self.flow.as_ref().and_then(|flow| {
            results.iter().find(|result| result.id == *flow).map(|it| it.sub_rule_ref.as_str())
        });
        let reaches = |at: Option<f64>| at.is_some_and(|at| score >= at);
        let by_condition = matches!(condition, Some("block" | "override"));
        let interdicts = !by_condition && reaches(self.interdict_at);
        let review = reaches(self.alert_at) || interdicts || condition == Some("block");
        Scored { score, review, interdicts }
    }

    /// The term and weight of a result.
    fn weight(&self, result: &Reported) -> Option<(usize, Weight)> {
        // As the peer does, the three run together: what tells them apart is in their form.
        let wanted = format!("{}{}{}", result.id, result.cfg, result.sub_rule_ref);
        let of = |(id, cfg, outcome, _, _): &&(String, String, String, usize, Weight)| {
            wanted.len() == id.len() + cfg.len() + outcome.len()
                && wanted.starts_with(id.as_str())
                && wanted.ends_with(outcome.as_str())
                && wanted.get(id.len()..id.len() + cfg.len()) == Some(cfg)
        };
        self.weights.iter().rev().find(of).map(|(_, _, _, term, weight)| (*term, *weight))
    }
}

/// What a weight in a file comes to; none for what is no number.
pub(crate) fn weight(value: &Value, semantics: Semantics) -> Option<Weight> {
    match value {
        Value::Number(number) => number.as_f64().and_then(Number::of_float).map(Weight::Number),
        Value::String(text) => number_of_text(text).map(Weight::Number),
        Value::Null if semantics == Semantics::Peer => Some(Weight::Missing),
        _ => None,
    }
}

/// The threshold of alerts. The peer takes 0 for none, but not as text, and not for interdiction.
pub(crate) fn alert_threshold(
    value: Option<&Value>,
    semantics: Semantics,
) -> Result<Option<f64>, ()> {
    let is_none = match value {
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Null | Value::Bool(false)) => true,
        _ => false,
    };
    threshold(value, semantics).map(|at| at.filter(|_| !is_none))
}

/// A threshold; none where there is none, or where no score can reach it.
pub(crate) fn threshold(value: Option<&Value>, semantics: Semantics) -> Result<Option<f64>, ()> {
    match (value, semantics) {
        (None, _) => Ok(None),
        (Some(Value::Number(number)), _) => Ok(number.as_f64()),
        // JavaScript compares numbers with these.
        (Some(Value::Null | Value::Bool(false)), Semantics::Peer) => Ok(Some(0.0)),
        (Some(Value::Bool(true)), Semantics::Peer) => Ok(Some(1.0)),
        (Some(Value::String(text)), Semantics::Peer) => Ok(compared(text.trim())),
        _ => Err(()),
    }
}

/// What text is when JavaScript compares it with a number; none for what is not one.
fn compared(text: &str) -> Option<f64> {
    let digits = |prefixes: [&str; 2], radix| {
        let digits = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))?;
        let all = digits.chars().all(|digit| digit.is_digit(radix));
        // By its decimals it is rounded once.
        u128::from_str_radix(digits, radix).ok().filter(|_| all)?.to_string().parse().ok()
    };
    match text {
        "" => Some(0.0),
        "Infinity" | "+Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) => {
            text.parse().ok()
        }
        _ => digits(["0x", "0X"], 16)
            .or_else(|| digits(["0o", "0O"], 8))
            .or_else(|| digits(["0b", "0B"], 2)),
    }
}
