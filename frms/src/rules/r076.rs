//! Rule 076: time since the last transaction, debtor.
//!
//! **Definition.** Milliseconds between this payment and the one that the debtor's account made
//! before, settled or pending.
//!
//! **Exits.** `.x01`: there is no earlier payment.
//!
//! Source: frms.md §3, row 076.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, milliseconds, with};
use crate::PaymentId;
use crate::{Seen, Side};

/// The rule.
pub const RULE: Rule = Rule {
    number: "076",
    name: "Time since last transaction - debtor",
    measures: "since the debtor's last payment",
    unit: Unit::Milliseconds,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "less than a minute since the last payment"),
        (60_000.0, "one to five minutes since the last payment"),
        (300_000.0, "five minutes or longer since the last payment"),
    ]),
    exits: &[(1, "there is no earlier payment")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| match last_ms(scene, side) {
        None => Measure::Exit(1),
        Some(last_ms) => milliseconds(scene.attempt.at_ms.saturating_sub(last_ms).max(0)),
    })
}

fn contributors(scene: &Scene<'_>, _: &Parameters) -> Vec<PaymentId> {
    let side = scene.outgoing().unwrap_or(None);
    scene.others(side, i64::MAX).map(Seen::id).take(1).collect()
}

fn last_ms(scene: &Scene<'_>, side: Option<&Side>) -> Option<i64> {
    let settled = side.map(|side| side.last_ms).filter(|last_ms| *last_ms > i64::MIN);
    scene.others(side, i64::MAX).next().map(|seen| seen.at_ms).max(settled)
}
