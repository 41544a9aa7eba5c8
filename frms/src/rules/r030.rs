//! Rule 030: transfer to an unfamiliar creditor account, debtor.
//!
//! **Definition.** The number of payments that the debtor's account has ever made to the
//! creditor's, and this one. The 128 counterparties paid last are remembered.
//!
//! **Exits.** `.x00` when this payment has failed.
//!
//! Source: frms.md §3, row 030.

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, with};
use crate::{Missing, Side};

/// The rule.
pub const RULE: Rule = Rule {
    number: "030",
    name: "Transfer to unfamiliar creditor account - debtor",
    measures: "payments from this debtor to this creditor",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the first payment from this debtor to this creditor"),
        (2.0, "the second payment from this debtor to this creditor"),
        (3.0, "the third or a later payment from this debtor to this creditor"),
    ]),
    exits: &[(0, "the payment was not successful")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| match scene.attempt.creditor {
        None => Measure::Missing(Missing::CreditorAccount),
        Some(creditor) => {
            let known = |side: &Side| side.counterparties.count(creditor.account.short());
            Measure::Number(f64::from(side.map_or(0, known)) + 1.0)
        }
    })
}
