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
        self.expression.score(|index| {
            let weight = self.terms.get(index).and_then(|term| term.weight(found));
            weight.and_then(Number::of_float).map_or(Weight::Missing, Weight::Number)
        })
    }
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
