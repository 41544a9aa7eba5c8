//! Rule 615: drain, debtor.
//!
//! **Definition.** This amount over what is left on the debtor's account as far as payments show:
//! all that it was ever paid less all that it ever paid, in the same currency.
//!
//! **Exits.** `.x01`: nothing is known to be left.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, money_of, nobody, with};
use crate::Side;

/// The rule.
pub const RULE: Rule = Rule {
    number: "615",
    name: "Drain - debtor",
    measures: "of what is left on the account",
    unit: Unit::Plain,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "a small part of what is left"),
        (0.5, "half of what is left or more"),
        (0.8, "most of what is left"),
        (1.1, "more than is known to be left"),
    ]),
    exits: &[(1, "nothing is known to be left")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| {
        let of = |side: Option<&Side>| {
            side.and_then(|side| side.amounts(scene.currency())).map_or(0.0, money_of)
        };
        let came = of(scene.debtor.map(|account| &account.incoming));
        match came - of(side) {
            left if left > 0.0 => Measure::Number(scene.amount() / left),
            _ => Measure::Exit(1),
        }
    })
}
