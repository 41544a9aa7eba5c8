//! Rule 625: new counterparties with similar amounts, creditor.
//!
//! **Definition.** The number of different accounts that paid the creditor's in `(t -
//! maxQueryRange, t]`, settled and pending, with this payment's, that had nothing to do with it
//! before that time, with amounts within `tolerance` of this one's, in the same currency; 0 if this
//! payment's own counterparty is not new.
//!
//! **Parameters.** `maxQueryRange`: 30 days, `tolerance`: 0.4.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::{MaxQueryRange, Tolerance};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, strangers, with};
use crate::{Missing, PaymentId, Seen};

/// The rule.
pub const RULE: Rule = Rule {
    number: "625",
    name: "New counterparties with similar amounts - creditor",
    measures: "new accounts that paid the creditor's, with similar amounts",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 2_592_000_000.0), (Tolerance, 0.4)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no or one new counterparty"),
        (2.0, "two new counterparties with similar amounts"),
        (3.0, "three new counterparties with similar amounts"),
        (4.0, "four new counterparties or more with similar amounts"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let this = scene.attempt.debtor.map(|party| party.account.short());
    with(scene.incoming(), |side| match this {
        None => Measure::Missing(Missing::DebtorAccount),
        Some(_) => count(strangers(scene, side, this, parameters).len()),
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    let this = scene.attempt.debtor.map(|party| party.account.short());
    let side = scene.incoming().unwrap_or(None);
    let strangers = strangers(scene, side, this, parameters);
    let others = scene.others(side, parameters.whole(MaxQueryRange));
    others.filter(|seen| strangers.contains(&seen.counterparty)).map(Seen::id).collect()
}
