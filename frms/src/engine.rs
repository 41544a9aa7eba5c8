//! Everything put together: events in, verdicts out. What it knows is what the events before have
//! told it, so that whoever reads the same stream knows the same.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::bounded::Bounded;
use crate::conditions::{Concern, Conditions};
use crate::configured::{ConfiguredRule, Found, Source};
use crate::explanation::{explain, on_quiet};
use crate::limits::{OPEN_ATTEMPTS_MAX, RAISED_MAX, RAISED_MS, VERDICTS_MAX};
use crate::rules::Scene;
use crate::{
    Attempt, Catalogue, CatalogueChange, ConditionKind, Decision, Event, Features, Flow, Missing,
    Outcome, OutcomeKind, PaymentId, Point, Quiet, RuleResult, Ruling, Semantics, SubRuleRef,
    TermsHash, TypologyScore, Verdict,
};

/// The state of one tenant's screening. A copy is cheap: it shares accounts, attempts and verdicts, and
/// whichever of the two changes an account first makes its own of it.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) catalogue: Arc<Catalogue>,
    /// The one that it was started with.
    first: Arc<Catalogue>,
    /// What made another one count, if anything did.
    pub(crate) changed: Option<Arc<CatalogueChange>>,
    pub(crate) conditions: Conditions,
    pub(crate) features: Features,
    /// Attempts that have not ended.
    pub(crate) open: Bounded<PaymentId, Arc<Attempt>>,
    /// Outcomes of attempts that have not come yet: they queued longer than the budget.
    pub(crate) ended: Bounded<PaymentId, Outcome>,
    pub(crate) verdicts: Bounded<(PaymentId, TermsHash, Point), Arc<Verdict>>,
    /// When a typology last raised an alert on an account, Unix milliseconds.
    pub(crate) raised: Bounded<(usize, u64), i64>,
    /// What rule processors elsewhere said of payments that have not ended.
    pub(crate) rulings: Bounded<(PaymentId, TermsHash), Vec<Arc<Ruling>>>,
}

impl Engine {
    /// Nothing known yet.
    pub fn new(catalogue: Catalogue) -> Engine {
        let catalogue = Arc::new(catalogue);
        Engine {
            features: Features::new(catalogue.reach()),
            first: Arc::clone(&catalogue),
            changed: None,
            catalogue,
            conditions: Conditions::default(),
            open: Bounded::new(OPEN_ATTEMPTS_MAX),
            ended: Bounded::new(OPEN_ATTEMPTS_MAX),
            verdicts: Bounded::new(VERDICTS_MAX),
            raised: Bounded::new(RAISED_MAX),
            rulings: Bounded::new(OPEN_ATTEMPTS_MAX),
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

    /// The names of the conditions that are set, sorted.
    pub fn conditions(&self) -> Vec<&str> {
        self.conditions.sorted().into_iter().map(|condition| condition.name.as_str()).collect()
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
            Event::ConditionBook(book) => {
                self.conditions.complete(*book);
                Vec::new()
            }
            Event::Ruling(ruling) => {
                self.ruling(ruling);
                Vec::new()
            }
            Event::Catalogue(change) => {
                self.change(change);
                Vec::new()
            }
            Event::Verdict(_) | Event::Alert { .. } => Vec::new(),
        }
    }

    /// Other rules and typologies count, unless newer ones do.
    pub(crate) fn change(&mut self, change: &Arc<CatalogueChange>) {
        let Some(catalogue) = change.counting(self.changed.as_deref(), &self.first) else { return };
        self.changed = Some(Arc::clone(change));
        let former = std::mem::replace(&mut self.catalogue, Arc::clone(&catalogue));
        self.features.reach_back(catalogue.reach());
        self.raised.remake(|(typology, account), at_ms| {
            let name = &former.typologies.get(typology)?.id;
            let place = catalogue.typologies.iter().position(|known| known.id == *name)?;
            Some(((place, account), at_ms))
        });
        self.rulings.remake(|key, mut rulings| {
            rulings.retain(|ruling| catalogue.asks(&ruling.rule));
            (!rulings.is_empty()).then_some((key, rulings))
        });
    }

    fn attempt(&mut self, sequence: u64, attempt: &Arc<Attempt>) -> Vec<Arc<Verdict>> {
        if let Some(known) = self.known(attempt.id, attempt.hash, attempt.point) {
            return vec![known];
        }
        let verdict = self.judged(sequence, attempt, attempt.point, None);
        let is_blocked = verdict.decision == Decision::Block;
        let mut verdicts = vec![verdict];
        if attempt.point != Point::BeforeReserve {
            return verdicts;
        }
        match self.ended.remove(&attempt.id) {
            // Under one id one payment is under way, whatever else is sent under it.
            None if self.open.get(&attempt.id).is_some() => {}
            None => {
                // What is blocked is not under way: a burst of such attempts must not push those out of
                // memory that are, nor what was paid. If it is paid all the same, it counts then.
                if !is_blocked {
                    self.features.attempted(attempt);
                }
                self.open.insert(attempt.id, Arc::clone(attempt));
            }
            Some(outcome) => verdicts.extend(self.end(sequence, attempt, outcome)),
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
            Some(attempt) => self.end(sequence, &attempt, *outcome),
        }
    }

    /// An attempt has ended: what was paid is looked at once more, with all that is known by now, and
    /// then belongs to the history. The peer looks at what was not paid, too, and its time is that of
    /// the end.
    fn end(
        &mut self,
        sequence: u64,
        attempt: &Arc<Attempt>,
        Outcome { kind, at_ms, .. }: Outcome,
    ) -> Option<Arc<Verdict>> {
        let as_peer = self.as_peer();
        let attempt = match as_peer {
            true => &Arc::new(Attempt { at_ms, ..Attempt::clone(attempt) }),
            false => attempt,
        };
        let is_judged = as_peer || kind == OutcomeKind::Committed;
        let verdict =
            is_judged.then(|| self.judged(sequence, attempt, Point::AfterCommit, Some(kind)));
        self.features.ended(attempt, kind, as_peer);
        self.rulings.remove(&(attempt.id, attempt.hash));
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
            if score.snoozed && !score.interdicts {
                continue;
            }
            let mut raised =
                accounts.iter().filter_map(|account| self.raised.get(&(typology, *account)));
            // One from a time that is not near, before or after, is another alert: who says that it is
            // far in the future silences nobody.
            let joins = |raised_ms: &i64| {
                raised_ms.saturating_sub(attempt.at_ms).saturating_abs() < RAISED_MS
            };
            score.raised = !raised.any(joins);
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
        let as_peer = self.as_peer();
        let scene = Scene { attempt, ending, debtor, creditor, features, watched, as_peer };
        let flow = self.conditions.flow(attempt, self.concern(point));
        let found = self.measure(&scene, flow.as_ref());
        let mut scores = self.scores(&found, flow.as_ref());
        let quieted = self.quiet(attempt, &mut scores);
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
            rules: self.results(attempt, &found),
            typologies: scores,
            missing,
            explanation: String::new(),
        };
        self.name_contributors(&scene, &found, &mut verdict);
        verdict.explanation = explain(&verdict, &self.catalogue, quieted);
        verdict
    }

    fn measure(&self, scene: &Scene<'_>, flow: Option<&Flow>) -> Vec<Found> {
        let rules = self.catalogue.rules.iter();
        rules
            .map(|rule| match rule.source {
                Source::Rule(_) => measured(rule, scene),
                Source::Flow => rule.found(said(flow), None),
                Source::External => self.ruled(rule, scene.attempt),
                Source::Unconfigured | Source::Refused => rule.found(".err", None),
            })
            .collect()
    }

    /// What a rule processor elsewhere said, if it did so in time. An outcome that nobody weighs is as
    /// good as none; to the peer it is one, without a weight.
    fn ruled(&self, rule: &ConfiguredRule, attempt: &Attempt) -> Found {
        let ruling = self.ruling_of(rule, attempt);
        let found = ruling.map(|ruling| rule.found(ruling.outcome.as_str(), ruling.value));
        let counts = |found: &Found| found.outcome.is_some() || self.as_peer();
        found.filter(counts).unwrap_or_else(|| Found {
            missing: Some(Missing::ExternalRule),
            ..rule.found(".err", None)
        })
    }

    fn ruling_of(&self, rule: &ConfiguredRule, attempt: &Attempt) -> Option<&Ruling> {
        let rulings = self.rulings.get(&(attempt.id, attempt.hash));
        let ruling = rulings.into_iter().flatten().find(|ruling| ruling.rule == *rule.name);
        ruling.map(Arc::as_ref)
    }

    fn as_peer(&self) -> bool {
        self.catalogue.semantics == Semantics::Peer
    }

    /// What conditions are asked about.
    fn concern(&self, point: Point) -> Concern {
        match (self.as_peer(), point) {
            (true, Point::BeforeQuote) => Concern::Quotes,
            (true, Point::AfterCommit) => Concern::Outcomes,
            _ => Concern::Transfers,
        }
    }

    /// Keeps what was said of a payment, the latest of each rule.
    pub(crate) fn ruling(&mut self, ruling: &Arc<Ruling>) {
        if !self.catalogue.asks(&ruling.rule) {
            return;
        }
        let key = (ruling.payment, ruling.hash);
        let mut rulings = self.rulings.get(&key).cloned().unwrap_or_default();
        rulings.retain(|known| known.rule != ruling.rule);
        rulings.push(Arc::clone(ruling));
        self.rulings.insert(key, rulings);
    }

    fn scores(&self, found: &[Found], flow: Option<&Flow>) -> Vec<TypologyScore> {
        let condition = said(flow);
        let typologies = self.catalogue.typologies.iter();
        typologies
            .map(|typology| {
                let score = typology.score(found);
                let heeded = typology.heeds_conditions && condition != "none";
                let reached = typology.interdict_at.is_some_and(|(from, _)| score >= from);
                let interdicts = reached && !heeded;
                let blocked = heeded && condition == "block";
                let alert = typology.alert_at.is_some_and(|from| score >= from);
                TypologyScore {
                    typology: Arc::clone(&typology.id),
                    score,
                    alert: alert || interdicts || blocked,
                    raised: false,
                    interdicts,
                    snoozed: false,
                }
            })
            .collect()
    }

    /// Has typologies say nothing of allowed pairs; what was quieted, in words.
    fn quiet(&self, attempt: &Attempt, scores: &mut [TypologyScore]) -> Vec<String> {
        let mut said = Vec::new();
        for score in scores.iter_mut().filter(|score| score.alert || score.interdicts) {
            let Some(quiet) = self.conditions.quiet(attempt, &score.typology) else { continue };
            match quiet {
                Quiet::LetPass(_) => (score.alert, score.interdicts) = (false, false),
                Quiet::Snoozed(_) => score.snoozed = true,
            }
            if !score.interdicts {
                said.push(on_quiet(&score.typology, quiet));
            }
        }
        said
    }

    fn results(&self, attempt: &Attempt, found: &[Found]) -> Vec<RuleResult> {
        let results = self.catalogue.rules.iter().zip(found);
        results
            .map(|(rule, found)| RuleResult {
                name: Arc::clone(&rule.name),
                outcome: match rule.outcome(found.outcome) {
                    Some((reference, _)) => reference.clone(),
                    None => self.unweighed(rule, attempt),
                },
                value: found.value,
                contributors: Vec::new(),
            })
            .collect()
    }

    /// What a rule processor elsewhere said that nobody weighs.
    fn unweighed(&self, rule: &ConfiguredRule, attempt: &Attempt) -> SubRuleRef {
        let ruling = self.ruling_of(rule, attempt);
        ruling.map_or_else(SubRuleRef::error, |ruling| ruling.outcome.clone())
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
                let name = || (known.contributors)(scene, &rule.parameters);
                result.contributors = catch_unwind(AssertUnwindSafe(name)).unwrap_or_default();
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
            // With the peer it is for each typology to heed it.
            Some(ConditionKind::Override) if self.as_peer() => typologies,
            Some(ConditionKind::Override) => Decision::Allow,
            Some(ConditionKind::Review) => typologies.max(Decision::Review),
            Some(ConditionKind::Watch | ConditionKind::Snooze | ConditionKind::AllowPair)
            | None => typologies,
        }
    }
}

/// What a rule of ours finds. One that panics spoils its own result and no other: nothing is changed
/// while rules measure.
fn measured(rule: &ConfiguredRule, scene: &Scene<'_>) -> Found {
    let found = catch_unwind(AssertUnwindSafe(|| rule.measure(scene)));
    let nothing = || rule.found(".err", None);
    match found {
        Ok(found) => found.unwrap_or_else(nothing),
        Err(_) => Found { missing: Some(Missing::FailedRule), ..nothing() },
    }
}

/// What the conditions say, as a rule's outcome (EFRuP).
fn said(flow: Option<&Flow>) -> &'static str {
    match flow.map(|flow| flow.condition.kind) {
        Some(ConditionKind::NonOverridableBlock | ConditionKind::OverridableBlock) => "block",
        Some(ConditionKind::Override) => "override",
        Some(_) | None => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Measure, Outcomes, RULES, Rule, Unit};
    use crate::{Facts, RuleName, Units};

    #[allow(clippy::panic, reason = "what happens then is tested")]
    static BROKEN: Rule = Rule {
        number: "999",
        name: "a rule with a defect",
        measures: "nothing",
        unit: Unit::Count,
        parameters: &[],
        outcomes: Outcomes::Bands(&[(f64::NEG_INFINITY, "anything")]),
        exits: &[],
        measure: |scene, _| match scene.attempt.at_ms {
            13 => panic!("a defect"),
            _ => Measure::Number(1.0),
        },
        contributors: |_, _| panic!("another defect"),
    };

    fn attempt(id: u128, at_ms: i64) -> Event {
        Event::Attempt(Arc::new(Attempt {
            id: PaymentId(id),
            hash: TermsHash([0; 32]),
            point: Point::BeforeReserve,
            at_ms,
            payer_fsp: "green".to_owned(),
            payee_fsp: "blue".to_owned(),
            units: Units(1),
            currency: "EUR".to_owned(),
            debtor: None,
            creditor: None,
            facts: Facts::Unknown,
            category: None,
            debtor_age_years: None,
            place: None,
            description: None,
        }))
    }

    #[test]
    fn a_rule_that_panics_spoils_its_own_result_alone() {
        let mut catalogue = Catalogue::default();
        let rules = [RULES.first().copied().unwrap(), &BROKEN];
        for rule in rules {
            let name = RuleName::new(rule.number, "1.0.0");
            catalogue.rules.push(ConfiguredRule::standard(name, rule));
        }
        let mut engine = Engine::new(catalogue);
        let results = |verdicts: Vec<Arc<Verdict>>| {
            let rules = verdicts[0].rules.iter();
            let outcomes: Vec<String> = rules.map(|rule| rule.outcome.to_string()).collect();
            (outcomes, verdicts[0].missing.contains(&Missing::FailedRule))
        };
        let (sound, failed) = results(engine.apply(1, &attempt(1, 12)));
        assert_eq!((sound[1].as_str(), failed), (".01", false));
        let (broken, failed) = results(engine.apply(2, &attempt(2, 13)));
        assert_eq!((broken[1].as_str(), failed), (".err", true));
        assert_eq!(broken[0], sound[0], "the other rule has its result");
        assert!(engine.known(PaymentId(2), TermsHash([0; 32]), Point::BeforeReserve).is_some());
    }
}
