//! Everything put together: events in, verdicts out. What it knows is what the events before have
//! told it, so that whoever reads the same stream knows the same.

use std::sync::Arc;

use crate::bounded::Bounded;
use crate::conditions::Conditions;
use crate::configured::{Found, Source};
use crate::explanation::explain;
use crate::limits::{OPEN_ATTEMPTS_MAX, RAISED_MAX, RAISED_MS, VERDICTS_MAX};
use crate::rules::Scene;
use crate::{
    Attempt, Catalogue, ConditionKind, Decision, Event, Features, Flow, Missing, Outcome,
    OutcomeKind, PaymentId, Point, RuleResult, SubRuleRef, TermsHash, TypologyScore, Verdict,
};

/// The state of one tenant's screening.
#[derive(Debug)]
pub struct Engine {
    catalogue: Arc<Catalogue>,
    conditions: Conditions,
    features: Features,
    /// Attempts that have not ended.
    open: Bounded<PaymentId, Arc<Attempt>>,
    /// Outcomes of attempts that have not come yet: they queued longer than the budget.
    ended: Bounded<PaymentId, Outcome>,
    verdicts: Bounded<(PaymentId, TermsHash, Point), Arc<Verdict>>,
    /// When a typology last raised an alert on an account, Unix milliseconds.
    raised: Bounded<(usize, u64), i64>,
}

impl Engine {
    /// Nothing known yet.
    pub fn new(catalogue: Catalogue) -> Engine {
        Engine {
            features: Features::new(catalogue.reach()),
            catalogue: Arc::new(catalogue),
            conditions: Conditions::default(),
            open: Bounded::new(OPEN_ATTEMPTS_MAX),
            ended: Bounded::new(OPEN_ATTEMPTS_MAX),
            verdicts: Bounded::new(VERDICTS_MAX),
            raised: Bounded::new(RAISED_MAX),
        }
    }

    /// The verdict given before under this id, hash and point: a resend gets the same.
    pub fn known(&self, id: PaymentId, hash: TermsHash, point: Point) -> Option<Arc<Verdict>> {
        self.verdicts.get(&(id, hash, point)).cloned()
    }

    /// What is remembered of accounts.
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// The rules and typologies.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// Takes in the event with this number on the stream. An attempt gets its verdict, and a second
    /// one once it is paid; the same event again gets nothing new and counts once.
    pub fn apply(&mut self, sequence: u64, event: &Event) -> Vec<Arc<Verdict>> {
        match event {
            Event::Attempt(attempt) => self.attempt(sequence, attempt),
            Event::Outcome(outcome) => self.outcome(sequence, outcome).into_iter().collect(),
            Event::Condition(change) => {
                self.conditions.apply(change);
                Vec::new()
            }
            Event::Verdict(_) | Event::Alert { .. } => Vec::new(),
        }
    }

    fn attempt(&mut self, sequence: u64, attempt: &Arc<Attempt>) -> Vec<Arc<Verdict>> {
        if let Some(known) = self.known(attempt.id, attempt.hash, attempt.point) {
            return vec![known];
        }
        let verdict = self.judged(sequence, attempt, attempt.point, None);
        let mut verdicts = vec![verdict];
        if attempt.point != Point::BeforeReserve {
            return verdicts;
        }
        match self.ended.remove(&attempt.id) {
            None => {
                self.features.attempted(attempt);
                self.open.insert(attempt.id, Arc::clone(attempt));
            }
            Some(outcome) => verdicts.extend(self.end(sequence, attempt, outcome.kind)),
        }
        verdicts
    }

    fn outcome(&mut self, sequence: u64, outcome: &Outcome) -> Option<Arc<Verdict>> {
        if !outcome.kind.is_final() {
            return None;
        }
        match self.open.remove(&outcome.id) {
            None => {
                self.ended.insert(outcome.id, *outcome);
                None
            }
            Some(attempt) => self.end(sequence, &attempt, outcome.kind),
        }
    }

    /// An attempt has ended: what was paid is looked at once more, with all that is known by now, and
    /// then belongs to the history.
    fn end(
        &mut self,
        sequence: u64,
        attempt: &Arc<Attempt>,
        kind: OutcomeKind,
    ) -> Option<Arc<Verdict>> {
        let paid = kind == OutcomeKind::Committed;
        let verdict = paid.then(|| self.judged(sequence, attempt, Point::AfterCommit, Some(kind)));
        self.features.ended(attempt, kind);
        verdict
    }

    fn judged(
        &mut self,
        sequence: u64,
        attempt: &Attempt,
        point: Point,
        ending: Option<OutcomeKind>,
    ) -> Arc<Verdict> {
        let mut verdict = self.judge(sequence, attempt, point, ending);
        if point == Point::AfterCommit || verdict.decision != Decision::Allow {
            self.raise(attempt, &mut verdict);
        }
        let verdict = Arc::new(verdict);
        self.verdicts.insert((attempt.id, attempt.hash, point), Arc::clone(&verdict));
        verdict
    }

    /// Raises the alerts of a verdict, or joins them to those that were raised lately.
    fn raise(&mut self, attempt: &Attempt, verdict: &mut Verdict) {
        let parties = [attempt.debtor, attempt.creditor].into_iter().flatten();
        let accounts: Vec<u64> = parties.map(|party| party.account.short()).collect();
        let typologies = verdict.typologies.iter_mut().enumerate();
        for (typology, score) in typologies.filter(|(_, score)| score.alert) {
            let latest =
                accounts.iter().filter_map(|account| self.raised.get(&(typology, *account)));
            let latest_ms = latest.copied().max().unwrap_or(i64::MIN);
            score.raised = attempt.at_ms.saturating_sub(RAISED_MS) >= latest_ms;
            for account in &accounts {
                self.raised.insert((typology, *account), attempt.at_ms);
            }
        }
    }

    /// Looks at everything and changes nothing.
    fn judge(
        &self,
        sequence: u64,
        attempt: &Attempt,
        point: Point,
        ending: Option<OutcomeKind>,
    ) -> Verdict {
        let account = |party: Option<crate::Party>| self.features.account(party?.account);
        let (debtor, creditor) = (account(attempt.debtor), account(attempt.creditor));
        let features = &self.features;
        let watched = self.conditions.watched(attempt);
        let scene = Scene { attempt, ending, debtor, creditor, features, watched };
        let flow = self.conditions.flow(attempt);
        let found = self.measure(&scene, flow.as_ref());
        let scores = self.scores(&found);
        let mut missing: Vec<Missing> = found.iter().filter_map(|found| found.missing).collect();
        missing.sort_unstable();
        missing.dedup();
        let mut verdict = Verdict {
            id: attempt.id,
            hash: attempt.hash,
            point,
            sequence,
            at_ms: attempt.at_ms,
            decision: self.decide(flow.as_ref().map(|flow| flow.condition.kind), &scores),
            flow,
            rules: self.results(&found),
            typologies: scores,
            missing,
            explanation: String::new(),
        };
        self.name_contributors(&scene, &found, &mut verdict);
        verdict.explanation = explain(&verdict, &self.catalogue);
        verdict
    }

    fn measure(&self, scene: &Scene<'_>, flow: Option<&Flow>) -> Vec<Found> {
        let rules = self.catalogue.rules.iter();
        rules
            .map(|rule| match rule.source {
                Source::Rule(_) => rule.measure(scene).unwrap_or(rule.found(".err", None)),
                Source::Flow => rule.found(said(flow), None),
                Source::External => {
                    Found { missing: Some(Missing::ExternalRule), ..rule.found(".err", None) }
                }
            })
            .collect()
    }

    fn scores(&self, found: &[Found]) -> Vec<TypologyScore> {
        let typologies = self.catalogue.typologies.iter();
        typologies
            .map(|typology| {
                let score = typology.score(found);
                TypologyScore {
                    typology: Arc::clone(&typology.id),
                    score,
                    alert: typology.alert_at.is_some_and(|from| score >= from),
                    raised: false,
                    interdicts: typology.interdict_at.is_some_and(|(from, _)| score >= from),
                }
            })
            .collect()
    }

    fn results(&self, found: &[Found]) -> Vec<RuleResult> {
        let results = self.catalogue.rules.iter().zip(found);
        results
            .map(|(rule, found)| RuleResult {
                name: Arc::clone(&rule.name),
                outcome: rule
                    .outcome(found.outcome)
                    .map_or_else(SubRuleRef::error, |(reference, _)| reference.clone()),
                value: found.value,
                contributors: Vec::new(),
            })
            .collect()
    }

    /// Finds the payments behind those results that made a typology raise its voice.
    fn name_contributors(&self, scene: &Scene<'_>, found: &[Found], verdict: &mut Verdict) {
        let typologies = self.catalogue.typologies.iter().zip(&verdict.typologies);
        let alerting = typologies.filter(|(_, score)| score.alert).map(|(typology, _)| typology);
        for term in alerting.flat_map(|typology| &typology.terms) {
            if term.weight(found).unwrap_or(0.0) <= 0.0 {
                continue;
            }
            let rule = self.catalogue.rules.get(term.rule);
            if let (Some(rule), Some(result)) = (rule, verdict.rules.get_mut(term.rule))
                && let Source::Rule(known) = rule.source
                && result.contributors.is_empty()
            {
                result.contributors = (known.contributors)(scene, &rule.parameters);
            }
        }
    }

    /// A non-overridable block beats all, an override everything else (frms.md §1.7), any other block
    /// the typologies; a review list and the typologies add up to the strictest of them.
    fn decide(&self, condition: Option<ConditionKind>, scores: &[TypologyScore]) -> Decision {
        let stops = self.catalogue.typologies.iter().zip(scores);
        let stopping = stops.filter(|(_, score)| score.interdicts);
        let typologies = stopping.filter_map(|(typology, _)| typology.interdict_at);
        let typologies = typologies.map(|(_, how)| Decision::from(how)).max();
        let typologies = typologies.unwrap_or(Decision::Allow);
        match condition {
            Some(ConditionKind::NonOverridableBlock | ConditionKind::OverridableBlock) => {
                Decision::Block
            }
            Some(ConditionKind::Override) => Decision::Allow,
            Some(ConditionKind::Review) => typologies.max(Decision::Review),
            Some(ConditionKind::Watch) | None => typologies,
        }
    }
}

/// What the conditions say, as a rule's outcome (EFRuP).
fn said(flow: Option<&Flow>) -> &'static str {
    match flow.map(|flow| flow.condition.kind) {
        Some(ConditionKind::NonOverridableBlock | ConditionKind::OverridableBlock) => "block",
        Some(ConditionKind::Override) => "override",
        Some(ConditionKind::Review | ConditionKind::Watch) | None => "none",
    }
}
