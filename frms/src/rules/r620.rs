//! Rule 620: known payers, creditor.
//!
//! **Definition.** The number of different accounts that have ever paid the creditor's; at most
//! eight are remembered.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "620",
    name: "Known payers - creditor",
    measures: "accounts have paid the creditor before",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "nobody has paid the creditor before"),
        (1.0, "one has paid the creditor before"),
        (2.0, "two to four have paid the creditor before"),
        (5.0, "many have paid the creditor before"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| count(side.map_or(0, |side| side.counterparties.len())))
}
