//! Rule 645: kind of payment, debtor.
//!
//! **Definition.** How many in a hundred of the payments that the debtor's account has made were of
//! this one's kind, rounded down: MP2P, MP2B, CASH, DEPOSIT or another.
//!
//! **Parameters.** `minimumNumberOfTransactions`: 5.
//!
//! **Exits.** `.x01`: fewer than `minimumNumberOfTransactions` payments are known to compare with.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::MinimumNumberOfTransactions;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, kind_share, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "645",
    name: "Kind of payment - debtor",
    measures: "in a hundred payments of the debtor's account were of this kind",
    unit: Unit::Count,
    parameters: &[(MinimumNumberOfTransactions, 5.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the debtor's account has hardly a payment of this kind"),
        (1.0, "up to one payment in ten is of this kind"),
        (10.0, "payments of this kind are usual"),
    ]),
    exits: &[(1, "there are too few payments to compare with")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| kind_share(scene, side, parameters))
}
