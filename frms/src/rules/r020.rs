//! Rule 020: large transaction amount against history, creditor.
//!
//! **Definition.** This amount against the mean and the standard deviation (of the whole
//! population) of all amounts ever paid to the creditor's account in the same currency, this
//! payment excepted. The bands' limits are standard deviations above that mean.
//!
//! **Exits.** `.x00` when this payment has failed; `.x01`: there are too few payments to compare
//! with; `.x03`: every earlier amount was the same, and this one is larger; `.x04`: every earlier
//! amount was the same, and this one is no larger.
//!
//! Source: frms.md §3, row 020.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, spread, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "020",
    name: "Large transaction amount vs history - creditor",
    measures: "is the amount",
    unit: Unit::Money,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the amount is usual for the creditor"),
        (3.0, "the amount is 3 to 5 deviations above what is usual for the creditor"),
        (5.0, "the amount is 5 or more deviations above what is usual for the creditor"),
    ]),
    exits: &[
        (0, "the payment was not successful"),
        (1, "there are too few payments to compare with"),
        (3, "every earlier amount was the same, and this one is larger"),
        (4, "every earlier amount was the same, and this one is no larger"),
    ],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| match side.and_then(|side| side.amounts(scene.currency())) {
        None => Measure::Exit(1),
        Some(amounts) => spread(scene.amount(), &amounts.moments, 10_000.0),
    })
}
