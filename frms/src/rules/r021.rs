//! Rule 021: a large number of similar transaction amounts, creditor.
//!
//! **Definition.** The number of payments to the creditor's account in `(t - maxQueryRange, t]`
//! whose amount is within `tolerance` of this one's, in the same currency. Settled and pending ones
//! count, and this one.
//!
//! **Parameters.** `maxQueryRange`: one day, `tolerance`: a tenth.
//!
//! **Exits.** `.x00` when this payment has failed; `.x01`: there are too few payments to compare
//! with.
//!
//! Source: frms.md §3, row 021.

use super::Parameter::{MaxQueryRange, Tolerance};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, with};
use crate::PaymentId;
use crate::{Seen, Side};

/// The rule.
pub const RULE: Rule = Rule {
    number: "021",
    name: "A large number of similar transaction amounts - creditor",
    measures: "similar amounts paid to the creditor's account",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 86_400_000.0), (Tolerance, 0.1)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "few payments of the same amount to the creditor"),
        (4.0, "many payments of the same amount to the creditor"),
    ]),
    exits: &[
        (0, "the payment was not successful"),
        (1, "there are too few payments to compare with"),
    ],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |side| {
        let under_way = scene.others(side, parameters.whole(MaxQueryRange)).next().is_some();
        match under_way || side.is_some_and(|side| side.paid > 0) {
            false => Measure::Exit(1),
            true => count(alike(scene, side, parameters).count() + 1),
        }
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    alike(scene, scene.incoming().unwrap_or(None), parameters).map(Seen::id).collect()
}

fn alike<'a>(
    scene: &Scene<'a>,
    side: Option<&'a Side>,
    parameters: &Parameters,
) -> impl Iterator<Item = &'a Seen> + use<'a> {
    let alike = scene.alike(parameters.number(Tolerance));
    scene.others(side, parameters.whole(MaxQueryRange)).filter(move |seen| alike(seen))
}
