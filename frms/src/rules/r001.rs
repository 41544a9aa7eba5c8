//! Rule 001: derived account age, creditor.
//!
//! **Definition.** t less the time of the first payment that the creditor's account tried to make
//! or was paid, in milliseconds, over its whole life; this payment is not among them. The
//! peer, asked after the commit, finds this payment too: who is paid for the first time is then of
//! age 0 with it, and has never been seen with us.
//!
//! **Exits.** `.x01`: the creditor's account has never been seen.
//!
//! Source: frms.md §3, row 001.

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, milliseconds, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "001",
    name: "Derived account age - creditor",
    measures: "since the first payment of the creditor's account",
    unit: Unit::Milliseconds,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the creditor's account is less than a day old"),
        (86_400_000.0, "the creditor's account is 1 to 30 days old"),
        (2_592_000_000.0, "the creditor's account is 30 to 90 days old"),
        (7_776_000_000.0, "the creditor's account is 90 days old or older"),
    ]),
    exits: &[(1, "the creditor's account has never been seen")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |_| {
        match scene.creditor.and_then(|account| scene.first_active_ms(account)) {
            None => Measure::Exit(1),
            Some(first_ms) => milliseconds(scene.attempt.at_ms.saturating_sub(first_ms).max(0)),
        }
    })
}
