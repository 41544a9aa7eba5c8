//! Rule 044: successful transactions from the debtor's account.
//!
//! **Definition.** The number of payments ever paid from the debtor's account, and this one unless it
//! has failed.
//!
//! Source: frms.md §3, row 044.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "044",
    name: "Successful transactions from the debtor, including the new transaction",
    measures: "payments from the debtor's account so far",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no payment from the debtor's account so far"),
        (1.0, "the first payment from the debtor's account"),
        (2.0, "the second payment from the debtor's account"),
        (3.0, "the third or a later payment from the debtor's account"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| {
        let paid = side.map_or(0, |side| side.paid);
        count(usize::try_from(paid).unwrap_or(usize::MAX).saturating_add(scene.this()))
    })
}
