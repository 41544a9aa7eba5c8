//! Rule 609: currencies in use.
//!
//! **Definition.** The number of currencies in which the debtor's and the creditor's accounts paid
//! or were paid in `(t - maxQueryRange, t]`, with this payment's.
//!
//! **Parameters.** `maxQueryRange`: one day.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, distinct, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "609",
    name: "Currencies in use",
    measures: "currencies",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "one currency"),
        (2.0, "two currencies"),
        (3.0, "three currencies or more"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let range_ms = parameters.whole(MaxQueryRange);
    with(scene.outgoing().and(scene.incoming()), |_| {
        let accounts = [scene.debtor, scene.creditor].into_iter().flatten();
        let sides = accounts.flat_map(|account| [&account.outgoing, &account.incoming]);
        let seen = sides.flat_map(|side| scene.others(Some(side), range_ms));
        count(distinct(seen.map(|seen| seen.currency).chain([scene.currency()])))
    })
}
