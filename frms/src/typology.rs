//! Typologies: patterns of behaviour, each a sum of weights over rule results, with a threshold from
//! which somebody is told and one from which the payment is stopped (frms.md §2.3).

use std::sync::Arc;

use thiserror::Error;

use crate::rules::ConfiguredRule;
use crate::{RuleResult, SubRuleRef};

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typology {
    /// Its name, as `velocity@1.0.0`.
    pub id: Arc<str>,
    /// What it finds, for people.
    pub description: String,
    /// The score from which an alert is raised.
    pub alert_at: u32,
    /// The score from which the payment is stopped, and how; none for a pattern that only alerts.
    pub interdict_at: Option<(u32, Interdiction)>,
    /// What is added up.
    pub terms: Vec<Term>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The rule's number.
    pub rule: String,
    /// A weight for every outcome that the rule may have.
    pub weights: Vec<(SubRuleRef, u32)>,
}

/// Why a typology cannot be used. The configuration's author's to mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TypologyError {
    /// A rule that is not configured.
    #[error("typology {typology} weighs rule {rule}, which is not configured")]
    Rule {
        /// The typology.
        typology: String,
        /// The rule.
        rule: String,
    },
    /// An outcome without a weight: the peer's score is then 0 whatever else was found.
    #[error("typology {typology} has no weight for outcome {outcome} of rule {rule}")]
    Weight {
        /// The typology.
        typology: String,
        /// The rule.
        rule: String,
        /// The outcome.
        outcome: SubRuleRef,
    },
    /// A threshold that no outcome reaches, or an alert above the interdiction.
    #[error("typology {typology}: 0 < alert <= interdiction <= {most}, the most it can score")]
    Threshold {
        /// The typology.
        typology: String,
        /// The most it can score.
        most: u32,
    },
}

impl Typology {
    /// The pattern, if it fits the rules in use.
    ///
    /// # Errors
    /// An unknown rule, a missing weight, a threshold that cannot be reached.
    pub fn fitting(self, rules: &[ConfiguredRule]) -> Result<Typology, TypologyError> {
        for term in &self.terms {
            self.check(term, rules)?;
        }
        let heaviest = |term: &Term| term.weights.iter().map(|(_, weight)| *weight).max();
        let most = self.terms.iter().filter_map(heaviest).fold(0_u32, u32::saturating_add);
        let top = self.interdict_at.map_or(self.alert_at, |(score, _)| score);
        if self.alert_at == 0 || self.alert_at > top || top > most {
            return Err(TypologyError::Threshold { typology: self.id.to_string(), most });
        }
        Ok(self)
    }

    /// The sum of the weights of these results.
    pub fn score(&self, results: &[RuleResult]) -> u32 {
        let weights = self.terms.iter().map(|term| term.weight(results));
        weights.fold(0, u32::saturating_add)
    }

    fn check(&self, term: &Term, rules: &[ConfiguredRule]) -> Result<(), TypologyError> {
        let (typology, rule) = (self.id.to_string(), term.rule.clone());
        let Some(configured) = rules.iter().find(|known| known.rule.number == term.rule) else {
            return Err(TypologyError::Rule { typology, rule });
        };
        let weighed = |outcome: &SubRuleRef| term.weights.iter().any(|(it, _)| it == outcome);
        match configured.outcomes().into_iter().find(|outcome| !weighed(outcome)) {
            Some(outcome) => Err(TypologyError::Weight { typology, rule, outcome }),
            None => Ok(()),
        }
    }
}

impl Term {
    /// The weight of its rule's result.
    pub fn weight(&self, results: &[RuleResult]) -> u32 {
        let result = results.iter().find(|result| result.rule == self.rule);
        let weight = result
            .and_then(|result| self.weights.iter().find(|(outcome, _)| *outcome == result.outcome));
        weight.map_or(0, |(_, weight)| *weight)
    }
}
