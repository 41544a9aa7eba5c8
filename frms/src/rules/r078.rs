//! Rule 078: transaction type.
//!
//! **Definition.** The kind of payment (`CtgyPurp/Prtry`): of FSPIOP's scenarios TRANSFER is MP2P,
//! PAYMENT is MP2B, WITHDRAWAL is CASH. Where the peer takes a kind that is not told for another one
//! (`.00`), it is `.err` with us.
//!
//! Source: frms.md §3, row 078.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody};
use crate::{CASH, MP2B, MP2P, Missing};

/// The rule.
pub const RULE: Rule = Rule {
    number: "078",
    name: "Transaction type",
    measures: "is the kind of payment",
    unit: Unit::Text,
    parameters: &[],
    outcomes: Outcomes::Cases(
        &[
            (MP2B, "from a person to a business"),
            (MP2P, "from a person to a person"),
            (CASH, "taken out in cash"),
        ],
        "of another kind",
    ),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    let category = scene.attempt.category.as_deref();
    category.map_or(Measure::Missing(Missing::Category), Measure::Text)
}
