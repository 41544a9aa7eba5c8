//! Rule 622: cash taken out of what came in, debtor.
//!
//! **Definition.** If this payment is taken out in cash (category `CASH`): what was taken out in
//! cash from the debtor's account in `(t - maxQueryRange, t]`, with this payment, over what came to
//! it in that time; settled and pending, in the same currency. Else 0.
//!
//! **Parameters.** `maxQueryRange`: three days.
//!
//! **Exits.** `.x01`: nothing came in.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, money, named, sum, with};
use crate::{Kind, PaymentId, Seen};

/// The rule.
pub const RULE: Rule = Rule {
    number: "622",
    name: "Cash taken out of what came in - debtor",
    measures: "of what came in is taken out in cash",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 259_200_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no cash, or little of what came in"),
        (0.3, "a third of what came in or more is taken out in cash"),
        (0.7, "most of what came in is taken out in cash"),
        (1.1, "more than came in is taken out in cash"),
    ]),
    exits: &[(1, "nothing came in")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let range_ms = parameters.whole(MaxQueryRange);
    with(scene.debtor_incoming(), |incoming| {
        let came = sum(scene, incoming, range_ms);
        let outgoing = scene.debtor.map(|account| &account.outgoing);
        let cash = |seen: &&Seen| seen.kind == Kind::Cash && seen.currency == scene.currency();
        let taken = scene.others(outgoing, range_ms).filter(cash).map(|seen| money(seen.units));
        match (Kind::of(scene.attempt), came > 0.0) {
            (Kind::Cash, true) => Measure::Number((taken.sum::<f64>() + scene.amount()) / came),
            (Kind::Cash, false) => Measure::Exit(1),
            _ => Measure::Number(0.0),
        }
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.debtor_incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
