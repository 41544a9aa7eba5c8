//! Rule 643: money from new payers, debtor.
//!
//! **Definition.** What accounts that had nothing to do with the debtor's before paid it in `(t -
//! maxQueryRange, t]`, settled and pending, over what the debtor's account usually pays: the
//! geometric mean of what it paid before the window, so that a rent does not hide what a purchase
//! costs. In the same currency.
//!
//! **Parameters.** `maxQueryRange`: three days, `minimumNumberOfTransactions`: 3.
//!
//! **Exits.** `.x01`: fewer than `minimumNumberOfTransactions` payments are known to compare with.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::Parameter::{MaxQueryRange, MinimumNumberOfTransactions};
use super::{
    Measure, Outcomes, Parameters, Rule, Scene, Unit, against_usual, named, of_strangers, with,
};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "643",
    name: "Money from new payers - debtor",
    measures: "times what the debtor usually pays came from new payers",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 259_200_000.0), (MinimumNumberOfTransactions, 3.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "what new payers sent is like what the debtor usually pays"),
        (4.0, "what new payers sent is 4 to 15 times what the debtor usually pays"),
        (15.0, "what new payers sent is 15 to 60 times what the debtor usually pays"),
        (60.0, "what new payers sent is 60 times what the debtor usually pays or more"),
    ]),
    exits: &[(1, "there are too few payments to compare with")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.debtor_incoming(), |side| {
        let own = scene.debtor.map(|account| &account.outgoing);
        let new = of_strangers(scene, side, None, parameters.whole(MaxQueryRange));
        against_usual(scene, own, parameters, new)
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.debtor_incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
