//! Rule 902: number of incoming transactions, creditor.
//!
//! **Definition.** The number of payments to the creditor's account in `(t - maxQueryRange, t]`, counted
//! as rule 901 does: committed, under way, and this one.
//!
//! **Parameters.** `maxQueryRange`: one day. **Exits.** `.x00` when this payment has failed. `.err` when
//! the creditor's account is not known. **Bands.** `.01` below 2, `.02` at 2, `.03` from 3 on
//! (frms.md §3, row 902).

use super::{Measure, Parameters, Rule, Scene, count, failed, named};
use crate::{Missing, PaymentId};

/// The rule.
pub const RULE: Rule = Rule {
    number: "902",
    name: "Number of incoming transactions - creditor",
    counts: "payments to the creditor's account",
    window_ms: 86_400_000,
    bands: &[
        (0, "the creditor has received one payment in the window"),
        (2, "the creditor has received two payments in the window"),
        (3, "the creditor has received three or more payments in the window"),
    ],
    exits: &[(0, "the payment was not successful")],
    measure,
    contributors,
};

fn measure(scene: &Scene<'_>, parameters: Parameters) -> Measure {
    if failed(scene) {
        return Measure::Exit(0);
    }
    if scene.attempt.creditor.is_none() {
        return Measure::Undecided(Missing::CreditorAccount);
    }
    let side = scene.creditor.map(|account| &account.incoming);
    Measure::Value(count(scene, side, parameters))
}

fn contributors(scene: &Scene<'_>, parameters: Parameters) -> Vec<PaymentId> {
    named(scene, scene.creditor.map(|account| &account.incoming), parameters)
}
