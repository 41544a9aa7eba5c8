//! Rule 603: distinct counterparties, creditor.
//!
//! **Definition.** The number of different accounts that paid the creditor's in `(t -
//! maxQueryRange, t]`, settled and pending, with this payment.
//!
//! **Parameters.** `maxQueryRange`: one day.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, distinct, named, with};
use crate::{Missing, PaymentId};

/// The rule.
pub const RULE: Rule = Rule {
    number: "603",
    name: "Distinct counterparties - creditor",
    measures: "accounts that paid the creditor's",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "few counterparties"),
        (3.0, "three or four counterparties"),
        (5.0, "five to seven counterparties"),
        (8.0, "eight to eleven counterparties"),
        (12.0, "twelve counterparties or more"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| {
        let Some(debtor) = scene.attempt.debtor else {
            return Measure::Missing(Missing::DebtorAccount);
        };
        let others = scene.others(side, parameters.whole(MaxQueryRange));
        count(distinct(others.map(|seen| seen.counterparty).chain([debtor.account.short()])))
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
