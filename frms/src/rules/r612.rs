//! Rule 612: amounts just under the threshold, debtor.
//!
//! **Definition.** The number of payments from the debtor's account in `(t - maxQueryRange, t]`,
//! settled and pending, with this one, whose amount is below `threshold` by the part
//! `tolerance` of it at most; in wholes of its own currency, whichever that is. 0 if this one's is not.
//!
//! **Parameters.** `maxQueryRange`: seven days, `tolerance`: 0.15, `threshold`: 10,000.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::{MaxQueryRange, Threshold, Tolerance};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, just_under, structured, with};
use crate::{PaymentId, Seen};

/// The rule.
pub const RULE: Rule = Rule {
    number: "612",
    name: "Amounts just under the threshold - debtor",
    measures: "payments just under the threshold from the debtor's account",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 604_800_000.0), (Tolerance, 0.15), (Threshold, 10_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no payment just under the threshold"),
        (1.0, "one payment just under the threshold"),
        (2.0, "two payments just under the threshold"),
        (3.0, "three payments or more just under the threshold"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| structured(scene, side, parameters))
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    just_under(scene, scene.outgoing().unwrap_or(None), parameters).map(Seen::id).collect()
}
