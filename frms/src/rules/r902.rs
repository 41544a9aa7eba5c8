//! Rule 902: number of incoming transactions, creditor.
//!
//! **Definition.** The mirror of rule 901 for payments to the creditor's account.
//!
//! **Parameters.** `maxQueryRange`: one day. **Exits.** `.x00` when this payment has failed. `.err` when
//! the creditor's account is not known. **Bands.** `.01` below 2, `.02` at 2, `.03` from 3 on
//! (frms.md §3, row 902).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, named, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "902",
    name: "Number of incoming transactions - creditor",
    measures: "payments to the creditor's account",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the creditor has got one payment in the window"),
        (2.0, "the creditor has got two payments in the window"),
        (3.0, "the creditor has got three or more payments in the window"),
    ]),
    exits: &[(0, "the payment was not successful")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let range_ms = parameters.whole(MaxQueryRange);
    with(scene.incoming(), |side| count(scene.told(side, range_ms).count() + 1))
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
