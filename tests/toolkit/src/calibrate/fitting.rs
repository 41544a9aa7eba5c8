//! Weights of one typology, from episodes and from the genuine payments that look most like them.

use std::collections::BTreeMap;

use super::design::TypologyDesign;
use super::regression::{Lesson, Shape, Weights};
use super::samples::Samples;

/// Genuine payments from which weights are learnt.
const GENUINE_MAX: usize = 15_000;
/// Genuine payments that score highest, from which weights are learnt as well.
const HARDEST: usize = 8_000;
/// What an alert on a genuine payment costs, an episode being worth 1.
const COST: f64 = 0.05;
/// How often weights are learnt anew.
const ROUNDS: usize = 4;
/// Rules of one typology.
const RULES_MAX: usize = 20;

/// The weights with which a typology tells its episodes from genuine payments.
pub fn fit(design: &TypologyDesign, samples: &Samples, outcomes: &[Shape]) -> Weights {
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
    let mut weights = Weights::none(outcomes);
    // An episode is found by one payment, and the alerts that cost time are those that look like it:
    // from the second round on the most telling payments of both count.
    for _ in 0..ROUNDS {
        let mut lessons = taught(samples, &weights, &genuine);
        lessons.extend(labelled.iter().map(|(row, weight)| Lesson {
            row: *row,
            labelled: true,
            weight: *weight,
        }));
        weights = Weights::fit(samples, outcomes, RULES_MAX, &lessons);
        labelled = telling(samples, &weights, &episodes);
    }
    weights.rounded()
}

/// Genuine payments: a sample that stands for all, and those that score highest.
fn taught(samples: &Samples, weights: &Weights, genuine: &[usize]) -> Vec<Lesson> {
    let every = (genuine.len() / GENUINE_MAX).max(1);
    let weight = COST * every as f64;
    let lesson = |row: usize, weight: f64| Lesson { row, labelled: false, weight };
    let mut lessons: Vec<Lesson> =
        genuine.iter().step_by(every).map(|row| lesson(*row, weight)).collect();
    let scores = weights.scores();
    let mut scored: Vec<(f64, usize)> =
        genuine.iter().map(|row| (scores.of(samples.row(*row)), *row)).collect();
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
    let scores = weights.scores();
    let mut telling = Vec::new();
    for rows in episodes.values() {
        let mut scored: Vec<(f64, usize)> =
            rows.iter().map(|row| (scores.of(samples.row(*row)), *row)).collect();
        scored.sort_by(|one, other| other.0.total_cmp(&one.0));
        let most = rows.len().div_ceil(3);
        telling.extend(scored.iter().take(most).map(|(_, row)| (*row, 1.0 / most as f64)));
    }
    telling
}
