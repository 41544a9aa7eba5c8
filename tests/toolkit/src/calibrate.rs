//! Weights and thresholds of our own typologies, found on labelled payments (docs/frms-typologies.md).
//! What a person decides is in `design`; the rest is arithmetic, the same for the same seeds.

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts of payments"
)]

mod design;
mod regression;
mod samples;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use frms::{Catalogue, Semantics};
use serde_json::{Value, json};

use crate::ToolkitError;
use crate::generate::{GenerateSettings, records};
use design::{RULES, RuleDesign, TYPOLOGIES, TypologyDesign};
use regression::{Lesson, Weights};
use samples::Samples;

/// What to calibrate on.
#[derive(Debug, Args)]
pub struct CalibrateOptions {
    /// Seeds of the first generator.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
    pub seeds: Vec<u64>,
    /// About how many payments of each.
    #[arg(long, default_value_t = 1_000_000)]
    pub payments: usize,
    /// Genuine payments with an alert for each 10,000 payments, summed over all typologies.
    #[arg(long, default_value_t = 36.0)]
    pub false_alerts: f64,
    /// Where the catalogue is written.
    #[arg(long)]
    pub out: PathBuf,
}

/// Genuine payments from which weights are learnt; thresholds are found on all.
const GENUINE_MAX: usize = 25_000;
/// Genuine payments that score highest, from which weights are learnt as well.
const HARDEST: usize = 8_000;
/// What an alert on a genuine payment costs, an episode being worth 1.
const COST: f64 = 0.05;
/// How often weights are learnt anew.
const ROUNDS: usize = 5;
/// Rules of one typology.
const RULES_MAX: usize = 15;
/// Genuine payments, of each 1,000,000, that one typology may stop.
const FALSE_STOPS: f64 = 15.0;

/// A typology with its weights, and how its scores are spread.
struct Fitted {
    design: &'static TypologyDesign,
    weights: Weights,
    /// The best score of each episode.
    episodes: Vec<f64>,
    /// Scores of genuine payments, the highest first.
    genuine: Vec<f64>,
}

/// Finds weights and thresholds, and writes the catalogue.
///
/// # Errors
/// The file cannot be written.
pub fn calibrate(options: &CalibrateOptions) -> Result<bool, ToolkitError> {
    let catalogue = measuring()?;
    let outcomes: Vec<usize> = catalogue.rules().iter().map(|rule| rule.outcomes.len()).collect();
    let mut samples = Samples::default();
    for seed in &options.seeds {
        samples.take(*seed, &catalogue, records(GenerateSettings::new(*seed, options.payments)));
        eprintln!("seed {seed}: {} payments were paid so far", samples.owners.len());
    }
    let fitted: Vec<Fitted> =
        TYPOLOGIES.iter().map(|design| fit(design, &samples, &outcomes)).collect();
    let thresholds = thresholds(&fitted, samples.payments, options.false_alerts);
    let json = written(&catalogue, &fitted, &thresholds, samples.payments);
    std::fs::write(&options.out, text(&json)).map_err(|error| failed(&error))?;
    Ok(true)
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

fn fit(design: &'static TypologyDesign, samples: &Samples, outcomes: &[usize]) -> Fitted {
    let mut episodes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut genuine = Vec::new();
    for (row, owner) in samples.owners.iter().enumerate() {
        match owner {
            None => genuine.push(row),
            Some((behaviour, episode)) if &**behaviour == design.number => {
                episodes.entry(*episode).or_default().push(row);
            }
            Some(_) => {}
        }
    }
    let mut labelled: Vec<(usize, f64)> = Vec::new();
    for rows in episodes.values() {
        labelled.extend(rows.iter().map(|row| (*row, 1.0 / rows.len() as f64)));
    }
    let mut rules = vec![true; outcomes.len()];
    let mut weights = Weights::none(outcomes);
    // An episode is found by one payment, and the alerts that cost time are those that look like it:
    // from the second round on the most telling payments of both count.
    for round in 0..ROUNDS {
        let mut lessons = taught(samples, &weights, &genuine);
        lessons.extend(labelled.iter().map(|(row, weight)| Lesson {
            row: *row,
            labelled: true,
            weight: *weight,
        }));
        weights = Weights::fit(samples, outcomes, &rules, &lessons);
        if round == 1 {
            rules = strongest(samples, &weights, &labelled);
        }
        labelled = telling(samples, &weights, &episodes);
    }
    let weights = weights.rounded();
    let score = |row: &usize| weights.score(samples.row(*row));
    let best = |rows: &Vec<usize>| rows.iter().map(score).fold(0.0, f64::max);
    let mut scores: Vec<f64> = genuine.iter().map(score).collect();
    scores.sort_by(|one, other| other.total_cmp(one));
    let episodes = episodes.values().map(best).collect();
    Fitted { design, weights, episodes, genuine: scores }
}

/// Genuine payments: a sample that stands for all, and those that score highest.
fn taught(samples: &Samples, weights: &Weights, genuine: &[usize]) -> Vec<Lesson> {
    let every = (genuine.len() / GENUINE_MAX).max(1);
    let weight = COST * every as f64;
    let lesson = |row: usize, weight: f64| Lesson { row, labelled: false, weight };
    let mut lessons: Vec<Lesson> =
        genuine.iter().step_by(every).map(|row| lesson(*row, weight)).collect();
    let mut scored: Vec<(f64, usize)> =
        genuine.iter().map(|row| (weights.score(samples.row(*row)), *row)).collect();
    if scored.iter().any(|(score, _)| *score > 0.0) {
        let most = HARDEST.min(scored.len() - 1);
        scored.select_nth_unstable_by(most, |one, other| other.0.total_cmp(&one.0));
        lessons.extend(scored.iter().take(most).map(|(_, row)| lesson(*row, COST)));
    }
    lessons
}

/// The payments of each episode that score highest, a third of them, at least one.
fn telling(
    samples: &Samples,
    weights: &Weights,
    episodes: &BTreeMap<u64, Vec<usize>>,
) -> Vec<(usize, f64)> {
    let mut telling = Vec::new();
    for rows in episodes.values() {
        let mut scored: Vec<(f64, usize)> =
            rows.iter().map(|row| (weights.score(samples.row(*row)), *row)).collect();
        scored.sort_by(|one, other| other.0.total_cmp(&one.0));
        let most = rows.len().div_ceil(3);
        telling.extend(scored.iter().take(most).map(|(_, row)| (*row, 1.0 / most as f64)));
    }
    telling
}

/// The rules that add most to the scores of labelled payments.
fn strongest(samples: &Samples, weights: &Weights, labelled: &[(usize, f64)]) -> Vec<bool> {
    let mut gains: Vec<(f64, usize)> = (0..samples.width)
        .map(|rule| {
            let gain = |(row, weight): &(usize, f64)| {
                weights.of[rule][usize::from(samples.row(*row)[rule])] * weight
            };
            (labelled.iter().map(gain).sum::<f64>(), rule)
        })
        .collect();
    gains.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut rules = vec![false; samples.width];
    gains.iter().take(RULES_MAX).for_each(|(_, rule)| rules[*rule] = true);
    rules
}

impl Fitted {
    /// Genuine payments that score so much.
    fn false_ones(&self, threshold: f64) -> usize {
        self.genuine.partition_point(|score| *score >= threshold)
    }

    fn found(&self, threshold: f64) -> usize {
        self.episodes.iter().filter(|score| **score >= threshold).count()
    }

    /// The threshold that finds most episodes when each genuine payment costs so much of one.
    fn best(&self, cost: f64) -> f64 {
        let mut candidates: Vec<f64> =
            self.episodes.iter().copied().filter(|it| *it > 0.0).collect();
        candidates.sort_by(f64::total_cmp);
        candidates.dedup();
        let worth = |threshold: f64| {
            self.found(threshold) as f64 - cost * self.false_ones(threshold) as f64
        };
        let nobody = self.genuine.first().copied().unwrap_or(0.0).max(995.0) + 5.0;
        let best =
            candidates.into_iter().max_by(|one, other| worth(*one).total_cmp(&worth(*other)));
        best.unwrap_or(nobody).max(5.0)
    }
}

/// The thresholds that find most episodes with so many false alerts for each 10,000 payments.
fn thresholds(fitted: &[Fitted], payments: u64, false_alerts: f64) -> Vec<f64> {
    let most = false_alerts * payments as f64 / 10_000.0;
    let (mut cheap, mut dear) = (0.000_1_f64, 100.0_f64);
    for _ in 0..60 {
        let cost = (cheap * dear).sqrt();
        let all = fitted.iter().map(|one| {
            let threshold = one.best(cost);
            one.false_ones(threshold) as f64
        });
        if all.sum::<f64>() > most {
            cheap = cost;
        } else {
            dear = cost;
        }
    }
    fitted.iter().map(|one| one.best(dear)).collect()
}

fn written(catalogue: &Catalogue, fitted: &[Fitted], thresholds: &[f64], payments: u64) -> Value {
    let mut typologies = Vec::new();
    let rules = designs(catalogue);
    let mut used = vec![false; rules.len()];
    for (one, alert) in fitted.iter().zip(thresholds) {
        let share = |count: usize| count as f64 * 10_000.0 / payments as f64;
        eprintln!(
            "{}: alert from {alert}, {} of {} episodes, {:.2} genuine payments in 10,000",
            one.design.number,
            one.found(*alert),
            one.episodes.len(),
            share(one.false_ones(*alert)),
        );
        typologies.push(typology(catalogue, one, *alert, payments, &mut used));
    }
    let used = rules.iter().zip(used).filter(|(_, used)| *used);
    let rules: Vec<Value> = used.filter_map(|(rule, _)| rule.entry()).collect();
    json!({ "rules": rules, "typologies": typologies })
}

fn typology(
    catalogue: &Catalogue,
    one: &Fitted,
    alert: f64,
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
    let mut workflow = json!({ "alertThreshold": alert });
    if one.design.interdicts {
        let most = (FALSE_STOPS * payments as f64 / 1_000_000.0) as usize;
        let allowed = one.genuine.get(most).copied().unwrap_or(0.0) + 5.0;
        let top: f64 = one.weights.of.iter().map(|of| of.iter().copied().fold(0.0, f64::max)).sum();
        if allowed.max(alert) <= top {
            workflow["interdictionThreshold"] = json!(allowed.max(alert));
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

    #[test]
    fn a_threshold_weighs_episodes_against_false_alerts() {
        let design = TYPOLOGIES.first().unwrap();
        let weights = Weights::none(&[]);
        let (episodes, genuine) = (vec![900.0, 800.0, 300.0], vec![400.0, 350.0, 320.0, 100.0]);
        let fitted = Fitted { design, weights, episodes, genuine };
        assert_eq!(fitted.best(0.1), 300.0, "one more episode for three false alerts");
        assert_eq!(fitted.best(0.5), 800.0, "not at this price");
        assert_eq!((fitted.found(800.0), fitted.false_ones(800.0)), (2, 0));
        assert_eq!((fitted.found(300.0), fitted.false_ones(300.0)), (3, 3));
    }
}
