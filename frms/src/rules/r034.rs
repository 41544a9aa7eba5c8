//! Rule 034: watch list, debtor's account.
//!
//! **Definition.** Whether the debtor's account is on a watch list: a condition of kind `watch`
//! that holds at the time of the payment.
//!
//! Source: frms.md §3, row 034 to 037 (other rules).

use super::{LISTED, Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "034",
    name: "Watch list - debtor account",
    measures: "the debtor's account",
    unit: Unit::Text,
    parameters: &[],
    outcomes: Outcomes::Cases(
        &[(LISTED, "the debtor's account is on a watch list")],
        "the debtor's account is on no watch list",
    ),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |_| {
        Measure::Text(if scene.watched.debtor_account { LISTED } else { "" })
    })
}
