//! Backtests of a draft over recorded events (`workbench.recorded`), and how a draft is read.

use std::fmt::Write as _;
use std::sync::Arc;

use causeway::serve::Gateway;
use causeway_tests::world::{World, plain_gateway};
use frms::{Attempt, Event, Semantics};
use serde_json::{Value, json};

use super::{ANN, SUE, api, api_at, burst, settings_with};

/// A payment of ann's to bob, so many seconds after the first.
fn attempt(number: i64) -> Arc<Attempt> {
    let known = frms::Pseudonyms::new(b"of the file");
    Arc::new(Attempt {
        id: frms::PaymentId(u128::try_from(number).unwrap()),
        hash: frms::TermsHash([7; 32]),
        point: frms::Point::BeforeReserve,
        at_ms: 1_767_225_600_000 + number * 1_000,
        payer_fsp: "green".to_owned(),
        payee_fsp: "blue".to_owned(),
        units: frms::Units(100_000),
        currency: "EUR".to_owned(),
        debtor: Some(known.party("MSISDN", "ann", "green")),
        creditor: Some(known.party("MSISDN", "bob", "blue")),
        facts: frms::Facts::Quote,
        category: None,
        debtor_age_years: None,
        place: None,
        description: None,
    })
}

/// Three payments out of one account within seconds, the last of them a fraud; then what became of them.
fn recorded() -> String {
    let mut text = String::new();
    for number in 1..=3_i64 {
        let tx = attempt(number);
        let (id, at_ms) = (tx.id, tx.at_ms);
        let is_fraud = number == 3;
        let behaviour = is_fraud.then(|| "burst".into());
        let label =
            frms::Label { behaviour, episode: is_fraud.then_some(1), ..frms::Label::default() };
        let outcome = frms::Outcome { id, kind: frms::OutcomeKind::Committed, at_ms: at_ms + 100 };
        for record in [frms::Record::Tx { tx, label }, frms::Record::Outcome(outcome)] {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}\n", serde_json::to_string(&record).unwrap());
        }
    }
    text
}

async fn test(world: &World, source: &str) -> (u16, String) {
    let body = json!({ "source": source });
    let answer = api(world, ANN, "POST /workbench/api/draft/test", body).await;
    (answer.status, answer.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_tested_on_recorded_events_and_a_bad_line_of_them_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("recorded.jsonl");
    std::fs::write(&file, recorded()).unwrap();
    let of_workbench = format!("recorded = {file:?}\n");
    let world = World::with(&settings_with(directory.path(), "", &of_workbench)).await;
    assert_eq!(test(&world, "recorded").await.0, 409, "there is no draft yet");
    let put = json!({ "catalogue": burst(true) });
    let put = api(&world, ANN, "POST /workbench/api/draft", put).await;
    assert_eq!(put.status, 204, "{}", put.body);
    assert_eq!(test(&world, "recorded").await, (204, String::new()));
    let shown = api(&world, ANN, "GET /workbench/api/typologies", Value::Null).await.json();
    let tested = &shown["draft"]["test"];
    assert_eq!((&tested["source"], &tested["records"]), (&json!("recorded"), &json!(6)));
    let (draft, live) = (&tested["draft"], &tested["live"]);
    for (report, stopped, worth) in [(draft, 1, 10.0), (live, 0, 0.0)] {
        assert_eq!((&report["payments"], &report["genuine"]), (&json!(3), &json!(2)), "{report}");
        assert_eq!(report["stopped"], stopped, "{report}");
        assert_eq!((&report["value"], &report["valueStopped"]), (&json!(10.0), &json!(worth)));
        assert_eq!(report["behaviours"]["burst"]["detected"], 1, "{report}");
    }
    // A file that cannot be read is named with its line, and the former result stays.
    let broken = format!("{}{{\"tx\": 7}}\n", recorded());
    std::fs::write(&file, broken).unwrap();
    let (status, said) = test(&world, "recorded").await;
    assert!(status == 400 && said.contains("recorded.jsonl:13"), "{status} {said}");
    std::fs::remove_file(&file).unwrap();
    let (status, said) = test(&world, "recorded").await;
    assert!(status == 400 && said.contains("recorded.jsonl"), "{status} {said}");
    let shown = api(&world, ANN, "GET /workbench/api/typologies", Value::Null).await.json();
    assert_eq!(shown["draft"]["test"]["records"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_file_there_is_nothing_recorded_to_test_on() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::with(&super::settings(directory.path())).await;
    let put = json!({ "catalogue": burst(true) });
    assert_eq!(api(&world, ANN, "POST /workbench/api/draft", put).await.status, 204);
    assert_eq!(test(&world, "recorded").await.0, 400);
    assert_eq!(test(&world, "stream").await.0, 204);
}

/// A page may be older than the draft: what is made live is what was seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_is_another_one_by_now_is_not_made_live() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::with(&super::settings(directory.path())).await;
    let put = async |stops| {
        let put = json!({ "catalogue": burst(stops) });
        assert_eq!(api(&world, ANN, "POST /workbench/api/draft", put).await.status, 204);
        assert_eq!(test(&world, "stream").await.0, 204);
        let shown = api(&world, SUE, "GET /workbench/api/typologies", Value::Null).await.json();
        shown["draft"]["atMs"].as_i64().unwrap().to_string()
    };
    let seen = put(false).await;
    world.clock.advance(1_000);
    let now = put(true).await;
    for (draft, status) in [(&seen, 409), (&now, 204)] {
        let body = json!({ "reason": "scams", "draft": draft });
        let done = api(&world, SUE, "POST /workbench/api/draft/promote", body).await;
        assert_eq!(done.status, status, "{}", done.body);
    }
}

/// What somebody tries out and makes live is read as the configuration says, also by the next start.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_read_and_made_live_in_the_semantics_of_the_gateway() {
    let directory = tempfile::tempdir().unwrap();
    // `.01` weighs nothing: an error in the strict semantics, a score of 0 in the peer's.
    let mut draft: Value = serde_json::from_str(&burst(true)).unwrap();
    draft["typologies"][0]["rules"][0]["wghts"].as_array_mut().unwrap().remove(2);
    let put = json!({ "catalogue": draft.to_string() });
    let start = async |semantics: &str| {
        let of_screening = format!("semantics = {semantics:?}\n");
        let settings = settings_with(directory.path(), &of_screening, "");
        plain_gateway(directory.path(), &settings, Arc::default()).await
    };
    let strict = start("strict").await;
    let at = strict.addresses.workbench.unwrap();
    let refused = api_at(at, SUE, "POST /workbench/api/draft", put.clone()).await;
    assert!(refused.status == 400 && refused.body.contains(".01"), "{}", refused.body);
    strict.stop().await;
    let peer = start("peer").await;
    let at = peer.addresses.workbench.unwrap();
    for (path, body) in [
        ("draft", put),
        ("draft/test", json!({ "source": "stream" })),
        ("draft/promote", json!({ "reason": "as the peer reads it" })),
    ] {
        let done = api_at(at, SUE, &format!("POST /workbench/api/{path}"), body).await;
        assert_eq!(done.status, 204, "{path}: {}", done.body);
    }
    assert_eq!(live(&peer), (1, Semantics::Peer));
    peer.stop().await;
    let again = start("peer").await;
    assert_eq!(live(&again), (1, Semantics::Peer));
    let stream = Arc::clone(again.node.screening.as_ref().unwrap().stream());
    let told = stream.read(0, 1_000).unwrap().into_iter().find_map(|entry| match entry.event {
        Event::Catalogue(change) => Some(change.semantics),
        _ => None,
    });
    assert_eq!(told, Some(Semantics::Peer), "what the scorer is told");
    let mut verdicts = stream.subscribe("frm.*.verdict.>");
    for (number, score, decision) in [
        (1, 0.0, frms::Decision::Allow),
        (2, 100.0, frms::Decision::Allow),
        (3, 200.0, frms::Decision::Block),
    ] {
        stream.append(Event::Attempt(attempt(number)));
        let Event::Verdict(verdict) = verdicts.next().await.unwrap().event else { panic!() };
        assert_eq!((verdict.typologies[0].score, verdict.decision), (score, decision), "{number}");
    }
    again.stop().await;
}

fn live(gateway: &Gateway) -> (u64, Semantics) {
    let live = gateway.node.screening.as_ref().unwrap().live();
    (live.number, live.catalogue.semantics())
}
