//! Rule 026: commissioned transaction mirroring, creditor.
//!
//! **Definition.** The latest payments of what the creditor's account has paid out in `(t -
//! maxQueryRange, t]`, in the same currency, are added up one by one, the newest first: the number
//! k with which their sum less a `commission` is within `tolerance` of this amount for the first
//! time. 1: a single payment is mirrored; 2 or more: several are gathered into one. Money comes
//! back that went out just before.
//!
//! **Parameters.** `maxQueryRange`: one day, `commission`: a tenth, `tolerance`: a tenth.
//!
//! **Exits.** `.x00` when this payment has failed; `.x01`: the creditor's account has no such
//! payments; `.x03`: nothing is mirrored.
//!
//! The peer publishes neither the direction nor the order: this definition is ours (docs/frms-
//! rules.md).
//!
//! Source: frms.md §3, row 026.

use super::Parameter::{Commission, MaxQueryRange, Tolerance};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, mirrored, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "026",
    name: "Commissioned transaction mirroring - creditor",
    measures: "payments of what the creditor's account has paid out that add up to this one",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0), (Commission, 0.1), (Tolerance, 0.1)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "one payment, less a commission, is mirrored"),
        (2.0, "several payments, less a commission, are mirrored by one"),
    ]),
    exits: &[
        (0, "the payment was not successful"),
        (1, "the creditor's account has no such payments"),
        (3, "nothing is mirrored"),
    ],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.creditor_outgoing(), |side| {
        mirrored(scene, side, parameters, parameters.number(Commission)).measure()
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    let side = scene.creditor_outgoing().unwrap_or(None);
    mirrored(scene, side, parameters, parameters.number(Commission)).payments()
}
