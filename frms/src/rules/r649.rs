//! Rule 649: same order again, debtor.
//!
//! **Definition.** The number of payments of the debtor's account in `(t - maxQueryRange, t]`,
//! settled and pending, of exactly this amount to this creditor's account, and this one.
//!
//! **Parameters.** `maxQueryRange`: six hours.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, with};
use crate::{Missing, PaymentId, Seen, Side};

/// The rule.
pub const RULE: Rule = Rule {
    number: "649",
    name: "Same order again - debtor",
    measures: "payments of this amount to this creditor",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 21_600_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the first of its kind"),
        (2.0, "the same order a second time"),
        (3.0, "the same order three times or more"),
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
    let creditor = scene.attempt.creditor.map(|party| party.account.short());
    let alike = scene.alike(0.0);
    let others = scene.others(side, parameters.whole(MaxQueryRange));
    others.filter(move |seen| Some(seen.counterparty) == creditor && alike(seen))
}
