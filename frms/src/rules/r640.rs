//! Rule 640: sum against the usual amount, debtor.
//!
//! **Definition.** What the debtor's account paid in `(t - maxQueryRange, t]`, settled and pending,
//! with this payment, over its usual amount: the geometric mean of what it paid before the window,
//! so that a rent does not hide what a purchase costs. In the same currency.
//!
//! **Parameters.** `maxQueryRange`: one day, `minimumNumberOfTransactions`: 3.
//!
//! **Exits.** `.x01`: fewer than `minimumNumberOfTransactions` payments are known to compare with.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::Parameter::{MaxQueryRange, MinimumNumberOfTransactions};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, against_usual, named, sum, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "640",
    name: "Sum against the usual amount - debtor",
    measures: "times what the debtor usually pays",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 86_400_000.0), (MinimumNumberOfTransactions, 3.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the sum is like what the debtor usually pays"),
        (4.0, "the sum is 4 to 15 times what the debtor usually pays"),
        (15.0, "the sum is 15 to 60 times what the debtor usually pays"),
        (60.0, "the sum is 60 times what the debtor usually pays or more"),
    ]),
    exits: &[(1, "there are too few payments to compare with")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| {
        let paid = sum(scene, side, parameters.whole(MaxQueryRange)) + scene.amount();
        against_usual(scene, side, parameters, paid)
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.outgoing().unwrap_or(None), parameters.whole(MaxQueryRange))
}
