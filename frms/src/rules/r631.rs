//! Rule 631: new relations, creditor.
//!
//! **Definition.** The number of different accounts that paid the creditor's in `(t -
//! maxQueryRange, t]`, settled and pending, with this payment's, and had never dealt with it
//! before, in neither direction, with amounts like this one's: in the same currency, and the
//! smaller one lacks no more than `tolerance` of the larger one. 0 unless they did so on at least
//! three days, or each on one of its own, and 0 if this payment's own counterparty is not new.
//! Only what is out of the way for both accounts counts: each is known for 90 days, and before the
//! first that was new to it in that time it used to meet no more than `habit` new ones in 30 days;
//! the creditor's, no more than that or two fifths of the number found. Shops and cash are no
//! relations.
//!
//! **Parameters.** `maxQueryRange`: 30 days, `tolerance`: 0.5, `habit`: 1.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::{Habit, MaxQueryRange, Tolerance};
use super::relations::{creditor_meets, debtor_meets, fan};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, with};
use crate::{Missing, PaymentId, Seen};

/// The rule.
pub const RULE: Rule = Rule {
    number: "631",
    name: "New relations - creditor",
    measures: "accounts that had never dealt with it have paid the creditor's",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 2_592_000_000.0), (Tolerance, 0.5), (Habit, 1.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "nothing out of the way"),
        (2.0, "two new relations"),
        (3.0, "three new relations"),
        (4.0, "four or five new relations"),
        (6.0, "six new relations or more"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |_| match scene.attempt.debtor {
        None => Measure::Missing(Missing::DebtorAccount),
        Some(_) => count(others(scene, parameters).map_or(0, |others| others.len() + 1)),
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    let others = others(scene, parameters).unwrap_or_default();
    others.into_iter().map(Seen::id).collect()
}

fn others<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Option<Vec<&'a Seen>> {
    let own = creditor_meets(scene, parameters)?;
    debtor_meets(scene, parameters).filter(|other| other.surprises(parameters))?;
    let others = fan(scene, &own.account.incoming, parameters, &own.this);
    own.surprises_with(parameters, others.len() + 1).then_some(others)
}
