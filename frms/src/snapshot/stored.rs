//! Attempts and verdicts as they are in a snapshot: their JSON leaves members out, which a form without
//! names cannot.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Texts;
use crate::{
    Attempt, Decision, Disguised, Facts, Flow, Missing, Party, PaymentId, Place, Point, RuleResult,
    TermsHash, TypologyScore, Units, Verdict,
};

#[derive(Serialize, Deserialize)]
pub struct StoredAttempt {
    id: u128,
    hash: [u8; 32],
    point: Point,
    at_ms: i64,
    payer_fsp: String,
    payee_fsp: String,
    units: i128,
    currency: String,
    debtor: Option<Party>,
    creditor: Option<Party>,
    facts: Facts,
    category: Option<String>,
    debtor_age_years: Option<u16>,
    place: Option<Place>,
    description: Option<Vec<u8>>,
}

/// Texts are numbers: see [`Texts`].
#[derive(Serialize, Deserialize)]
pub struct StoredVerdict {
    id: u128,
    hash: [u8; 32],
    point: Point,
    sequence: u64,
    at_ms: i64,
    decision: Decision,
    flow: Option<Flow>,
    rules: Vec<StoredResult>,
    typologies: Vec<StoredScore>,
    missing: Vec<Missing>,
    explanation: String,
}

#[derive(Serialize, Deserialize)]
struct StoredResult {
    name: (u32, u32),
    outcome: u32,
    value: Option<f64>,
    contributors: Vec<u128>,
}

/// Whatever is raised or interdicts has alerted: where one of both is set without an alert, the alert is
/// snoozed, and one that does not interdict is not raised. So a form that older ones share says it, too.
#[derive(Serialize, Deserialize)]
struct StoredScore {
    typology: u32,
    score: f64,
    alert: bool,
    raised: bool,
    interdicts: bool,
}

impl StoredAttempt {
    pub fn of(attempt: &Attempt) -> StoredAttempt {
        StoredAttempt {
            id: attempt.id.0,
            hash: attempt.hash.0,
            point: attempt.point,
            at_ms: attempt.at_ms,
            payer_fsp: attempt.payer_fsp.clone(),
            payee_fsp: attempt.payee_fsp.clone(),
            units: attempt.units.0,
            currency: attempt.currency.clone(),
            debtor: attempt.debtor,
            creditor: attempt.creditor,
            facts: attempt.facts,
            category: attempt.category.clone(),
            debtor_age_years: attempt.debtor_age_years,
            place: attempt.place,
            description: attempt.description.as_ref().map(|text| text.0.to_vec()),
        }
    }

    pub fn attempt(self) -> Attempt {
        Attempt {
            id: PaymentId(self.id),
            hash: TermsHash(self.hash),
            point: self.point,
            at_ms: self.at_ms,
            payer_fsp: self.payer_fsp,
            payee_fsp: self.payee_fsp,
            units: Units(self.units),
            currency: self.currency,
            debtor: self.debtor,
            creditor: self.creditor,
            facts: self.facts,
            category: self.category,
            debtor_age_years: self.debtor_age_years,
            place: self.place,
            description: self.description.map(|text| Disguised(text.into())),
        }
    }
}

impl StoredVerdict {
    /// `number` gives each text the number under which it is kept.
    pub fn of(verdict: &Verdict, number: &mut impl FnMut(&str) -> u32) -> StoredVerdict {
        let rules = verdict.rules.iter().map(|result| StoredResult {
            name: (number(&result.name.id), number(&result.name.cfg)),
            outcome: number(result.outcome.as_str()),
            value: result.value,
            contributors: result.contributors.iter().map(|id| id.0).collect(),
        });
        let rules = rules.collect();
        let typologies = verdict.typologies.iter();
        let typologies = typologies.map(|score| StoredScore::of(score, number(&score.typology)));
        StoredVerdict {
            id: verdict.id.0,
            hash: verdict.hash.0,
            point: verdict.point,
            sequence: verdict.sequence,
            at_ms: verdict.at_ms,
            decision: verdict.decision,
            flow: verdict.flow.clone(),
            rules,
            typologies: typologies.collect(),
            missing: verdict.missing.clone(),
            explanation: verdict.explanation.clone(),
        }
    }

    /// None if it names a text that is not there.
    pub fn verdict(self, texts: &mut Texts) -> Option<Verdict> {
        let rules = self.rules.into_iter().map(|stored| {
            Some(RuleResult {
                name: texts.rule(stored.name)?,
                outcome: texts.outcome(stored.outcome)?,
                value: stored.value,
                contributors: stored.contributors.into_iter().map(PaymentId).collect(),
            })
        });
        let rules = rules.collect::<Option<Vec<_>>>()?;
        let typologies = self.typologies.into_iter();
        let typologies = typologies.map(|stored| Some(stored.score(texts.text(stored.typology)?)));
        let typologies: Vec<TypologyScore> = typologies.collect::<Option<_>>()?;
        Some(Verdict {
            id: PaymentId(self.id),
            hash: TermsHash(self.hash),
            point: self.point,
            sequence: self.sequence,
            at_ms: self.at_ms,
            decision: self.decision,
            flow: self.flow,
            rules,
            typologies,
            missing: self.missing,
            explanation: self.explanation,
        })
    }
}

impl StoredScore {
    fn of(score: &TypologyScore, typology: u32) -> StoredScore {
        StoredScore {
            typology,
            score: score.score,
            alert: score.alert && !score.snoozed,
            raised: score.raised || score.snoozed && !score.interdicts,
            interdicts: score.interdicts,
        }
    }

    fn score(&self, typology: Arc<str>) -> TypologyScore {
        let snoozed = !self.alert && (self.raised || self.interdicts);
        TypologyScore {
            typology,
            score: self.score,
            alert: self.alert || snoozed,
            raised: self.raised && (self.interdicts || !snoozed),
            interdicts: self.interdicts,
            snoozed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each state that a typology can be in.
    #[test]
    fn what_is_snoozed_is_read_as_it_was_written() {
        let all = (0..16).map(|bits| [1, 2, 4, 8].map(|bit| bits & bit != 0));
        let mut read = 0;
        for [alert, raised, interdicts, snoozed] in all {
            let is_raised = raised && (interdicts || !snoozed);
            if raised != is_raised || !alert && (raised || interdicts || snoozed) {
                continue;
            }
            let typology = Arc::from("t");
            let score = TypologyScore { typology, score: 1.0, alert, raised, interdicts, snoozed };
            let stored = StoredScore::of(&score, 0);
            assert_eq!(stored.score(Arc::clone(&score.typology)), score);
            read += 1;
        }
        assert_eq!(read, 8);
    }
}
