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
        message: ("004@1.0.0", "1.0.0"),
        elapsed_ns: 5,
        meta_data: &json!({ "prcgTmDP": 1 }),
    };
    let report = report(&verdict, screening.engine.catalogue(), &evaluation);
    assert_eq!(
        report,
        json!({
            "evaluationID": "0190d5c4-0000-7000-8000-000000000000",
            "metaData": { "prcgTmDP": 1 },
            "status": "ALRT",
            "timestamp": "2026-01-01T00:00:00.000Z",
            "tadpResult": { "id": "004@1.0.0", "cfg": "1.0.0", "prcgTm": 5, "typologyResult": [{
                "id": "typology-processor", "cfg": "001@1.0.0", "tenantId": "DEFAULT",
                "result": 150, "review": true, "workflow": { "alertThreshold": 100 },
                "ruleResults": [{ "id": "901@1.0.0", "cfg": "1.0.0", "subRuleRef": ".01",
                    "tenantId": "DEFAULT", "indpdntVarbl": 1, "wght": 150 }],
            }] },
        })
    );
}
