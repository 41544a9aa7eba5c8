//! Rule 018: exceptionally large outgoing transfer, debtor.
//!
//! **Definition.** This amount over the largest that the debtor's account has paid in `(t -
//! maxQueryRange, t]` in the same currency, this payment excepted.
//!
//! **Parameters.** `maxQueryRange`: three months.
//!
//! **Exits.** `.x00` when this payment has failed; `.x01`: there are too few payments to compare
//! with.
//!
//! Source: frms.md §3, row 018.

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, money, with};
use crate::PaymentId;
use crate::Side;

/// The rule.
pub const RULE: Rule = Rule {
    number: "018",
    name: "Exceptionally large outgoing transfer - debtor",
    measures: "times the largest amount paid before",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 7_889_229_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the amount is within the limits of the past"),
        (1.5, "the amount exceeds the largest of the past by half or more"),
    ]),
    exits: &[
        (0, "the payment was not successful"),
        (1, "there are too few payments to compare with"),
    ],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| match peak(scene, side, parameters) {
        None => Measure::Exit(1),
        Some(peak) => Measure::Number(scene.amount() / money(peak.units.max(1))),
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    let side = scene.outgoing().unwrap_or(None);
    peak(scene, side, parameters).map(crate::Peak::id).into_iter().collect()
}

fn peak<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> Option<&'a crate::Peak> {
    let from_ms = scene.attempt.at_ms.saturating_sub(parameters.whole(MaxQueryRange));
    side?.amounts(scene.currency())?.peak(from_ms)
}
