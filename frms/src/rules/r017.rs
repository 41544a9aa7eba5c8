//! Rule 017: transaction divergence, debtor.
//!
//! **Definition.** The number of payments from the debtor's account in `(t - maxQueryRange, t]`:
//! fan-out. Settled and pending ones count, and this one.
//!
//! **Parameters.** `maxQueryRange`: eight hours.
//!
//! Source: frms.md §3, row 017.

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, named, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "017",
    name: "Transaction divergence - debtor",
    measures: "payments from the debtor's account",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 28_800_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no divergence from the debtor's account"),
        (5.0, "many payments have left the debtor's account"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let range_ms = parameters.whole(MaxQueryRange);
    with(scene.outgoing(), |side| count(scene.others(side, range_ms).count() + scene.this()))
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.outgoing().unwrap_or(None), parameters.whole(MaxQueryRange))
}
