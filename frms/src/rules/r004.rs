//! Rule 004: account dormancy, debtor.
//!
//! **Definition.** t less the latest sign of life of the debtor's account, in milliseconds: a
//! payment that it made, is making or was paid; this payment is not among them. The time is the
//! payment's own, where the peer takes the clock on the wall.
//!
//! **Exits.** `.x01`: the debtor's account has never been active.
//!
//! Source: frms.md §3, row 004.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, milliseconds, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "004",
    name: "Account dormancy - debtor",
    measures: "since the debtor's account was last active",
    unit: Unit::Milliseconds,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the debtor's account was active within 3 months"),
        (7_889_229_000.0, "the debtor's account was not active for 3 to 12 months"),
        (31_556_916_000.0, "the debtor's account was not active for 12 months or longer"),
    ]),
    exits: &[(1, "the debtor's account has never been active")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |_| {
        match scene.debtor.and_then(|account| scene.last_active_ms(account)) {
            None => Measure::Exit(1),
            Some(last_ms) => milliseconds(scene.attempt.at_ms.saturating_sub(last_ms).max(0)),
        }
    })
}
