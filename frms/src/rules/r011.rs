//! Rule 011: increased account activity, volume, creditor.
//!
//! **Definition.** Payments to the creditor's account are counted in periods of
//! `evaluationIntervalTime` that end with the day of this payment, back to the first one remembered
//! (at most 400 days with payments); the newest period, with this payment and those under way, is
//! compared with the mean and the standard deviation (of the whole population) of the others. The
//! bands' limits are standard deviations above that mean. Periods are whole days (UTC), where the
//! peer's begin at the millisecond.
//!
//! **Parameters.** `evaluationIntervalTime`: 30 days.
//!
//! **Exits.** `.x00` when this payment has failed; `.x01`: there is no earlier period to compare
//! with; `.x03`: every earlier period had the same number, and this one has more; `.x04`: every
//! earlier period had the same number, and this one has no more.
//!
//! Source: frms.md §3, row 011.

use super::Parameter::EvaluationIntervalTime;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, volume, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "011",
    name: "Increased account activity: volume - creditor",
    measures: "payments to the creditor's account in this period",
    unit: Unit::Count,
    parameters: &[(EvaluationIntervalTime, 2_592_000_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the number of incoming payments is usual"),
        (3.0, "the number of incoming payments is 3 to 5 deviations above the usual"),
        (5.0, "the number of incoming payments is 5 or more deviations above the usual"),
    ]),
    exits: &[
        (0, "the payment was not successful"),
        (1, "there is no earlier period to compare with"),
        (3, "every earlier period had the same number, and this one has more"),
        (4, "every earlier period had the same number, and this one has no more"),
    ],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| volume(scene, side, parameters))
}
