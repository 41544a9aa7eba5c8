//! Everything put together: events in, verdicts out. What it knows is what the events before have
//! told it, so that whoever reads the same stream knows the same.

use std::sync::Arc;

use crate::bounded::Bounded;
use crate::conditions::Conditions;
use crate::limits::{OPEN_ATTEMPTS_MAX, VERDICTS_MAX};
use crate::rules::Scene;
use crate::verdict::explain;
use crate::{
    Attempt, Catalogue, ConditionKind, Decision, Event, History, Outcome, OutcomeKind, PaymentId,
    RuleResult, TermsHash, Typology, TypologyScore, Verdict,
};

/// The state of one tenant's screening.
#[derive(Debug)]
pub struct Engine {
    catalogue: Catalogue,
    conditions: Conditions,
    history: History,
    /// Attempts that have not ended.
    open: Bounded<PaymentId, Arc<Attempt>>,
    /// Outcomes of attempts that have not come yet: they queued longer than the budget.
    ended: Bounded<PaymentId, Outcome>,
    verdicts: Bounded<(PaymentId, TermsHash), Arc<Verdict>>,
}

impl Engine {
    /// Nothing known yet.
    pub fn new(catalogue: Catalogue) -> Engine {
        Engine {
            history: History::new(catalogue.window_ms()),
            catalogue,
            conditions: Conditions::default(),
            open: Bounded::new(OPEN_ATTEMPTS_MAX),
            ended: Bounded::new(OPEN_ATTEMPTS_MAX),
            verdicts: Bounded::new(VERDICTS_MAX),
        }
    }

    /// The verdict given before under this id and hash: a resend gets the same.
    pub fn known(&self, id: PaymentId, hash: TermsHash) -> Option<Arc<Verdict>> {
        self.verdicts.get(&(id, hash)).cloned()
    }

    /// What is remembered of accounts.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Takes in the event with this number on the stream. An attempt gets its verdict; the same one
    /// again gets the same verdict and counts once.
    pub fn apply(&mut self, sequence: u64, event: &Event) -> Option<Arc<Verdict>> {
        match event {
            Event::Attempt(attempt) => Some(self.judge_attempt(sequence, attempt)),
            Event::Outcome(outcome) => {
                self.outcome(outcome);
                None
            }
            Event::Condition(change) => {
                self.conditions.apply(change);
                None
            }
            Event::Verdict(_) | Event::Alert { .. } => None,
        }
    }

    /// The verdict on the attempt with this number on the stream; see [`Engine::apply`].
    pub fn judge_attempt(&mut self, sequence: u64, attempt: &Arc<Attempt>) -> Arc<Verdict> {
        if let Some(known) = self.known(attempt.id, attempt.hash) {
            return known;
        }
        self.history.forget(attempt.at_ms);
        let verdict = Arc::new(self.judge(sequence, attempt));
        self.verdicts.insert((attempt.id, attempt.hash), Arc::clone(&verdict));
        match self.ended.remove(&attempt.id) {
            None => {
                self.history.attempted(attempt);
                self.open.insert(attempt.id, Arc::clone(attempt));
            }
            Some(outcome) if outcome.kind == OutcomeKind::Committed => {
                self.history.settled(attempt, outcome.at_ms);
            }
            Some(_) => {}
        }
        verdict
    }

    fn outcome(&mut self, outcome: &Outcome) {
        if !outcome.kind.is_final() {
            return;
        }
        match self.open.remove(&outcome.id) {
            None => self.ended.insert(outcome.id, *outcome),
            Some(attempt) if outcome.kind == OutcomeKind::Committed => {
                self.history.settled(&attempt, outcome.at_ms);
            }
            Some(attempt) => self.history.ended(&attempt),
        }
    }

    /// Looks at everything and changes nothing.
    fn judge(&self, sequence: u64, attempt: &Attempt) -> Verdict {
        let account = |party: Option<crate::Party>| self.history.account(party?.account);
        let (debtor, creditor) = (account(attempt.debtor), account(attempt.creditor));
        let scene = Scene { attempt, ending: None, debtor, creditor };
        let mut missing = Vec::new();
        let mut rules: Vec<_> = self
            .catalogue
            .rules
            .iter()
            .map(|rule| {
                let (outcome, value, without) = rule.outcome(&scene);
                missing.extend(without);
                let number = rule.rule.number;
                RuleResult { rule: number, outcome, value, contributors: Vec::new() }
            })
            .collect();
        let typologies = self.catalogue.typologies.iter();
        let scores: Vec<_> = typologies.map(|typology| typology.result(&rules)).collect();
        self.name_contributors(&scene, &scores, &mut rules);
        let flow = self.conditions.flow(attempt);
        let decision = decide(flow.as_ref().map(|flow| flow.condition.kind), &scores, self);
        let mut verdict = Verdict {
            id: attempt.id,
            hash: attempt.hash,
            sequence,
            at_ms: attempt.at_ms,
            decision,
            flow,
            rules,
            typologies: scores,
            missing,
            explanation: String::new(),
        };
        verdict.explanation = explain(&verdict, &self.catalogue.rules);
        verdict
    }

    /// Finds the payments behind those results that made a typology raise its voice.
    fn name_contributors(
        &self,
        scene: &Scene<'_>,
        scores: &[TypologyScore],
        results: &mut [RuleResult],
    ) {
        let typologies = self.catalogue.typologies.iter().zip(scores);
        let alerting = typologies.filter(|(_, score)| score.alert).map(|(typology, _)| typology);
        for term in alerting.flat_map(|typology| &typology.terms) {
            if term.weight(results) == 0 {
                continue;
            }
            let rule = self.catalogue.rules.iter().find(|rule| rule.rule.number == term.rule);
            let result = results.iter_mut().find(|result| result.rule == term.rule);
            if let (Some(rule), Some(result)) = (rule, result) {
                result.contributors = (rule.rule.contributors)(scene, rule.parameters);
            }
        }
    }
}

impl Typology {
    fn result(&self, results: &[RuleResult]) -> TypologyScore {
        let score = self.score(results);
        TypologyScore {
            typology: Arc::clone(&self.id),
            score,
            alert: score >= self.alert_at,
            interdicts: self.interdict_at.is_some_and(|(from, _)| score >= from),
        }
    }
}

/// A non-overridable block beats all, an override everything else (frms.md §1.7), any other block
/// the typologies; a review list and the typologies add up to the strictest of them.
fn decide(condition: Option<ConditionKind>, scores: &[TypologyScore], engine: &Engine) -> Decision {
    let stops = engine.catalogue.typologies.iter().zip(scores);
    let stopping = stops.filter(|(_, score)| score.interdicts);
    let how = |typology: &Typology| typology.interdict_at.map(|(_, how)| how);
    let typologies = stopping.filter_map(|(typology, _)| how(typology)).map(Decision::from);
    let typologies = typologies.max().unwrap_or(Decision::Allow);
    match condition {
        Some(ConditionKind::NonOverridableBlock | ConditionKind::OverridableBlock) => {
            Decision::Block
        }
        Some(ConditionKind::Override) => Decision::Allow,
        Some(ConditionKind::Review) => typologies.max(Decision::Review),
        None => typologies,
    }
}
