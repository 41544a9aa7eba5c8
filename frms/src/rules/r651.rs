//! Rule 651: travel beyond habit, debtor.
//!
//! **Definition.** Rule 074, for accounts whose places hang together. Says nothing where places say
//! nothing about the debtor: of an account whose payments are habitually made far from the one
//! before (more than 30 km, of more than `tolerance` of them), as of one that buys over the net at
//! the merchant's place.
//!
//! **Parameters.** `maxQueryRange`: three hours, `tolerance`: 0.2, `minimumNumberOfTransactions`: 4.
//!
//! **Exits.** `.x01`: no place is known within the time, or too few to tell a habit; `.x03`: the
//! debtor's places are scattered habitually.
//!
//! Ours; the peer has no such rule (docs/frms-rules.md).

use super::Parameter::{MaxQueryRange, MinimumNumberOfTransactions, Tolerance};
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, at_places, nobody, r074};

/// The rule.
pub const RULE: Rule = Rule {
    number: "651",
    name: "Travel beyond habit - debtor",
    measures: "km/h since the debtor's last place",
    unit: Unit::Plain,
    parameters: &[
        (MaxQueryRange, 10_800_000.0),
        (Tolerance, 0.2),
        (MinimumNumberOfTransactions, 4.0),
    ],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the debtor moved as people do in a town"),
        (50.0, "the debtor moved faster than in town"),
        (150.0, "the debtor flew"),
        (500.0, "nobody travels so fast"),
    ]),
    exits: &[
        (1, "no habit or no place is known"),
        (3, "the debtor's places are scattered habitually"),
    ],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    at_places(scene, parameters, |_, _| (r074::RULE.measure)(scene, parameters))
}
