//! Rule 653: money to new payees, debtor.
//!
//! **Definition.** What the debtor's account paid in `(t - maxQueryRange, t]`, settled and pending,
//! with this payment, to accounts that had nothing to do with it before, over its usual amount (rule
//! 640); 0 if this payee is not new. In the same currency.
//!
//! **Parameters.** `maxQueryRange`: one day, `minimumNumberOfTransactions`: 3.
//!
//! **Exits.** `.x01`: fewer than `minimumNumberOfTransactions` payments are known to compare with.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::Parameter::{MaxQueryRange, MinimumNumberOfTransactions};
use super::{
    Measure, Outcomes, Parameters, Rule, Scene, Unit, against_usual, named, of_strangers, with,
};
use crate::{Missing, PaymentId};

/// The rule.
pub const RULE: Rule = Rule {
    number: "653",
    name: "Money to new payees - debtor",
    measures: "times what the debtor usually pays, to new payees",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 86_400_000.0), (MinimumNumberOfTransactions, 3.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "what new payees get is like what the debtor usually pays"),
        (4.0, "what new payees get is 4 to 15 times what the debtor usually pays"),
        (15.0, "what new payees get is 15 to 60 times what the debtor usually pays"),
        (60.0, "what new payees get is 60 times what the debtor usually pays or more"),
    ]),
    exits: &[(1, "there are too few payments to compare with")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| match scene.attempt.creditor {
        None => Measure::Missing(Missing::CreditorAccount),
        Some(creditor) => {
            let this = Some(creditor.account.short());
            let new = of_strangers(scene, side, this, parameters.whole(MaxQueryRange));
            against_usual(scene, side, parameters, new)
        }
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.outgoing().unwrap_or(None), parameters.whole(MaxQueryRange))
}
