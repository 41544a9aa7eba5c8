//! Rule 635: from new relations to new relations, debtor.
//!
//! **Definition.** The number of different accounts that paid the debtor's in `(t - maxQueryRange,
//! t]`, or the number that it paid, with this payment's, whichever is less, of those that had
//! never dealt with it before; settled and pending, in this payment's currency. 0 unless what was
//! paid out is at most what came in and lacks no more than `tolerance` of it, the latest payment
//! with each counted; unless all that happened on at least three days; and unless this payment's
//! creditor is new. Only what is out of the way for both accounts counts, as rule 631 says of the
//! creditor's for the debtor's here. Shops and cash are no relations.
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
    number: "635",
    name: "From new relations to new relations - debtor",
    measures: "new relations have paid the debtor's account and as many are paid with it",
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
    with(scene.outgoing(), |_| match scene.attempt.creditor {
        None => Measure::Missing(Missing::CreditorAccount),
        Some(_) => {
            let passage = passage(scene, parameters);
            count(passage.map_or(0, |passage| passage.came.len().min(passage.left.len() + 1)))
        }
    })
}

fn contributors(scene: &Scene<'_>, parameters: &Parameters) -> Vec<PaymentId> {
    passage(scene, parameters).map_or_else(Vec::new, Passage::contributors)
}

/// This payment is part of what is paid out.
fn passage<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Option<Passage<'a>> {
    let own = debtor_meets(scene, parameters)?;
    creditor_meets(scene, parameters).filter(|other| other.surprises(parameters))?;
    let out = own.units();
    passed_on(scene, parameters, &own, (0.0, out))
}
