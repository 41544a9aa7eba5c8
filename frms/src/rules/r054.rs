//! Rule 054: synthetic data check by Benford's law, debtor.
//!
//! **Definition.** Chi-squared of the first digits of all amounts ever paid from the debtor's
//! account in the same currency, this one among them, against Benford's law: log10(1 + 1/d), where
//! the peer's first code had three digits of it. 15.507 is its 95 % quantile with 8 degrees of
//! freedom. An amount of 0 has no first digit.
//!
//! **Parameters.** `minimumNumberOfTransactions`: 50.
//!
//! **Exits.** `.x00` when this payment has failed; `.x01`: there are too few payments to compare
//! with.
//!
//! Source: frms.md §3, row 054.

use super::Parameter::MinimumNumberOfTransactions;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, benford, nobody, with};

/// The rule.
pub const RULE: Rule = Rule {
    number: "054",
    name: "Synthetic data check - Benford's Law - debtor",
    measures: "is chi-squared of the first digits from the debtor's account",
    unit: Unit::Plain,
    parameters: &[(MinimumNumberOfTransactions, 50.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the amounts look natural"),
        (15.507, "the amounts look made up"),
    ]),
    exits: &[
        (0, "the payment was not successful"),
        (1, "there are too few payments to compare with"),
    ],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    with(scene.outgoing(), |side| benford(scene, side, parameters))
}
