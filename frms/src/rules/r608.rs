//! Rule 608: hour of the day.
//!
//! **Definition.** The hour of the payment, in UTC: a scheme that lives elsewhere configures the
//! bands to its own nights.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, milliseconds, nobody};

/// The rule.
pub const RULE: Rule = Rule {
    number: "608",
    name: "Hour of the day",
    measures: "is the hour",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "at night"),
        (6.0, "by day"),
        (22.0, "late in the evening"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    milliseconds(scene.attempt.at_ms.div_euclid(3_600_000).rem_euclid(24))
}
