//! Rule 650: age, creditor.
//!
//! **Definition.** The age in years that the holder of the creditor's account told in the latest
//! payment that it made and that said one.
//!
//! **Exits.** `.x01`: it has told none.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "650",
    name: "Age classification - creditor",
    measures: "years is the creditor's age",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "a child"),
        (18.0, "a young adult"),
        (26.0, "an adult"),
        (65.0, "of an age of rest"),
    ]),
    exits: &[(1, "the creditor's age is not known")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |_| match scene.creditor.and_then(|account| account.age_years) {
        None => Measure::Exit(1),
        Some(years) => Measure::Number(f64::from(years)),
    })
}
