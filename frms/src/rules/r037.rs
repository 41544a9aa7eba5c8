//! Rule 037: watch list, creditor.
//!
//! **Definition.** Whether the creditor is on a watch list: a condition of kind `watch` that holds
//! at the time of the payment.
//!
//! Source: frms.md §3, row 034 to 037 (other rules).

use super::{LISTED, Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "037",
    name: "Watch list - creditor",
    measures: "the creditor",
    unit: Unit::Text,
    parameters: &[],
    outcomes: Outcomes::Cases(
        &[(LISTED, "the creditor is on a watch list")],
        "the creditor is on no watch list",
    ),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |_| Measure::Text(if scene.watched.creditor { LISTED } else { "" }))
}
