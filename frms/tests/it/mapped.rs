//! The peer's semantics beyond expressions: what a network map runs, what a rule's configuration leaves
//! out, which payments count, and which conditions. Each row is what the peer's own processors do
//! (frms.md §1.3 to §1.7).

use std::sync::Arc;

use frms::peer::{Evaluation, Set, report};
use frms::{
    Attempt, Catalogue, Condition, ConditionChange, Decision, Event, OutcomeKind, PaymentId,
    RuleName, Ruling, Semantics, SubRuleRef, TermsHash, Verdict,
};
use serde_json::{Value, json};

use crate::{DAY_MS, Screening, attempt, outcome, pseudonyms};

const NOW: i64 = 1_767_225_600_000;
const ENDING: &str = "pacs.002.001.12";
const UNDECIDED: &str = "Unhandled rule result outcome";
const REFUSED: &str = "Error while getting rule configuration";

/// A rule with bands up to 2, up to 3, and from there on.
fn rule(id: &str) -> Value {
    json!({ "id": id, "cfg": "1.0.0", "config": {
        "parameters": { "maxQueryRange": DAY_MS },
        "exitConditions": [{ "subRuleRef": ".x00", "reason": "failed" }],
        "bands": [{ "subRuleRef": ".01", "upperLimit": 2 },
            { "subRuleRef": ".02", "lowerLimit": 2, "upperLimit": 3 },
            { "subRuleRef": ".03", "lowerLimit": 3 }] } })
}

/// What a rule weighs, `.err` first.
fn term(id: &str, term: &str) -> Value {
    let weights = [(".err", 7), (".x00", 5), (".01", 100), (".02", 200), (".03", 400)];
    let weights = weights.map(|(reference, wght)| json!({ "ref": reference, "wght": wght }));
    json!({ "id": id, "cfg": "1.0.0", "termId": term, "wghts": weights })
}

fn typology(cfg: &str, terms: &[Value], workflow: &Value) -> Value {
    let names = terms.iter().map(|term| term["termId"].clone());
    let expression: Value = [json!("Add")].into_iter().chain(names).collect();
    json!({ "id": "typology-processor", "cfg": cfg, "rules": terms, "expression": expression,
        "workflow": workflow })
}

/// A typology in a map, with its rules.
type Runs<'a> = (&'a str, &'a [&'a str]);

fn map(messages: &[(&str, &[Runs<'_>])]) -> Value {
    let run = |id: &&str| {
        let cfg = if id.starts_with("EFRuP") { "none" } else { "1.0.0" };
        json!({ "id": id, "cfg": cfg })
    };
    let typologies = |all: &[Runs<'_>]| -> Value {
        let one = |(cfg, rules): &Runs<'_>| {
            let rules: Vec<Value> = rules.iter().map(run).collect();
            json!({ "id": "typology-processor", "cfg": cfg, "rules": rules })
        };
        all.iter().map(one).collect()
    };
    let messages: Vec<Value> = messages
        .iter()
        .map(|(tx_tp, all)| {
            json!({ "id": "004@1.0.0", "cfg": "1.0.0", "txTp": tx_tp, "typologies": typologies(all) })
        })
        .collect();
    json!({ "active": true, "cfg": "1.0.0", "messages": messages })
}

fn screening(entries: &[Value]) -> Screening {
    let json = json!(entries).to_string();
    Screening::of(Catalogue::read(json.as_bytes(), Semantics::Peer).unwrap())
}

/// One payment with its end: the verdict on the end.
fn ended(screening: &mut Screening, id: u128, at_ms: i64, kind: OutcomeKind) -> Arc<Verdict> {
    screening.attempt(attempt(id, at_ms, "ann", "bob"));
    screening.take(outcome(id, kind, at_ms)).expect("the peer looks at every end")
}

fn paid(screening: &mut Screening, id: u128, at_ms: i64) -> Arc<Verdict> {
    ended(screening, id, at_ms, OutcomeKind::Committed)
}

fn reported(screening: &Screening, verdict: &Verdict, message: &str) -> Option<Value> {
    let evaluation = Evaluation {
        id: "0190d5c4-0000-7000-8000-000000000000",
        timestamp: "2026-01-01T00:00:00.000Z",
        tenant: "DEFAULT",
        message,
        elapsed_ns: 1,
        meta_data: &Value::Null,
    };
    report(verdict, screening.engine.catalogue(), &evaluation)
}

fn said(verdict: &Verdict, rule: &str) -> (String, Option<f64>) {
    let result = verdict.rule(rule).unwrap_or_else(|| panic!("{rule}: {verdict:?}"));
    (result.outcome.to_string(), result.value)
}

fn alerts() -> Value {
    json!({ "alertThreshold": 150, "interdictionThreshold": 300 })
}

/// A rule that the map does not run leaves its term a letter; one that it runs beyond the typology is
/// reported without a weight; one that is not configured is `.err`.
#[test]
fn the_map_says_what_runs() {
    let terms = [term("901@1.0.0", "a"), term("902@1.0.0", "b")];
    let entries = |rules: &[&str]| {
        let map = map(&[(ENDING, &[("t@1.0.0", rules)])]);
        vec![rule("901@1.0.0"), rule("902@1.0.0"), typology("t@1.0.0", &terms, &alerts()), map]
    };
    let rows: [(&[&str], f64, usize); 4] = [
        (&["901@1.0.0", "902@1.0.0"], 200.0, 2),
        (&["901@1.0.0"], 0.0, 1),
        (&["901@1.0.0", "902@1.0.0", "083@1.0.0"], 200.0, 3),
        (&["901@2.0.0", "902@1.0.0"], 0.0, 2),
    ];
    for (rules, score, results) in rows {
        let mut screening = screening(&entries(rules));
        let verdict = paid(&mut screening, 1, NOW);
        assert_eq!(verdict.typologies[0].score, score, "{rules:?}");
        let report = reported(&screening, &verdict, ENDING).unwrap();
        let told = &report["tadpResult"]["typologyResult"][0]["ruleResults"];
        assert_eq!(told.as_array().unwrap().len(), results, "{rules:?}: {told}");
        assert_eq!(reported(&screening, &verdict, "pacs.008.001.10"), None);
    }
    let mut screening = screening(&entries(&["901@1.0.0", "902@1.0.0", "083@1.0.0"]));
    let verdict = paid(&mut screening, 1, NOW);
    assert_eq!(said(&verdict, "083"), (".err".to_owned(), None), "in the map, not configured");
    let report = reported(&screening, &verdict, ENDING).unwrap();
    let told = &report["tadpResult"]["typologyResult"][0]["ruleResults"][2];
    assert_eq!(told["reason"], "Rule processor configuration not retrievable");
    assert!(told.get("wght").is_none() && told["indpdntVarbl"] == 0, "{told}");
    let strict = json!(entries(&["901@1.0.0"])).to_string();
    let error = Catalogue::read(strict.as_bytes(), Semantics::Strict).unwrap_err().to_string();
    assert!(error.contains("902@1.0.0, which the network map does not run"), "{error}");
}

#[test]
fn without_an_active_map_nothing_runs_and_each_message_has_its_own() {
    let one = typology("one@1.0.0", &[term("901@1.0.0", "a")], &alerts());
    let two = typology("two@1.0.0", &[term("902@1.0.0", "b")], &alerts());
    let map = map(&[
        (ENDING, &[("one@1.0.0", &["901@1.0.0"])]),
        ("pacs.008.001.10", &[("two@1.0.0", &["902@1.0.0"])]),
    ]);
    let mut entries = vec![rule("901@1.0.0"), rule("902@1.0.0"), one, two, map];
    let mut running = screening(&entries);
    let verdict = paid(&mut running, 1, NOW);
    let typologies = |message: &str| {
        let report = reported(&running, &verdict, message)?;
        Some(report["tadpResult"]["typologyResult"].as_array()?.len())
    };
    assert_eq!((typologies(ENDING), typologies("pacs.008.001.10")), (Some(1), Some(1)));
    assert_eq!(typologies("pain.001.001.11"), None);
    entries[4]["active"] = json!(false);
    let mut idle = screening(&entries);
    let verdict = paid(&mut idle, 1, NOW);
    assert!(verdict.rules.is_empty() && verdict.typologies.is_empty());
    assert_eq!(reported(&idle, &verdict, ENDING), None);
}

/// The peer's processors take ends alone: a typology runs what the map has for them, wherever in the
/// map that stands.
#[test]
fn a_typology_runs_its_rules_of_the_end() {
    let terms = [term("901@1.0.0", "a"), term("902@1.0.0", "b")];
    let both: &[&str] = &["901@1.0.0", "902@1.0.0"];
    let start = ("pacs.008.001.10", &[("t@1.0.0", &both[..1])][..]);
    let end = (ENDING, &[("t@1.0.0", both)][..]);
    for messages in [[start, end], [end, start]] {
        let entries =
            [rule("901@1.0.0"), rule("902@1.0.0"), typology("t@1.0.0", &terms, &alerts())];
        let entries: Vec<Value> = entries.into_iter().chain([map(&messages)]).collect();
        let verdict = paid(&mut screening(&entries), 1, NOW);
        assert_eq!(verdict.typologies[0].score, 200.0);
    }
    let alone = [rule("901@1.0.0"), typology("t@1.0.0", &terms[..1], &alerts()), map(&[start])];
    assert_eq!(paid(&mut screening(&alone), 1, NOW).typologies[0].score, 100.0);
}

/// Bands and cases at once, neither, no band for the value, no `.x00`, no window: all are `.err` and its
/// weight.
#[test]
fn what_a_rules_configuration_leaves_out_is_err() {
    let gap = json!([{ "subRuleRef": ".01", "lowerLimit": 5 }]);
    let cases = json!({ "expressions": [{ "subRuleRef": ".01", "value": "x" }],
        "alternative": { "subRuleRef": ".00" } });
    let (paid, failed) = (OutcomeKind::Committed, OutcomeKind::Aborted);
    let rows = [
        ("cases", cases, paid, Some(1.0), Some(UNDECIDED)),
        ("bands", gap, paid, Some(1.0), Some(UNDECIDED)),
        ("exitConditions", json!([{ "subRuleRef": ".x01" }]), paid, None, Some(REFUSED)),
        ("exitConditions", json!([]), failed, None, Some(REFUSED)),
        ("bands", Value::Null, paid, None, Some(REFUSED)),
        ("bands", json!([]), failed, None, Some(REFUSED)),
        ("parameters", json!({}), paid, None, Some(REFUSED)),
        ("parameters", json!({ "maxQueryRange": 0 }), failed, None, Some(REFUSED)),
        ("parameters", json!({ "maxQueryRange": -1 }), paid, None, Some(REFUSED)),
        ("parameters", json!({ "maxQueryRange": null }), paid, None, Some(REFUSED)),
        ("parameters", json!({ "maxQueryRange": "86400000" }), paid, None, Some(REFUSED)),
    ];
    for (member, value, kind, measured, reason) in rows {
        let mut entry = rule("901@1.0.0");
        entry["config"][member] = value;
        let weighs = typology("t@1.0.0", &[term("901@1.0.0", "a")], &alerts());
        let mut screening = screening(&[entry, weighs]);
        let verdict = ended(&mut screening, 1, NOW, kind);
        assert_eq!(said(&verdict, "901"), (".err".to_owned(), measured), "{member}");
        assert_eq!(verdict.typologies[0].score, 7.0, "{member}");
        let report = reported(&screening, &verdict, ENDING).unwrap();
        let told = &report["tadpResult"]["typologyResult"][0]["ruleResults"][0];
        assert_eq!(told["reason"].as_str(), reason, "{member}: {told}");
    }
}

/// Of most rules nobody knows what the peer's processors refuse: without that exit they come to nothing.
#[test]
fn an_exit_that_is_not_named_is_err() {
    let mut entry = rule("030@1.0.0");
    entry["config"]["exitConditions"] = json!([]);
    let weighs = typology("t@1.0.0", &[term("030@1.0.0", "a")], &alerts());
    let mut screening = screening(&[entry, weighs]);
    let verdict = ended(&mut screening, 1, NOW, OutcomeKind::Aborted);
    assert_eq!(said(&verdict, "030"), (".err".to_owned(), None));
    assert_eq!(said(&paid(&mut screening, 2, NOW), "030").0, ".01");
}

/// A limit of 0 is none, the lower one is in the band, the upper one is not; the first band counts.
#[test]
fn bands_are_half_open_and_0_is_no_limit() {
    let bands = |bands: Value| {
        let mut entry = rule("901@1.0.0");
        entry["config"]["bands"] = bands;
        let weighs = typology("t@1.0.0", &[term("901@1.0.0", "a")], &alerts());
        let mut screening = screening(&[entry, weighs]);
        (1..=3)
            .map(|id| said(&paid(&mut screening, id, NOW), "901").0)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let band = |reference: &str, lower: Option<i64>, upper: Option<i64>| json!({ "subRuleRef": reference, "lowerLimit": lower, "upperLimit": upper });
    let (two, three) = (Some(2), Some(3));
    assert_eq!(bands(json!([band(".01", None, two), band(".02", two, None)])), ".01 .02 .02");
    assert_eq!(
        bands(json!([band(".01", Some(0), Some(0)), band(".02", two, None)])),
        ".01 .01 .01"
    );
    assert_eq!(bands(json!([band(".02", two, three), band(".01", None, three)])), ".01 .02 .err");
    assert_eq!(bands(json!([band(".01", three, None), band(".03", None, None)])), ".03 .03 .01");
}

/// Rule 901 is asked after the end: it counts what has ended by then, failed ones, too, in a window that
/// holds its beginning; what is under way and what comes later does not count.
#[test]
fn what_has_ended_counts_in_a_closed_window() {
    let weighs = typology("t@1.0.0", &[term("901@1.0.0", "a")], &alerts());
    let entries = [rule("901@1.0.0"), weighs];
    let count = |screening: &mut Screening, id: u128, at_ms: i64| {
        said(&paid(screening, id, at_ms), "901").1.unwrap()
    };
    let mut one = screening(&entries);
    for id in 1..=5 {
        one.attempt(attempt(id, NOW, "ann", "bob"));
    }
    assert_eq!(count(&mut one, 10, NOW), 1.0, "five are under way");
    assert_eq!(count(&mut one, 11, NOW - 1), 1.0, "the other one ended later");
    assert_eq!(count(&mut one, 12, NOW - 1 + DAY_MS), 3.0, "the window's beginning is in it");
    assert_eq!(count(&mut one, 13, NOW + DAY_MS), 3.0, "the one before is not");
    let mut two = screening(&entries);
    assert_eq!(said(&ended(&mut two, 1, NOW, OutcomeKind::Aborted), "901"), (".x00".into(), None));
    assert_eq!(count(&mut two, 2, NOW + 1), 2.0, "it failed, and counts");
    let mut three = screening(&entries);
    three.attempt(attempt(1, NOW, "ann", "bob"));
    three.take(outcome(1, OutcomeKind::Committed, NOW + DAY_MS));
    assert_eq!(count(&mut three, 2, NOW + DAY_MS + 5), 2.0, "its time is that of its end");
    let mut strict = Screening::new();
    assert!(strict.take(outcome(1, OutcomeKind::Aborted, NOW)).is_none());
    strict.attempt(attempt(2, NOW, "ann", "bob"));
    assert!(strict.take(outcome(2, OutcomeKind::Aborted, NOW)).is_none(), "not looked at again");
}

/// Thresholds: what is missing, 0 or `null`, and which of the two is reached.
#[test]
fn thresholds_are_compared_as_the_peer_compares_them() {
    let rows = [
        (json!({}), (false, false)),
        (json!({ "alertThreshold": 0 }), (false, false)),
        (json!({ "alertThreshold": 100 }), (true, false)),
        (json!({ "alertThreshold": 101 }), (false, false)),
        (json!({ "alertThreshold": 500, "interdictionThreshold": 100 }), (true, true)),
        (json!({ "interdictionThreshold": 0 }), (true, true)),
        (json!({ "interdictionThreshold": null }), (true, true)),
        (json!({ "alertThreshold": "100" }), (true, false)),
        (json!({ "alertThreshold": "0" }), (true, false)),
        (json!({ "alertThreshold": "" }), (false, false)),
        (json!({ "alertThreshold": " 0x64 " }), (true, false)),
        (json!({ "alertThreshold": "inf", "interdictionThreshold": "nan" }), (false, false)),
        (json!({ "alertThreshold": "-Infinity" }), (true, false)),
        (json!({ "alertThreshold": "0b+1", "interdictionThreshold": "0B11" }), (true, true)),
    ];
    for (workflow, expected) in rows {
        let weighs = typology("t@1.0.0", &[term("901@1.0.0", "a")], &workflow);
        let mut screening = screening(&[rule("901@1.0.0"), weighs]);
        let verdict = paid(&mut screening, 1, NOW);
        let score = &verdict.typologies[0];
        assert_eq!((score.alert, score.interdicts), expected, "{workflow}");
        let report = reported(&screening, &verdict, ENDING).unwrap();
        let shown = &report["tadpResult"]["typologyResult"][0];
        assert_eq!(shown["workflow"], workflow, "as it is written");
        assert_eq!(report["status"], if expected.0 { "ALRT" } else { "NALT" });
    }
}

/// A condition counts where the map runs EFRuP and the typology names it, and on the message that it is
/// about.
#[test]
fn conditions_are_the_maps_and_the_messages() {
    let condition = |kind: &str, message: &str| {
        let body = json!({ "evtTp": [message], "condTp": kind, "prsptv": "debtor", "condRsn": "x",
            "incptnDtTm": "2020-01-01T00:00:00.000Z",
            "ntty": { "id": "ann", "schmeNm": { "prtry": "MSISDN" } } });
        let read = Condition::read("c", body.to_string().as_bytes(), &pseudonyms()).unwrap();
        Event::Condition(Arc::new(ConditionChange {
            name: "c".into(),
            condition: Some(Arc::new(read)),
            version: 0,
        }))
    };
    let with = json!({ "alertThreshold": 500, "interdictionThreshold": 50, "flowProcessor": "EFRuP@1.0.0" });
    let without = json!({ "alertThreshold": 500, "interdictionThreshold": 50 });
    let both: &[&str] = &["901@1.0.0", "EFRuP@1.0.0"];
    let alone: &[&str] = &["901@1.0.0"];
    let block = "overridable-block";
    let rows = [
        (&with, both, block, ENDING, "block", (true, false)),
        (&with, both, block, "all", "block", (true, false)),
        (&with, both, block, "pacs.008.001.10", "none", (true, true)),
        (&with, both, "override", ENDING, "override", (false, false)),
        (&with, alone, block, ENDING, "", (true, true)),
        (&without, both, block, ENDING, "block", (true, true)),
        (&without, both, "override", ENDING, "override", (true, true)),
    ];
    for (workflow, rules, kind, message, outcome, expected) in rows {
        let weighs = typology("t@1.0.0", &[term("901@1.0.0", "a")], workflow);
        let map = map(&[(ENDING, &[("t@1.0.0", rules)])]);
        let mut screening = screening(&[rule("901@1.0.0"), weighs, map]);
        screening.take(condition(kind, message));
        let verdict = paid(&mut screening, 1, NOW);
        let score = &verdict.typologies[0];
        let row = format!("{workflow} {rules:?} {kind} {message}");
        assert_eq!((score.alert, score.interdicts), expected, "{row}");
        let flow = verdict.rule("EFRuP").map_or(String::new(), |flow| flow.outcome.to_string());
        assert_eq!(flow, outcome, "{row}");
        let stops = expected.1 || outcome == "block";
        assert_eq!(verdict.decision == Decision::Block, stops, "{row}");
    }
}

/// What a processor elsewhere says that no typology weighs is its outcome all the same: the score is 0.
#[test]
fn an_outcome_that_nobody_weighs_is_no_err() {
    let weighs = typology("t@1.0.0", &[term("X77@1.0.0", "a")], &alerts());
    let other = {
        let mut term = term("X77@1.0.0", "a");
        term["wghts"] = json!([{ "ref": ".09", "wght": 500 }]);
        typology("u@1.0.0", &[term], &alerts())
    };
    let mut screening = screening(&[weighs, other]);
    let ruling = |id: u128, outcome: &str| {
        Event::Ruling(Arc::new(Ruling {
            payment: PaymentId(id),
            hash: TermsHash([0; 32]),
            rule: RuleName::new("X77@1.0.0", "1.0.0"),
            outcome: SubRuleRef::new(outcome),
            value: Some(3.0),
            reason: None,
        }))
    };
    for (id, outcome, scores) in
        [(1, ".02", [200.0, 0.0]), (2, ".99", [0.0; 2]), (3, ".09", [0.0, 500.0])]
    {
        screening.take(ruling(id, outcome));
        let verdict = screening.attempt(attempt(id, NOW, "ann", "bob"));
        assert_eq!(said(&verdict, "X77"), (outcome.to_owned(), Some(3.0)));
        let found: Vec<f64> = verdict.typologies.iter().map(|one| one.score).collect();
        assert_eq!(found, scores, "{outcome}");
        assert!(verdict.missing.is_empty(), "{outcome}");
    }
    let verdict = screening.attempt(attempt(4, NOW, "ann", "bob"));
    assert_eq!(said(&verdict, "X77").0, ".err");
    assert_eq!(verdict.missing, [frms::Missing::ExternalRule]);
}

/// Two terms of one rule: the later one has the weight, so that the earlier one stays a letter.
#[test]
fn a_rule_twice_weighs_in_its_later_term() {
    let terms = [term("901@1.0.0", "a"), term("901@1.0.0", "b")];
    let mut sum = typology("t@1.0.0", &terms, &alerts());
    let mut screening_of = |expression: Value| {
        sum["expression"] = expression;
        let mut screening = screening(&[rule("901@1.0.0"), sum.clone()]);
        paid(&mut screening, 1, NOW).typologies[0].score
    };
    assert_eq!(screening_of(json!(["Add", "a", "b"])), 0.0);
    assert_eq!(screening_of(json!(["Add", "b"])), 100.0);
}

/// A rule of the configuration that a processor elsewhere answers, in the strict semantics.
#[test]
fn strict_configurations_name_their_external_rules() {
    let read = |rules: Value| {
        let typology = typology("t@1.0.0", &[term("X77@1.0.0", "a")], &alerts());
        let json = json!({ "rules": rules, "typologies": [typology] });
        Catalogue::read(json.to_string().as_bytes(), Semantics::Strict)
    };
    let mut entry = rule("X77@1.0.0");
    assert!(read(json!([entry])).unwrap_err().to_string().contains("there is no rule X77"));
    entry["external"] = json!(true);
    entry["config"]["parameters"] = json!({ "nights": ["sat", "sun"], "limit": 3 });
    let catalogue = read(json!([entry])).unwrap();
    let named = catalogue.rules().iter().find(|rule| rule.name.number() == "X77").unwrap();
    assert_eq!(json!(*named.handed), entry["config"]["parameters"]);
    let mut screening = Screening::of(catalogue);
    let verdict = screening.attempt(Attempt { at_ms: NOW, ..attempt(1, NOW, "ann", "bob") });
    assert_eq!(verdict.missing, [frms::Missing::ExternalRule]);
    entry["config"]["bands"] = json!([{ "subRuleRef": ".01" }, { "subRuleRef": ".01" }]);
    assert!(read(json!([entry.clone()])).unwrap_err().to_string().contains("X77"));
    entry["config"]["bands"] = json!([{ "subRuleRef": ".08" }]);
    let error = read(json!([entry])).unwrap_err().to_string();
    assert!(error.contains(".08"), "{error}");
}

#[test]
fn a_file_of_several_tenants_is_read_for_one_of_them() {
    let of = |tenant: &str, limit: i64| {
        let mut rule = rule("901@1.0.0");
        rule["config"]["bands"] = json!([{ "subRuleRef": ".01", "upperLimit": limit },
            { "subRuleRef": ".02", "lowerLimit": limit }]);
        let mut map = map(&[(ENDING, &[("t@1.0.0", &["901@1.0.0"])])]);
        let mut typology = typology("t@1.0.0", &[term("901@1.0.0", "a")], &alerts());
        for entry in [&mut rule, &mut map, &mut typology] {
            entry["tenantId"] = json!(tenant);
        }
        [rule, map, typology]
    };
    let file: Vec<Value> = of("north", 2).into_iter().chain(of("south", 9)).collect();
    let file = json!(file).to_string();
    let read = |tenant: &str| Catalogue::read_for(tenant, file.as_bytes(), Semantics::Peer);
    assert_eq!(
        (read("north").unwrap().rules().len(), read("south").unwrap().rules().len()),
        (1, 1)
    );
    let error = read("west").unwrap_err().to_string();
    assert!(error.contains("north, south"), "{error}");
    let set = Set::read(json!(of("north", 2)).to_string().as_bytes()).unwrap();
    assert!(set.for_tenant("west").is_ok(), "there is only one");
}
