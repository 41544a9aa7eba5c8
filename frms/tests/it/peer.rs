//! The peer's files as they are, and its reports.

use frms::peer::{Evaluation, Set, report};
use frms::{Catalogue, Semantics};
use serde_json::{Value, json};

use crate::{Screening, attempt};

const NOW: i64 = 1_767_225_600_000;

/// Each file of the public set is a configuration of its own.
#[test]
fn the_public_sets_load_unchanged() {
    let Some(bytes) = crate::shared("data/frms/fullstack-config-all.json") else { return };
    let files: Value = serde_json::from_slice(&bytes).unwrap();
    let mut loaded = 0;
    for (name, entries) in files.as_object().unwrap() {
        let set = Set::read(entries.to_string().as_bytes()).unwrap();
        let tenants: std::collections::BTreeSet<_> =
            set.rules.iter().map(|(_, rule)| rule.tenant_id.clone()).collect();
        for tenant in &tenants {
            let catalogue = Catalogue::of(&set.of_tenant(tenant), Semantics::Peer)
                .unwrap_or_else(|error| panic!("{name}, {tenant}: {error}"));
            loaded += catalogue.rules().len();
            Screening::of(catalogue).attempt(attempt(1, NOW, "ann", "bob"));
        }
    }
    assert!(loaded > 35, "rules of all files: {loaded}");
}

/// The examples of the peer's documentation: with `multiply` in lower case, which scores 0.
#[test]
fn the_documented_typology_loads_and_scores_what_the_peer_scores() {
    let Some(bytes) = crate::shared("data/frms/docs-example-typology-processor-configuration.md")
    else {
        return;
    };
    let text = String::from_utf8(bytes).unwrap();
    let from = text.find("```JSON").unwrap() + "```JSON".len();
    let to = from + text[from..].find("```").unwrap();
    let typology = &text[from..to];
    let catalogue = Catalogue::read(typology.as_bytes(), Semantics::Peer).unwrap();
    let mut screening = Screening::of(catalogue);
    let verdict = screening.attempt(attempt(1, NOW, "ann", "bob"));
    assert_eq!(verdict.typologies[0].score, 0.0);
    let error = Catalogue::read(typology.as_bytes(), Semantics::Strict).unwrap_err().to_string();
    assert!(error.contains("multiply is not Multiply"), "{error}");
}

#[test]
fn a_verdict_becomes_a_report_of_the_peers_shape() {
    let typology = json!({
        "id": "typology-processor", "cfg": "001@1.0.0", "workflow": { "alertThreshold": 100 },
        "rules": [{ "id": "901@1.0.0", "cfg": "1.0.0", "termId": "v901", "wghts": [
            { "ref": ".err", "wght": 0 }, { "ref": ".01", "wght": 150 }, { "ref": ".02", "wght": 0 } ] }],
        "expression": ["Add", "v901"],
    });
    let catalogue = Catalogue::read(typology.to_string().as_bytes(), Semantics::Peer).unwrap();
    let mut screening = Screening::of(catalogue);
    let verdict = screening.attempt(attempt(1, NOW, "ann", "bob"));
    let evaluation = Evaluation {
        id: "0190d5c4-0000-7000-8000-000000000000",
        timestamp: "2026-01-01T00:00:00.000Z",
        tenant: "DEFAULT",
        message: "pacs.002.001.12",
        elapsed_ns: 5,
        meta_data: &json!({ "prcgTmDP": 1 }),
    };
    let report = report(&verdict, screening.engine.catalogue(), &evaluation).unwrap();
    assert_eq!(
        report,
        json!({
            "evaluationID": "0190d5c4-0000-7000-8000-000000000000",
            "metaData": { "prcgTmDP": 1 },
            "status": "ALRT",
            "timestamp": "2026-01-01T00:00:00.000Z",
            "tadpResult": { "id": "pacs.002.001.12", "cfg": "", "prcgTm": 5, "typologyResult": [{
                "id": "typology-processor", "cfg": "001@1.0.0", "tenantId": "DEFAULT",
                "result": 150, "review": true, "workflow": { "alertThreshold": 100 },
                "ruleResults": [{ "id": "901@1.0.0", "cfg": "1.0.0", "subRuleRef": ".01",
                    "tenantId": "DEFAULT", "indpdntVarbl": 1, "wght": 150 }],
            }] },
        })
    );
}

/// What is not plain arithmetic over all terms is refused, with the place and the mend.
#[test]
fn strict_expressions_name_what_is_wrong_and_where() {
    let rows = [
        (json!("Add"), "/expression: an expression is an array"),
        (json!(["add", "v901"]), "/expression: add is not Add"),
        (json!(["Sum", "v901"]), "/expression: Sum is not supported"),
        (json!(["plus", "v901"]), "/expression: plus is no operator"),
        (
            json!(["Add", "v901", ["Divide", 1]]),
            "/expression/2: Divide takes two operands, and has 1",
        ),
        (
            json!(["Add", "v901", ["Subtract", 3, 2, 1]]),
            "/expression/2: Subtract takes two operands",
        ),
        (json!(["Add"]), "/expression: Add takes one operand or more, and has 0"),
        (json!(["Add", "v901", ["Divide", 1, 0]]), "/expression/2: this divides by 0"),
        (json!(["Add", "v902"]), "/expression/1: v902 is no term of this typology"),
        (json!(["Add", "v901", "5"]), "/expression/2: the number 5 is text"),
        (json!(["Add", "v901", null]), "/expression/2: null is not supported"),
        (json!(["Add", "v901", []]), "/expression/2: an expression is an array"),
        (json!(["Divide", 1, "v901"]), "it may divide by 0"),
        (json!(["Add", "v901", "v901"]), "the term v901 stands 2 times"),
        (json!(["Add", 5]), "the term v901 stands 0 times"),
    ];
    for (expression, said) in rows {
        let typology = json!({
            "cfg": "001@1.0.0", "workflow": { "alertThreshold": 1 },
            "rules": [{ "id": "901@1.0.0", "cfg": "1.0.0", "termId": "v901", "wghts": [
                { "ref": ".err", "wght": 0 }, { "ref": ".x00", "wght": 0 }, { "ref": ".01", "wght": 0 },
                { "ref": ".02", "wght": 50 }, { "ref": ".03", "wght": 100 } ] }],
            "expression": expression,
        });
        let read = Catalogue::read(typology.to_string().as_bytes(), Semantics::Strict);
        let error = read.unwrap_err().to_string();
        assert!(error.starts_with(&format!("typology 001@1.0.0: {said}")), "{expression}: {error}");
    }
}

/// Deep and large expressions are refused, and what is allowed is evaluated at once.
#[test]
fn expressions_are_bounded() {
    let nested = |levels: usize, operator: &str| {
        (0..levels).fold(json!("v1"), |inner, _| json!([operator, inner, 2]))
    };
    let read = |expression: Value| {
        let typology = json!({ "cfg": "1", "expression": expression,
            "rules": [{ "id": "801@1", "cfg": "1", "termId": "v1", "wghts": [] }] });
        Catalogue::read(typology.to_string().as_bytes(), Semantics::Peer)
    };
    let deepest = frms::limits::EXPRESSION_DEPTH_MAX;
    for operator in ["Add", "Subtract", "Multiply", "Divide"] {
        let catalogue = read(nested(deepest, operator)).unwrap();
        let found = catalogue.rules().iter().map(|rule| rule.found(".01", None));
        catalogue.typologies()[0].score(&found.collect::<Vec<_>>());
        assert!(read(nested(deepest + 1, operator)).is_err(), "{operator}");
    }
    let wide = vec![json!(1); frms::limits::EXPRESSION_PARTS_MAX + 1];
    assert!(read([json!("Add")].into_iter().chain(wide).collect()).is_err());
}
