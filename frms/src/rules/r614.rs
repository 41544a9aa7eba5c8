//! Rule 614: places of payments, creditor.
//!
//! **Definition.** The number of different places, to about a kilometre, from which the creditor's
//! account was paid in `(t - maxQueryRange, t]`, settled and pending, with this payment's.
//!
//! **Parameters.** `maxQueryRange`: one day.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, distinct, named, with};
use crate::PaymentId;
use crate::{Missing, Seen};

/// The rule.
pub const RULE: Rule = Rule {
    number: "614",
    name: "Places of payments - creditor",
    measures: "places from which the creditor was paid",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "one place or none"),
        (2.0, "two places"),
        (3.0, "three or four places"),
        (5.0, "five places or more"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let this = Seen::of(scene.attempt, 0).place;
    if this == 0 {
        return Measure::Missing(Missing::Place);
    }
    with(scene.incoming(), |side| {
        let others = scene.others(side, parameters.whole(MaxQueryRange));
        let known = others.map(|seen| seen.place).filter(|place| *place != 0);
        count(distinct(known.chain([this])))
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
