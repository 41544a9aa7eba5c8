//! Weights and thresholds of our own typologies, found on labelled payments (docs/frms-typologies.md).
//! What a person decides is in `design`; the rest is arithmetic, the same for the same seeds.

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts of payments"
)]

mod design;
mod fitting;
mod regression;
mod samples;
mod shapes;
mod thresholds;

use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use frms::{Catalogue, Semantics};
use serde_json::{Value, json};

use crate::ToolkitError;
use crate::generate::{GenerateSettings, records};
use design::{RULES, RuleDesign, TYPOLOGIES, TypologyDesign};
use regression::{Shape, Weights};
use samples::Samples;
use thresholds::Choice;

/// What to calibrate on.
#[derive(Debug, Args)]
pub struct CalibrateOptions {
    /// Seeds of the first generator from which weights are learnt, with as many episodes as there are.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
    pub seeds: Vec<u64>,
    /// Others on which thresholds are found, with an episode of each behaviour for 30,000 payments.
    #[arg(long, value_delimiter = ',', default_values_t = [3, 4])]
    pub threshold_seeds: Vec<u64>,
    /// About how many payments of each of the first.
    #[arg(long, default_value_t = 1_000_000)]
    pub payments: usize,
    /// About how many payments of each of the others.
    #[arg(long, default_value_t = 600_000)]
    pub threshold_payments: usize,
    /// Alerts in 10,000 payments of the threshold seeds, true and false ones together, those of the
    /// shapes among them; where crimes are rarer there are fewer.
    #[arg(long, default_value_t = 58.0)]
    pub alerts: f64,
    /// Where the catalogue is written.
    #[arg(long)]
    pub out: PathBuf,
}

/// Where thresholds are found there is an episode of each behaviour for so many payments: crimes are
/// rare, and how rare decides how many alerts of all may be false.
const PAYMENTS_PER_EPISODE: usize = 30_000;
/// Genuine payments, of each 1,000,000, that one typology may stop.
const FALSE_STOPS: f64 = 6.0;
/// How far above that it has to be, of a thousand: others' genuine payments are not those on which it
/// was found, and to stop a payment takes more than to look at it.
const STOP_MARGIN: f64 = 45.0;

/// A typology with its weights, and how its scores are spread.
struct Fitted {
    design: &'static TypologyDesign,
    weights: Weights,
    /// Scores of genuine payments, the highest first: as many as it may stop, and the next one.
    genuine: Vec<f64>,
}

/// Finds weights and thresholds, and writes the catalogue.
///
/// # Errors
/// The file cannot be written.
pub fn calibrate(options: &CalibrateOptions) -> Result<bool, ToolkitError> {
    let catalogue = measuring()?;
    let shapes = shapes(&catalogue);
    let learnt =
        taken(&catalogue, &options.seeds, |seed| GenerateSettings::new(seed, options.payments));
    let weights = each(&TYPOLOGIES, |design| fitting::fit(design, &learnt, &shapes));
    drop(learnt);
    let judged = taken(&catalogue, &options.threshold_seeds, |seed| {
        let payments = options.threshold_payments;
        let episodes = u32::try_from(payments / PAYMENTS_PER_EPISODE).unwrap_or(u32::MAX);
        GenerateSettings { episodes, ..GenerateSettings::new(seed, payments) }
    });
    let typologies: Vec<(&str, &Weights)> =
        TYPOLOGIES.iter().map(|design| design.number).zip(&weights).collect();
    let choice = thresholds::choose(&judged, &typologies, options.alerts - shapes::ALERTS);
    let fitted = TYPOLOGIES.iter().zip(weights);
    let fitted: Vec<Fitted> =
        fitted.map(|(design, weights)| Fitted::new(design, weights, &judged)).collect();
    let json = written(&catalogue, &fitted, &choice, judged.payments);
    std::fs::write(&options.out, text(&json)).map_err(|error| failed(&error))?;
    Ok(true)
}

/// What outcomes each rule has.
fn shapes(catalogue: &Catalogue) -> Vec<Shape> {
    let shape = |rule: &frms::ConfiguredRule| {
        let place = |name: &str| rule.outcomes.iter().position(|(it, _)| it.as_str() == name);
        let bands_from = place(".01").filter(|_| place(".00").is_none());
        Shape { count: rule.outcomes.len(), bands_from }
    };
    catalogue.rules().iter().map(shape).collect()
}

/// What the rules find on these seeds.
fn taken(
    catalogue: &Catalogue,
    seeds: &[u64],
    settings: impl Fn(u64) -> GenerateSettings + Sync,
) -> Samples {
    let runs = each(seeds, |seed| {
        let mut samples = Samples::default();
        samples.take(*seed, catalogue, records(settings(*seed)));
        samples
    });
    let mut all = Samples::default();
    runs.into_iter().for_each(|run| all.add(run));
    eprintln!("seeds {seeds:?}: {} payments were paid", all.owners.len());
    all
}

/// Works on several at once, as many as the machine can; the results are in their order.
fn each<T: Sync, R: Send>(of: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = of.get(place) else { return done };
            done.push((place, work(one)));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers.min(of.len())).map(|_| scope.spawn(take)).collect();
        let done = workers.into_iter().map(|worker| worker.join());
        done.flat_map(|done| done.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, result)| result).collect()
}

fn failed(error: &dyn std::fmt::Display) -> ToolkitError {
    ToolkitError::Message(error.to_string())
}

/// A rule a line, a typology's term a line: as people read it, and as a change of it is read.
fn text(json: &Value) -> String {
    let lines = |values: &Value| {
        let lines = values.as_array().into_iter().flatten().map(Value::to_string);
        lines.collect::<Vec<_>>().join(",\n")
    };
    let typology = |typology: &Value| {
        let mut head = typology.clone();
        let terms = head["rules"].take();
        head.as_object_mut().map(|head| head.remove("rules"));
        let head = head.to_string();
        let open = head.strip_suffix('}').unwrap_or(&head);
        format!("{open},\"rules\":[\n{}]}}", lines(&terms))
    };
    let typologies = json["typologies"].as_array().into_iter().flatten().map(typology);
    let typologies = typologies.collect::<Vec<_>>().join(",\n");
    format!("{{\"rules\":[\n{}],\n\"typologies\":[\n{typologies}]}}\n", lines(&json["rules"]))
}

/// The designs of a catalogue's rules, in their order.
fn designs(catalogue: &Catalogue) -> Vec<&'static RuleDesign> {
    let design = |rule: &frms::ConfiguredRule| {
        let named =
            |design: &&RuleDesign| design.id() == rule.name.id && design.cfg == rule.name.cfg;
        RULES.iter().find(named)
    };
    catalogue.rules().iter().filter_map(design).collect()
}

/// A catalogue that measures every rule and weighs none: first those configured otherwise than ours are,
/// then the others.
fn measuring() -> Result<Catalogue, ToolkitError> {
    let changed = RULES.iter().filter_map(RuleDesign::entry);
    let standard = RULES.iter().filter(|rule| rule.entry().is_none());
    let standard = standard.map(|rule| json!({ "id": rule.id(), "cfg": rule.cfg, "config": {} }));
    let rules: Vec<Value> = changed.chain(standard).collect();
    let json = json!({ "rules": rules });
    let catalogue = Catalogue::read(json.to_string().as_bytes(), Semantics::Strict);
    catalogue.map_err(|error| failed(&error))
}

impl Fitted {
    fn new(design: &'static TypologyDesign, weights: Weights, samples: &Samples) -> Fitted {
        let scores = weights.scores();
        let rows = samples.owners.iter().enumerate().filter(|(_, owner)| owner.is_none());
        let mut genuine: Vec<f64> = rows.map(|(row, _)| scores.of(samples.row(row))).collect();
        genuine.sort_by(|one, other| other.total_cmp(one));
        genuine.truncate(may_stop(samples.payments) + 1);
        Fitted { design, weights, genuine }
    }
}

/// Genuine payments of so many that one typology may stop.
fn may_stop(payments: u64) -> usize {
    (FALSE_STOPS * payments as f64 / 1_000_000.0) as usize
}

fn written(catalogue: &Catalogue, fitted: &[Fitted], choice: &Choice, payments: u64) -> Value {
    let mut typologies = Vec::new();
    let rules = designs(catalogue);
    let mut used = vec![false; rules.len()];
    let share = |count: usize| count as f64 * 10_000.0 / payments as f64;
    eprintln!(
        "alerts in 10,000: {:.1}, {:.1} false",
        share(choice.alerts.0),
        share(choice.alerts.1)
    );
    for (one, chosen) in fitted.iter().zip(&choice.of) {
        let (found, episodes) = choice.found.get(one.design.number).copied().unwrap_or_default();
        let (own, alert, alone) = (chosen.own, chosen.threshold, share(chosen.alerts.0));
        eprintln!(
            "{}: {found} of {episodes} are found, {own} by its own from {alert:?}; alone {alone:.2} \
             false alerts in 10,000",
            one.design.number,
        );
        typologies.push(typology(catalogue, one, chosen.threshold, payments, &mut used));
    }
    typologies.extend(shapes::typologies());
    let used = rules.iter().zip(used).filter(|(_, used)| *used);
    let rules: Vec<Value> = used.filter_map(|(rule, _)| rule.entry()).collect();
    json!({ "rules": rules, "typologies": typologies })
}

fn typology(
    catalogue: &Catalogue,
    one: &Fitted,
    alert: Option<f64>,
    payments: u64,
    used: &mut [bool],
) -> Value {
    let mut terms = Vec::new();
    let mut expression = vec![json!("Add")];
    for (place, rule) in designs(catalogue).into_iter().enumerate() {
        let weights = &one.weights.of[place];
        if weights.iter().all(|weight| *weight <= 0.0) {
            continue;
        }
        used[place] = true;
        let term = rule.term();
        let outcomes = catalogue.rules()[place].outcomes.iter().zip(weights);
        let weights: Vec<Value> = outcomes
            .map(|((reference, _), weight)| json!({ "ref": reference, "wght": *weight as u64 }))
            .collect();
        terms.push(json!({ "id": rule.id(), "cfg": rule.cfg, "termId": term, "wghts": weights }));
        expression.push(json!(term));
    }
    let top: f64 = one.weights.of.iter().map(|of| of.iter().copied().fold(0.0, f64::max)).sum();
    // What is worth no alert alerts from where nothing comes.
    let alert = alert.unwrap_or(top);
    let mut workflow = json!({ "alertThreshold": alert });
    if one.design.interdicts {
        let allowed = one.genuine.get(may_stop(payments)).copied().unwrap_or(0.0) + 5.0;
        let stop = allowed.max(alert) + STOP_MARGIN;
        if stop <= top {
            workflow["interdictionThreshold"] = json!(stop);
        }
    }
    json!({
        "id": "typology-processor", "cfg": format!("{}@1.0.0", one.design.number),
        "desc": one.design.description, "workflow": workflow, "rules": terms, "expression": expression,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_the_rule_of_its_design() {
        let catalogue = measuring().unwrap();
        let designs = designs(&catalogue);
        assert_eq!((catalogue.rules().len(), designs.len()), (RULES.len(), RULES.len()));
        for (rule, design) in catalogue.rules().iter().zip(designs) {
            assert_eq!((&rule.name.id, &*rule.name.cfg), (&design.id(), design.cfg));
        }
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../frms/catalogues/behaviours.json");
        let file = std::fs::read_to_string(path).unwrap();
        let json: Value = serde_json::from_str(&file).unwrap();
        assert_eq!(text(&json), file);
    }
}
