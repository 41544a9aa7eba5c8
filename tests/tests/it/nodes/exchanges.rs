//! Exchanges and operators' words at one node, about what another one does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use causeway_tests::fellows::Fellows;
use causeway_toolkit::bank::Told;
use causeway_toolkit::dfsp::{Conduct, Stage};
use causeway_toolkit::players::{CURRENCY, GREEN_NUMBER};
use http::Method;
use serde_json::json;

use super::{PATIENCE_MS, all_delivered, assert_committed, ended, green_pays_blue, order_to};

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_is_answered_where_it_waits_though_the_order_ends_elsewhere() {
    let Some(fellows) = Fellows::start(2, "").await else { return };
    let players = fellows.players().await;
    // The payee's answers come to the second node, which so takes all further steps.
    players.green.set_conduct(Stage::Transfer, Conduct::late(300));
    let order = order_to(GREEN_NUMBER, "7");
    let outcome = players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(ended(&outcome), ("ACSC", ""), "{}", outcome.xml);
    assert_eq!(outcome.told, Told::Answer);
    all_delivered(&fellows, 0).await;
    for pushed in players.alpine.received() {
        assert_eq!(pushed.text(), outcome.xml, "what is posted as well says the same");
    }
    assert!(players.alpine.received().len() <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_another_node_ended_costs_its_first_node_nothing_at_its_deadline() {
    let Some(fellows) = Fellows::start(3, "").await else { return };
    let players = fellows.players().await;
    let mut request = green_pays_blue("3");
    request.expires_in_ms = 25_000;
    let begun = Instant::now();
    assert_committed(&players.green.pay(&request).await.unwrap());
    all_delivered(&fellows, 1).await;
    // What was delivered is confirmed a while later, with whatever else is committed then.
    let mut before = fellows.node(1).store.syncs();
    let mut since = Instant::now();
    while since.elapsed() < Duration::from_millis(6_000) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if fellows.node(1).store.syncs() != before {
            (before, since) = (fellows.node(1).store.syncs(), Instant::now());
        }
    }
    assert!(begun.elapsed() < Duration::from_millis(24_000), "its deadline is still to come");
    tokio::time::sleep_until((begun + Duration::from_millis(27_500)).into()).await;
    assert_eq!(fellows.node(1).store.syncs(), before, "nothing was committed");
    assert_eq!(fellows.node(1).timers.documents(), [], "nothing is remembered");
    assert_eq!(fellows.books().await, (0, 0));
}

const REVIEWING: &str = "[screening]\nenabled = true\nbudget_ms = 5000\non_review = \"hold\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_set_at_one_node_holds_at_another_and_a_third_releases() {
    let Some(fellows) = Fellows::start(3, REVIEWING).await else { return };
    let players = fellows.players().await;
    let condition = json!({
        "evtTp": ["pacs.008.001.10"], "condTp": "review", "prsptv": "debtor",
        "condRsn": "reported scam", "incptnDtTm": "2020-01-01T00:00:00.000Z", "usr": "analyst",
        "forceCret": true,
        "ntty": { "id": GREEN_NUMBER, "schmeNm": { "prtry": "MSISDN" } },
    });
    let path = "/screening/conditions/watched";
    let answer = fellows.admin(0).send(Method::PUT, path, Some(&condition)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let has_it = || async {
        let answer = fellows.admin(1).send(Method::GET, path, None).await.unwrap();
        answer.status == 200
    };
    fellows.eventually("the second node has the condition", has_it).await;
    let mut request = green_pays_blue("9");
    request.payer.identifier = GREEN_NUMBER.to_owned();
    let players = Arc::new(players);
    let payer = Arc::clone(&players);
    let paying = tokio::spawn(async move { payer.green.pay(&request).await });
    let held = || async {
        let answer = fellows.admin(2).send(Method::GET, "/transfers?state=HELD", None).await;
        answer.unwrap().json().unwrap().as_array().unwrap().len() == 1
    };
    fellows.eventually("it is held", held).await;
    let list = fellows.admin(2).send(Method::GET, "/transfers?state=HELD", None).await.unwrap();
    let id = list.json().unwrap()[0]["transferId"].as_str().unwrap().to_owned();
    let path = format!("/transfers/{id}/release");
    let answer = fellows.admin(2).send(Method::POST, &path, None).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_committed(&paying.await.unwrap().unwrap());
    let position = fellows.admin(0).position("bluewallet", CURRENCY).await.unwrap();
    assert_eq!(position.to_string(), "-9");
}
