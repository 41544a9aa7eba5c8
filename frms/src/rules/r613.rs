//! Rule 613: cash deposits, creditor.
//!
//! **Definition.** The number of cash deposits (category `DEPOSIT`) to the creditor's account in
//! `(t - maxQueryRange, t]`, settled and pending, with this one; 0 if this one is none.
//!
//! **Parameters.** `maxQueryRange`: seven days.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MaxQueryRange;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, with};
use crate::PaymentId;
use crate::{Kind, Seen, Side};

/// The rule.
pub const RULE: Rule = Rule {
    number: "613",
    name: "Cash deposits - creditor",
    measures: "cash deposits to the creditor's account",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 604_800_000.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "no cash deposit"),
        (1.0, "one cash deposit"),
        (2.0, "two or three cash deposits"),
        (4.0, "four cash deposits or more"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| match Kind::of(scene.attempt) {
        Kind::Deposit => count(deposits(scene, side, parameters).count() + 1),
        _ => count(0),
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    deposits(scene, scene.incoming().unwrap_or(None), parameters).map(Seen::id).collect()
}

fn deposits<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> impl Iterator<Item = &'a Seen> + use<'a> {
    let others = scene.others(side, parameters.whole(MaxQueryRange));
    others.filter(|seen| seen.kind == Kind::Deposit)
}
