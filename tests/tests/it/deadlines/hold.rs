//! Transfers on review (DESIGN §3, HELD): released, blocked, forgotten; over restarts, kills and
//! races. What screening would say is put into the command here; all else is the real way.

use std::sync::Arc;

use bytes::Bytes;
use causeway::effects::Renderer;
use causeway::envelope::Envelope;
use causeway::holds;
use causeway::keys::Keys;
use causeway::outbound::{Forwarded, HopBudget};
use causeway_tests::process::Scheme;
use causeway_tests::world::{self, World};
use causeway_toolkit::clock as machine;
use causeway_toolkit::dfsp::{Conduct, Received, Seen, Sent, Stage};
use causeway_toolkit::http::HttpResponse;
use causeway_toolkit::onboard::AdminClient;
use causeway_toolkit::players::CURRENCY;
use fspiop::amount::CurrencyList;
use fspiop::headers::HeaderList;
use fspiop::transfer::TransfersPost;
use fspiop::version::{Rules, Version};
use http::Method;
use serde_json::{Value, json};
use switch::{
    Command, Condition, Hash, Outcome, Prepare, Timestamp, TransferState, Verdict, VerdictReference,
};
use switch_store::{
    Committer, EmbeddedStore, OutboxRow, Sink, SteadyClock, Store, Submission, SystemClock,
};

use super::{
    PATIENCE_MS, PAYEE, PAYER, Payment, Scene, code, effective, extension, kind, kinds, nth_told,
    text, told,
};

/// A budget of 20 s at the default profile: margin, link and floor of transfers taken off.
const BUDGET_MS: u64 = 20_000;
const OWN_MS: i64 = 18_000;
const LINK_MS: u64 = 250;
const FLOOR_MS: u64 = 1_000;
/// What is left for link and floor when the hold ends.
const HOLD_MS: u32 = 16_750;

#[tokio::test(flavor = "multi_thread")]
async fn a_release_sends_the_payers_bytes_with_what_is_left_of_the_time() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    let sent = hold(&scene, &payment).await;
    scene.nothing_moved().await;
    let waiting = listed(&scene).await;
    assert_eq!(waiting[0]["transferId"], payment.id);
    assert_eq!(waiting[0]["amount"], json!({ "currency": CURRENCY, "amount": "10" }));
    assert_eq!(waiting[0]["verdictReference"], "verdict/7");
    assert_eq!(scene.metric("causeway_held").await, 1);
    // The payer may ask and may send it again: it is on its way, and that is all it hears.
    scene.ask(scene.green(), &payment).await;
    assert_eq!(kind(&nth_told(scene.green(), &payment, 1).await), "PUT RECEIVED");
    scene.advance(3_000);
    let again = scene.green().resend(&sent).await.unwrap();
    assert_eq!((again.status.as_u16(), effective(&again)), (202, Some(17_000)));
    assert_eq!(kinds(scene.blue(), &payment), Vec::<String>::new());

    let answer = release(&scene, &payment).await;
    assert_eq!(answer, (200, "RESERVED".to_owned(), String::new()));
    let is_it = |m: &Received| m.method == Method::POST;
    let received = scene.blue().await_callback(is_it, PATIENCE_MS).await.unwrap();
    assert_eq!((&received.body, &received.seen), (&sent.body, &Seen::Verified));
    for name in ["fspiop-signature", "fspiop-uri", "date", "content-type"] {
        assert_eq!(received.header(name), sent.headers[name].to_str().ok(), "{name}");
    }
    assert_eq!(received.header_ms("fspiop-timeout"), Some(14_750), "3 s were spent on review");
    assert_eq!(scene.world.books().await, (0, 100_000));
    assert_eq!(release(&scene, &payment).await, answer, "done is done");
    assert_eq!(block(&scene, &payment).await, (409, "RESERVED".to_owned(), "3000".to_owned()));

    scene.blue().resend(&scene.fulfil(&payment, "COMMITTED")).await.unwrap();
    assert_eq!(kind(&nth_told(scene.green(), &payment, 2).await), "PUT COMMITTED");
    assert_eq!(block(&scene, &payment).await, (409, "COMMITTED".to_owned(), "3000".to_owned()));
    assert_eq!(scene.position(PAYER).await, "10");
    assert_eq!((listed(&scene).await, kept(&scene, &payment).await), (json!([]), false));
    assert_eq!(scene.metric("causeway_holds_total{event=\"released\"}").await, 1);
    assert_eq!(scene.metric("causeway_held").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_tells_the_payer_its_code_and_the_payee_nothing() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    let sent = hold(&scene, &payment).await;
    let body = json!({ "operator": "ada", "reason": "known mule" });
    let answer = say(&scene.world.admin, &payment, "block", Some(&body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json().unwrap();
    let decision = &answer["decision"];
    assert_eq!((&decision["action"], &decision["operator"]), (&json!("block"), &json!("ada")));
    assert_eq!(
        (&decision["reason"], &decision["tookEffect"]),
        (&json!("known mule"), &json!(true))
    );
    let told = nth_told(scene.green(), &payment, 1).await.json();
    let error = &told["errorInformation"];
    assert_eq!(
        (code(&told).as_str(), text(&error["errorDescription"]).as_str()),
        ("4000", "Generic Payer error")
    );
    assert!(error.get("extensionList").is_none(), "{error}");
    assert_eq!(block(&scene, &payment).await, (200, "ABORTED".to_owned(), String::new()));
    assert_eq!(release(&scene, &payment).await, (409, "ABORTED".to_owned(), "3000".to_owned()));
    assert_eq!(scene.green().resend(&sent).await.unwrap().status, 202);
    nth_told(scene.green(), &payment, 2).await;
    scene.advance(60_000);
    scene.tick().await;
    assert_eq!(kinds(scene.green(), &payment), ["PUT 4000", "PUT 4000"], "no expiry follows");
    assert_eq!(kinds(scene.blue(), &payment), Vec::<String>::new());
    assert!(!kept(&scene, &payment).await);
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_nobody_ends_does_so_while_the_payee_could_still_be_asked() {
    let scene = Scene::with("[limits]\nheld_alert_ms = 4000\n").await;
    let payment = Payment::new("10").within(BUDGET_MS);
    hold(&scene, &payment).await;
    scene.advance(3_999);
    scene.tick().await;
    assert_eq!(scene.metric("causeway_held_long_total").await, 0);
    scene.advance(1);
    while scene.metric("causeway_held_long_total").await == 0 {
        scene.tick().await;
    }
    scene.advance(HOLD_MS - 4_000 - 1);
    scene.tick().await;
    assert_eq!(scene.stored(&payment).await.state, TransferState::Held);
    scene.advance(1);
    scene.until(&payment, TransferState::ExpiredPrepared).await;
    let error = nth_told(scene.green(), &payment, 1).await.json();
    assert_eq!((code(&error).as_str(), extension(&error, "timeoutHop").as_str()), ("3303", "Hub"));
    assert_eq!(release(&scene, &payment).await, (409, "ABORTED".to_owned(), "3000".to_owned()));
    assert_eq!(block(&scene, &payment).await, (409, "ABORTED".to_owned(), "3000".to_owned()));
    assert_eq!(kinds(scene.blue(), &payment), Vec::<String>::new());
    assert_eq!(scene.metric("causeway_held_long_total").await, 1, "called once");
    assert_eq!(scene.metric("causeway_holds_total{event=\"expired\"}").await, 1);
    assert!(!kept(&scene, &payment).await);
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_can_only_decide_what_is_held() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    for verb in ["release", "block"] {
        let unknown = say(&scene.world.admin, &payment, verb, None).await;
        assert_eq!((unknown.status.as_u16(), code(&unknown.json().unwrap())), (404, "3208".into()));
        let path = format!("/transfers/nothing/{verb}");
        let answer = scene.world.admin.send(Method::POST, &path, None).await.unwrap();
        assert_eq!(answer.status, 404);
        let answer = scene.world.admin.send(Method::GET, &path, None).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some("POST")));
    }
    let answer = scene.world.admin.send(Method::GET, "/transfers", None).await.unwrap();
    assert_eq!((answer.status.as_u16(), code(&answer.json().unwrap())), (400, "3100".into()));
    scene.reserved(&payment).await;
    assert_eq!(release(&scene, &payment).await, (409, "RESERVED".to_owned(), "3000".to_owned()));
    assert_eq!(block(&scene, &payment).await, (409, "RESERVED".to_owned(), "3000".to_owned()));
    let bad = json!({ "operator": 7 });
    let answer = say(&scene.world.admin, &payment, "block", Some(&bad)).await;
    assert_eq!((answer.status.as_u16(), code(&answer.json().unwrap())), (400, "3101".into()));
}

/// What has become impossible meanwhile is refused at the release, with the reason of a prepare.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_is_not_admitted_ends_the_transfer() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    hold(&scene, &payment).await;
    scene
        .world
        .admin
        .send(
            Method::PUT,
            &format!("/participants/{PAYEE}"),
            Some(&json!({
                "isActive": false
            })),
        )
        .await
        .unwrap();
    assert_eq!(release(&scene, &payment).await, (409, "ABORTED".to_owned(), "3100".to_owned()));
    assert_eq!(kind(&nth_told(scene.green(), &payment, 1).await), "PUT 3100");
    assert!(!kept(&scene, &payment).await);
    let key = holds::decision_key(payment.transfer_id());
    let decision = scene.world.gateway.node.document(&key).await.unwrap().unwrap();
    let decision: Value = serde_json::from_slice(&decision.body).unwrap();
    assert_eq!((&decision["action"], &decision["tookEffect"]), (&"release".into(), &false.into()));
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_a_held_transfer_is_refused() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    hold(&scene, &payment).await;
    scene.blue().resend(&scene.fulfil(&payment, "RESERVED")).await.unwrap();
    assert_eq!(kind(&nth_told(scene.blue(), &payment, 1).await), "PUT 3100");
    assert_eq!(scene.stored(&payment).await.state, TransferState::Held);
    scene.nothing_moved().await;
}

/// Everybody at once: exactly one end, and everybody is answered from it.
#[tokio::test(flavor = "multi_thread")]
async fn of_release_block_and_expiry_exactly_one_wins() {
    let scene = Scene::honouring().await;
    let (mut released, mut blocked, mut expired) = (0, 0, 0);
    for round in 0..24_u32 {
        let payment = Payment::new("1").within(BUDGET_MS);
        let sent = hold(&scene, &payment).await;
        let (admin, green) = (&scene.world.admin, scene.green());
        let end = async {
            if round % 3 == 0 {
                scene.advance(HOLD_MS);
            }
        };
        let (first, second, third, _, _) = tokio::join!(
            say(admin, &payment, "release", None),
            say(admin, &payment, "block", None),
            say(admin, &payment, "release", None),
            green.resend(&sent),
            end,
        );
        let statuses = [first, second, third].map(|answer| answer.status.as_u16());
        let state = scene.stored(&payment).await;
        match state.state {
            TransferState::Reserved => {
                assert_eq!(statuses, [200, 409, 200]);
                released += 1;
                scene.blue().resend(&scene.fulfil(&payment, "COMMITTED")).await.unwrap();
                scene.until(&payment, TransferState::Committed).await;
            }
            TransferState::AbortedRejected => {
                assert_eq!(statuses, [409, 200, 409]);
                assert_eq!(kinds(scene.blue(), &payment), Vec::<String>::new());
                blocked += 1;
            }
            TransferState::ExpiredPrepared => {
                assert_eq!(statuses, [409, 409, 409]);
                expired += 1;
            }
            state => panic!("{state:?} after {statuses:?}"),
        }
        assert!(!kept(&scene, &payment).await);
        assert_eq!(scene.world.books().await, (0, 0));
    }
    assert_eq!(released + blocked + expired, 24);
    assert!(released > 0, "{released} released, {blocked} blocked, {expired} expired");
    assert_eq!(scene.position(PAYER).await, released.to_string());
    assert_eq!(scene.metric("causeway_holds_total{event=\"released\"}").await, released);
}

/// The envelope is durable: a release after a restart sends the same bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_outlives_a_restart() {
    let scene = Scene::honouring().await;
    let (payment, late) = (Payment::new("10").within(BUDGET_MS), Payment::new("1"));
    let sent = hold(&scene, &payment).await;
    hold(&scene, &late).await;
    let data = scene.world.data();
    let World { gateway, clock, players, .. } = scene.world;
    gateway.stop().await;
    clock.advance(2_000);
    let restarted = world::gateway(data.parent().unwrap(), "", clock.clone()).await;
    let admin = world::admin(&restarted);
    let answer = say(&admin, &payment, "release", None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let is_it = |m: &Received| m.method == Method::POST;
    let received = players.blue.await_callback(is_it, PATIENCE_MS).await.unwrap();
    assert_eq!((&received.body, &received.seen), (&sent.body, &Seen::Verified));
    assert_eq!(received.header_ms("fspiop-timeout"), Some(15_750));
    // The other one's end is in the index of deadlines, whoever set it.
    clock.advance(60_000);
    assert_eq!(kind(&nth_told(&players.green, &late, 1).await), "PUT 3303");
    assert_eq!(kinds(&players.blue, &late), Vec::<String>::new());
    restarted.stop().await;
}

/// Killed while it is held, and again when the release has been answered: the payee gets the
/// payer's bytes, and only those.
#[tokio::test(flavor = "multi_thread")]
async fn killed_between_hold_and_release() {
    let mut scheme = Scheme::start("").await;
    scheme.players.blue.set_conduct(Stage::Transfer, Conduct::silent());
    let (payment, blocked) = (Payment::new("10"), Payment::new("1"));
    scheme.process.kill();
    let sign = |payment: &Payment| {
        scheme.players.green.sign(payment.draft(machine::now_epoch_ms())).unwrap()
    };
    let (sent, other) = (sign(&payment), sign(&blocked));
    hold_in_store(&scheme, &[&sent, &other]).await;
    scheme.process.restart().await;
    scheme.process.kill();
    scheme.process.restart().await;
    let (admin, blue) = (&scheme.admin, &scheme.players.blue);
    let list = admin.send(Method::GET, "/transfers?state=HELD", None).await.unwrap();
    assert_eq!(list.json().unwrap().as_array().unwrap().len(), 2);
    assert_eq!(say(admin, &payment, "release", None).await.status, 200);
    assert_eq!(say(admin, &blocked, "block", None).await.status, 200);
    scheme.process.kill();
    scheme.process.restart().await;
    let is_it = |m: &Received| m.method == Method::POST;
    blue.await_callback(is_it, PATIENCE_MS).await.unwrap();
    let posts = blue.received().into_iter().filter(|m| m.method == Method::POST);
    for post in posts {
        assert_eq!((&post.body, &post.seen), (&sent.body, &Seen::Verified));
    }
    assert_eq!(kind(&nth_told(&scheme.players.green, &blocked, 1).await), "PUT 4000");
    let again = say(&scheme.admin, &payment, "release", None).await;
    assert_eq!(again.json().unwrap()["transferState"], "RESERVED");
    assert_eq!(told(&scheme.players.blue, &blocked).len(), 0);
    let books = scheme.process.books().await;
    assert_eq!((books.sum, books.reserved), (0, 100_000));
}

/// Holds a prepare: the payer's signed bytes, with a verdict that says so.
async fn hold(scene: &Scene, payment: &Payment) -> Sent {
    let node = &scene.world.gateway.node;
    let sent = scene.green().sign(payment.draft(scene.now_ms())).unwrap();
    let (command, received, budget) = held(&sent, node.now());
    let renderer =
        Renderer { received: Some(received), budget: Some(budget), ..Renderer::plain(node) };
    let submission = Submission {
        commands: vec![command],
        render: Some(Arc::new(renderer)),
        ..Submission::default()
    };
    let committed = node.commit(submission).await.unwrap();
    causeway::effects::follow(node, &committed.decisions);
    assert_eq!(committed.decisions[0].outcome, Outcome::Accepted);
    assert_eq!(scene.stored(payment).await.state, TransferState::Held);
    sent
}

/// The same with nothing but the store: the process that it belongs to does not run.
async fn hold_in_store(scheme: &Scheme, all: &[&Sent]) {
    struct Nobody;
    impl Sink for Nobody {
        fn committed(&self, _: Vec<OutboxRow>, _: Vec<switch_store::DeadlineChange>) {}
    }
    let data = scheme.process.directory().join("data");
    let clock = SteadyClock::new(Arc::new(SystemClock::new()));
    let store = EmbeddedStore::open(&data.join("ledger"), Arc::clone(&clock)).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let (rules, sink) = (switch::Rules::default(), Arc::new(Nobody));
    let committer = Committer::start(Arc::clone(&store), rules, Arc::clone(&clock), sink).unwrap();
    for sent in all {
        let (command, received, budget) = held(sent, clock.now());
        let renderer = Renderer {
            keys: Arc::new(Keys::new(data.join("keys"))),
            peers: Arc::default(),
            asked: None,
            received: Some(received),
            budget: Some(HopBudget { floor_ms: None, ..budget }),
            kept: None,
            known: None,
            answer_margin_ms: 2_000,
            evidence: None,
            case: None,
            held_alert_ms: 5_000,
        };
        let submission = Submission {
            commands: vec![command],
            render: Some(Arc::new(renderer)),
            ..Submission::default()
        };
        let committed = committer.submit(submission).await.unwrap();
        assert_eq!(committed.decisions[0].outcome, Outcome::Accepted);
    }
    committer.stop().await;
}

/// The command as `hub::transfers` makes it of these bytes, if screening says hold.
fn held(sent: &Sent, now: Timestamp) -> (Command, Forwarded, HopBudget) {
    let lines = sent.headers.iter();
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    let envelope = Envelope {
        method: "POST".to_owned(),
        target: "/transfers".to_owned(),
        headers: lines.map(|(name, value)| (name.to_string(), text(value))).collect::<HeaderList>(),
        body: Bytes::clone(&sent.body),
        peer: causeway::tls::Peer::Loopback,
        arrival: now,
    };
    let currencies = CurrencyList::shipped();
    let rules = Rules::new(Version::V1_1, &currencies);
    let post = TransfersPost::parse(&fspiop::json::parse(&sent.body).unwrap(), &rules).unwrap();
    let expiration = Timestamp(post.expiration.epoch_ms());
    let has_header = sent.headers.contains_key("fspiop-timeout");
    let expires_at = if has_header { now.plus_ms(OWN_MS) } else { expiration };
    let needed = i64::try_from(LINK_MS + FLOOR_MS).unwrap();
    let command = Command::Prepare(Box::new(Prepare {
        id: switch::TransferId(post.transfer_id.id().0),
        spelling: post.transfer_id.as_str().to_owned(),
        source: PAYER.parse().unwrap(),
        payer: PAYER.parse().unwrap(),
        payee: PAYEE.parse().unwrap(),
        money: causeway_translate::money::switch_of_fspiop(&post.amount).unwrap(),
        condition: Condition(post.condition.0),
        expiration,
        expires_at,
        reserve_by: has_header.then(|| expires_at.plus_ms(-needed)),
        hold_until: expires_at.plus_ms(-i64::try_from(FLOOR_MS).unwrap()),
        hash: Hash(post.terms_hash()),
        verdict: Verdict::Hold,
        verdict_reference: Some(VerdictReference::try_from(b"verdict/7".to_vec()).unwrap()),
    }));
    let budget = HopBudget {
        until_ms: expires_at.0,
        link_ms: LINK_MS,
        floor_ms: has_header.then_some(FLOOR_MS),
        origin_ms: None,
    };
    (command, Forwarded::of(&envelope, "/transfers"), budget)
}

async fn say(
    admin: &AdminClient,
    payment: &Payment,
    verb: &str,
    body: Option<&Value>,
) -> HttpResponse {
    let path = format!("{}/{verb}", payment.object());
    admin.send(Method::POST, &path, body).await.unwrap()
}

async fn release(scene: &Scene, payment: &Payment) -> (u16, String, String) {
    standing(&say(&scene.world.admin, payment, "release", None).await)
}

async fn block(scene: &Scene, payment: &Payment) -> (u16, String, String) {
    standing(&say(&scene.world.admin, payment, "block", None).await)
}

/// Status, transfer state and error code of an answer to an operator.
fn standing(answer: &HttpResponse) -> (u16, String, String) {
    let body = answer.json().unwrap();
    (answer.status.as_u16(), text(&body["transferState"]), code(&body))
}

async fn listed(scene: &Scene) -> Value {
    let path = "/transfers?state=HELD";
    let answer = scene.world.admin.send(Method::GET, path, None).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json().unwrap()
}

/// Whether the hub still keeps the held prepare.
async fn kept(scene: &Scene, payment: &Payment) -> bool {
    let key = holds::key(payment.transfer_id());
    scene.world.gateway.node.document(&key).await.unwrap().is_some()
}
