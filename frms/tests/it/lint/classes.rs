//! Each defect that was seen in a real set, in the least file that has it and no other.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{codes, of_bands, of_maps, of_terms, of_thresholds, of_waits};

fn rule(id: &str, bands: &Value) -> Value {
    json!({ "id": id, "cfg": "1", "config": { "bands": bands } })
}

fn few_and_many() -> Value {
    json!([{ "subRuleRef": ".01", "upperLimit": 2 }, { "subRuleRef": ".02", "lowerLimit": 2 }])
}

/// A term that weighs so much where there were many.
fn term(id: &str, many: i64) -> Value {
    let weights = [(".err", 0), (".01", 0), (".02", many)];
    let weights = weights.map(|(outcome, weight)| json!({ "ref": outcome, "wght": weight }));
    json!({ "id": id, "cfg": "1", "termId": id, "wghts": weights })
}

fn typology(alert: i64, terms: &[Value]) -> Value {
    let names = terms.iter().map(|term| term["termId"].clone());
    let expression: Vec<Value> = [json!("Add")].into_iter().chain(names).collect();
    json!({ "cfg": "t@1", "desc": "", "workflow": { "alertThreshold": alert },
        "rules": terms, "expression": expression })
}

fn map(rules: &[&str]) -> Value {
    let rules: Vec<Value> = rules.iter().map(|id| json!({ "id": id, "cfg": "1" })).collect();
    let typology = json!({ "id": "typology-processor", "cfg": "t@1", "rules": rules });
    json!({ "active": true, "messages": [{ "txTp": "pacs.008.001.10", "typologies": [typology] }] })
}

/// A rule whose one limit and the text on it are these.
fn says(limit: i64, reason: &str) -> Value {
    rule(
        "004@1",
        &json!([{ "subRuleRef": ".01", "upperLimit": limit },
        { "subRuleRef": ".02", "lowerLimit": limit, "reason": reason }]),
    )
}

/// Rule 078 tells payments to merchants from withdrawals of cash.
fn cash_withdrawal() -> Value {
    let weights = [(".err", 0), (".00", 0), (".01", 200), (".02", 100), (".03", 0)];
    let weights = weights.map(|(outcome, weight)| json!({ "ref": outcome, "wght": weight }));
    let cases = [(".01", "MP2B"), (".02", "MP2P"), (".03", "CASH")];
    let cases = cases.map(|(outcome, value)| json!({ "subRuleRef": outcome, "value": value }));
    let of_kind = json!({ "id": "078@1", "cfg": "1", "termId": "078@1", "wghts": weights });
    let mut about_cash = typology(250, &[of_kind, term("901@1", 100)]);
    about_cash["desc"] = json!("Cash withdrawal");
    let kinds = json!({ "id": "078@1", "cfg": "1", "config": {
        "cases": { "expressions": cases, "alternative": { "subRuleRef": ".00" } } } });
    json!([kinds, rule("901@1", &few_and_many()), about_cash])
}

/// A class of frms.md §2.5, a file that has it, and how it is called where.
type Class = (&'static str, Value, &'static str, &'static str);

fn of_scores() -> Vec<Class> {
    let (both, one) = (["901@1", "902@1"], "901@1");
    let rules = both.map(|id| rule(id, &few_and_many()));
    let set = |alert: i64, weights: [i64; 2]| {
        let terms = [term(both[0], weights[0]), term(both[1], weights[1])];
        json!([rules[0], rules[1], typology(alert, &terms)])
    };
    let mut unweighed = set(150, [100, 100]);
    unweighed[2]["rules"][1]["wghts"].as_array_mut().unwrap().remove(1);
    let three = ["901@1", "902@1", "017@1"];
    let mapped = |run: &[&str], weighed: &[&str]| {
        let rules = three.map(|id| rule(id, &few_and_many()));
        let terms: Vec<Value> = weighed.iter().map(|id| term(id, 100)).collect();
        json!([rules, typology(150, &terms), map(run)])
    };
    // So that somebody runs the third rule.
    let mut unmapped = mapped(&both, &three);
    let mut idle = map(&three);
    idle["active"] = json!(false);
    unmapped.as_array_mut().unwrap().push(idle);
    vec![
        (
            "137: at most 100, alerts at 200",
            set(200, [50, 50]),
            "threshold-unreachable",
            "/2/workflow/alertThreshold",
        ),
        ("191: CASH weighs 0", cash_withdrawal(), "case-weights", "/2/rules/0/wghts"),
        ("carried by one rule", set(150, [200, 100]), "single-rule", "/2/rules/0"),
        ("an outcome without a weight", unweighed, "weight-missing", "/2/rules/1/wghts"),
        (
            "in the map and not deployed",
            json!([rule(one, &few_and_many()), map(&["901@1", "017@1"])]),
            "rule-unconfigured",
            "/1/messages/0/typologies/0/rules/1",
        ),
        (
            "weighed, and not in the map",
            unmapped,
            "rule-not-mapped",
            "/2/messages/0/typologies/0/rules",
        ),
        (
            "in the map, and not weighed",
            mapped(&three, &both),
            "rule-not-weighed",
            "/2/messages/0/typologies/0/rules/2",
        ),
    ]
}

fn of_limits() -> Vec<Class> {
    let (quarter_ms, at) = (7_889_229_000, "/config/bands/1/reason");
    let bands = |first_upper: i64, second_lower: i64| {
        rule(
            "901@1",
            &json!([{ "subRuleRef": ".01", "upperLimit": first_upper },
            { "subRuleRef": ".02", "lowerLimit": second_lower }]),
        )
    };
    let mut zero = bands(2, 2);
    zero["config"]["bands"][0]["lowerLimit"] = json!(0);
    vec![
        (
            "004: 12 months at 3",
            says(quarter_ms, "dormant for 12 months or more"),
            "text-limit",
            at,
        ),
        ("028: 30 years at 18", says(18, "30 years or older"), "text-limit", at),
        ("a gap", bands(2, 3), "band-gap", "/config/bands"),
        ("an overlap", bands(3, 2), "band-overlap", "/config/bands/1"),
        ("lowerLimit 0", zero, "zero-limit", "/config/bands/0/lowerLimit"),
    ]
}

#[test]
fn every_defect_that_was_seen_is_found_alone() {
    for (class, json, code, path) in [of_scores(), of_limits()].concat() {
        assert_eq!(codes(&json), [(code.to_owned(), path.to_owned())], "{class}");
    }
}

#[test]
fn what_weighs_as_described_is_no_defect() {
    let mut json = cash_withdrawal();
    json[2]["rules"][0]["wghts"][4]["wght"] = json!(200);
    assert_eq!(codes(&json), []);
    let mut json = cash_withdrawal();
    json[2]["desc"] = json!("Payments to a merchant that had no cashflow");
    assert_eq!(codes(&json), []);
}

#[test]
fn findings_about_the_map_say_which_rule_and_which_typology() {
    for (class, json, code, _) in of_scores() {
        let findings =
            frms::lint::lint(json.to_string().as_bytes(), frms::Semantics::Strict).unwrap();
        let said = match code {
            "rule-not-mapped" => "typology t@1 weighs rule 017@1, 1, and the map does not run it",
            "rule-not-weighed" => {
                "the map runs rule 017@1, 1, for typology t@1, which does not weigh it"
            }
            "rule-unconfigured" => "rule 017@1, 1, is in the map and not configured",
            _ => continue,
        };
        assert_eq!(findings[0].wrong, said, "{class}");
    }
}

/// The page names every code that these tests know, and no other.
#[test]
fn the_page_has_every_code() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/screening-formats.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("## Finding what is wrong").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let named: BTreeSet<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    let rows = [of_bands(), of_thresholds(), of_terms(), of_maps(), of_waits()].concat();
    let seen = [of_scores(), of_limits()].concat();
    let known: BTreeSet<&str> = rows
        .iter()
        .map(|row| row.2)
        .chain(seen.iter().map(|class| class.2))
        .chain(["two-active-maps", "rule-unknown"])
        .collect();
    assert_eq!(named, known);
}
