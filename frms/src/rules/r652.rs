//! Rule 652: place beyond habit, debtor.
//!
//! **Definition.** The number of earlier payments of the debtor's account that were made within
//! `maxRadius` kilometres of this one's place, as rule 075, for accounts whose places hang together.
//! Says nothing where places say nothing about the debtor: of an account whose payments are
//! habitually made far from the one before (more than 30 km, of more than `tolerance` of them), as
//! of one that buys over the net at the merchant's place.
//!
//! **Parameters.** `maxRadius`: 25 km, `tolerance`: 0.2, `minimumNumberOfTransactions`: 4.
//!
//! **Exits.** `.x01`: too few places are known to tell a habit; `.x03`: the debtor's places are
//! scattered habitually.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::{MaxRadius, MinimumNumberOfTransactions, Tolerance};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, at_places, nobody, number};

/// The rule.
pub const RULE: Rule = Rule {
    number: "652",
    name: "Place beyond habit - debtor",
    measures: "earlier payments near this place",
    unit: Unit::Count,
    parameters: &[(MaxRadius, 25.0), (Tolerance, 0.2), (MinimumNumberOfTransactions, 4.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the debtor has never paid near this place"),
        (1.0, "the debtor has paid once or twice near this place"),
        (3.0, "the debtor often pays near this place"),
    ]),
    exits: &[(1, "no habit is known"), (3, "the debtor's places are scattered habitually")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    at_places(scene, parameters, |places, place| {
        let near = places.within(place, parameters.number(MaxRadius));
        Measure::Number(number(i64::try_from(near).unwrap_or(i64::MAX)))
    })
}
