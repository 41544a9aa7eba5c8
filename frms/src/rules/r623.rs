//! Rule 623: recent inflow against means, debtor.
//!
//! **Definition.** What came to the debtor's account in `(t - maxQueryRange, t]`, settled and
//! pending, over what comes to it in an average month: all that was ever paid to it over its
//! months, at least one. In the same currency.
//!
//! **Parameters.** `maxQueryRange`: three days.
//!
//! **Exits.** `.x01`: there is nothing to compare with.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::Parameter::MaxQueryRange;
use super::{
    MONTH_MS, Measure, Outcomes, Parameters, Rule, Scene, Unit, money_of, named, number, sum, with,
};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "623",
    name: "Recent inflow against means - debtor",
    measures: "months' worth of what the debtor usually gets has come in",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 259_200_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "what came in fits what the debtor usually gets"),
        (0.5, "half to one month's worth came in at once"),
        (1.0, "one to two months' worth came in at once"),
        (2.0, "two to five months' worth came in at once"),
        (5.0, "five months' worth or more came in at once"),
    ]),
    exits: &[(1, "there is nothing to compare with")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.debtor_incoming(), |side| {
        let amounts = side.and_then(|side| side.amounts(scene.currency()));
        let first_ms = scene.debtor.map_or(i64::MAX, |account| account.first_ms);
        match amounts {
            None => Measure::Exit(1),
            Some(amounts) => {
                let months = number(scene.attempt.at_ms.saturating_sub(first_ms)) / MONTH_MS;
                let usual = money_of(amounts) / months.max(1.0);
                Measure::Number(sum(scene, side, parameters.whole(MaxQueryRange)) / usual.max(0.01))
            }
        }
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.debtor_incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
