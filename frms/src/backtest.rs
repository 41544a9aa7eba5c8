//! What a catalogue would have done with recorded events: hits and misses by label, payments that
//! would have been stopped, false positives a rule. Events are taken as they happened: what would have
//! been stopped is in the history all the same, if it was paid.

#![allow(
    clippy::float_arithmetic,
    reason = "sums of what labelled payments were worth, for a report"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::{
    Attempt, Catalogue, Decision, Engine, Event, Label, PaymentId, Point, Record, Verdict,
};

/// A run over recorded events.
#[derive(Debug)]
pub struct Backtest {
    engine: Engine,
    sequence: u64,
    /// Attempts that have not ended, with their labels.
    open: BTreeMap<PaymentId, Tried>,
    report: Report,
    episodes: BTreeMap<(Arc<str>, u32), Episode>,
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Payments that were tried.
    pub payments: u64,
    /// Of these, those without a behaviour's label.
    pub genuine: u64,
    /// Alerts raised; payments that join an earlier alert raise none.
    pub alerts: u64,
    /// Of these, those raised by a genuine payment.
    pub false_alerts: u64,
    /// Payments that belong to an alert.
    pub alerted: u64,
    /// Genuine payments that belong to an alert.
    pub false_alerted: u64,
    /// Payments with a label that belong to an alert.
    pub true_alerted: u64,
    /// Payments that would have been stopped, by review or block.
    pub stopped: u64,
    /// Of these, genuine ones: false interdictions.
    pub false_stopped: u64,
    /// What labelled payments were worth, in wholes of whatever currency.
    pub value: f64,
    /// Of that, what would have been stopped.
    pub value_stopped: f64,
    /// Of that, what belongs to an alert.
    pub value_alerted: f64,
    /// Each label's behaviour.
    pub behaviours: BTreeMap<Arc<str>, Behaviour>,
    /// Each family of genuine payments that look like something else: payments, and those that belong
    /// to an alert, and those that would have been stopped.
    pub families: BTreeMap<Arc<str>, [u64; 3]>,
    /// Each typology.
    pub typologies: BTreeMap<Arc<str>, Hits>,
    /// Each rule: results that weighed in an alert.
    pub rules: BTreeMap<String, Hits>,
}

/// What was found of a behaviour.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Behaviour {
    /// Its episodes.
    pub episodes: u64,
    /// Episodes of which at least one payment belongs to an alert of any typology.
    pub detected: u64,
    /// Episodes of which at least one payment belongs to an alert of the behaviour's own typology.
    pub detected_by_own: u64,
    /// Episodes of which at least one payment would have been stopped.
    pub stopped: u64,
    /// Its payments.
    pub payments: u64,
    /// Payments that belong to an alert.
    pub alerted: u64,
    /// Payments up to the first one with an alert, over the episodes that were detected.
    pub payments_to_detection: u64,
    /// Seconds from the first payment to the first one with an alert, likewise.
    pub seconds_to_detection: u64,
}

/// Payments on which something spoke up.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hits {
    /// Labelled payments.
    pub labelled: u64,
    /// Genuine payments.
    pub genuine: u64,
}

#[derive(Clone, Debug)]
struct Tried {
    tx: Arc<Attempt>,
    label: Label,
    /// Whether it belongs to an alert already: one that was stopped may be paid all the same.
    alerted: bool,
}

#[derive(Debug, Default)]
struct Episode {
    first_ms: i64,
    payments: u64,
    detected: bool,
    detected_by_own: bool,
    stopped: bool,
}

impl Backtest {
    /// Before the first event.
    pub fn new(catalogue: Catalogue) -> Backtest {
        Backtest {
            engine: Engine::new(catalogue),
            sequence: 0,
            open: BTreeMap::new(),
            report: Report::default(),
            episodes: BTreeMap::new(),
        }
    }

    /// Takes the next event, and gives its verdicts.
    pub fn take(&mut self, record: &Record) -> Vec<Arc<Verdict>> {
        self.sequence += 1;
        let event = record.event();
        if let Record::Tx { tx, label } = record
            && tx.point == Point::BeforeReserve
        {
            self.tried(tx, label);
        }
        let verdicts = self.engine.apply(self.sequence, &event);
        for verdict in &verdicts {
            self.judged(verdict);
        }
        if let Event::Outcome(outcome) = &event
            && outcome.kind.is_final()
        {
            self.open.remove(&outcome.id);
        }
        verdicts
    }

    /// The state of screening after the events so far.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What came of it.
    pub fn finish(mut self) -> Report {
        for ((name, _), episode) in &self.episodes {
            let behaviour = self.report.behaviours.entry(Arc::clone(name)).or_default();
            behaviour.episodes += 1;
            behaviour.detected += u64::from(episode.detected);
            behaviour.detected_by_own += u64::from(episode.detected_by_own);
            behaviour.stopped += u64::from(episode.stopped);
        }
        self.report
    }

    fn tried(&mut self, tx: &Arc<Attempt>, label: &Label) {
        let tried = Tried { tx: Arc::clone(tx), label: label.clone(), alerted: false };
        self.open.insert(tx.id, tried);
        self.report.payments += 1;
        if let Some(family) = &label.looks_like {
            self.report.families.entry(Arc::clone(family)).or_default()[0] += 1;
        }
        let Some(behaviour) = &label.behaviour else {
            self.report.genuine += 1;
            return;
        };
        self.report.value += wholes(tx);
        self.report.behaviours.entry(Arc::clone(behaviour)).or_default().payments += 1;
        let episode = self.episodes.entry((Arc::clone(behaviour), label.episode.unwrap_or(0)));
        let episode =
            episode.or_insert_with(|| Episode { first_ms: tx.at_ms, ..Episode::default() });
        episode.payments += 1;
    }

    fn judged(&mut self, verdict: &Verdict) {
        let Some(tried) = self.open.get_mut(&verdict.id) else { return };
        let Tried { tx, label, alerted } = tried.clone();
        let told = verdict.point == Point::AfterCommit || verdict.decision != Decision::Allow;
        if told && verdict.typologies.iter().any(|score| score.alert) {
            tried.alerted = true;
            let alerts = u64::from(verdict.alerts().next().is_some());
            self.report.alerts += alerts;
            self.report.false_alerts += if label.behaviour.is_none() { alerts } else { 0 };
            if !alerted {
                self.alerted(verdict, &tx, &label);
            }
        }
        if verdict.point != Point::AfterCommit && verdict.decision != Decision::Allow {
            self.stopped(&tx, &label);
        }
    }

    fn stopped(&mut self, tx: &Attempt, label: &Label) {
        self.report.stopped += 1;
        if let Some(family) = &label.looks_like {
            self.report.families.entry(Arc::clone(family)).or_default()[2] += 1;
        }
        match &label.behaviour {
            None => self.report.false_stopped += 1,
            Some(behaviour) => {
                self.report.value_stopped += wholes(tx);
                let key = (Arc::clone(behaviour), label.episode.unwrap_or(0));
                self.episodes.entry(key).or_default().stopped = true;
            }
        }
    }

    fn alerted(&mut self, verdict: &Verdict, tx: &Attempt, label: &Label) {
        self.report.alerted += 1;
        if let Some(family) = &label.looks_like {
            self.report.families.entry(Arc::clone(family)).or_default()[1] += 1;
        }
        self.count_hits(verdict, label.behaviour.is_some());
        let Some(behaviour) = &label.behaviour else {
            self.report.false_alerted += 1;
            return;
        };
        self.report.true_alerted += 1;
        self.report.value_alerted += wholes(tx);
        let key = (Arc::clone(behaviour), label.episode.unwrap_or(0));
        let episode = self.episodes.entry(key).or_default();
        let found = self.report.behaviours.entry(Arc::clone(behaviour)).or_default();
        found.alerted += 1;
        if !episode.detected {
            episode.detected = true;
            found.payments_to_detection += episode.payments;
            let elapsed_ms = tx.at_ms.saturating_sub(episode.first_ms).max(0);
            found.seconds_to_detection += u64::try_from(elapsed_ms / 1_000).unwrap_or(0);
        }
        let own = |typology: &str| typology.split('@').next() == Some(&**behaviour);
        let mut alerting = verdict.typologies.iter().filter(|score| score.alert);
        episode.detected_by_own |= alerting.any(|score| own(&score.typology));
    }

    fn count_hits(&mut self, verdict: &Verdict, labelled: bool) {
        let catalogue = Arc::clone(self.engine.catalogue());
        let mut weighed = vec![false; catalogue.rules().len()];
        let typologies = catalogue.typologies().iter().zip(&verdict.typologies);
        for (typology, score) in typologies.filter(|(_, score)| score.alert) {
            self.report.typologies.entry(Arc::clone(&score.typology)).or_default().add(labelled);
            for term in &typology.terms {
                let rule = catalogue.rules().get(term.rule).zip(verdict.rules.get(term.rule));
                let weight = rule.and_then(|(rule, result)| {
                    let mut outcomes = rule.outcomes.iter();
                    let place = outcomes.position(|(known, _)| *known == result.outcome)?;
                    *term.weights.get(place)?
                });
                if let Some(seen) = weighed.get_mut(term.rule) {
                    *seen |= weight.is_some_and(|weight| weight > 0.0);
                }
            }
        }
        let results = verdict.rules.iter().zip(weighed).filter(|(_, weighed)| *weighed);
        for (result, _) in results {
            let name = format!("{} {}", result.name.id, result.name.cfg);
            self.report.rules.entry(name).or_default().add(labelled);
        }
    }
}

impl Hits {
    fn add(&mut self, labelled: bool) {
        match labelled {
            true => self.labelled += 1,
            false => self.genuine += 1,
        }
    }
}

fn wholes(tx: &Attempt) -> f64 {
    crate::features::number(tx.units.bounded()) / 10_000.0
}
