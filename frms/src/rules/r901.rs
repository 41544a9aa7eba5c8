//! Rule 901: number of outgoing transactions, debtor.
//!
//! **Definition.** The number of payments from the debtor's account in `(t - maxQueryRange, t]`, where
//! t is the time of the attempt: those committed, those attempted and not ended yet, and this one.
//! The peer is asked after a payment has ended and counts all that have, in `[t - maxQueryRange, t]`,
//! failed ones and this one among them; in its semantics so does the verdict after the commit. Before it,
//! what is under way has to count, or a burst would pass by empty counters.
//!
//! **Parameters.** `maxQueryRange`: one day. **Exits.** `.x00` when this payment has failed. `.err` when
//! the debtor's account is not known. **Bands.** `.01` below 2, `.02` at 2, `.03` from 3 on
//! (frms.md §3, row 901).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, named, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "901",
    name: "Number of outgoing transactions - debtor",
    measures: "payments from the debtor's account",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the debtor has made one payment in the window"),
        (2.0, "the debtor has made two payments in the window"),
        (3.0, "the debtor has made three or more payments in the window"),
    ]),
    exits: &[(0, "the payment was not successful")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let range_ms = parameters.whole(MaxQueryRange);
    with(scene.outgoing(), |side| count(scene.told(side, range_ms).count() + 1))
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.outgoing().unwrap_or(None), parameters.whole(MaxQueryRange))
}
