//! Rule 624: new counterparties, debtor.
//!
//! **Definition.** The number of different accounts that the debtor's account paid in `(t -
//! maxQueryRange, t]`, settled and pending, with this payment's, and never before that time.
//!
//! **Parameters.** `maxQueryRange`: three days.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, named, with};
use crate::{Layer, PaymentId};

/// The rule.
pub const RULE: Rule = Rule {
    number: "624",
    name: "New counterparties - debtor",
    measures: "accounts that the debtor had never paid before",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 259_200_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no new counterparty"),
        (1.0, "one new counterparty"),
        (2.0, "two new counterparties"),
        (3.0, "three or four new counterparties"),
        (5.0, "five new counterparties or more"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| {
        let this = scene.attempt.creditor.map(|creditor| creditor.account.short());
        let others = scene.others(side, parameters.whole(MaxQueryRange));
        let mut paid: Vec<(u64, bool)> = others
            .map(|seen| (seen.counterparty, seen.layer == Layer::Settled))
            .chain(this.map(|this| (this, false)))
            .collect();
        paid.sort_unstable();
        let new = |paid: &&[(u64, bool)]| {
            let settled = paid.iter().filter(|(_, settled)| *settled).count();
            let ever = side
                .zip(paid.first())
                .map_or(0, |(side, (one, _))| side.counterparties.count(*one));
            usize::try_from(ever).is_ok_and(|ever| ever <= settled)
        };
        count(paid.chunk_by(|one, other| one.0 == other.0).filter(new).count())
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.outgoing().unwrap_or(None), parameters.whole(MaxQueryRange))
}
