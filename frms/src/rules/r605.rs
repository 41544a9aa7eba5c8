//! Rule 605: outflow against inflow, debtor.
//!
//! **Definition.** What has left the debtor's account in `(t - maxQueryRange, t]`, with this
//! payment, over what has come to it in that time; settled and pending, in the same currency.
//!
//! **Parameters.** `maxQueryRange`: one day.
//!
//! **Exits.** `.x01`: nothing came in.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

#![allow(clippy::float_arithmetic, reason = "statistics; no money is counted with them")]

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, named, sum, with};
use crate::PaymentId;

/// The rule.
pub const RULE: Rule = Rule {
    number: "605",
    name: "Outflow against inflow - debtor",
    measures: "of what came in has left again",
    unit: Unit::Plain,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "less than half of what came in has left again"),
        (0.5, "half to four fifths of what came in has left again"),
        (0.8, "about what came in has left again"),
        (1.1, "more has left than came in"),
    ]),
    exits: &[(1, "nothing came in")],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let range_ms = parameters.whole(MaxQueryRange);
    with(scene.debtor_incoming(), |incoming| {
        let came = sum(scene, incoming, range_ms);
        let outgoing = scene.debtor.map(|account| &account.outgoing);
        match came > 0.0 {
            false => Measure::Exit(1),
            true => Measure::Number((sum(scene, outgoing, range_ms) + scene.amount()) / came),
        }
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    named(scene, scene.debtor_incoming().unwrap_or(None), parameters.whole(MaxQueryRange))
}
