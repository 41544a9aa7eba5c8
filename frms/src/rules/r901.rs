//! Rule 901: number of outgoing transactions, debtor.
//!
//! **Definition.** The number of payments from the debtor's account in `(t - maxQueryRange, t]`, where
//! t is the time of the attempt: those committed, those attempted and not ended yet, and this one.
//! The peer counts committed ones only, this one among them, since it is asked after the commit; before
//! it, what is under way has to count, or a burst would pass by empty counters.
//!
//! **Parameters.** `maxQueryRange`: one day. **Exits.** `.x00` when this payment has failed. `.err` when
//! the debtor's account is not known. **Bands.** `.01` below 2, `.02` at 2, `.03` from 3 on
//! (frms.md §3, row 901).

use super::{Measure, Parameters, Rule, Scene, count, failed, named};
use crate::{Missing, PaymentId};

/// The rule.
pub const RULE: Rule = Rule {
    number: "901",
    name: "Number of outgoing transactions - debtor",
    counts: "payments from the debtor's account",
    window_ms: 86_400_000,
    bands: &[
        (0, "the debtor has made one payment in the window"),
        (2, "the debtor has made two payments in the window"),
        (3, "the debtor has made three or more payments in the window"),
    ],
    exits: &[(0, "the payment was not successful")],
    measure,
    contributors,
};

fn measure(scene: &Scene<'_>, parameters: Parameters) -> Measure {
    if failed(scene) {
        return Measure::Exit(0);
    }
    if scene.attempt.debtor.is_none() {
        return Measure::Undecided(Missing::DebtorAccount);
    }
    let side = scene.debtor.map(|account| &account.outgoing);
    Measure::Value(count(scene, side, parameters))
}

fn contributors(scene: &Scene<'_>, parameters: Parameters) -> Vec<PaymentId> {
    named(scene, scene.debtor.map(|account| &account.outgoing), parameters)
}
