//! T27 of security-and-timeouts.md §4.4: a DFSP made of the reference SDK (`tests/interop/peer.mjs`), which knows
//! nothing of the timeout headers, pays and is paid, and is judged by its signed expiration alone.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use causeway_tests::world::{World, own_keys};
use causeway_tests::{root, skip};
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{
    Conduct, PartyId, PayRequest, PaymentEnd, Received, Stage, StageBudgets,
};
use causeway_toolkit::onboard::PublicKey;
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY};
use http::Method;
use serde_json::{Value, json};
use switch::{Timestamp, Transfer, TransferId, TransferState};
use switch_store::Clock as _;
use tokio::sync::mpsc;

/// The name of the DFSP that the SDK is.
const SDK: &str = "sdkwallet";
/// Its customer.
const SDK_NUMBER: &str = "256700000003";
/// The library takes seconds to load, more where processors are few.
const PATIENCE: Duration = Duration::from_secs(60);
/// Several looks at the clock by everything that looks at it every 20 ms.
const SEVERAL_TICKS: Duration = Duration::from_millis(150);
const EXPIRES_IN_MS: u32 = 30_000;
/// Hub time stands while the payees' clocks run: what they say they completed must not be ahead of it.
const AHEAD_MS: u32 = 20_000;

#[tokio::test(flavor = "multi_thread")]
async fn t27_the_reference_sdk_pays_and_is_paid() {
    let Some(mut scene) = Scene::start().await else { return };
    let transfer_id = scene.sdk_pays("10.5");
    let paid = scene.peer.next("paid").await;
    assert_eq!(paid["answer"]["transferState"], "COMMITTED", "{paid}");
    assert_eq!(paid["fulfilmentFits"], true, "{paid}");
    let transfer = scene.stored(&transfer_id).await;
    assert_eq!(transfer.state, TransferState::Committed);
    assert_eq!(transfer.expires_at, transfer.expiration, "no other clock than the signed one");
    assert_eq!(scene.positions().await, ["10.5", "-10.5"]);

    let request = PayRequest {
        budgets: StageBudgets {
            party_ms: Some(8_000),
            quote_ms: Some(8_000),
            transfer_ms: Some(20_000),
        },
        origin_ms: Some(25_000),
        expires_in_ms: 60_000,
        ..PayRequest::new(PartyId::new("MSISDN", SDK_NUMBER), CURRENCY, "4")
    };
    let outcome = tokio::select! {
        outcome = scene.world.players.blue.pay(&request) => outcome.unwrap(),
        // What fails over there ends the test here.
        paid = scene.peer.next("paid") => panic!("{paid} twice"),
    };
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    assert_eq!(outcome.fulfilment_fits, Some(true));
    // Its payee does not honour the header: the payer is told to keep the money reserved until the expiration.
    assert!(outcome.hops[2].effective_ms > Some(20_000), "{outcome:?}");
    assert_eq!(scene.positions().await, ["6.5", "-6.5"]);
    assert_eq!(scene.world.books().await, (0, 0));
    assert_eq!(scene.world.players.failures(), Vec::<String>::new());

    let asked_of_it = ["GET /parties", "POST /quotes", "POST /transfers"];
    while scene.peer.received().len() < 3 + asked_of_it.len() {
        scene.peer.next("received").await;
    }
    let (left_ms, effective) = (Some("30000"), Some("10000"));
    let acknowledged = |what: &str| scene.peer.noted("acknowledged", what, "effective");
    assert_eq!(acknowledged("GET /parties"), effective, "the scheme's default");
    assert_eq!(acknowledged("POST /quotes"), effective, "the scheme's default");
    assert_eq!(acknowledged("POST /transfers"), left_ms, "until the expiration");
    let received = |what: &str| scene.peer.noted("received", what, "timeout");
    assert_eq!(received("PUT /transfers"), left_ms, "what is left upstream");
    assert_eq!(
        asked_of_it.map(received),
        [Some("6850"), Some("6850"), Some("17750")],
        "headers came, and were let be"
    );
    let refused: Vec<_> =
        scene.peer.received().into_iter().filter(|m| m.get("refused").is_some()).collect();
    assert_eq!(refused, Vec::<&Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn t27_the_sdks_transfer_expires_by_its_signed_expiration_only() {
    let Some(mut scene) = Scene::start().await else { return };
    let blue = &scene.world.players.blue;
    blue.set_conduct(Stage::Transfer, Conduct::silent());
    let transfer_id = scene.sdk_pays("3");
    let is_it = |m: &Received| m.method == Method::POST && m.json()["transferId"] == transfer_id;
    let patience_ms = u64::try_from(PATIENCE.as_millis()).unwrap();
    let blue = &scene.world.players.blue;
    let asked = blue.await_callback(is_it, patience_ms).await.unwrap();
    assert_eq!(asked.header("fspiop-timeout"), Some("29750"), "what is left, less the link");
    assert_eq!(asked.header("fspiop-timeout-origin"), None);

    scene.world.clock.advance(EXPIRES_IN_MS - 1);
    tokio::time::sleep(SEVERAL_TICKS).await;
    assert_eq!(scene.stored(&transfer_id).await.state, TransferState::Reserved);
    assert_eq!(scene.world.books().await, (0, 30_000));
    scene.world.clock.advance(1);
    let paid = scene.peer.next("paid").await;
    assert_eq!(paid["answer"]["errorInformation"]["errorCode"], "3303", "{paid}");
    assert_eq!(scene.stored(&transfer_id).await.state, TransferState::ExpiredReserved);
    assert_eq!(scene.positions().await, ["0", "0"]);
    assert_eq!(scene.world.books().await, (0, 0));
}

/// A small scheme at an instant that stays, with the SDK in it.
struct Scene {
    world: World,
    peer: Peer,
}

impl Scene {
    async fn start() -> Option<Scene> {
        if !root().join("tests/interop/node_modules").is_dir() {
            skip("no node_modules in tests/interop; `npm ci` there");
            return None;
        }
        let world = World::plain("").await;
        let Some(mut peer) = Peer::start(&world) else {
            skip("no program node");
            return None;
        };
        let listening = peer.next("listening").await;
        join(&world, &listening).await;
        world.clock.hold();
        // Wall and monotonic time began a moment apart; hub time would bend by that later on.
        let apart_ms = world.gateway.node.now().0 - world.clock.wall().0;
        world.clock.step_wall(apart_ms);
        world.clock.advance(AHEAD_MS);
        Some(Scene { world, peer })
    }

    /// Lets the SDK pay Blue Wallet's customer; the transfer's id.
    fn sdk_pays(&mut self, amount: &str) -> String {
        let transfer_id = clock::fresh_uuid().unwrap();
        let Timestamp(now_ms) = self.world.gateway.node.now();
        self.peer.say(&json!({
            "payeeNumber": BLUE_NUMBER,
            "amount": { "currency": CURRENCY, "amount": amount },
            "transferId": transfer_id,
            "expiration": clock::date_time(now_ms + i64::from(EXPIRES_IN_MS)),
        }));
        transfer_id
    }

    async fn stored(&self, id: &str) -> Transfer {
        let id = TransferId(u128::from_str_radix(&id.replace('-', ""), 16).unwrap());
        self.world.gateway.node.transfer(id).await.unwrap().expect("the transfer is stored")
    }

    /// The SDK's and Blue Wallet's.
    async fn positions(&self) -> [String; 2] {
        let position = async |name| self.world.admin.position(name, CURRENCY).await.unwrap();
        [position(SDK).await.to_string(), position("bluewallet").await.to_string()]
    }
}

/// Makes the SDK a participant like any other, with a customer.
async fn join(world: &World, listening: &Value) {
    let pem = listening["publicKey"].as_str().unwrap();
    let url = format!("http://127.0.0.1:{}", listening["port"]);
    world.admin.create_participant(SDK, CURRENCY).await.unwrap();
    world.admin.set_limit(SDK, CURRENCY, 1_000).await.unwrap();
    world.admin.record_funds_in(SDK, CURRENCY, "1000").await.unwrap();
    world.admin.set_endpoint(SDK, &url).await.unwrap();
    world.admin.set_keys(SDK, &[PublicKey::always(pem)]).await.unwrap();
    world.players.blue.trust(SDK, pem).unwrap();
    // The SDK's POST /participants is the one for many, without type and id in its path.
    let register = switch::Command::RegisterParty {
        party: switch::PartyId::new("MSISDN", SDK_NUMBER, None).unwrap(),
        currency: None,
        participant: SDK.parse().unwrap(),
    };
    let commands = vec![register];
    let submission = switch_store::Submission { commands, ..Default::default() };
    world.gateway.node.commit(submission).await.unwrap();
}

/// The process; killed when dropped.
struct Peer {
    process: Child,
    stdin: ChildStdin,
    events: mpsc::UnboundedReceiver<Value>,
    /// All that it said so far.
    seen: Vec<Value>,
}

impl Peer {
    fn start(world: &World) -> Option<Peer> {
        let spawned = Command::new("node")
            .arg("peer.mjs")
            .current_dir(root().join("tests/interop"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = spawned.ok()?;
        let stdin = process.stdin.take().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, events) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or_else(|_| json!({ line: null }));
                let _ = sender.send(event);
            }
        });
        let mut peer = Peer { process, stdin, events, seen: Vec::new() };
        let blue = &world.players.blue;
        let mut keys = json!({ blue.name(): blue.public_key_pem() });
        for (name, pem) in own_keys(&world.gateway, &world.players) {
            keys[name] = json!(pem);
        }
        let hub = world.fspiop().replace("http://", "");
        peer.say(&json!({ "name": SDK, "hub": hub, "keys": keys }));
        Some(peer)
    }

    fn say(&mut self, line: &Value) {
        writeln!(self.stdin, "{line}").expect("the process reads");
    }

    /// What it says next of this kind.
    async fn next(&mut self, kind: &str) -> Value {
        loop {
            let event = tokio::time::timeout(PATIENCE, self.events.recv()).await;
            let Ok(Some(event)) = event else { panic!("no {kind} after {:#?}", self.seen) };
            assert!(event.get("failed").is_none(), "{event} after {:#?}", self.seen);
            self.seen.push(event.clone());
            if let Some(found) = event.get(kind) {
                return found.clone();
            }
        }
    }

    fn received(&self) -> Vec<&Value> {
        self.seen.iter().filter_map(|event| event.get("received")).collect()
    }

    /// What it noted of the first message of this kind, `POST /quotes`.
    fn noted(&self, kind: &str, what: &str, member: &str) -> Option<&str> {
        let (method, path) = what.split_once(' ').unwrap();
        let is_it = |event: &&Value| {
            event["method"] == method && event["target"].as_str().unwrap().starts_with(path)
        };
        let found = self.seen.iter().filter_map(|event| event.get(kind)).find(is_it);
        found.unwrap_or_else(|| panic!("no {what} in {:#?}", self.seen))[member].as_str()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
