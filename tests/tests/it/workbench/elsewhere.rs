//! Analysts where verdicts come from a scorer elsewhere, over NATS: two nodes over one store show the same
//! decisions and cases, and what is decided at one reaches the scorer.

use super::{ANN, SUE, api_at, burst, pay_by, settings_with, until_cases_at, word};
use causeway::config::Config;
use causeway::screening::scorer::Scorer;
use causeway_tests::fellows::Fellows;
use causeway_tests::nats::NatsServer;
use causeway_tests::world::urls;
use causeway_toolkit::onboard::AdminClient;
use causeway_toolkit::players::Players;
use http::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use switch_store::SystemClock;

fn at(fellows: &Fellows, index: usize) -> SocketAddr {
    fellows.gateway(index).addresses.workbench.unwrap()
}

async fn shown(at: SocketAddr, path: &str) -> Value {
    api_at(at, ANN, &format!("GET /workbench/api/{path}"), Value::Null).await.json()
}

async fn done(at: SocketAddr, token: &str, path: &str, body: Value) {
    let answer = api_at(at, token, &format!("POST /workbench/api/{path}"), body).await;
    assert!(matches!(answer.status, 200 | 204), "{path}: {} {}", answer.status, answer.body);
}

/// Answers once it is the active one.
async fn scorer(directory: &Path, nats: &str) -> Scorer {
    let catalogue = directory.join("typologies.json");
    let text = format!(
        "[listen]\nadmin = \"127.0.0.1:0\"\n[screening]\ncatalogue = {catalogue:?}\n{nats}\
         [log]\nfilter = \"error\"\n"
    );
    let config = Config::parse(&text, "the scorer's").unwrap();
    let scorer = Scorer::start(config, Arc::new(SystemClock::new())).await.unwrap();
    let admin = AdminClient::new(format!("http://{}", scorer.address));
    loop {
        let health = admin.send(Method::GET, "/health", None).await.unwrap();
        if health.json().unwrap_or_default()["role"] == "active" {
            return scorer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Pays until it ends so: what an analyst decides reaches the scorer a moment later. How many decisions
/// there are of these payments: one of each before it is made, one more of each that was.
async fn until_paid_so(players: &Players, end: &str) -> usize {
    let mut decisions = 0;
    for _ in 0..200 {
        let word = word(&pay_by(players).await);
        decisions += if word == "COMMITTED" { 2 } else { 1 };
        if word == end {
            return decisions;
        }
    }
    panic!("no payment ended in {end}")
}

/// Returns when a node shows so many decisions; what they are about is in its case by then.
async fn until_shown(fellows: &Fellows, index: usize, decisions: usize) {
    let shown = || async {
        let shown = shown(at(fellows, index), "decisions").await;
        shown.as_array().is_some_and(|shown| shown.len() >= decisions)
    };
    fellows.eventually(&format!("node {index} shows {decisions} decisions"), shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbench_follows_a_scorer_elsewhere_and_what_is_decided_there_reaches_it() {
    let Some(server) = NatsServer::start().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let nats = format!("[nats]\nurl = \"{}\"\n", server.url());
    let elsewhere = "scorer = \"nats\"\n";
    let settings = settings_with(directory.path(), elsewhere, "") + &nats;
    let scorer = scorer(directory.path(), &nats).await;
    let Some(mut fellows) = Fellows::start(2, &settings).await else { return };
    let players = fellows.players().await;
    // Like green: what a quote is about is known where it was asked.
    players.blue.set_hub(urls(fellows.gateway(1)).fspiop);
    for _ in 0..3 {
        assert_eq!(word(&pay_by(&players).await), "COMMITTED");
    }
    // Both nodes show what the scorer decided for either, and both find the one case.
    let mut ids = Vec::new();
    for index in 0..2 {
        until_shown(&fellows, index, 6).await;
        let case = until_cases_at(at(&fellows, index), 1).await[0].clone();
        let id = case["id"].as_str().unwrap().to_owned();
        let case = shown(at(&fellows, index), &format!("cases/{id}")).await;
        assert_eq!(case["payments"].as_array().unwrap().len(), 2);
        ids.push(id);
    }
    assert_eq!(ids[0], ids[1]);
    // A draft at one node is judged beside the live one at both, by the same events.
    done(at(&fellows, 0), ANN, "draft", json!({ "catalogue": burst(true) })).await;
    for index in 0..2 {
        let differs = || async {
            let difference = &shown(at(&fellows, index), "typologies").await["difference"];
            difference["stops"] == json!([0, 0, 1])
        };
        fellows.eventually("the draft would have stopped the third", differs).await;
    }
    done(at(&fellows, 1), ANN, "draft/test", json!({ "source": "stream" })).await;
    let tested = shown(at(&fellows, 0), "typologies").await["draft"]["test"].clone();
    assert_eq!((&tested["draft"]["payments"], &tested["draft"]["stopped"]), (&3.into(), &1.into()));
    // Promotion, allowed pair, rollback: each reaches the scorer.
    done(at(&fellows, 0), SUE, "draft/promote", json!({ "reason": "scams" })).await;
    let mut decisions = 6 + until_paid_so(&players, "4000").await;
    let case = shown(at(&fellows, 1), &format!("cases/{}", ids[0])).await;
    let pair = json!({ "payment": case["payments"][0]["id"], "reason": "family" });
    done(at(&fellows, 1), SUE, &format!("cases/{}/allow", ids[0]), pair).await;
    decisions += until_paid_so(&players, "COMMITTED").await;
    let name = shown(at(&fellows, 1), "lists").await[0]["name"].as_str().unwrap().to_owned();
    done(at(&fellows, 1), SUE, &format!("lists/{name}/remove"), Value::Null).await;
    decisions += until_paid_so(&players, "4000").await;
    done(at(&fellows, 1), SUE, "catalogues/0/rollback", json!({ "reason": "too strict" })).await;
    decisions += until_paid_so(&players, "COMMITTED").await;
    // A node that starts again reads the events again: nothing that was closed is opened by that.
    for index in 0..2 {
        until_shown(&fellows, index, decisions).await;
    }
    let open = shown(at(&fellows, 0), "cases").await;
    for case in open["cases"].as_array().unwrap() {
        let path = format!("cases/{}/verdict", case["id"].as_str().unwrap());
        let genuine = json!({ "verdict": "genuine", "reason": "family" });
        done(at(&fellows, 0), ANN, &path, genuine).await;
    }
    fellows.stop(1).await;
    fellows.again(1).await;
    until_shown(&fellows, 1, decisions).await;
    until_cases_at(at(&fellows, 1), 0).await;
    assert_eq!(fellows.books().await, (0, 0));
    scorer.stop().await;
}
