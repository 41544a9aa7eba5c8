//! Rule 084: multiple accounts associated with a creditor.
//!
//! **Definition.** The number of accounts that the creditor is known to hold, this one among
//! them: those with which a payment was paid;
//! at most 16 are remembered.
//!
//! Source: frms.md §3, row 084.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "084",
    name: "Multiple accounts associated with a creditor",
    measures: "accounts of the creditor",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the creditor has one account"),
        (2.0, "the creditor has several accounts"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |_| {
        scene.attempt.creditor.map_or(Measure::Exit(1), |party| {
            let known = scene.features.accounts_held_by(party.entity);
            count(known.len() + usize::from(!known.contains(&party.account.short())))
        })
    })
}
