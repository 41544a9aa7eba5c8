//! Payments that are held without a verdict: somebody finds them in the queue, and two people end it.

use super::{ANN, SUE, api, ask, pay, settings_with, until_cases, until_held, word};
use causeway_tests::world::World;
use causeway_toolkit::dfsp::PaymentEnd;
use frms::{Attempt, Decision, Event, Point, Verdict};
use frms_stream::channel;
use serde_json::{Value, json};
use std::sync::Arc;

const HOLD: &str = "on_unavailable = \"hold\"\n";

/// A scorer that fails on everything it is asked.
fn gone(world: &World) {
    let (client, requests) = channel(16);
    drop(requests);
    world.gateway.node.screening.as_ref().unwrap().ask(client);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_held_without_a_verdict_is_in_the_queue_and_two_people_end_it() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::with(&settings_with(directory.path(), HOLD, "")).await;
    gone(&world);
    for (verb, end) in [("release", "COMMITTED"), ("block", "4000")] {
        let decided = async {
            let case = until_cases(&world, 1).await[0].clone();
            let id = case["id"].as_str().unwrap();
            let path = format!("GET /workbench/api/cases/{id}");
            let case = api(&world, ANN, &path, Value::Null).await.json();
            assert_eq!(case["typology"], "no verdict");
            let payment = &case["payments"][0];
            let said = payment["explanation"].as_str().unwrap();
            assert!(said.contains("the scorer failed"), "{said}");
            assert_eq!(payment["amount"], "10.00");
            let bearer = format!("Bearer {ANN}");
            let page = format!("GET /workbench/cases/{id}");
            let page = ask(&world, &page, &[("Authorization", bearer.as_str())], "").await;
            assert!(page.body.contains("held now"), "{}", page.body);
            let queue = "GET /workbench/cases";
            let queue = ask(&world, queue, &[("Authorization", bearer.as_str())], "").await;
            assert!(queue.body.contains(">held<"), "{}", queue.body);
            // Nobody closes what money waits in.
            assert_eq!(closed(&world, id).await, 409);
            // Whoever confirms what was on a page confirms nothing else that is proposed by now.
            let other = if verb == "block" { "release" } else { "block" };
            for (token, step, verb, by, status) in [
                (ANN, "propose", verb, "", 200),
                (SUE, "confirm", other, "ann", 409),
                (SUE, "confirm", verb, "bob", 409),
                (SUE, "confirm", verb, "ann", 200),
            ] {
                let mut body =
                    json!({ "payment": payment["id"], "verb": verb, "reason": "called" });
                if step == "confirm" {
                    body["proposedBy"] = by.into();
                }
                let line = format!("POST /workbench/api/cases/{id}/{step}");
                let taken = api(&world, token, &line, body).await;
                assert_eq!(taken.status, status, "{step} {verb}: {}", taken.body);
            }
            assert_eq!(closed(&world, id).await, 200);
            let csv = format!("GET /workbench/cases/{id}/export.csv");
            let csv = api(&world, ANN, &csv, Value::Null).await;
            assert!(csv.body.contains("no verdict") && csv.body.contains("held"), "{}", csv.body);
        };
        let (outcome, ()) = tokio::join!(pay(&world), decided);
        assert_eq!(word(&outcome), end, "{verb}");
        until_cases(&world, 0).await;
    }
    assert_eq!(world.books().await, (0, 0));
}

async fn closed(world: &World, id: &str) -> u16 {
    let line = format!("POST /workbench/api/cases/{id}/verdict");
    let body = json!({ "verdict": "unclear", "reason": "no verdict" });
    api(world, ANN, &line, body).await.status
}

fn blocking(attempt: &Attempt) -> Arc<Verdict> {
    Arc::new(Verdict {
        id: attempt.id,
        hash: attempt.hash,
        point: Point::BeforeReserve,
        sequence: 1,
        at_ms: attempt.at_ms,
        decision: Decision::Block,
        flow: None,
        rules: Vec::new(),
        typologies: Vec::new(),
        missing: Vec::new(),
        explanation: "The debtor is on a block list.".to_owned(),
    })
}

/// Whoever decides about a payment that nobody has judged sees the verdict that came too late: before the
/// hold is stored, or after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_that_comes_too_late_is_in_the_case() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::with(&settings_with(directory.path(), HOLD, "")).await;
    let (client, mut requests) = channel(16);
    let screening = world.gateway.node.screening.as_ref().unwrap();
    screening.ask(client);
    for is_before in [true, false] {
        let decided = async {
            let request = requests.recv().await.unwrap();
            let attempt = Arc::clone(&request.attempt);
            let tell = || {
                screening.seen().append(Event::Attempt(Arc::clone(&attempt)));
                screening.seen().append(Event::Verdict(blocking(&attempt)));
            };
            if is_before {
                tell();
            }
            drop(request);
            until_held(&world).await;
            if !is_before {
                tell();
            }
            let case = until_cases(&world, 1).await[0].clone();
            let path = format!("cases/{}", case["id"].as_str().unwrap());
            let judged = until_judged(&world, &path).await;
            assert_eq!(judged["typology"], "no verdict");
            let payment = &judged["payments"][0];
            assert_eq!(payment["verdicts"][0]["decision"], "block");
            let said = payment["explanation"].as_str().unwrap();
            let later = "Its verdict came later: block. The debtor is on a block list.";
            assert!(said.ends_with(later), "{said}");
            for (token, step) in [(ANN, "propose"), (SUE, "confirm")] {
                let body = json!({ "payment": payment["id"], "verb": "block", "reason": "list" });
                let line = format!("POST /workbench/api/{path}/{step}");
                let taken = api(&world, token, &line, body).await;
                assert_eq!(taken.status, 200, "{}", taken.body);
            }
            assert_eq!(closed(&world, case["id"].as_str().unwrap()).await, 200);
        };
        let (outcome, ()) = tokio::join!(pay(&world), decided);
        assert_eq!(word(&outcome), "4000");
        until_cases(&world, 0).await;
    }
    assert_eq!(world.books().await, (0, 0));
}

async fn until_judged(world: &World, path: &str) -> Value {
    for _ in 0..2_000 {
        let case = api(world, ANN, &format!("GET /workbench/api/{path}"), Value::Null).await.json();
        let steps = case["history"].as_array().unwrap();
        if steps.iter().any(|step| step["what"] == "judged block") {
            return case;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the verdict is not in the case")
}

/// What is not held opens no case: neither what goes on without a verdict, nor what is refused for now.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_held_opens_no_case() {
    for (policy, is_paid) in [("open", true), ("closed", false)] {
        let directory = tempfile::tempdir().unwrap();
        let policy = format!("on_unavailable = \"{policy}\"\n");
        let world = World::with(&settings_with(directory.path(), &policy, "")).await;
        gone(&world);
        match pay(&world).await.end {
            PaymentEnd::Committed => assert!(is_paid),
            PaymentEnd::Refused { code, .. } => {
                assert_eq!((code.as_str(), is_paid), ("2003", false))
            }
            other => panic!("{other:?}"),
        }
        let cases = world.gateway.node.store.documents("case", None, 10).await.unwrap();
        assert_eq!(cases.len(), 0);
    }
}
