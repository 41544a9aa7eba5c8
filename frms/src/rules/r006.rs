//! Rule 006: outgoing transfer similarity, amounts.
//!
//! **Definition.** Of the latest `maxQueryLimit` payments from the debtor's account, this one among
//! them: how many have an amount within `tolerance` of this one's, in the same currency. This one
//! counts.
//!
//! **Parameters.** `maxQueryLimit`: 3, `tolerance`: a tenth.
//!
//! **Exits.** `.x00` when this payment has failed; `.x01`: there are too few payments to compare
//! with.
//!
//! Source: frms.md §3, row 006.

use super::Parameter::{MaxQueryLimit, Tolerance};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, with};
use crate::PaymentId;
use crate::{Seen, Side};

/// The rule.
pub const RULE: Rule = Rule {
    number: "006",
    name: "Outgoing transfer similarity - amounts",
    measures: "similar amounts among the latest payments from the debtor's account",
    unit: Unit::Count,
    parameters: &[(MaxQueryLimit, 3.0), (Tolerance, 0.1)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no similar amounts among the latest payments"),
        (2.0, "two similar amounts among the latest payments"),
        (3.0, "three or more similar amounts among the latest payments"),
    ]),
    exits: &[
        (0, "the payment was not successful"),
        (1, "there are too few payments to compare with"),
    ],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| match scene.latest(side, parameters).next() {
        None => Measure::Exit(1),
        Some(_) => count(alike(scene, side, parameters).count() + 1),
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    alike(scene, scene.outgoing().unwrap_or(None), parameters).map(Seen::id).collect()
}

fn alike<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> impl Iterator<Item = &'a Seen> + use<'a> {
    let alike = scene.alike(parameters.number(Tolerance));
    scene.latest(side, parameters).filter(move |seen| alike(seen))
}
