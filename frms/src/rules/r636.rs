//! Rule 636: from new relations to new relations, creditor.
//!
//! **Definition.** As rule 635, of the creditor's account: the number of different accounts that paid
//! it in `(t - maxQueryRange, t]`, with this payment's, or the number that it paid, whichever is less,
//! of those that had never dealt with it before; settled and pending, in this payment's currency. 0
//! unless what was paid out is at most what came in, with this payment, and lacks no more than
//! `tolerance` of it; unless all that happened on at least three days; and unless this payment's
//! debtor is new. It tells when the last that comes in comes after others have been paid. Only what
//! is out of the way for both accounts counts, as rule 631 says. Shops and cash are no relations.
//!
//! **Parameters.** `maxQueryRange`: 30 days, `tolerance`: 0.4, `habit`: 1.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::{Habit, MaxQueryRange, Tolerance};
use super::relations::{Passage, creditor_meets, debtor_meets, passed_on};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, count, with};
use crate::{Missing, PaymentId};

/// The rule.
pub const RULE: Rule = Rule {
    number: "636",
    name: "From new relations to new relations - creditor",
    measures: "new relations have paid the creditor's account, which has paid as many others",
    unit: Unit::Count,
    parameters: &[(MaxQueryRange, 2_592_000_000.0), (Tolerance, 0.4), (Habit, 1.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "nothing out of the way"),
        (1.0, "from one new relation or to one"),
        (2.0, "from two new relations to two"),
        (3.0, "from three new relations or more to as many"),
    ]),
    exits: &[],
    measure,
    contributors,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.incoming(), |_| match scene.attempt.debtor {
        None => Measure::Missing(Missing::DebtorAccount),
        Some(_) => {
            let passage = passage(scene, parameters);
            count(passage.map_or(0, |passage| (passage.came.len() + 1).min(passage.left.len())))
        }
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    passage(scene, parameters).map_or_else(Vec::new, Passage::contributors)
}

/// This payment is part of what comes in.
fn passage<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Option<Passage<'a>> {
    let own = creditor_meets(scene, parameters)?;
    debtor_meets(scene, parameters).filter(|other| other.surprises(parameters))?;
    let came = own.units();
    passed_on(scene, parameters, &own, (came, 0.0))
}
