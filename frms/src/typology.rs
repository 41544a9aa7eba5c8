//! Typologies: patterns of behaviour, each a sum of weights over rule results, with a threshold from
//! which somebody is told and one from which the payment is stopped (frms.md §2.3).

use std::sync::Arc;

use crate::configured::Found;
use crate::expression::{Expression, Number, Weight};
use crate::peer::entries::WorkflowEntry;

/// A pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Typology {
    /// Its name, as `095@1.0.0`.
    pub id: Arc<str>,
    /// What it finds, for people.
    pub description: Arc<str>,
    /// The score from which an alert is raised; none for one that only counts.
    pub alert_at: Option<f64>,
    /// The score from which the payment is stopped, and how; none for a pattern that only alerts.
    pub interdict_at: Option<(f64, Interdiction)>,
    /// Whether conditions on the parties count for it: a block alerts, and it does not stop what they
    /// block or let pass.
    pub heeds_conditions: bool,
    /// What the rules weigh.
    pub terms: Vec<Term>,
    /// How the terms, by their places, make a score.
    pub expression: Expression,
    /// The thresholds as the configuration has them, for reports.
    pub workflow: WorkflowEntry,
    /// The same where it is a plain sum, for speed.
    pub(crate) sum: Option<Sum>,
}

/// A sum of whole weights, which most typologies are: the rule of each term, and where in `weights`
/// those of its outcomes stand. A rule may have more outcomes than a term weighs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sum {
    terms: Vec<(u32, u32, u32)>,
    weights: Vec<i32>,
}

/// How a typology stops a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interdiction {
    /// Somebody looks at it first.
    Review,
    /// It is refused.
    Block,
}

/// What one rule weighs.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Its name in an expression.
    pub id: Arc<str>,
    /// The rule: its place in the catalogue, or [`Term::NOWHERE`].
    pub rule: usize,
    /// A weight for each of the rule's outcomes, in their order; none where the configuration names
    /// none.
    pub weights: Vec<Option<f64>>,
}

impl Typology {
    /// The score of these results: what the catalogue's rules found, in their order. A result without
    /// a weight makes a sum 0, as with the peer.
    pub fn score(&self, found: &[Found]) -> f64 {
        let sum = self.sum.as_ref().and_then(|sum| sum.score(found));
        sum.unwrap_or_else(|| {
            self.expression.score(|index| {
                let weight = self.terms.get(index).and_then(|term| term.weight(found));
                weight.and_then(Number::of_float).map_or(Weight::Missing, Weight::Number)
            })
        })
    }
}

impl Sum {
    /// The sum that an expression is, if it is one of terms that all weigh whole numbers.
    pub(crate) fn of(terms: &[Term], expression: &Expression) -> Option<Sum> {
        let mut sum = Sum::default();
        for place in expression.summands()? {
            let term = terms.get(place)?;
            let from = u32::try_from(sum.weights.len()).ok()?;
            for weight in &term.weights {
                sum.weights.push(whole((*weight)?)?);
            }
            let until = u32::try_from(sum.weights.len()).ok()?;
            sum.terms.push((u32::try_from(term.rule).ok()?, from, until));
        }
        Some(sum)
    }

    /// Whole numbers as floats are exact, and so is the sum of so few of them: no fractions are needed.
    fn score(&self, found: &[Found]) -> Option<f64> {
        let weight = |(rule, from, until): &(u32, u32, u32)| {
            let outcome = found.get(usize::try_from(*rule).ok()?)?.outcome?;
            let place = from.saturating_add(u32::from(outcome));
            let place = usize::try_from(place).ok().filter(|_| place < *until)?;
            self.weights.get(place).copied()
        };
        self.terms
            .iter()
            .try_fold(0_i64, |sum, term| Some(sum + i64::from(weight(term)?)))
            .map(float)
    }
}

/// A weight that is a whole number, and no large one.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "a cast saturates")]
fn whole(weight: f64) -> Option<i32> {
    let whole = weight as i32;
    (f64::from(whole) == weight).then_some(whole)
}

#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "thousands of 32 bits")]
fn float(sum: i64) -> f64 {
    sum as f64
}

impl Term {
    /// The place of a rule that the network map does not run: it has no result.
    pub const NOWHERE: usize = usize::MAX;

    /// The weight of its rule's result.
    pub fn weight(&self, found: &[Found]) -> Option<f64> {
        let outcome = found.get(self.rule)?.outcome?;
        *self.weights.get(usize::from(outcome))?
    }

    /// The least and the most that it can weigh.
    pub fn range(&self) -> (f64, f64) {
        let mut weights = self.weights.iter().flatten().copied();
        let first = weights.next().unwrap_or(0.0);
        weights.fold((first, first), |(least, most), weight| (least.min(weight), most.max(weight)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_whole_numbers_is_the_exact_one_or_left_to_it() {
        let rows: [(&[Option<f64>], bool); 8] = [
            (&[Some(1.0), Some(-300.0), Some(0.0)], true),
            (&[], true),
            (&[Some(-0.0)], true),
            (&[Some(2_147_483_647.0); 3], true),
            (&[Some(1.0), None], false),
            (&[Some(0.1), Some(0.2)], false),
            (&[Some(9_007_199_254_740_993.0), Some(1.0)], false),
            (&[Some(f64::INFINITY)], false),
        ];
        let found = Found { outcome: Some(1), value: None, missing: None };
        for (weights, is_whole) in rows {
            let of = |weight: &Option<f64>| Term {
                id: Arc::from("v"),
                rule: 0,
                weights: vec![Some(7.0), *weight],
            };
            let terms: Vec<Term> = weights.iter().map(of).collect();
            let expression = Expression::sum_of(terms.len());
            let exact = expression.score(|term| {
                weights[term].and_then(Number::of_float).map_or(Weight::Missing, Weight::Number)
            });
            let sum = Sum::of(&terms, &expression);
            assert_eq!(sum.is_some(), is_whole, "{weights:?}");
            let score = sum.map(|sum| sum.score(&[found]));
            assert!(score.is_none_or(|sum| sum.map(f64::to_bits) == Some(exact.to_bits())));
        }
        let nothing = [Found { outcome: None, ..found }];
        let term = Term { id: Arc::from("v"), rule: 0, weights: vec![Some(7.0)] };
        let sum = Sum::of(&[term], &Expression::sum_of(1)).unwrap();
        assert_eq!((sum.score(&nothing), sum.score(&[])), (None, None));
        assert_eq!(sum.score(&[found]), None, "an outcome that came later than the weights");
    }
}
