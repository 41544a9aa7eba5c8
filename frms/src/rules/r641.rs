//! Rule 641: sum against what the creditor usually pays.
//!
//! **Definition.** What was paid to the creditor's account in `(t - maxQueryRange, t]`, settled and
//! pending, with this payment, over what that account usually pays: the geometric mean of what it
//! paid before the window, so that a rent does not hide what a purchase costs. In the same currency.
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
    number: "641",
    name: "Sum against what the creditor usually pays",
    measures: "times what the creditor usually pays",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 86_400_000.0), (MinimumNumberOfTransactions, 3.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the sum is like what the creditor usually pays"),
        (4.0, "the sum is 4 to 15 times what the creditor usually pays"),
        (15.0, "the sum is 15 to 60 times what the creditor usually pays"),
        (60.0, "the sum is 60 times what the creditor usually pays or more"),
    ]),
    exits: &[(1, "there are too few payments to compare with")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| {
        let paid = sum(scene, side, parameters.whole(MaxQueryRange)) + scene.amount();
        let own = scene.creditor.map(|account| &account.outgoing);
        against_usual(scene, own, parameters, paid)
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
