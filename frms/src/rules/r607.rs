//! Rule 607: transfer between own accounts.
//!
//! **Definition.** Whether debtor and creditor are the same entity.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody};
use crate::Missing;

/// The rule.
pub const RULE: Rule = Rule {
    number: "607",
    name: "Transfer between own accounts",
    measures: "is the relation of debtor and creditor",
    unit: Unit::Text,
    parameters: &[],
    outcomes: Outcomes::Cases(
        &[(OWN, "debtor and creditor are the same")],
        "debtor and creditor differ",
    ),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    match (scene.attempt.debtor, scene.attempt.creditor) {
        (None, _) => Measure::Missing(Missing::DebtorAccount),
        (_, None) => Measure::Missing(Missing::CreditorAccount),
        (Some(debtor), Some(creditor)) => {
            Measure::Text(if debtor.entity == creditor.entity { OWN } else { "" })
        }
    }
}

/// To oneself.
const OWN: &str = "own";
