//! The linter: one defect each, and the public sets.
//!
//! * `classes`: the defects of frms.md §2.5, each in the least file that has it, and the page that names
//!   all
//! * `elsewhere`: rules that a processor elsewhere answers

mod classes;
mod elsewhere;

use frms::Semantics;
use frms::lint::{Severity, lint};
use serde_json::{Value, json};

/// A set in which nothing is wrong.
fn clean() -> Value {
    let rule = |number: &str, second: u32| {
        json!({
            "id": format!("{number}@1.0.0"), "cfg": "1.0.0", "tenantId": "DEFAULT", "desc": "payments",
            "config": {
                "parameters": { "maxQueryRange": 86_400_000 },
                "exitConditions": [{ "subRuleRef": ".x00", "reason": "unsuccessful" }],
                "bands": [
                    { "subRuleRef": ".01", "upperLimit": second, "reason": "few in the last 3 days" },
                    { "subRuleRef": ".02", "lowerLimit": second, "reason": "many" },
                ],
            },
        })
    };
    let term = |number: &str| {
        json!({ "id": format!("{number}@1.0.0"), "cfg": "1.0.0", "termId": format!("v{number}"),
            "wghts": [
                { "ref": ".err", "wght": 0 }, { "ref": ".x00", "wght": "0" },
                { "ref": ".01", "wght": 0 }, { "ref": ".02", "wght": 100 } ] })
    };
    json!({
        "rules": [rule("901", 2), rule("902", 3)],
        "typologies": [{
            "id": "typology-processor", "cfg": "095@1.0.0", "desc": "paid twice", "tenantId": "DEFAULT",
            "workflow": { "alertThreshold": 150, "interdictionThreshold": 200,
                "flowProcessor": "EFRuP@1.0.0" },
            "rules": [term("901"), term("902"),
                { "id": "EFRuP@1.0.0", "cfg": "none", "termId": "vEFRuP",
                    "wghts": [{ "ref": "none", "wght": "0" }] }],
            "expression": ["Add", "v901", "v902"],
        }],
        "map": [{
            "active": true, "cfg": "1.0.0", "tenantId": "DEFAULT",
            "messages": [{ "id": "004@1.0.0", "cfg": "1.0.0", "txTp": "pacs.002.001.12",
                "typologies": [{ "id": "typology-processor", "cfg": "095@1.0.0", "rules": [
                    { "id": "901@1.0.0", "cfg": "1.0.0" }, { "id": "902@1.0.0", "cfg": "1.0.0" },
                    { "id": "EFRuP@1.0.0", "cfg": "none" } ] }] }],
        }],
    })
}

fn codes(json: &Value) -> Vec<(String, String)> {
    codes_as(json, Semantics::Strict)
}

fn codes_as(json: &Value, semantics: Semantics) -> Vec<(String, String)> {
    let findings = lint(json.to_string().as_bytes(), semantics).unwrap();
    findings.into_iter().map(|finding| (finding.code.to_owned(), finding.path)).collect()
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert_eq!(codes(&clean()), []);
}

const BANDS: &str = "/rules/0/config/bands";
const TYPOLOGY: &str = "/typologies/0";
const WORKFLOW: &str = "/typologies/0/workflow";

const MAPPED: &str = "/map/0/messages/0/typologies";

/// What is put where, the defect that it is, and where that is found.
type Row = (String, Value, &'static str, String);

fn at(root: &str, rest: &str) -> String {
    format!("{root}{rest}")
}

fn of_bands() -> Vec<Row> {
    vec![
        (at(BANDS, "/1/lowerLimit"), json!(5), "band-gap", BANDS.to_owned()),
        (at(BANDS, "/1/lowerLimit"), json!(1), "band-overlap", at(BANDS, "/1")),
        (at(BANDS, "/1/lowerLimit"), json!(0), "zero-limit", at(BANDS, "/1/lowerLimit")),
        (at(BANDS, "/1/upperLimit"), json!(2), "band-unreachable", at(BANDS, "/1")),
        (at(BANDS, "/0/upperLimit"), Value::Null, "band-unreachable", at(BANDS, "/1")),
        (at(BANDS, "/1/subRuleRef"), json!(".01"), "duplicate", "/rules/0/config".to_owned()),
        (
            at(BANDS, "/1"),
            json!({ "subRuleRef": ".02", "lowerLimit": 2, "reason": "30 years or older" }),
            "text-limit",
            at(BANDS, "/1/reason"),
        ),
        (
            "/rules/0/config".to_owned(),
            json!({ "cases": { "expressions": [{ "subRuleRef": ".01", "value": "CASH" }] } }),
            "case-gap",
            "/rules/0/config/cases".to_owned(),
        ),
        ("/rules/0/config".to_owned(), json!({}), "no-outcome", "/rules/0/config".to_owned()),
    ]
}

fn of_thresholds() -> Vec<Row> {
    vec![
        (at("/rules/1", "/id"), json!("901@1.0.0"), "duplicate", "/rules/1".to_owned()),
        (at("/rules/1", "/cfg"), json!("2.0.0"), "rule-unconfigured", at(TYPOLOGY, "/rules/1")),
        (at("/rules/1", "/cfg"), json!("2.0.0"), "rule-unused", "/rules/1".to_owned()),
        (
            at(WORKFLOW, "/alertThreshold"),
            json!(201),
            "threshold-unreachable",
            at(WORKFLOW, "/alertThreshold"),
        ),
        (
            at(WORKFLOW, "/interdictionThreshold"),
            json!(300),
            "threshold-unreachable",
            at(WORKFLOW, "/interdictionThreshold"),
        ),
        (
            at(WORKFLOW, "/alertThreshold"),
            json!(0),
            "alert-missing",
            at(WORKFLOW, "/alertThreshold"),
        ),
        (
            at(WORKFLOW, "/interdictionThreshold"),
            json!(140),
            "interdiction-below-alert",
            at(WORKFLOW, "/interdictionThreshold"),
        ),
        (
            at(WORKFLOW, "/interdictionThreshold"),
            json!(0),
            "interdiction-zero",
            at(WORKFLOW, "/interdictionThreshold"),
        ),
        (at(WORKFLOW, "/alertThreshold"), json!(100), "single-rule", at(TYPOLOGY, "/rules/0")),
    ]
}

fn of_terms() -> Vec<Row> {
    vec![
        (
            at(TYPOLOGY, "/rules/0/wghts/3"),
            json!({ "ref": ".07", "wght": 100 }),
            "weight-missing",
            at(TYPOLOGY, "/rules/0/wghts"),
        ),
        (
            at(TYPOLOGY, "/rules/0/wghts/3"),
            json!({ "ref": ".07", "wght": 100 }),
            "weight-unused",
            at(TYPOLOGY, "/rules/0/wghts/3"),
        ),
        (
            at(TYPOLOGY, "/rules/0/wghts/3/wght"),
            json!("many"),
            "weight",
            at(TYPOLOGY, "/rules/0/wghts/3/wght"),
        ),
        (
            at(TYPOLOGY, "/rules/1/termId"),
            json!("v901"),
            "duplicate",
            at(TYPOLOGY, "/rules/1/termId"),
        ),
        (
            at(TYPOLOGY, "/expression"),
            json!(["Add", "v901"]),
            "term-left-out",
            at(TYPOLOGY, "/rules/1"),
        ),
        (at(TYPOLOGY, "/expression/2"), json!("v903"), "expression", at(TYPOLOGY, "/expression/2")),
        (at(TYPOLOGY, "/expression/0"), json!("add"), "expression", at(TYPOLOGY, "/expression")),
        (
            at(TYPOLOGY, "/expression/0"),
            json!("Divide"),
            "divides-by-zero",
            at(TYPOLOGY, "/expression"),
        ),
        (
            at(TYPOLOGY, "/cfg"),
            json!("129@1.0.0"),
            "laundering-interdicts",
            at(WORKFLOW, "/interdictionThreshold"),
        ),
    ]
}

/// What the peer never scores.
fn of_waits() -> Vec<Row> {
    let run = |id: &str, cfg: &str| json!({ "id": id, "cfg": cfg });
    let row = |rest: &str, value: Value, path: &str| {
        (at(MAPPED, rest), value, "never-scored", at(MAPPED, path))
    };
    let first = run("901@1.0.0", "1.0.0");
    let another = json!({ "id": "x", "cfg": "x", "rules": [run("901@1.0.0", "2.0.0")] });
    vec![
        row("/0/rules/1", first, "/0/rules/1"),
        row("/0/rules/2", run("EFRuP@1.0.0", "1.0.0"), "/0/rules/2"),
        row("/0/rules/2", run("902@1.0.0", "2.0.0"), "/0/rules/2"),
        row("/1", another, "/1/rules/0"),
        row("/0/id", json!("typology-processor@1.0.0"), "/0/id"),
    ]
}

fn of_maps() -> Vec<Row> {
    vec![
        (at(TYPOLOGY, "/cfg"), json!("028@1.0.0"), "typology-unused", TYPOLOGY.to_owned()),
        (
            at(TYPOLOGY, "/cfg"),
            json!("028@1.0.0"),
            "typology-unconfigured",
            "/map/0/messages/0/typologies/0".to_owned(),
        ),
        (
            "/map/0/messages/0/typologies/0/rules/0/id".to_owned(),
            json!("777@1.0.0"),
            "rule-unconfigured",
            "/map/0/messages/0/typologies/0/rules/0".to_owned(),
        ),
        (
            "/map/0/messages/0/typologies/0/rules/0/id".to_owned(),
            json!("777@1.0.0"),
            "rule-not-mapped",
            "/map/0/messages/0/typologies/0/rules".to_owned(),
        ),
        (
            "/map/0/messages/0/typologies/0/rules/0/id".to_owned(),
            json!("777@1.0.0"),
            "rule-not-weighed",
            "/map/0/messages/0/typologies/0/rules/0".to_owned(),
        ),
    ]
}

#[test]
fn each_defect_is_found_at_its_place() {
    let rows = [of_bands(), of_thresholds(), of_terms(), of_maps(), of_waits()].concat();
    for (pointer, value, code, path) in rows {
        let mut json = clean();
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        let parent = json.pointer_mut(parent).unwrap();
        match last.parse::<usize>() {
            Ok(index) if parent.as_array().is_some_and(|list| list.len() == index) => {
                parent.as_array_mut().unwrap().push(value.clone());
            }
            Ok(index) => parent[index] = value.clone(),
            Err(_) => parent[last] = value.clone(),
        }
        let found = codes(&json);
        let wanted = (code.to_owned(), path);
        assert!(found.contains(&wanted), "{pointer} = {value}: {wanted:?} not in {found:?}");
    }
}

#[test]
fn a_second_active_map_is_found_and_maps_of_releases_before_are_read() {
    let mut json = clean();
    let map = json["map"][0].clone();
    json["map"].as_array_mut().unwrap().push(map);
    assert_eq!(codes(&json), [("two-active-maps".to_owned(), "/map/1/active".to_owned())]);
    let mut json = clean();
    let message = &mut json["map"][0]["messages"][0];
    let typologies = message["typologies"].take();
    message["channels"] = json!([{ "id": "001@1.0.0", "typologies": typologies }]);
    message.as_object_mut().unwrap().remove("typologies");
    assert_eq!(codes(&json), []);
}

#[test]
fn what_is_no_configuration_is_refused_with_its_place() {
    for (json, said) in [
        ("{", "not JSON"),
        ("{\"some\": \"thing\"}", "neither a rule"),
        ("[{\"id\": 5, \"config\": {}}]", "/0: not a rule"),
        ("{\"expression\": []}", "/: not a typology"),
    ] {
        let error = lint(json.as_bytes(), Semantics::Strict).unwrap_err().to_string();
        assert!(error.starts_with(said), "{json}: {error}");
    }
}

#[test]
fn the_known_errors_of_the_public_set_are_found() {
    let Some(bytes) = crate::shared("data/frms/fullstack-config-all.json") else { return };
    let findings = lint(&bytes, Semantics::Peer).unwrap();
    let texts: Vec<_> = findings.iter().filter(|it| it.code == "text-limit").collect();
    let of = |rule: &str| texts.iter().any(|finding| finding.wrong.contains(rule));
    let said: Vec<_> = texts.iter().map(|finding| &finding.wrong).collect();
    assert!(of("rule 004@4.0.0, .02") && of("rule 028@4.0.0, .02"), "{said:#?}");
    assert_eq!(texts.len(), 2, "{said:#?}");
    assert!(findings.iter().any(|finding| finding.code == "two-active-maps"));
    assert!(findings.iter().any(|finding| finding.severity == Severity::Warning));
}
