//! Rule 083: multiple accounts associated with a debtor.
//!
//! **Definition.** The number of accounts that the debtor is known to hold, this one among them: those
//! with which a payment was paid; at
//! most 16 are remembered.
//!
//! Source: frms.md §3, row 083.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "083",
    name: "Multiple accounts associated with a debtor",
    measures: "accounts of the debtor",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the debtor has one account"),
        (2.0, "the debtor has several accounts"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |_| {
        scene.attempt.debtor.map_or(Measure::Exit(1), |party| {
            let known = scene.features.accounts_held_by(party.entity);
            count(known.len() + usize::from(!known.contains(&party.account.short())))
        })
    })
}
