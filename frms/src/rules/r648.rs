//! Rule 648: busiest day, creditor.
//!
//! **Definition.** The number of payments to the creditor's account in `(t - maxQueryRange, t]`,
//! settled and pending, with this payment, over the most that were paid on one day before (UTC), of
//! the days before that window; in tenths, rounded down.
//!
//! **Parameters.** `maxQueryRange`: one day.
//!
//! **Exits.** `.x01`: no such day is known.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, against_busiest, named, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "648",
    name: "Busiest day - creditor",
    measures: "times as many payments to the creditor's account as on the busiest day before",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no busier than on the busiest day before"),
        (1.5, "busier by half than on the busiest day before"),
        (3.0, "three times as busy as on the busiest day before"),
        (5.0, "five times as busy as on the busiest day before, or more"),
    ]),
    exits: &[(1, "there are too few payments to compare with")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| against_busiest(scene, side, parameters))
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
