//! Rule 074: distance over time from the last location, debtor.
//!
//! **Definition.** Kilometres between the debtor's place and that of the latest payment that was paid, over the
//! hours between the two, at least one second; only if that payment was made in `(t -
//! maxQueryRange, t]`. Distances are on a sphere with a radius of 6,371 km.
//!
//! **Parameters.** `maxQueryRange`: one hour.
//!
//! **Exits.** `.x01`: no place is known within the time.
//!
//! The peer's query is not public: this definition is ours (docs/frms-rules.md).
//!
//! Source: frms.md §3, row 074.

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, number, with};
use crate::{Missing, distance_km};

/// The rule.
pub const RULE: Rule = Rule {
    number: "074",
    name: "Distance over time from last transaction location - debtor",
    measures: "km/h since the debtor's last place",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 3_600_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the debtor walked at most"),
        (5.0, "the debtor may have cycled"),
        (15.0, "the debtor may have driven in town"),
        (50.0, "the debtor moved faster than in town"),
    ]),
    exits: &[(1, "no place is known within the time")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let Some(place) = scene.attempt.place else { return Measure::Missing(Missing::Place) };
    with(scene.outgoing(), |_| {
        let last = scene.debtor.and_then(|account| account.places.as_ref()?.last);
        let elapsed_ms = |at_ms: i64| scene.attempt.at_ms.saturating_sub(at_ms);
        let within = |at_ms: i64| elapsed_ms(at_ms) < parameters.whole(MaxQueryRange);
        match last.filter(|(_, at_ms)| within(*at_ms)) {
            None => Measure::Exit(1),
            Some((known, at_ms)) => {
                let hours = number(elapsed_ms(at_ms).max(1_000)) / 3_600_000.0;
                Measure::Number(distance_km(place, known) / hours)
            }
        }
    })
}
