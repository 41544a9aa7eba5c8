//! Typologies out of chance, scored by ours and by the engine that the peer's typology processor
//! computes with (`tests/interop/typology.mjs`): the same score, alert and interdiction.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use frms::peer::entries::TypologyEntry;
use frms::peer::{Reported, Scored, Scoring};
use frms::{Catalogue, Semantics};
use serde_json::{Value, json};

const REFERENCES: [&str; 7] = [".err", ".x00", ".x01", ".01", ".02", ".03", ".04"];
const CONDITIONS: [&str; 5] = ["none", "block", "override", "non-overridable-block", ".err"];

/// Thresholds as text.
const TEXTS: [&str; 12] =
    ["200", "x", "0", " 1e2 ", "0x64", "0b11", "0x", "inf", "-5", "1_0", ".5", "Infinity"];

/// How far a score may be off, of its own size: decimals that the engine multiplies as floats.
const NEAR: f64 = 1e-12;

/// Typologies as people write them.
const PLAIN: usize = 4_000;
/// Typologies as nobody should write them.
const ODD: usize = 4_000;

#[test]
fn typologies_score_as_the_peers_engine_does() {
    let mut chance = Chance(0x5eed_0001);
    agree("plain", (0..PLAIN).map(|_| typology(&mut chance, false)).collect());
}

#[test]
fn odd_typologies_score_as_the_peers_engine_does() {
    let mut chance = Chance(0x5eed_0002);
    agree("odd", (0..ODD).map(|_| typology(&mut chance, true)).collect());
}

/// What random typologies come upon too rarely.
#[test]
fn boundless_factors_are_looked_for_where_the_peers_engine_looks() {
    let nothing = || json!(["Divide", 0, 0]);
    let expressions = [
        json!(["Multiply", 0, ["Multiply", 0, nothing(), ["Add", "a", 1]]]),
        json!(["Multiply", ["Add", ["Multiply", 0.5, 0, ["Add", "a"], nothing()]], "a", 0]),
        json!(["Multiply", "a", 0, ["Multiply", nothing(), ["Add", "a", ["Multiply", "a", "a"]]]]),
        json!(["Multiply", 0, ["Multiply", ["Divide", 1, 0], ["Add", "a", 1]]]),
        json!(["Multiply", 0, ["Add", nothing(), "a"]]),
        json!(["Multiply", ["Divide", 50, 0], 0]),
        json!(["Multiply", 0, ["Divide", 50, 0]]),
        json!(["Multiply", ["Divide", 50, 0], 1, 0]),
        json!(["Multiply", nothing(), 0]),
        json!(["Multiply", ["Divide", 50, 0], ["Multiply", 0, "a"]]),
        json!(["Multiply", ["Divide", 50, 0], ["Subtract", 5, 5]]),
        json!(["Multiply", ["Multiply", 5, ["Divide", -1, 0]], 0]),
        json!(["Multiply", ["Add", ["Divide", 1, 0], "a"], 0]),
    ];
    let weights = [json!(0), json!(100), json!(0.5)];
    let case = |expression: &Value, weight: &Value| {
        json!({ "cfg": "test@1.0.0", "expression": expression, "workflow": {},
            "rules": [{ "id": "800@1.0.0", "cfg": "1.0.0", "termId": "a",
                "wghts": [{ "ref": ".01", "wght": weight }] }],
            "results": [{ "id": "800@1.0.0", "cfg": "1.0.0", "subRuleRef": ".01" }] })
    };
    let of = |expression| weights.iter().map(move |weight| case(expression, weight));
    let cases: Vec<Value> = expressions.iter().flat_map(of).collect();
    let Some(theirs) = ask("boundless", &cases) else { return };
    let differing = cases.iter().zip(&theirs).filter_map(|(case, theirs)| differs(case, theirs));
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// A typology and the results that it is to score.
fn typology(chance: &mut Chance, odd: bool) -> Value {
    let count = 1 + chance.below(if odd { 4 } else { 10 });
    let mut rules: Vec<Value> = (0..count).map(|number| rule(chance, number, odd)).collect();
    let mut results: Vec<Value> = (0..count)
        .map(|number| {
            json!({ "id": format!("8{number:02}@1.0.0"), "cfg": "1.0.0",
                "subRuleRef": chance.pick(&REFERENCES) })
        })
        .collect();
    if chance.one_in(2) {
        let id = "EFRuP@1.0.0";
        let weights: Vec<_> =
            CONDITIONS[2..].iter().map(|it| json!({ "ref": it, "wght": "0" })).collect();
        rules.push(json!({ "id": id, "cfg": "none", "termId": "vEFRuP", "wghts": weights }));
        let condition = chance.pick(&CONDITIONS);
        results.push(json!({ "id": id, "cfg": "none", "subRuleRef": condition }));
    }
    let expression = expression(chance, count, if odd { 3 } else { 2 }, odd);
    json!({ "cfg": "test@1.0.0", "rules": rules, "results": results, "expression": expression,
        "workflow": workflow(chance, odd) })
}

fn rule(chance: &mut Chance, number: usize, odd: bool) -> Value {
    let mut weights = Vec::new();
    for reference in REFERENCES {
        if chance.one_in(if odd { 8 } else { 40 }) {
            continue;
        }
        weights.push(json!({ "ref": reference, "wght": weight(chance, odd) }));
    }
    json!({ "id": format!("8{number:02}@1.0.0"), "cfg": "1.0.0", "termId": format!("v{number:03}at1"),
        "wghts": weights })
}

fn weight(chance: &mut Chance, odd: bool) -> Value {
    let whole = [0, 0, 50, 100, 200, 300, 400, 1][chance.below(8)];
    match (odd, chance.below(12)) {
        (_, 0) => json!(whole.to_string()),
        (true, 1) => json!(["1e2", "0x10", "-5", "+5.25", "007"][chance.below(5)]),
        (true, 2) => Value::Null,
        (true, 4) => json!([-100, -1, -7][chance.below(3)]),
        (_, 5) => json!([0.1, 0.2, 0.5, 1.5, 33.3, 1e-3][chance.below(6)]),
        _ => json!(whole),
    }
}

fn workflow(chance: &mut Chance, odd: bool) -> Value {
    let mut workflow = json!({});
    if !chance.one_in(6) {
        workflow["alertThreshold"] = json!([0, 100, 200, 500][chance.below(4)]);
    }
    if chance.one_in(2) {
        workflow["interdictionThreshold"] = json!([0, 200, 400, 600][chance.below(4)]);
    }
    if odd && chance.one_in(5) {
        let text = json!(TEXTS[usize::try_from(chance.0 % 12).unwrap()]);
        let odd = [text.clone(), json!(""), Value::Null, text, json!(0.3), json!(true)];
        workflow["alertThreshold"] = odd[chance.below(6)].clone();
        workflow["interdictionThreshold"] = odd[chance.below(6)].clone();
    }
    if chance.one_in(2) {
        let flow = ["EFRuP@1.0.0", "EFRuP@2.0.0", ""][chance.below(3)];
        workflow["flowProcessor"] = json!(flow);
    }
    workflow
}

fn expression(chance: &mut Chance, terms: usize, depth: usize, odd: bool) -> Value {
    if !odd && chance.one_in(3) {
        let all = (0..terms).map(|number| json!(format!("v{number:03}at1")));
        return [json!("Add")].into_iter().chain(all).collect();
    }
    let operator = chance.pick(&["Add", "Add", "Multiply", "Subtract", "Divide"]);
    let operands = match operator {
        "Subtract" | "Divide" => 2,
        _ => 1 + chance.below(4),
    };
    let (operator, operands) = match (odd, chance.below(30)) {
        (true, 0) => ("multiply", operands),
        (true, 1) => ("foo", operands),
        (true, 2) => (operator, chance.below(4)),
        _ => (operator, operands),
    };
    let operands = (0..operands).map(|_| operand(chance, terms, depth, odd)).collect::<Vec<_>>();
    [json!(operator)].into_iter().chain(operands).collect()
}

fn operand(chance: &mut Chance, terms: usize, depth: usize, odd: bool) -> Value {
    if depth > 0 && chance.one_in(3) {
        return expression(chance, terms, depth - 1, odd);
    }
    match (odd, chance.below(16)) {
        (_, 0) => json!(chance.below(4)),
        (_, 1) => json!([0.5, 0.1, 3.0, 0.25][chance.below(4)]),
        (true, 2) => json!(["unknown", "100", "not a name", "vEFRuP"][chance.below(4)]),
        (true, 3) => [json!([1, 3]), json!([7])][chance.below(2)].clone(),
        _ => json!(format!("v{:03}at1", chance.below(terms))),
    }
}

fn agree(name: &str, cases: Vec<Value>) {
    let Some(theirs) = ask(name, &cases) else { return };
    let mut differing = Vec::new();
    let mut seen = [0_usize; 4];
    for (case, theirs) in cases.iter().zip(&theirs) {
        let divides = case["expression"].to_string().contains("Divide");
        if !divides || !has_letters(case) {
            differing.extend(differs(case, theirs));
        }
        let score = score_of(theirs);
        let stops = theirs["interdicts"] == true;
        let kinds = [score > 0.0, score < 0.0, !score.is_finite(), stops];
        seen.iter_mut().zip(kinds).for_each(|(count, kind)| *count += usize::from(kind));
    }
    let shown = differing.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(differing.is_empty(), "{} of {} differ:\n{shown}", differing.len(), cases.len());
    let few = cases.len() / 100;
    assert!(
        seen.iter().all(|count| *count > few),
        "positive, negative, not finite, stops: {seen:?}"
    );
}

fn score_of(theirs: &Value) -> f64 {
    theirs["score"].as_str().unwrap_or("-12345").parse().unwrap()
}

/// Both, where they are not the same.
#[allow(clippy::float_arithmetic, reason = "scores, not money")]
fn differs(case: &Value, theirs: &Value) -> Option<String> {
    let (ours, score) = (ours(case), score_of(theirs));
    let near = (ours.score - score).abs() <= score.abs() * NEAR && score.is_finite();
    let same = (near || ours.score == score || (ours.score.is_nan() && score.is_nan()))
        && theirs["review"] == ours.review
        && theirs["interdicts"] == ours.interdicts;
    (!same).then(|| format!("{}\n  ours {ours:?}\n  theirs {theirs}", filled(case)))
}

/// Whether a name is left when the weights stand in the expression. What the engine makes of one in a
/// quotient is not followed everywhere.
fn has_letters(case: &Value) -> bool {
    fn names(part: &Value) -> bool {
        match part {
            Value::Array(parts) => {
                let first = parts.first().and_then(Value::as_str);
                let known = ["Add", "Subtract", "Multiply", "Divide"];
                !first.is_none_or(|first| known.contains(&first)) || parts.iter().skip(1).any(names)
            }
            Value::String(text) => !text.starts_with(|it: char| it.is_ascii_digit() || it == '-'),
            _ => false,
        }
    }
    let filled = filled(case);
    let end = filled.rfind(" {").unwrap();
    names(&serde_json::from_str(&filled[..end]).unwrap())
}

/// The expression with the weights in it.
fn filled(case: &Value) -> String {
    let mut text = format!("{} {}", case["expression"], case["workflow"]);
    let results = case["results"].as_array().unwrap();
    for (rule, result) in case["rules"].as_array().unwrap().iter().zip(results) {
        let weights = rule["wghts"].as_array().unwrap();
        let weight = weights.iter().find(|weight| weight["ref"] == result["subRuleRef"]);
        if let Some(weight) = weight.filter(|weight| !weight["wght"].is_null()) {
            text = text.replace(&rule["termId"].to_string(), &weight["wght"].to_string());
        }
    }
    text
}

fn ours(case: &Value) -> Scored {
    let entry: TypologyEntry = serde_json::from_value(case.clone()).unwrap();
    let scoring =
        Scoring::read(&entry, Semantics::Peer).unwrap_or_else(|error| panic!("{case}: {error}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let results = case["results"].as_array().unwrap().iter().map(|result| Reported {
        id: text(&result["id"]),
        cfg: text(&result["cfg"]),
        sub_rule_ref: text(&result["subRuleRef"]),
    });
    let results: Vec<_> = results.collect();
    let scored = scoring.score(&results);
    let configured = by_catalogue(case, &results);
    let same = configured == scored.score || (configured.is_nan() && scored.score.is_nan());
    assert!(same, "{case}: {configured} by the catalogue, {}", scored.score);
    scored
}

/// The score as payments get it.
fn by_catalogue(case: &Value, results: &[Reported]) -> f64 {
    let catalogue = Catalogue::read(case.to_string().as_bytes(), Semantics::Peer).unwrap();
    let found = catalogue.rules().iter().map(|rule| {
        let reported = results.iter().find(|reported| reported.id == rule.name.id).unwrap();
        rule.found(&reported.sub_rule_ref, None)
    });
    catalogue.typologies()[0].score(&found.collect::<Vec<_>>())
}

/// The answers of the peer's engine, if it is installed.
fn ask(name: &str, cases: &[Value]) -> Option<Vec<Value>> {
    let interop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/interop");
    if !interop.join("node_modules/@cortex-js/compute-engine").is_dir() {
        crate::skip("the peer's engine is not installed: `npm ci` in tests/interop");
        return None;
    }
    let questions: PathBuf =
        std::env::temp_dir().join(format!("typologies-{name}-{}", std::process::id()));
    let mut file = std::fs::File::create(&questions).unwrap();
    cases.iter().for_each(|case| writeln!(file, "{case}").unwrap());
    let node = Command::new("node")
        .arg("typology.mjs")
        .current_dir(interop)
        .stdin(Stdio::from(std::fs::File::open(&questions).unwrap()))
        .output();
    let _ = std::fs::remove_file(&questions);
    let output = match node {
        Ok(output) => output,
        Err(error) => {
            crate::skip(&format!("node does not start: {error}"));
            return None;
        }
    };
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(answers.len(), cases.len(), "the peer's engine stopped: {said}");
    Some(answers)
}
