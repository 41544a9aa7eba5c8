//! What scorers elsewhere hear of conditions and catalogues: whoever reads the stream ends with what the
//! store and the file have, whatever was told before and in whichever order it came.

use std::path::Path;
use std::sync::Arc;

use causeway::screening::catalogues::Promotion;
use causeway_tests::world::{MovedClock, admin, plain_gateway};
use frms::{Catalogue, Engine, Event};
use frms_stream::{Decoded, decode};

use super::*;

const TENANT: &str = "default";

/// A condition on blue's number.
fn body(kind: &str) -> Value {
    json!({
        "evtTp": ["all"], "condTp": kind, "prsptv": "creditor", "condRsn": "reported scam",
        "incptnDtTm": "2020-01-01T00:00:00.000Z", "usr": "analyst", "forceCret": true,
        "ntty": { "id": BLUE_NUMBER, "schmeNm": { "prtry": "MSISDN" } },
    })
}

fn of_file(directory: &Path, conditions: &Value) -> String {
    let file = directory.join("conditions.json");
    std::fs::write(&file, conditions.to_string()).unwrap();
    format!("[screening]\nenabled = true\nconditions = {file:?}\n")
}

/// Those messages of the stream, and a scorer that has read it.
async fn heard(server: &NatsServer, kind: &str) -> (Vec<Value>, Engine) {
    let mut engine = Engine::new(Catalogue::standard().unwrap());
    let mut heard = Vec::new();
    for (one, sequence) in read(server, FRM).await.into_iter().zip(1..) {
        let payload = serde_json::to_vec(&one.payload).unwrap();
        let Decoded::Event(event) = decode(TENANT, &one.subject, &payload) else { continue };
        engine.apply(sequence, &event);
        if one.subject.starts_with(&format!("frm.{TENANT}.{kind}.")) {
            heard.push(one.payload);
        }
    }
    (heard, engine)
}

/// Waits until it is so.
async fn until_heard(
    server: &NatsServer,
    kind: &str,
    holds: impl Fn(&[Value]) -> bool,
) -> (Vec<Value>, Engine) {
    for _ in 0..PATIENCE_MS / 50 {
        // The stream may not be there yet.
        if jetstream(server).await.get_stream(FRM).await.is_ok() {
            let (heard, engine) = heard(server, kind).await;
            if holds(&heard) {
                return (heard, engine);
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", heard(server, kind).await.0);
}

/// What a payment to blue is decided to be, by who has read the stream.
async fn decided(world: &World, mut engine: Engine) -> frms::Decision {
    let known = world.gateway.node.screening.as_ref().unwrap().pseudonyms();
    let attempt = frms::Attempt {
        id: frms::PaymentId(1),
        hash: frms::TermsHash([0; 32]),
        point: frms::Point::BeforeReserve,
        at_ms: world.gateway.node.now().0,
        payer_fsp: "greenwallet".to_owned(),
        payee_fsp: "bluewallet".to_owned(),
        units: frms::Units(10_000),
        currency: CURRENCY.to_owned(),
        debtor: Some(known.party("MSISDN", GREEN_NUMBER, "greenwallet")),
        creditor: Some(known.party("MSISDN", BLUE_NUMBER, "bluewallet")),
        facts: frms::Facts::Quote,
        category: None,
        debtor_age_years: None,
        place: None,
        description: None,
    };
    engine.apply(1_000_000, &Event::Attempt(Arc::new(attempt)))[0].decision
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_changed_and_changed_back_is_told_each_time() {
    let Some(server) = NatsServer::start().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut versions = Vec::new();
    for kind in ["review", "override", "review"] {
        let file = of_file(directory.path(), &json!({ "mule": body(kind) }));
        let clock = Arc::new(MovedClock::default());
        let settings = format!("{file}{}", settings(&server));
        let gateway = plain_gateway(directory.path(), &settings, clock).await;
        let is_last =
            |heard: &[Value]| heard.last().is_some_and(|last| last["condition"]["kind"] == kind);
        let (heard, _) = until_heard(&server, "condition", is_last).await;
        versions.push(heard.last().unwrap()["version"].as_u64().unwrap());
        gateway.stop().await;
    }
    assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_out_of_the_file_counts_no_more_and_what_operators_set_stays() {
    let Some(server) = NatsServer::start().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let block = body("non-overridable-block");
    let files = [json!({ "a": block, "b": block }), json!({ "b": block }), json!({})];
    for (file, expected) in files.iter().zip(["a b o", "b o", "o"]) {
        let settings = of_file(directory.path(), file) + &settings(&server);
        let clock = Arc::new(MovedClock::default());
        let gateway = plain_gateway(directory.path(), &settings, clock).await;
        let path = "/screening/conditions/o";
        let set = admin(&gateway).send(Method::PUT, path, Some(&body("review"))).await;
        set.unwrap().success(path).unwrap();
        let counts = || async {
            let (_, engine) = heard(&server, "book").await;
            engine.conditions().join(" ")
        };
        let mut counted = String::new();
        for _ in 0..PATIENCE_MS / 50 {
            // The stream may not be there yet.
            if jetstream(&server).await.get_stream(FRM).await.is_ok() {
                counted = counts().await;
            }
            if counted == expected {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(counted, expected);
        gateway.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_that_was_taken_back_before_nats_came_is_not_told() {
    let Some(mut server) = NatsServer::prepared("") else { return };
    let on = "[screening]\nenabled = true\n";
    let world = World::with(&format!("{on}{}", settings(&server))).await;
    let path = "/screening/conditions/mule";
    let block = body("non-overridable-block");
    for _ in 0..3 {
        world.admin.send(Method::PUT, path, Some(&block)).await.unwrap().success(path).unwrap();
        world.admin.send(Method::DELETE, path, None).await.unwrap().success(path).unwrap();
    }
    let other = "/screening/conditions/other";
    let review = body("review");
    world.admin.send(Method::PUT, other, Some(&review)).await.unwrap().success(other).unwrap();
    server.restart().await;
    drained(&world).await;
    // Seven changes, and what counts.
    let (heard, engine) = until_heard(&server, "condition", |heard| heard.len() >= 8).await;
    let told = heard.iter().filter(|one| one["name"] == "mule");
    let told: Vec<_> =
        told.map(|one| (one["version"].as_u64(), one["condition"].is_null())).collect();
    assert!(told.is_sorted_by(|one, next| one.0 < next.0), "{told:?}");
    assert_eq!(told.iter().map(|(_, gone)| *gone).collect::<Vec<_>>(), [false, true].repeat(3));
    assert_eq!(decided(&world, engine).await, frms::Decision::Review);
}

#[tokio::test(flavor = "multi_thread")]
async fn catalogues_made_live_while_nats_is_away_are_told_in_their_order() {
    let Some(mut server) = NatsServer::prepared("") else { return };
    let on = "[screening]\nenabled = true\n";
    let world = World::with(&format!("{on}{}", settings(&server))).await;
    let node = &world.gateway.node;
    let screening = node.screening.as_ref().unwrap();
    for number in 1..=12 {
        let json = json!({ "typologies": [{
            "cfg": format!("number-{number}@1.0.0"), "desc": "", "workflow": { "alertThreshold": 100 },
            "rules": [{ "id": "901@1.0.0", "cfg": "1.0.0", "termId": "a", "wghts": [
                { "ref": ".err", "wght": 0 }, { "ref": ".x00", "wght": 0 },
                { "ref": ".01", "wght": 0 }, { "ref": ".02", "wght": 100 },
                { "ref": ".03", "wght": 200 }] }],
            "expression": ["Add", "a"],
        }] });
        let (by, reason) = ("sue".to_owned(), "a test".to_owned());
        let json = json.to_string();
        let promotion = Promotion { number, at_ms: 0, by, reason, again: None, json };
        screening.promote(node, &promotion).await.unwrap();
    }
    server.restart().await;
    drained(&world).await;
    let (heard, engine) = until_heard(&server, "catalogue", |heard| heard.len() >= 13).await;
    let numbers = heard.iter().map(|one| one["name"].as_str().unwrap().parse::<u64>().unwrap());
    // What counts is told as well, at any place.
    let numbers: Vec<_> = numbers.filter(|number| *number < 12).collect();
    assert_eq!(numbers, (1..12).collect::<Vec<_>>());
    let typologies = engine.catalogue().typologies();
    assert_eq!(&*typologies[0].id, "number-12@1.0.0");
}
