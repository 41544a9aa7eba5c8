//! Rule 028: age classification, debtor.
//!
//! **Definition.** The debtor's age in whole years on the day of the payment.
//!
//! Source: frms.md §3, row 028.

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody};
use crate::Missing;

/// The rule.
pub const RULE: Rule = Rule {
    number: "028",
    name: "Age classification - debtor",
    measures: "years is the debtor's age",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the debtor is younger than 18"),
        (18.0, "the debtor is 18 to 29"),
        (30.0, "the debtor is 30 to 49"),
        (50.0, "the debtor is 50 or older"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    let age = scene.attempt.debtor_age_years;
    age.map_or(Measure::Missing(Missing::DebtorAge), |years| Measure::Number(f64::from(years)))
}
