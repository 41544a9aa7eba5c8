//! Rule 008: outgoing transfer similarity, creditor.
//!
//! **Definition.** Of the latest `maxQueryLimit` payments from the debtor's account, this one among
//! them: how many go to this one's creditor account. This one counts.
//!
//! **Parameters.** `maxQueryLimit`: 3.
//!
//! **Exits.** `.x00` when this payment has failed; `.x01`: there are too few payments to compare
//! with.
//!
//! Source: frms.md §3, row 008.

use super::Parameter::MaxQueryLimit;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, with};
use crate::PaymentId;
use crate::{Missing, Seen, Side};

/// The rule.
pub const RULE: Rule = Rule {
    number: "008",
    name: "Outgoing transfer similarity - creditor",
    measures: "payments to this creditor among the latest from the debtor's account",
    unit: Unit::Count,
    parameters: &[(MaxQueryLimit, 3.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no recent payments to the same creditor"),
        (2.0, "two recent payments to the same creditor"),
        (3.0, "three or more recent payments to the same creditor"),
    ]),
    exits: &[
        (0, "the payment was not successful"),
        (1, "there are too few payments to compare with"),
    ],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| match (scene.latest(side, parameters).next(), creditor(scene)) {
        (None, _) => Measure::Exit(1),
        (Some(_), None) => Measure::Missing(Missing::CreditorAccount),
        (Some(_), Some(_)) => count(same(scene, side, parameters).count() + 1),
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    same(scene, scene.outgoing().unwrap_or(None), parameters).map(Seen::id).collect()
}

fn same<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> impl Iterator<Item = &'a Seen> + use<'a> {
    let creditor = creditor(scene);
    scene.latest(side, parameters).filter(move |seen| Some(seen.counterparty) == creditor)
}

fn creditor(scene: &Scene<'_>) -> Option<u64> {
    scene.attempt.creditor.map(|creditor| creditor.account.short())
}
