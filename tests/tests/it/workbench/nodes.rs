//! Analysts at several nodes, each with a scorer of its own: what a supervisor makes live at one counts at
//! all of them.

use super::{ANN, SUE, api_at, burst, pay_by, settings, word};
use causeway_tests::fellows::Fellows;
use causeway_tests::world::urls;
use causeway_toolkit::players::Players;
use serde_json::{Value, json};
use std::net::SocketAddr;

fn at(fellows: &Fellows, index: usize) -> SocketAddr {
    fellows.gateway(index).addresses.workbench.unwrap()
}

async fn done(at: SocketAddr, token: &str, path: &str, body: Value) {
    let answer = api_at(at, token, &format!("POST /workbench/api/{path}"), body).await;
    assert_eq!(answer.status, 204, "{path}: {}", answer.body);
}

fn live(fellows: &Fellows, index: usize) -> u64 {
    fellows.node(index).screening.as_ref().unwrap().live().number
}

async fn counts(fellows: &Fellows, index: usize, number: u64) {
    let what = format!("number {number} counts at node {index}");
    fellows.eventually(&what, || async { live(fellows, index) == number }).await;
}

/// Whether each of some payments of green's is paid, all through the second node.
async fn paid(players: &Players, count: usize) -> Vec<String> {
    let mut ends = Vec::new();
    for _ in 0..count {
        ends.push(word(&pay_by(players).await));
    }
    ends
}

async fn draft(at: SocketAddr) -> Value {
    api_at(at, ANN, "GET /workbench/api/typologies", Value::Null).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_live_at_one_node_counts_at_the_others_and_at_those_that_were_down() {
    let directory = tempfile::tempdir().unwrap();
    let Some(mut fellows) = Fellows::start(2, &settings(directory.path())).await else { return };
    let players = fellows.players().await;
    // Like green: what a quote is about is known where it was asked.
    players.blue.set_hub(urls(fellows.gateway(1)).fspiop);
    // Green is a customer of the second node, whose catalogue only tells.
    assert_eq!(paid(&players, 3).await, ["COMMITTED"; 3]);
    done(at(&fellows, 0), ANN, "draft", json!({ "catalogue": burst(true) })).await;
    let beside = || async { !draft(at(&fellows, 1)).await["difference"].is_null() };
    fellows.eventually("the draft is judged beside the live one at both", beside).await;
    done(at(&fellows, 0), ANN, "draft/test", json!({ "source": "stream" })).await;
    done(at(&fellows, 0), SUE, "draft/promote", json!({ "reason": "scams" })).await;
    counts(&fellows, 1, 1).await;
    assert_eq!(paid(&players, 1).await, ["4000"], "it counts the three from before");
    let gone = || async { draft(at(&fellows, 1)).await["difference"].is_null() };
    fellows.eventually("the draft is gone at both", gone).await;
    done(at(&fellows, 0), SUE, "catalogues/0/rollback", json!({ "reason": "too strict" })).await;
    counts(&fellows, 1, 2).await;
    assert_eq!(paid(&players, 1).await, ["COMMITTED"]);
    // A node that was down has it from its start on, and so has its scorer, whose memory is new.
    fellows.stop(1).await;
    done(at(&fellows, 0), SUE, "catalogues/1/rollback", json!({ "reason": "after all" })).await;
    assert_eq!(live(&fellows, 0), 3);
    fellows.again(1).await;
    assert_eq!(live(&fellows, 1), 3);
    assert_eq!(paid(&players, 3).await, ["COMMITTED", "COMMITTED", "4000"]);
    assert_eq!(fellows.books().await, (0, 0));
}
