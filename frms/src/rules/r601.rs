//! Rule 601: sum against means, creditor.
//!
//! **Definition.** What was paid to the creditor's account in `(t - maxQueryRange, t]`, settled and
//! pending, with this payment, over what it gets in an average month: all that was ever paid to it
//! over its months, at least one. In the same currency.
//!
//! **Parameters.** `maxQueryRange`: one day.
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
    number: "601",
    name: "Sum against means - creditor",
    measures: "months' worth of what the creditor usually gets",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the sum fits what the creditor usually gets"),
        (0.5, "half to one month's worth at once"),
        (1.0, "one to two months' worth at once"),
        (2.0, "two to five months' worth at once"),
        (5.0, "five months' worth or more at once"),
    ]),
    exits: &[(1, "there is nothing to compare with")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| {
        let amounts = side.and_then(|side| side.amounts(scene.currency()));
        let first_ms = scene.creditor.map_or(i64::MAX, |account| account.first_ms);
        match amounts {
            None => Measure::Exit(1),
            Some(amounts) => {
                let months = number(scene.attempt.at_ms.saturating_sub(first_ms)) / MONTH_MS;
                let usual = money_of(amounts) / months.max(1.0);
                let sum = sum(scene, side, parameters.whole(MaxQueryRange)) + scene.amount();
                Measure::Number(sum / usual.max(0.01))
            }
        }
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
