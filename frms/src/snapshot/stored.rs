//! Attempts and verdicts as they are in a snapshot: their JSON leaves members out, which a form without
//! names cannot.

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

/// Texts are numbers: see [`Texts`]. What is snoozed is told apart, by a piece before it: the form is one
/// that older snapshots share.
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
        let typologies = verdict.typologies.iter().map(|score| StoredScore {
            typology: number(&score.typology),
            score: score.score,
            alert: score.alert,
            raised: score.raised,
            interdicts: score.interdicts,
        });
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

    /// None if it names a text that is not there. Nothing of it is snoozed.
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
        let typologies = self.typologies.into_iter().map(|stored| {
            Some(TypologyScore {
                typology: texts.text(stored.typology)?,
                score: stored.score,
                alert: stored.alert,
                raised: stored.raised,
                interdicts: stored.interdicts,
                snoozed: false,
            })
        });
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
