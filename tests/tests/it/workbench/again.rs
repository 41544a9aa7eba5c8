//! Cases that are opened although there was one: an alert belongs to the one before for a day, and the case
//! of that one is closed, full, or snoozed.

use super::{ANN, SUE, api, burst, pay, settings, until_cases, until_held, word};
use causeway::cases::{Payment, kept};
use causeway_tests::world::World;
use causeway_toolkit::players::GREEN_NUMBER;
use serde_json::{Value, json};

/// Like [`burst`], and what is a third payment waits for somebody's word.
fn holding() -> String {
    let mut catalogue: Value = serde_json::from_str(&burst(true)).unwrap();
    catalogue["typologies"][0]["workflow"]["interdiction"] = json!("review");
    catalogue.to_string()
}

async fn act(world: &World, token: &str, id: &str, verb: &str, body: Value) -> Value {
    let line = format!("POST /workbench/api/cases/{id}/{verb}");
    let answer = api(world, token, &line, body).await;
    assert_eq!(answer.status, 200, "{verb}: {}", answer.body);
    answer.json()
}

async fn close(world: &World, id: &str) {
    act(world, ANN, id, "verdict", json!({ "verdict": "genuine", "reason": "rent" })).await;
    until_cases(world, 0).await;
}

/// The one open case, by its id.
async fn open(world: &World, typology: &str) -> String {
    let case = until_cases(world, 1).await[0].clone();
    assert_eq!(case["typology"], typology);
    case["id"].as_str().unwrap().to_owned()
}

/// Two people let the held payment of a case go on.
async fn release(world: &World, id: &str) {
    let case = api(world, ANN, &format!("GET /workbench/api/cases/{id}"), Value::Null).await.json();
    let payment = case["payments"].as_array().unwrap().last().unwrap()["id"].clone();
    let body = json!({ "payment": payment, "verb": "release", "reason": "called" });
    act(world, ANN, id, "propose", body).await;
    act(world, SUE, id, "confirm", json!({ "payment": payment, "verb": "release" })).await;
}

/// A payment is held with a case of its own, which is closed once two people have let the payment go on.
async fn held_and_released(world: &World, typology: &str) {
    let decided = async {
        until_held(world).await;
        let id = open(world, typology).await;
        release(world, &id).await;
        id
    };
    let (outcome, id) = tokio::join!(pay(world), decided);
    assert_eq!(word(&outcome), "COMMITTED");
    close(world, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_after_a_case_was_closed_has_a_case_too() {
    let directory = tempfile::tempdir().unwrap();
    let settings = settings(directory.path());
    std::fs::write(directory.path().join("typologies.json"), holding()).unwrap();
    let world = World::with(&settings).await;
    for _ in 0..2 {
        assert_eq!(word(&pay(&world).await), "COMMITTED");
    }
    close(&world, &open(&world, "burst@1.0.0").await).await;
    for _ in 0..2 {
        held_and_released(&world, "burst@1.0.0").await;
    }
    assert_eq!(world.books().await, (0, 0));
}

/// A snooze keeps a typology from opening cases, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_list_holds_has_a_case_beside_a_typology_that_is_snoozed() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::with(&settings(directory.path())).await;
    for _ in 0..2 {
        assert_eq!(word(&pay(&world).await), "COMMITTED");
    }
    let id = open(&world, "burst@1.0.0").await;
    let case = api(&world, ANN, &format!("GET /workbench/api/cases/{id}"), Value::Null).await;
    for account in case.json()["accounts"].as_array().unwrap() {
        let body = json!({ "account": account, "hours": 1, "reason": "rent" });
        act(&world, ANN, &id, "snooze", body).await;
    }
    close(&world, &id).await;
    assert_eq!(word(&pay(&world).await), "COMMITTED");
    let listed = json!({
        "kind": "review", "side": "debtor", "scheme": "MSISDN", "identifier": GREEN_NUMBER,
        "member": "greenwallet", "reason": "complained of",
    });
    let answer = api(&world, SUE, "POST /workbench/api/lists", listed).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    held_and_released(&world, "EFRuP").await;
    assert_eq!(world.books().await, (0, 0));
}

/// A case that is full gets a further one beside it, which the next payments find.
#[tokio::test(flavor = "multi_thread")]
async fn beside_a_full_case_a_further_one_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::with(&settings(directory.path())).await;
    for _ in 0..2 {
        assert_eq!(word(&pay(&world).await), "COMMITTED");
    }
    let full = open(&world, "burst@1.0.0").await;
    let filled = kept::change(&world.gateway.node, &full, |case| {
        let first = case.payments[0].clone();
        while case.has_room() {
            let id = format!("{:032x}", case.payments.len());
            case.join(Payment { id, ..first.clone() });
        }
        Ok(())
    });
    filled.await.unwrap();
    for _ in 0..2 {
        assert_eq!(word(&pay(&world).await), "COMMITTED");
        until_cases(&world, 2).await;
    }
    // Who works on the full one, or closes it, takes nothing from the other.
    act(&world, ANN, &full, "note", json!({ "text": "many" })).await;
    act(&world, ANN, &full, "verdict", json!({ "verdict": "fraud", "reason": "mules" })).await;
    assert_eq!(word(&pay(&world).await), "COMMITTED");
    let further = open(&world, "burst@1.0.0").await;
    for _ in 0..2_000 {
        let path = format!("GET /workbench/api/cases/{further}");
        let case = api(&world, ANN, &path, Value::Null).await.json();
        if case["payments"].as_array().unwrap().len() == 3 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("not all payments are in the further case");
}
