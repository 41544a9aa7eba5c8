//! Rule 045: successful transactions to the creditor's account.
//!
//! **Definition.** The number of payments ever paid to the creditor's account, and this one unless it
//! has failed.
//!
//! Source: frms.md §3, row 045.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "045",
    name: "Successful transactions to the creditor, including the new transaction",
    measures: "payments to the creditor's account so far",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no payment to the creditor's account so far"),
        (1.0, "the first payment to the creditor's account"),
        (2.0, "the second payment to the creditor's account"),
        (3.0, "the third or a later payment to the creditor's account"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| {
        let paid = side.map_or(0, |side| side.paid);
        count(usize::try_from(paid).unwrap_or(usize::MAX).saturating_add(scene.this()))
    })
}
