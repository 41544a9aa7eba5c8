//! Rule 024: non-commissioned transaction mirroring, creditor.
//!
//! **Definition.** The latest payments of what the creditor's account has paid out in `(t -
//! maxQueryRange, t]`, in the same currency, are added up one by one, the newest first: the number
//! k with which their sum is within `tolerance` of this amount for the first time. 1: a single
//! payment is mirrored; 2 or more: several are gathered into one. Money comes back that went out
//! just before.
//!
//! **Parameters.** `maxQueryRange`: one day, `tolerance`: a tenth.
//!
//! **Exits.** `.x00` when this payment has failed; `.x01`: the creditor's account has no such
//! payments; `.x03`: nothing is mirrored.
//!
//! The peer publishes neither the direction nor the order: this definition is ours (docs/frms-
//! rules.md).
//!
//! Source: frms.md §3, row 024.

use super::Parameter::{MaxQueryRange, Tolerance};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, mirrored, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "024",
    name: "Non-commissioned transaction mirroring - creditor",
    measures: "payments of what the creditor's account has paid out that add up to this one",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0), (Tolerance, 0.1)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "one payment is mirrored"),
        (2.0, "several payments are mirrored by one"),
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
    with(scene.creditor_outgoing(), |side| mirrored(scene, side, parameters, 0.0).measure())
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    let side = scene.creditor_outgoing().unwrap_or(None);
    mirrored(scene, side, parameters, 0.0).payments()
}
