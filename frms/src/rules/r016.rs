//! Rule 016: transaction convergence, creditor.
//!
//! **Definition.** The number of payments to the creditor's account in `(t - maxQueryRange, t]`:
//! fan-in on the payee. Settled and pending ones count, and this one.
//!
//! **Parameters.** `maxQueryRange`: one day.
//!
//! Source: frms.md §3, row 016.

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, named, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "016",
    name: "Transaction convergence - creditor",
    measures: "payments to the creditor's account",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no convergence on the creditor's account"),
        (5.0, "many payments have come to the creditor's account"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let range_ms = parameters.whole(MaxQueryRange);
    with(scene.incoming(), |side| count(scene.others(side, range_ms).count() + scene.this()))
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
