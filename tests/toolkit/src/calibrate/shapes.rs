//! Typologies for shapes in the graph of accounts: what launderers do over weeks, among accounts that
//! had never dealt with each other. They are made by hand, of rules 631 to 636 as they are: a weight is
//! a hundred for each account or payment that a rule counts. Bands and thresholds were chosen by a
//! person who had seen seed 11 of both generators, and 12, 13 and 21 to 24 of the second
//! (docs/frms-typologies.md); nothing was learnt.

use serde_json::{Value, json};

/// Alerts in 10,000 payments that they raise on the first generator (15 on seed 3): the thresholds of
/// all others are found for the rest.
pub const ALERTS: f64 = 16.0;

/// A typology: the shape that it finds.
struct ShapeDesign {
    name: &'static str,
    /// What it finds, for people.
    description: &'static str,
    /// Rules with the weights of their bands from `.01` on.
    terms: &'static [(&'static str, &'static [u32])],
    /// The least score that alerts. Laundering never interdicts.
    alert: u32,
}

const fn shape(
    name: &'static str,
    description: &'static str,
    terms: &'static [(&'static str, &'static [u32])],
    alert: u32,
) -> ShapeDesign {
    ShapeDesign { name, description, terms, alert }
}

/// Bands of rules 631 and 632 begin at 2, 3, 4 and 6.
const FAN: &[u32] = &[0, 200, 300, 400, 600];
/// Where a fan is only a part of the shape, more of it is no more evidence.
const PART: &[u32] = &[0, 200, 300, 300, 300];
/// Payments of a chain.
const CHAIN: &[u32] = &[0, 200, 300, 400];
/// That something is passed on at all tells as much as a fan of two.
const PASSED: &[u32] = &[0, 200, 200, 200];

/// Scores come in hundreds. A threshold lies halfway below the least that alerts, so that a score by
/// its threshold says how clear a case is, as it does where scores are fine.
const HALF_A_STEP: u32 = 50;

/// The shapes.
const SHAPES: [ShapeDesign; 10] = [
    shape("fan-in", "an account is paid by several that it never dealt with", &[("631", FAN)], 300),
    shape("fan-out", "an account pays several that it never dealt with", &[("632", FAN)], 400),
    shape(
        "cycle",
        "money comes back over accounts that never dealt with each other",
        &[("633", &[0, 300, 400, 500])],
        300,
    ),
    shape(
        "random-walk",
        "a sum goes on and on, each time to an account that was never dealt with",
        &[("634", CHAIN)],
        300,
    ),
    shape(
        "gather-scatter",
        "what several new relations paid in goes out to several others",
        &[("635", &[0, 100, 200, 300])],
        200,
    ),
    shape(
        "bipartite",
        "several pay several others, none of whom had dealt with each other",
        &[("631", PART), ("632", PART)],
        500,
    ),
    shape(
        "scatter-gather",
        "what new relations passed on comes together again from several",
        &[("634", CHAIN), ("631", PART)],
        400,
    ),
    shape(
        "layers",
        "what new relations passed on goes out to several others",
        &[("634", CHAIN), ("632", PART)],
        500,
    ),
    shape(
        "stack",
        "what new relations paid in goes out to several others with similar amounts",
        &[("632", PART), ("635", PASSED)],
        400,
    ),
    shape(
        "stack-last-in",
        "several new relations pay in what has gone out to others before",
        &[("631", PART), ("636", PASSED)],
        400,
    ),
];

/// All of them, in the peer's format.
pub fn typologies() -> impl Iterator<Item = Value> {
    SHAPES.iter().map(ShapeDesign::entry)
}

impl ShapeDesign {
    fn entry(&self) -> Value {
        let weights = |weights: &[u32]| {
            let failing = json!({ "ref": ".err", "wght": 0 });
            let bands = weights.iter().zip(1..);
            let bands =
                bands.map(|(weight, band)| json!({ "ref": format!(".{band:02}"), "wght": weight }));
            std::iter::once(failing).chain(bands).collect::<Vec<Value>>()
        };
        let term = |number: &str| format!("v{number}at100");
        let terms = self.terms.iter().map(|(number, weighed)| {
            let exits = frms::rules::Rule::find(number).map_or(&[][..], |rule| rule.exits);
            let exits = exits.iter().map(|(exit, _)| json!({ "ref": format!(".x{exit:02}"), "wght": 0 }));
            let weights: Vec<Value> = weights(weighed).into_iter().chain(exits).collect();
            json!({ "id": format!("{number}@1.0.0"), "cfg": "1.0.0", "termId": term(number), "wghts": weights })
        });
        let names = self.terms.iter().map(|(number, _)| json!(term(number)));
        let expression: Vec<Value> = std::iter::once(json!("Add")).chain(names).collect();
        json!({
            "id": "typology-processor", "cfg": format!("{}@1.0.0", self.name),
            "desc": self.description, "workflow": { "alertThreshold": self.alert - HALF_A_STEP },
            "rules": terms.collect::<Vec<Value>>(), "expression": expression,
        })
    }
}

#[cfg(test)]
mod tests {
    use frms::{Catalogue, Semantics};

    use super::*;

    #[test]
    fn the_file_has_the_shapes_as_they_are_here() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../frms/catalogues/behaviours.json");
        let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let all = file["typologies"].as_array().unwrap();
        let of_file: Vec<Value> = all[all.len() - SHAPES.len()..].to_vec();
        assert_eq!(of_file, typologies().collect::<Vec<Value>>(), "run calibrate");
    }

    #[test]
    fn every_shape_can_be_configured_reached_and_does_not_interdict() {
        let json = json!({ "typologies": typologies().collect::<Vec<Value>>() });
        let catalogue = Catalogue::read(json.to_string().as_bytes(), Semantics::Strict).unwrap();
        assert_eq!(catalogue.typologies().len(), SHAPES.len());
        for shape in &SHAPES {
            let most = |(_, weights): &(_, &[u32])| weights.iter().copied().max().unwrap_or(0);
            let most: u32 = shape.terms.iter().map(most).sum();
            assert!(shape.alert > 0 && shape.alert <= most, "{}", shape.name);
            for (number, weights) in shape.terms {
                let bands = match frms::rules::Rule::find(number).unwrap().outcomes {
                    frms::rules::Outcomes::Bands(bands) => bands.len(),
                    frms::rules::Outcomes::Cases(..) => 0,
                };
                assert_eq!(weights.len(), bands, "{}: {number}", shape.name);
            }
        }
        assert!(catalogue.typologies().iter().all(|typology| typology.interdict_at.is_none()));
    }
}
