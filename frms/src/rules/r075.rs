//! Rule 075: distance from habitual locations, debtor.
//!
//! **Definition.** The number of earlier payments of the debtor's account that were made within
//! `maxRadius` kilometres of this one's place; the 32 places visited most are remembered, to about
//! a hundred metres.
//!
//! **Parameters.** `maxRadius`: 5 km.
//!
//! **Exits.** `.x01`: no place of the debtor is known.
//!
//! The peer's query is not public: this definition is ours (docs/frms-rules.md).
//!
//! Source: frms.md §3, row 075.

use super::Parameter::MaxRadius;
use super::{Measure, Outcomes, Parameters, Rule, Scene, Unit, nobody, number, with};
use crate::Missing;

/// The rule.
pub const RULE: Rule = Rule {
    number: "075",
    name: "Distance from habitual locations - debtor",
    measures: "earlier payments near this place",
    unit: Unit::Count,
    parameters: &[(MaxRadius, 5.0)],
    outcomes: Outcomes::Bands(&[
        (f64::NEG_INFINITY, "the debtor has never paid near this place"),
        (1.0, "the debtor has paid once or twice near this place"),
        (3.0, "the debtor often pays near this place"),
    ]),
    exits: &[(1, "no place of the debtor is known")],
    measure,
    contributors: nobody,
};

fn measure<'a>(scene: &Scene<'a>, parameters: &Parameters) -> Measure<'a> {
    let Some(place) = scene.attempt.place else { return Measure::Missing(Missing::Place) };
    with(scene.outgoing(), |_| match scene.debtor.and_then(|account| account.places.as_ref()) {
        None => Measure::Exit(1),
        Some(places) => Measure::Number(number(
            i64::try_from(places.within(place, parameters.number(MaxRadius))).unwrap_or(i64::MAX),
        )),
    })
}
