//! Rule 618: names on one account, debtor.
//!
//! **Definition.** The number of different entities under which the debtor's account was seen, with
//! this payment; at most four are remembered.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "618",
    name: "Names on one account - debtor",
    measures: "names on the debtor's account",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "one name"),
        (2.0, "two names"),
        (3.0, "three names or more"),
    ]),
    exits: &[],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, _: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |_| {
        let known = scene.debtor.map_or(&[][..], |account| account.holders.as_slice());
        let this = scene.attempt.debtor.map(|party| party.entity.short());
        let new = this.is_some_and(|this| !known.contains(&this));
        count(known.len() + usize::from(new))
    })
}
