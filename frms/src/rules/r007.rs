//! Rule 007: outgoing transfer similarity, descriptions.
//!
//! **Definition.** The Levenshtein distance between the descriptions (`RmtInf/Ustrd`) of this
//! payment and of the latest one that the debtor's account has paid: how many characters have to be
//! changed, added or taken away. Descriptions are disguised; that leaves the distance as it is.
//!
//! **Exits.** `.x00` when this payment has failed; `.x01`: there are too few payments to compare
//! with.
//!
//! Source: frms.md §3, row 007.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, nobody, with};
use crate::Missing;

/// The rule.
pub const RULE: Rule = Rule {
    number: "007",
    name: "Outgoing transfer similarity - descriptions",
    measures: "characters between this description and the one before",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "identical descriptions in succession"),
        (1.0, "similar descriptions in succession"),
        (5.0, "different descriptions in succession"),
    ]),
    exits: &[
        (0, "the payment was not successful"),
        (1, "there are too few payments to compare with"),
    ],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |_| {
        let before = scene.debtor.and_then(|account| account.description.as_deref());
        match (&scene.attempt.description, before) {
            (None, _) => Measure::Missing(Missing::Description),
            (Some(_), None) => Measure::Exit(1),
            (Some(now), Some(before)) => count(distance(&now.0, before)),
        }
    })
}

/// Levenshtein: the cheapest way from each beginning of one text to each beginning of the other.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let (one, other) = differing(one, other);
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, character) in one.iter().enumerate() {
        let mut diagonal = place;
        if let Some(first) = row.first_mut() {
            *first = place + 1;
        }
        let mut left = place + 1;
        for (above, known) in row.iter_mut().skip(1).zip(other) {
            let changed = diagonal + usize::from(known != character);
            diagonal = *above;
            left = changed.min(left + 1).min(diagonal + 1);
            *above = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// Without what both begin and end with, which changes no distance.
fn differing<'t>(one: &'t [u8], other: &'t [u8]) -> (&'t [u8], &'t [u8]) {
    let same = |(one, other): &(&u8, &u8)| one == other;
    let begin = one.iter().zip(other).take_while(same).count();
    let (one, other) = (&one[begin..], &other[begin..]);
    let end = one.iter().rev().zip(other.iter().rev()).take_while(same).count();
    (&one[..one.len() - end], &other[..other.len() - end])
}
