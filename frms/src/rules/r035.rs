//! Rule 035: watch list, creditor's account.
//!
//! **Definition.** Whether the creditor's account is on a watch list: a condition of kind `watch`
//! that holds at the time of the payment.
//!
//! Source: frms.md §3, row 034 to 037 (other rules).

use super::{LISTED, Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "035",
    name: "Watch list - creditor account",
    measures: "the creditor's account",
    unit: Unit::Text,
    parameters: &[],
    outcomes: Outcomes::Cases(
        &[(LISTED, "the creditor's account is on a watch list")],
        "the creditor's account is on no watch list",
    ),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |_| {
        Measure::Text(if scene.watched.creditor_account { LISTED } else { "" })
    })
}
