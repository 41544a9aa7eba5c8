//! Rule 091: transaction amount against a regulatory threshold.
//!
//! **Definition.** The amount, in wholes of its currency, whichever that is.
//!
//! Source: frms.md §3, row 091.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody};

/// The rule.
pub const RULE: Rule = Rule {
    number: "091",
    name: "Transaction amount vs regulatory threshold",
    measures: "is the amount",
    unit: Unit::Money,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the amount is below the threshold"),
        (10_000.0, "the amount is at or above the threshold"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    Measure::Number(scene.amount())
}
