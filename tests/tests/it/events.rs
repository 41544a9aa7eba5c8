//! Events on a real NATS JetStream: complete, in order and once each, whoever is killed or stopped; and
//! payments that do not notice.
//!
//! * `stream`: what is read from the server, and what must hold of it
//! * `faults`: NATS and the gateway die, stop and come back
//! * `conditions`: what scorers elsewhere hear of conditions and catalogues

mod conditions;
mod faults;
mod stream;

use std::time::Duration;

use async_nats::jetstream::stream::{RetentionPolicy, StorageType};
use causeway_tests::nats::NatsServer;
use causeway_tests::tls::scheme_ca;
use causeway_tests::world::World;
use causeway_toolkit::dfsp::{PartyId, PayRequest, PaymentEnd, PaymentOutcome};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER, HARBOUR_IBAN};
use http::Method;
use serde_json::{Value, json};
use stream::{AUDIT, FRM, Seen, jetstream, read};

const PATIENCE_MS: u64 = 30_000;

fn settings(server: &NatsServer) -> String {
    format!("[nats]\nurl = \"{}\"\n", server.url())
}

/// Green pays blue.
async fn pay(world: &World, amount: &str) -> PaymentOutcome {
    let mut request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, amount);
    request.payer = PartyId::new("MSISDN", GREEN_NUMBER);
    world.players.green.pay(&request).await.unwrap()
}

async fn paid(world: &World, amount: &str) -> String {
    let outcome = pay(world, amount).await;
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    outcome.transfer_id
}

/// Rows that wait for a stream.
async fn waiting(world: &World) -> usize {
    let (all, first) = (switch_store::OutboxRows::All, switch_store::OutboxId(0));
    let rows = world.gateway.node.store.outbox(all, first, 100_000).await.unwrap();
    rows.iter().filter(|row| row.destination.starts_with("stream:")).count()
}

/// Waits until the outbox holds no event any more.
async fn drained(world: &World) {
    for _ in 0..PATIENCE_MS / 20 {
        if waiting(world).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} events still wait", waiting(world).await);
}

async fn health(world: &World) -> (u16, Value) {
    let answer = world.admin.send(Method::GET, "/health", None).await.unwrap();
    (answer.status.as_u16(), answer.json().unwrap())
}

/// Waits until health has this word.
async fn until_health(world: &World, word: &str) {
    for _ in 0..PATIENCE_MS / 20 {
        let (status, health) = health(world).await;
        assert_eq!(status, 200, "NATS is no reason not to be ready");
        if health["status"] == word {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?}, and not {word}", health(world).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payments_events_appear_once_each_in_order_and_add_up_to_the_books() {
    let Some(server) = NatsServer::start().await else { return };
    let world = World::with(&settings(&server)).await;
    let paid = paid(&world, "10.25").await;
    let refused = pay(&world, "100000000").await;
    assert!(matches!(refused.end, PaymentEnd::Failed { .. }), "{refused:?}");
    drained(&world).await;
    let seen = read(&server, AUDIT).await;
    assert_eq!(stream::of(&seen, &paid), ["transfer.reserved", "transfer.committed"]);
    assert_eq!(stream::of(&seen, &refused.transfer_id), ["transfer.aborted"]);
    stream::assert_distinct(&seen);
    stream::assert_adds_up(&world, &seen).await;
    let committed =
        seen.iter().find(|one| one.subject == "causeway.audit.default.transfer.committed");
    let committed = &committed.unwrap().payload;
    assert_eq!((&committed["amount"], &committed["currency"]), (&json!("10.25"), &json!(CURRENCY)));
    let parties = (&committed["payerFsp"], &committed["payeeFsp"], &committed["transferState"]);
    assert_eq!(parties, (&json!("greenwallet"), &json!("bluewallet"), &json!("COMMITTED")));
    let at = committed["at"].as_str().unwrap();
    assert!(fspiop::time::DateTime::parse(at).is_ok() && at.ends_with('Z'), "{at}");
    let cause =
        &seen.iter().find(|one| one.payload["event"] == "transfer.aborted").unwrap().payload;
    assert_eq!(cause["cause"], json!({ "by": "hub", "errorCode": "4001" }));
    let compared = stream::assert_as_documented(&seen);
    assert!(["transfer.committed", "transfer.aborted"].iter().all(|one| compared.contains(*one)));
    let text: String = seen.iter().map(|one| one.payload.to_string()).collect();
    for personal in [GREEN_NUMBER, BLUE_NUMBER, ALPINE_IBAN, HARBOUR_IBAN] {
        assert!(!text.contains(personal), "{personal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_operators_change_is_told_under_escaped_names() {
    let Some(server) = NatsServer::start().await else { return };
    let world = World::with(&settings(&server)).await;
    let hostile = ["*", "a.b", "x.*.y", "'*'~"];
    for name in hostile {
        world.admin.create_participant(name, CURRENCY).await.unwrap();
    }
    let path = "/participants/bluewallet";
    let off = json!({ "isActive": false });
    world.admin.send(Method::PUT, path, Some(&off)).await.unwrap().success(path).unwrap();
    drained(&world).await;
    let seen = read(&server, AUDIT).await;
    let created: Vec<&Seen> = seen.iter().filter(|one| one.is("participant.created")).collect();
    for name in hostile {
        let one = created.iter().find(|one| one.payload["participant"] == name).unwrap();
        let tokens: Vec<&str> = one.subject.split('.').collect();
        assert_eq!(tokens.len(), 6, "{}", one.subject);
        assert!(!one.subject.contains('*') && !one.subject.contains('~'), "{}", one.subject);
    }
    assert_eq!(created.len(), 8, "two banks, two wallets and these");
    let changed: Vec<&Seen> = seen.iter().filter(|one| one.is("participant.changed")).collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].subject, "causeway.audit.default.participant.changed.bluewallet");
    assert_eq!(changed[0].payload["isActive"], false);
    let count = |event: &str| seen.iter().filter(|one| one.is(event)).count();
    assert_eq!((count("limit.changed"), count("funds.in"), count("account.opened")), (4, 4, 2));
    let compared = stream::assert_as_documented(&seen);
    assert_eq!(compared.len(), 6, "created, changed, record, limit, funds, account: {compared:?}");
    let record = seen.iter().rfind(|one| one.is("participant.record"));
    assert!(record.unwrap().payload["keys"].is_array(), "endpoints and keys are told");
    stream::assert_distinct(&seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_created_as_configured_and_left_alone_where_they_exist() {
    let Some(server) = NatsServer::start().await else { return };
    let other = async_nats::jetstream::stream::Config {
        name: FRM.to_owned(),
        subjects: vec!["frm.>".to_owned()],
        max_age: Duration::from_secs(3_600),
        ..Default::default()
    };
    jetstream(&server).await.create_stream(other).await.unwrap();
    let settings = format!("{}duplicates_s = 90\naudit = {{ days = 30 }}\n", settings(&server));
    let world = World::with(&settings).await;
    until_health(&world, "OK").await;
    let config = stream::config(&server, AUDIT).await;
    assert_eq!(config.subjects, ["causeway.audit.>"]);
    assert_eq!((config.storage, config.retention), (StorageType::File, RetentionPolicy::Limits));
    assert_eq!(config.max_age, Duration::from_secs(30 * 86_400));
    assert_eq!((config.num_replicas, config.duplicate_window), (1, Duration::from_secs(90)));
    assert!(config.deny_delete && config.deny_purge);
    let left = stream::config(&server, FRM).await;
    assert_eq!(left.max_age, Duration::from_secs(3_600), "somebody else's choice");
}

#[tokio::test(flavor = "multi_thread")]
async fn screenings_events_have_the_subjects_of_the_stream_in_process() {
    let Some(server) = NatsServer::start().await else { return };
    let on = "[screening]\nenabled = true\nbudget_ms = 5000\ntenant = \"t.1\"\n";
    let world = World::with(&format!("{on}{}", settings(&server))).await;
    let body = json!({
        "evtTp": ["pacs.008.001.10"], "condTp": "non-overridable-block", "prsptv": "creditor",
        "condRsn": "reported scam", "incptnDtTm": "2020-01-01T00:00:00.000Z", "usr": "analyst",
        "forceCret": true, "ntty": { "id": "0", "schmeNm": { "prtry": "MSISDN" } },
    });
    let path = "/screening/conditions/mule-1";
    world.admin.send(Method::PUT, path, Some(&body)).await.unwrap().success(path).unwrap();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(paid(&world, "1").await);
    }
    drained(&world).await;
    let stream = world.gateway.node.screening.as_ref().unwrap().stream();
    let verdicts = |entries: &[frms_stream::Entry]| {
        entries.iter().filter(|entry| matches!(entry.event, frms::Event::Verdict(_))).count()
    };
    // A verdict before each reservation, and one after each commit.
    for _ in 0..PATIENCE_MS / 50 {
        if verdicts(&stream.read(0, 1_000).unwrap()) == 6 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let entries = stream.read(0, 1_000).unwrap();
    let mut seen = read(&server, FRM).await;
    for _ in 0..PATIENCE_MS / 50 {
        // One more: that at the start there were no conditions.
        if seen.len() > entries.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        seen = read(&server, FRM).await;
    }
    let (books, seen): (Vec<_>, Vec<_>) =
        seen.into_iter().partition(|one| one.subject.starts_with("frm.t=2e1.book."));
    assert_eq!(books.len(), 1);
    let mut expected: Vec<(String, Value)> = entries
        .iter()
        .map(|one| (one.subject("t.1"), serde_json::to_value(&one.event).unwrap()))
        .collect();
    let mut found: Vec<(String, Value)> =
        seen.iter().map(|one| (one.subject.clone(), one.payload.clone())).collect();
    let order = |one: &(String, Value), other: &(String, Value)| {
        (&one.0, one.1.to_string()).cmp(&(&other.0, other.1.to_string()))
    };
    expected.sort_by(order);
    found.sort_by(order);
    assert_eq!(found, expected, "each once: what a batch caused and what the scorer said");
    assert!(found.iter().all(|(subject, _)| subject.starts_with("frm.t=2e1.")));
    stream::assert_distinct(&seen);
    assert_eq!(found.iter().filter(|(subject, _)| subject.contains(".outcome.")).count(), 3);
    assert_eq!(found.iter().filter(|(subject, _)| subject.contains(".verdict.")).count(), 6);
    let audit = read(&server, AUDIT).await;
    let told = audit.iter().find(|one| one.is("screening.condition")).unwrap();
    assert_eq!(told.subject, "causeway.audit.t=2e1.screening.condition.mule-1");
    assert!(told.payload.get("ntty").is_none() && told.payload["isSet"] == true);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_mutual_tls_with_a_password() {
    let Some(mut server) = NatsServer::prepared("") else { return };
    let directory = server.directory().to_owned();
    let credentials = scheme_ca().participant("nats").unwrap();
    credentials.write(&directory, "server").unwrap();
    let client = scheme_ca().participant("Hub").unwrap();
    client.write(&directory, "client").unwrap();
    let file = |name: &str| directory.join(name);
    server.configure(&format!(
        "tls: {{ cert_file: {:?}, key_file: {:?}, ca_file: {:?}, verify: true }}\n\
         authorization: {{ user: \"causeway\", password: \"s3cret\" }}",
        file("server.pem"),
        file("server.key"),
        file("server-ca.pem")
    ));
    server.restart().await;
    let url = server.url().replace("nats://", "tls://causeway:s3cret@");
    let settings = format!(
        "[nats]\nurl = {url:?}\nca = {:?}\ncertificate = {:?}\nkey = {:?}\n",
        file("client-ca.pem"),
        file("client.pem"),
        file("client.key")
    );
    let world = World::with(&settings).await;
    paid(&world, "1").await;
    drained(&world).await;
    until_health(&world, "OK").await;
}

/// Green's next payment is held; somebody says this of it. Gives back its id.
async fn decided(world: &World, verb: &str) -> String {
    let say = async {
        for _ in 0..PATIENCE_MS / 20 {
            let path = "/transfers?state=HELD";
            let held = world.admin.send(Method::GET, path, None).await.unwrap().json().unwrap();
            if let Some(id) = held[0]["transferId"].as_str() {
                let path = format!("/transfers/{id}/{verb}");
                let body = json!({ "operator": "ann", "reason": "customer called back" });
                let answer = world.admin.send(Method::POST, &path, Some(&body)).await.unwrap();
                answer.success(&path).unwrap();
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nothing is held");
    };
    let (outcome, ()) = tokio::join!(pay(world, "1"), say);
    outcome.transfer_id
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_are_told_with_who_ended_them() {
    let Some(server) = NatsServer::start().await else { return };
    let on = "[screening]\nenabled = true\nbudget_ms = 5000\n";
    let world = World::with(&format!("{on}{}", settings(&server))).await;
    let body = json!({
        "evtTp": ["pacs.008.001.10"], "condTp": "review", "prsptv": "debtor",
        "condRsn": "look", "incptnDtTm": "2020-01-01T00:00:00.000Z", "usr": "analyst",
        "forceCret": true, "ntty": { "id": GREEN_NUMBER, "schmeNm": { "prtry": "MSISDN" } },
    });
    let path = "/screening/conditions/look";
    world.admin.send(Method::PUT, path, Some(&body)).await.unwrap().success(path).unwrap();
    let (released, blocked) = (decided(&world, "release").await, decided(&world, "block").await);
    drained(&world).await;
    let seen = read(&server, AUDIT).await;
    let expected = ["transfer.held", "transfer.released", "transfer.committed"];
    assert_eq!(stream::of(&seen, &released), expected);
    assert_eq!(stream::of(&seen, &blocked), ["transfer.held", "transfer.blocked"]);
    for event in ["transfer.released", "transfer.blocked"] {
        let told = seen.iter().find(|one| one.is(event)).unwrap();
        assert_eq!(
            (&told.payload["operator"], &told.payload["screening"]),
            (&json!("ann"), &json!("hold"))
        );
        assert!(!told.payload.to_string().contains("called back"));
    }
    stream::assert_adds_up(&world, &seen).await;
    let frm = read(&server, FRM).await;
    let outcomes = frm.iter().filter(|one| one.subject.starts_with("frm.default.outcome."));
    let kinds: Vec<&str> = outcomes.map(|one| one.payload["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["held", "released", "committed", "held", "blocked"]);
}
