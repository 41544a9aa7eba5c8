//! Rule 642: money from new payers, creditor.
//!
//! **Definition.** What accounts that had nothing to do with the creditor's before paid it in `(t -
//! maxQueryRange, t]`, settled and pending, with this payment, over what the creditor's account
//! usually pays (rule 641); 0 if this payer is not new. In the same currency.
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
    number: "642",
    name: "Money from new payers - creditor",
    measures: "times what the creditor usually pays, from new payers",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 86_400_000.0), (MinimumNumberOfTransactions, 3.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "what new payers sent is like what the creditor usually pays"),
        (4.0, "what new payers sent is 4 to 15 times what the creditor usually pays"),
        (15.0, "what new payers sent is 15 to 60 times what the creditor usually pays"),
        (60.0, "what new payers sent is 60 times what the creditor usually pays or more"),
    ]),
    exits: &[(1, "there are too few payments to compare with")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| match scene.attempt.debtor {
        None => Measure::Missing(Missing::DebtorAccount),
        Some(debtor) => {
            let this = Some(debtor.account.short());
            let own = scene.creditor.map(|account| &account.outgoing);
            let new = of_strangers(scene, side, this, parameters.whole(MaxQueryRange));
            against_usual(scene, own, parameters, new)
        }
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
