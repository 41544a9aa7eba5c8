//! What is found by the strongest alerts alone, as many as a team can look at: how catalogues and
//! payments of different kinds are compared, whatever their thresholds raise.

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]
#![allow(clippy::cast_precision_loss, reason = "counts of payments")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use frms::limits::RAISED_MS;
use frms::{Attempt, Catalogue, Decision, Label, PaymentId, Point, Record, Verdict};
use serde::Serialize;

/// Alerts that are looked at, in 10,000 payments.
pub const LOOKED_AT: u64 = 50;

/// What is found by the strongest alerts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// The least strength of an alert that is looked at, a score by its typology's threshold.
    pub strength: f64,
    /// Alerts.
    pub alerts: u64,
    /// Of these, those raised by a genuine payment.
    pub false_alerts: u64,
    /// Payments with a label that belong to an alert.
    pub true_alerted: u64,
    /// What they are worth, in wholes of whatever currency.
    pub value_alerted: f64,
    /// Of each behaviour, the episodes of which a payment belongs to an alert.
    pub detected: BTreeMap<Arc<str>, u64>,
}

/// What was alerting, as it came.
#[derive(Debug)]
pub struct Spoken {
    /// The score from which each typology alerts, as the catalogue has it.
    alert_at: Vec<Option<f64>>,
    open: HashMap<PaymentId, (Arc<Attempt>, Label)>,
    payments: u64,
    alerting: Vec<Alerting>,
}

/// A payment on which typologies speak up.
#[derive(Debug)]
struct Alerting {
    id: PaymentId,
    at_ms: i64,
    accounts: [Option<u64>; 2],
    /// Each with its strength.
    typologies: Vec<(usize, f64)>,
    /// The episode of a labelled payment.
    episode: Option<(Arc<str>, u32)>,
    wholes: f64,
}

impl Spoken {
    /// Before the first event.
    pub fn new(catalogue: &Catalogue) -> Spoken {
        let alert_at = catalogue.typologies().iter().map(|typology| typology.alert_at).collect();
        Spoken { alert_at, open: HashMap::new(), payments: 0, alerting: Vec::new() }
    }

    /// Takes an event and the verdicts that came of it.
    pub fn take(&mut self, record: &Record, verdicts: &[Arc<Verdict>]) {
        if let Record::Tx { tx, label } = record
            && tx.point == Point::BeforeReserve
        {
            self.payments += 1;
            self.open.insert(tx.id, (Arc::clone(tx), label.clone()));
        }
        for verdict in verdicts {
            if verdict.point == Point::AfterCommit || verdict.decision != Decision::Allow {
                self.told(verdict);
            }
        }
        if let Record::Outcome(outcome) = record
            && outcome.kind.is_final()
        {
            self.open.remove(&outcome.id);
        }
    }

    /// What the strongest alerts find, as many as are looked at.
    pub fn finish(self) -> Found {
        let most = self.payments * LOOKED_AT / 10_000;
        let each = self.alerting.iter().flat_map(|alerting| &alerting.typologies);
        let mut strengths: Vec<f64> = each.map(|(_, strength)| *strength).collect();
        strengths.sort_by(f64::total_cmp);
        strengths.dedup();
        let weak = strengths.partition_point(|strength| self.found(*strength).alerts > most);
        strengths.get(weak).map_or_else(Found::default, |strength| self.found(*strength))
    }

    fn told(&mut self, verdict: &Verdict) {
        let Some((tx, label)) = self.open.get(&verdict.id) else { return };
        let alerting = self.alert_at.iter().zip(&verdict.typologies).enumerate();
        let typologies: Vec<(usize, f64)> = alerting
            .filter(|(_, (_, score))| score.alert)
            .map(|(place, (alert_at, score))| (place, strength(score.score, *alert_at)))
            .collect();
        if !typologies.is_empty() {
            self.alerting.push(Alerting {
                id: verdict.id,
                at_ms: tx.at_ms,
                accounts: [tx.debtor, tx.creditor].map(|party| Some(party?.account.short())),
                typologies,
                episode: label.behaviour.clone().map(|name| (name, label.episode.unwrap_or(0))),
                wholes: tx.units.bounded() as f64 / 10_000.0,
            });
        }
    }

    /// What is found by alerts of this strength or more. They are raised and joined as the engine
    /// does it: one a typology, account and day.
    fn found(&self, strength: f64) -> Found {
        let mut found = Found { strength, ..Found::default() };
        let mut raised: HashMap<(usize, u64), i64> = HashMap::new();
        let mut seen: HashSet<PaymentId> = HashSet::new();
        let mut episodes: BTreeSet<&(Arc<str>, u32)> = BTreeSet::new();
        for alerting in &self.alerting {
            let strong = alerting.typologies.iter().filter(|(_, is)| *is >= strength);
            let news: Vec<bool> =
                strong.map(|(typology, _)| alerting.raises(*typology, &mut raised)).collect();
            if news.contains(&true) {
                found.alerts += 1;
                found.false_alerts += u64::from(alerting.episode.is_none());
            }
            if let Some(episode) = &alerting.episode
                && !news.is_empty()
                && seen.insert(alerting.id)
            {
                found.true_alerted += 1;
                found.value_alerted += alerting.wholes;
                episodes.insert(episode);
            }
        }
        for (behaviour, _) in episodes {
            *found.detected.entry(Arc::clone(behaviour)).or_default() += 1;
        }
        found
    }
}

impl Alerting {
    /// Whether a typology raises an alert, or the payment joins one.
    fn raises(&self, typology: usize, raised: &mut HashMap<(usize, u64), i64>) -> bool {
        let accounts = self.accounts.iter().flatten();
        let latest = accounts.map(|account| raised.insert((typology, *account), self.at_ms));
        let latest_ms = latest.flatten().max().unwrap_or(i64::MIN);
        self.at_ms.saturating_sub(RAISED_MS) >= latest_ms
    }
}

/// A score by what it takes to alert.
fn strength(score: f64, alert_at: Option<f64>) -> f64 {
    match alert_at {
        Some(alert_at) if alert_at > 0.0 => score / alert_at,
        _ => f64::MAX,
    }
}
