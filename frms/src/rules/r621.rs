//! Rule 621: payer unknown to the creditor.
//!
//! **Definition.** How often this debtor's account has paid the creditor's before, as the
//! creditor's account remembers: the eight payers that paid last.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "621",
    name: "Payer unknown to the creditor",
    measures: "payments from this payer before",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "a new payer"),
        (1.0, "a payer who has paid once or twice"),
        (3.0, "a payer who has paid often"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| {
        let payer = scene.attempt.debtor.map(|debtor| debtor.account.short());
        let known = side.zip(payer).map(|(side, payer)| side.counterparties.count(payer));
        Measure::Number(f64::from(known.unwrap_or(0)))
    })
}
