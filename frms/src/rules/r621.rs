//! Rule 621: payer unknown to the creditor.
//!
//! **Definition.** How often this debtor's account has paid the creditor's before, as the
//! creditor's account remembers: the 24 payers that paid last.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, with};
use crate::Missing;

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
    with(scene.incoming(), |side| match scene.attempt.debtor {
        None => Measure::Missing(Missing::DebtorAccount),
        Some(debtor) => {
            let known = side.map(|side| side.counterparties.count(debtor.account.short()));
            Measure::Number(f64::from(known.unwrap_or(0)))
        }
    })
}
