//! Rule 644: time since money came in, debtor.
//!
//! **Definition.** t less the time of the latest payment to the debtor's account, settled or
//! pending, in milliseconds.
//!
//! **Exits.** `.x01`: nothing has come in.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, milliseconds, nobody, with};
use crate::Side;

/// The rule.
pub const RULE: Rule = Rule {
    number: "644",
    name: "Time since money came in - debtor",
    measures: "since the debtor's account was last paid",
    unit: Unit::Milliseconds,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "money came in within half an hour"),
        (1_800_000.0, "money came in within three hours"),
        (10_800_000.0, "money came in within a day"),
        (86_400_000.0, "no money has come in for a day or longer"),
    ]),
    exits: &[(1, "nothing has come in")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.debtor_incoming(), |side| match latest(scene, side) {
        None => Measure::Exit(1),
        Some(last_ms) => milliseconds(scene.attempt.at_ms.saturating_sub(last_ms).max(0)),
    })
}

fn latest<'a>(scene: &Scene<'a>, side: Option<&'a Side>) -> Option<i64> {
    let seen_ms = scene.others(side, i64::MAX).map(|seen| seen.at_ms).next();
    let paid_ms = side.map(|side| side.last_ms).filter(|ms| *ms > i64::MIN);
    seen_ms.max(paid_ms)
}
