//! Rule 002: transaction convergence, debtor.
//!
//! **Definition.** The number of payments that the debtor's account was paid in `(t -
//! maxQueryRange, t]`: fan-in on the payer. Settled and pending ones count; this payment, which
//! leaves the account, does not.
//!
//! **Parameters.** `maxQueryRange`: one day.
//!
//! Source: frms.md §3, row 002.

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, named, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "002",
    name: "Transaction convergence - debtor",
    measures: "payments to the debtor's account",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no convergence on the debtor's account"),
        (5.0, "many payments have come to the debtor's account"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let range_ms = parameters.whole(MaxQueryRange);
    with(scene.debtor_incoming(), |side| count(scene.others(side, range_ms).count()))
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.debtor_incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
