//! Rule 606: payments to the same creditor, debtor.
//!
//! **Definition.** The number of payments from the debtor's account to the creditor's in `(t -
//! maxQueryRange, t]`, settled and pending, with this one.
//!
//! **Parameters.** `maxQueryRange`: one day.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, with};
use crate::PaymentId;
use crate::{Missing, Seen, Side};

/// The rule.
pub const RULE: Rule = Rule {
    number: "606",
    name: "Payments to the same creditor - debtor",
    measures: "payments from this debtor to this creditor in the window",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "one payment to this creditor"),
        (2.0, "two payments to this creditor"),
        (3.0, "three or four payments to this creditor"),
        (5.0, "five payments or more to this creditor"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| match scene.attempt.creditor {
        None => Measure::Missing(Missing::CreditorAccount),
        Some(_) => count(same(scene, side, parameters).count() + 1),
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
    let creditor = scene.attempt.creditor.map(|creditor| creditor.account.short());
    let others = scene.others(side, parameters.whole(MaxQueryRange));
    others.filter(move |seen| Some(seen.counterparty) == creditor)
}
