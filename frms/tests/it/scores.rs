//! Scores that JSON has no number for: the decision stands, and verdicts with them go over streams and
//! into snapshots like any other.

use std::sync::Arc;

use frms::{Catalogue, Decision, Engine, Event, Semantics, Taken, Verdict};
use serde_json::{Value, json};

use crate::{Screening, attempt};

const NOW: i64 = 1_767_225_600_000;
const STREAM: &str = "scheme/FRM/1";

/// One weight divided by another one, each whatever rule 901 says.
fn catalogue(above: i32, below: i32) -> Catalogue {
    let all = |weight: i32| -> Vec<Value> {
        let outcomes = [".err", ".x00", ".01", ".02", ".03"].iter();
        outcomes.map(|outcome| json!({ "ref": outcome, "wght": weight })).collect()
    };
    let json = json!({ "typologies": [{
        "cfg": "ratio@1.0.0", "desc": "",
        "workflow": { "alertThreshold": 100, "interdictionThreshold": 200 },
        "rules": [
            { "id": "901@1.0.0", "cfg": "1.0.0", "termId": "a", "wghts": all(above) },
            { "id": "902@1.0.0", "cfg": "1.0.0", "termId": "b", "wghts": all(below) },
        ],
        "expression": ["Divide", "a", "b"],
    }] });
    Catalogue::read(json.to_string().as_bytes(), Semantics::Peer).unwrap()
}

#[test]
fn a_score_without_end_decides_and_its_verdict_is_read_again() {
    let infinite = (f64::INFINITY, Decision::Block, "\"Infinity\"");
    let negative = (f64::NEG_INFINITY, Decision::Allow, "\"-Infinity\"");
    let none = (f64::NAN, Decision::Allow, "\"NaN\"");
    let finite = (2.5, Decision::Allow, "2.5");
    for (above, below, (score, decision, text)) in
        [(100, 0, infinite), (-100, 0, negative), (0, 0, none), (5, 2, finite)]
    {
        let mut screening = Screening::of(catalogue(above, below));
        let verdict = screening.attempt(attempt(1, NOW, "ann", "bob"));
        assert_eq!(verdict.typologies[0].score.to_bits(), score.to_bits(), "{above} by {below}");
        assert_eq!(verdict.decision, decision, "{above} by {below}");
        // A reply over NATS and an entry of the stream are this JSON.
        let event = Event::Verdict(Arc::clone(&verdict));
        let written = serde_json::to_string(&event).unwrap();
        assert!(written.contains(&format!("\"score\":{text}")), "{written}");
        let read: Verdict = serde_json::from_str(&written).unwrap();
        assert_eq!(format!("{read:?}"), format!("{verdict:?}"));
        assert_eq!(read.typologies[0].score.to_bits(), score.to_bits());

        let taken = Taken { stream: STREAM.to_owned(), position: 1, untold: Vec::new() };
        let mut bytes = Vec::new();
        screening.engine.snapshot(&taken, &mut bytes).unwrap();
        let (restored, _) =
            Engine::restore(catalogue(above, below), STREAM, &mut &bytes[..]).unwrap();
        let known = restored.known(verdict.id, verdict.hash, verdict.point).unwrap();
        assert_eq!(serde_json::to_string(&*known).unwrap(), written);
    }
}
