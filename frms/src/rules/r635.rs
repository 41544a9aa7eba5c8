//! Rule 635: from new relations to new relations, debtor.
//!
//! **Definition.** The number of different accounts that paid the debtor's in `(t - maxQueryRange,
//! t]`, or the number that it paid, with this payment's, whichever is less, of those that had
//! never dealt with it before; settled and pending, in this payment's currency. 0 unless what was
//! paid out is at most what came in and lacks no more than `tolerance` of it, the latest payment
//! with each counted; unless all that happened on at least three days; and unless this payment's
//! creditor is new. Only what is out of the way for both accounts counts, as rule 631 says of the
//! creditor's for the debtor's here. Shops and cash are no relations.
//!
//! **Parameters.** `maxQueryRange`: 30 days, `tolerance`: 0.4, `habit`: 1.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

#![allow(clippy::float_arithmetic, reason = "a ratio; no money is counted with it")]

use super::Parameter::{Habit, MaxQueryRange, Tolerance};
use super::relations::{DAYS_MIN, chosen, creditor_meets, days, debtor_meets, mutual};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, number, with};
use crate::{Missing, PaymentId, Seen};

/// The rule.
pub const RULE: Rule = Rule {
    number: "635",
    name: "From new relations to new relations - debtor",
    measures: "new relations have paid the debtor's account and as many are paid with it",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 2_592_000_000.0), (Tolerance, 0.4), (Habit, 1.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "nothing out of the way"),
        (1.0, "from one new relation or to one"),
        (2.0, "from two new relations to two"),
        (3.0, "from three new relations or more to as many"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |_| match scene.attempt.creditor {
        None => Measure::Missing(Missing::CreditorAccount),
        Some(_) => {
            let passed = passed_on(scene, parameters);
            count(passed.map_or(0, |(came, left)| came.len().min(left.len() + 1)))
        }
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    let (came, left) = passed_on(scene, parameters).unwrap_or_default();
    let mut all: Vec<&Seen> = came.into_iter().chain(left).collect();
    all.sort_by_key(|seen| std::cmp::Reverse(seen.at_ms));
    all.into_iter().map(Seen::id).collect()
}

/// What came in from new relations, and what went out to others before this payment.
fn passed_on<'a>(
    scene: &Scene<'a>,
    parameters: &Parameters,
) -> Option<(Vec<&'a Seen>, Vec<&'a Seen>)> {
    let own = debtor_meets(scene, parameters)?;
    creditor_meets(scene, parameters).filter(|other| other.surprises(parameters))?;
    let belongs = |seen: &Seen| {
        seen.currency == own.this.currency && seen.counterparty != own.this.counterparty
    };
    let of = |side| mutual(scene, parameters, chosen(scene, side, parameters, belongs));
    let (came, left) = (of(&own.account.incoming), of(&own.account.outgoing));
    let sum = |all: &[&Seen]| all.iter().map(|seen| number(seen.units)).sum::<f64>();
    let (inflow, outflow) = (sum(&came), sum(&left) + number(own.this.units));
    let least = inflow * (1.0 - parameters.number(Tolerance));
    let passes = inflow > 0.0 && least <= outflow && outflow <= inflow;
    let surprises = own.surprises_with(parameters, came.len() + left.len() + 1);
    let on_days = days(came.iter().chain(&left).copied().chain([&own.this]));
    (passes && surprises && on_days >= DAYS_MIN).then_some((came, left))
}
