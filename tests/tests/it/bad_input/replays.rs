//! Rows S06, S07 and S10: what was signed once comes again, elsewhere, or under a key that has gone.

use std::sync::Arc;

use causeway_tests::world::World;
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{Conduct, Dfsp, DfspOptions, Draft, Received, Sent, Stage};
use causeway_toolkit::onboard::PublicKey;
use causeway_toolkit::players::CURRENCY;
use fspiop::ilp::Fulfilment;
use fspiop::jws::SigningKey;
use http::Method;
use serde_json::json;

use super::{Findings, PATIENCE_MS, positions, settled_books, standing, transfer, uuid};

const SECOND_MS: u32 = 1_000;
const MINUTE_MS: u32 = 60_000;
const DAY_MS: u32 = 86_400_000;

/// A signed POST /transfers of 1 from Green Wallet to Blue Wallet, and the fulfilment that commits it.
fn prepare(world: &World, id: &str, secret: u8) -> (Sent, Fulfilment) {
    let fulfilment = Fulfilment([secret; 32]);
    let body = json!({
        "transferId": id,
        "payerFsp": "greenwallet",
        "payeeFsp": "bluewallet",
        "amount": { "currency": CURRENCY, "amount": "1" },
        "ilpPacket": "AYIBgQAAAAAAAASw",
        "condition": fulfilment.condition().to_string(),
        "expiration": clock::date_time(clock::now_epoch_ms() + 30_000),
    });
    let draft = Draft::new(Method::POST, "/transfers").to("bluewallet").json(&body);
    (world.players.green.sign(draft).unwrap(), fulfilment)
}

/// A signed PUT /transfers/{id} of Blue Wallet.
fn fulfil(world: &World, id: &str, fulfilment: Fulfilment) -> Sent {
    let body = json!({
        "transferState": "COMMITTED",
        "fulfilment": fulfilment.to_string(),
        "completedTimestamp": clock::date_time(clock::now_epoch_ms()),
    });
    let target = format!("/transfers/{id}");
    let draft = Draft::new(Method::PUT, target).to("greenwallet").json(&body);
    world.players.blue.sign(draft).unwrap()
}

/// Status, and the code of a refusal.
async fn outcome(sender: &Dfsp, sent: &Sent) -> String {
    let answer = sender.resend(sent).await.unwrap();
    let body = answer.json().unwrap_or_default();
    let code = body["errorInformation"]["errorCode"].as_str().unwrap_or_default();
    format!("{} {code}", answer.status.as_u16()).trim_end().to_owned()
}

/// How often Green Wallet was told that a transfer is committed.
fn committed(world: &World, id: &str) -> usize {
    let object = format!("/transfers/{id}");
    let told = |message: &&Arc<Received>| {
        message.object() == object && message.json()["transferState"] == "COMMITTED"
    };
    world.players.green.received().iter().filter(told).count()
}

/// Waits until Green Wallet was told so often.
async fn told(world: &World, id: &str, times: usize) {
    for _ in 0..PATIENCE_MS / 10 {
        if committed(world, id) >= times {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(committed(world, id), times);
}

async fn stale(world: &World) -> u64 {
    let metrics = world.admin.send(Method::GET, "/metrics", None).await.unwrap().text();
    let line =
        metrics.lines().find_map(|line| line.strip_prefix("causeway_signatures_stale_total "));
    line.unwrap_or_else(|| panic!("{metrics}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_signed_bytes_have_one_effect_however_late_they_come_again() {
    let world = World::plain("").await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    blue.set_conduct(Stage::Transfer, Conduct::silent());
    let id = uuid();
    let (prepare, fulfilment) = prepare(&world, &id, 7);
    assert_eq!(outcome(green, &prepare).await, "202");
    let fulfil = fulfil(&world, &id, fulfilment);
    assert_eq!(outcome(blue, &fulfil).await, "200");
    told(&world, &id, 1).await;
    let settled = positions(&world).await;
    assert_eq!((settled_books(&world).await, stale(&world).await), ((0, 0), 0));
    for (index, (later_ms, flagged)) in
        [(SECOND_MS, 0), (10 * MINUTE_MS, 2), (DAY_MS, 4)].into_iter().enumerate()
    {
        world.clock.advance(later_ms);
        assert_eq!(outcome(green, &prepare).await, "202", "{later_ms}");
        // The stored outcome once more, and nothing else.
        told(&world, &id, index + 2).await;
        assert_eq!(outcome(blue, &fulfil).await, "200", "{later_ms}");
        assert_eq!(stale(&world).await, flagged, "{later_ms}");
        assert_eq!(positions(&world).await, settled, "{later_ms}");
        assert_eq!(settled_books(&world).await, (0, 0), "{later_ms}");
    }
    let prepares = |message: &&Arc<Received>| message.target == "/transfers";
    assert_eq!(blue.received().iter().filter(prepares).count(), 1, "the payee is asked once");
    assert_eq!(committed(&world, &id), 4);
    assert_eq!(world.players.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_fulfil_commits_no_other_transfer() {
    let world = World::plain("").await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    blue.set_conduct(Stage::Transfer, Conduct::silent());
    let [one, two] = [uuid(), uuid()];
    // One secret for both: the signature alone keeps them apart.
    let (first, fulfilment) = prepare(&world, &one, 7);
    let (second, _) = prepare(&world, &two, 7);
    assert_eq!(outcome(green, &first).await, "202");
    assert_eq!(outcome(green, &second).await, "202");
    let good = fulfil(&world, &one, fulfilment);
    let mut moved = good.clone();
    moved.target = format!("/transfers/{two}");
    let mut renamed = moved.clone();
    renamed.headers.insert("fspiop-uri", moved.target.parse().unwrap());
    for forged in [&moved, &renamed] {
        assert_eq!(outcome(blue, forged).await, "400 3105");
    }
    assert_eq!(outcome(blue, &good).await, "200");
    told(&world, &one, 1).await;
    assert_eq!((committed(&world, &two), world.books().await), (0, (0, 10_000)));
    assert_eq!(outcome(blue, &fulfil(&world, &two, fulfilment)).await, "200");
    told(&world, &two, 1).await;
    assert_eq!(settled_books(&world).await, (0, 0));
}

/// Green Wallet once more, with another key.
async fn green_with(world: &World, key: SigningKey) -> Dfsp {
    let mut options = DfspOptions::new("greenwallet", Arc::new(key));
    options.hub = Some(world.fspiop());
    Dfsp::start(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_counts_within_its_validity_only_and_two_overlap() {
    let world = World::plain("").await;
    let (old, new) =
        (SigningKey::generate_p256().unwrap(), SigningKey::generate_rsa_2048().unwrap());
    let now_ms = clock::now_epoch_ms();
    let at = |minutes: i64| Some(clock::date_time(now_ms + minutes * 60_000));
    let key = |key: &SigningKey, valid_from, valid_until| PublicKey {
        valid_from,
        valid_until,
        ..PublicKey::always(key.public_key_pem().unwrap())
    };
    let keys = [key(&old, None, at(20)), key(&new, at(10), None)];
    world.admin.set_keys("greenwallet", &keys).await.unwrap();
    let (old, new) = (green_with(&world, old).await, green_with(&world, new).await);
    let (mut findings, mut refused) = (Findings::default(), Vec::new());
    for (when, of_old, of_new) in [
        ("before the overlap", "202", "400 3105"),
        ("within it", "202", "202"),
        ("after it", "400 3105", "202"),
    ] {
        for (whose, dfsp, wanted) in [("old", &old, of_old), ("new", &new, of_new)] {
            let id = uuid();
            // What is taken moves nothing either: its amount is 0.
            let draft = Draft::new(Method::POST, "/transfers").to("bluewallet");
            let draft = Draft { body: transfer(&id, "0").into(), ..draft };
            let sent = dfsp.sign(draft).unwrap();
            findings.expect(&format!("{whose} key {when}"), &outcome(dfsp, &sent).await, wanted);
            if wanted != "202" {
                refused.push(id);
            }
        }
        world.clock.advance(15 * MINUTE_MS);
    }
    // Taken back at once.
    world.admin.set_keys("greenwallet", &[]).await.unwrap();
    let draft = Draft::new(Method::POST, "/transfers").to("bluewallet");
    let sent = new.sign(Draft { body: transfer(&uuid(), "0").into(), ..draft }).unwrap();
    findings.expect("no keys", &outcome(&new, &sent).await, "400 3105");
    let own = PublicKey::always(world.players.green.public_key_pem());
    world.admin.set_keys("greenwallet", &[own]).await.unwrap();
    for id in refused {
        findings.expect(&id, &standing(&world, &id).await, "3208");
    }
    findings.settle();
    assert_eq!(settled_books(&world).await, (0, 0));
}
