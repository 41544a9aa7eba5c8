//! Rule 610: derived account age, debtor.
//!
//! **Definition.** The mirror of rule 001: t less the time of the first payment that the debtor's
//! account tried to make or was paid, in milliseconds; this payment is not among them.
//!
//! **Exits.** `.x01`: the debtor's account has never been seen.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, milliseconds, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "610",
    name: "Derived account age - debtor",
    measures: "since the first payment of the debtor's account",
    unit: Unit::Milliseconds,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the debtor's account is less than a day old"),
        (86_400_000.0, "the debtor's account is 1 to 30 days old"),
        (2_592_000_000.0, "the debtor's account is 30 to 90 days old"),
        (7_776_000_000.0, "the debtor's account is 90 days old or older"),
    ]),
    exits: &[(1, "the debtor's account has never been seen")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |_| {
        match scene.debtor.and_then(|account| scene.first_active_ms(account)) {
            None => Measure::Exit(1),
            Some(first_ms) => milliseconds(scene.attempt.at_ms.saturating_sub(first_ms).max(0)),
        }
    })
}
