//! Answers in time, late and wrong; restarts; clocks that are off.

use causeway_tests::process::Scheme;
use causeway_tests::world::{self, World};
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{Acknowledge, Conduct, Received, Seen, Stage};
use causeway_toolkit::ledger_log::{Outcome, Standing};
use causeway_toolkit::players::CURRENCY;
use http::Method;
use serde_json::Value;
use switch::TransferState;
use tokio::net::TcpSocket;

use super::{PATIENCE_MS, PAYEE, PAYER, Payment, Scene, effective, kind, kinds, nth_told, told};

/// The payee's header and our own deadline for a budget of 20 s (DESIGN §5).
const BUDGET_MS: u64 = 20_000;
const OWN_MS: u32 = 18_000;
const DOWN_MS: u32 = 17_750;

#[tokio::test(flavor = "multi_thread")]
async fn t1_payee_answers_1_ms_before_down() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    let (response, received) = scene.reserved(&payment).await;
    assert_eq!(effective(&response), Some(BUDGET_MS));
    assert_eq!(received.header_ms("fspiop-timeout"), Some(DOWN_MS.into()));
    scene.advance(DOWN_MS - 1);
    scene.blue().resend(&scene.fulfil(&payment, "COMMITTED")).await.unwrap();
    assert_eq!(kind(&nth_told(scene.green(), &payment, 1).await), "PUT COMMITTED");
    assert_eq!(scene.position(PAYER).await, "10");
    assert_eq!(scene.position(PAYEE).await, "-10");
    scene.advance(BUDGET_MS as u32);
    scene.tick().await;
    assert_eq!(kinds(scene.green(), &payment), ["PUT COMMITTED"], "no expiry follows");
    assert_eq!(scene.world.books().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn t2_payee_answers_1_ms_after_own_deadline() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    scene.reserved(&payment).await;
    assert_eq!(scene.world.books().await, (0, 100_000), "reserved until then");
    scene.advance(OWN_MS + 1);
    scene.blue().resend(&scene.fulfil(&payment, "COMMITTED")).await.unwrap();
    scene.until(&payment, TransferState::ExpiredReserved).await;
    nth_told(scene.green(), &payment, 1).await;
    nth_told(scene.blue(), &payment, 1).await;
    scene.tick().await;
    assert_eq!(kinds(scene.green(), &payment), ["PUT 3303"], "told once, and of no success");
    // One 3303 for the expiry, if that was faster than the answer, and one for the answer.
    let told = kinds(scene.blue(), &payment);
    assert!(told.len() <= 2 && told.iter().all(|kind| kind == "PUT 3303"), "{told:?}");
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t4_stopped_while_reserved_and_started_after_the_deadline() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    scene.reserved(&payment).await;
    let data = scene.world.data();
    let directory = data.parent().unwrap();
    // The folder stays with the scene.
    let World { gateway, clock, players, .. } = scene.world;
    gateway.stop().await;
    clock.advance(OWN_MS + 5_000);
    let restarted = world::gateway(directory, "", clock.clone()).await;
    let (green, blue) = (&players.green, &players.blue);
    assert_eq!(kind(&nth_told(green, &payment, 1).await), "PUT 3303");
    assert_eq!(kind(&nth_told(blue, &payment, 1).await), "PUT 3303");
    let transfer = restarted.node.transfer(payment.transfer_id()).await.unwrap().unwrap();
    assert_eq!(transfer.state, TransferState::ExpiredReserved);
    let accounts = restarted.node.store.accounts().await.unwrap();
    for account in accounts.iter().filter(|account| account.key.participant.as_str() == PAYER) {
        let free = matches!(account.key.kind, switch::AccountKind::Settlement);
        assert!(free || account.balance.is_zero(), "released: {account:?}");
    }
    restarted.stop().await;
    // Released once: a third run finds nothing to do. What it may tell again is the same message.
    let third = world::gateway(directory, "", clock).await;
    tokio::time::sleep(super::SEVERAL_TICKS).await;
    let again = third.node.transfer(payment.transfer_id()).await.unwrap();
    assert_eq!(again, Some(transfer));
    let copies = told(green, &payment);
    let first = (&copies[0].body, copies[0].header("fspiop-signature"));
    assert!(copies.iter().all(|copy| (&copy.body, copy.header("fspiop-signature")) == first));
    assert_eq!(green.signature_failures(), Vec::<String>::new());
    third.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t4_killed_while_reserved_and_started_after_the_deadline() {
    let mut scheme = Scheme::start("").await;
    scheme.players.blue.set_conduct(Stage::Transfer, Conduct::silent());
    // Time enough to reach the payee, and for the kill, whatever else the machine does.
    let payment = Payment::new("10").expiring_in(15_000);
    let began_ms = clock::now_epoch_ms();
    let draft = payment.draft(began_ms);
    assert_eq!(scheme.players.green.send(draft).await.unwrap().response.status, 202);
    let is_it = |m: &Received| m.json()["transferId"] == payment.id;
    scheme.players.blue.await_callback(is_it, PATIENCE_MS).await.unwrap();
    scheme.process.kill();
    // A process of its own has the machine's clock: its deadline has to be waited for.
    while clock::now_epoch_ms() <= began_ms + payment.expires_in_ms {
        tokio::time::sleep(super::SEVERAL_TICKS).await;
    }
    let (green, blue) = (&scheme.players.green, &scheme.players.blue);
    assert_eq!(kinds(green, &payment), Vec::<String>::new(), "it died while it was reserved");
    scheme.process.restart().await;
    assert_eq!(kind(&nth_told(green, &payment, 1).await), "PUT 3303");
    assert_eq!(kind(&nth_told(blue, &payment, 1).await), "PUT 3303");
    let standing = green.ask_within(&payment.id, PATIENCE_MS).await.unwrap();
    assert_eq!(standing, Standing::Final(Outcome::Aborted));
    for name in [PAYER, PAYEE] {
        let position = scheme.admin.position(name, CURRENCY).await.unwrap();
        assert_eq!(position.to_string(), "0", "{name}: released once");
    }
    assert_eq!(scheme.players.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn t5_the_wall_clock_is_stepped_in_flight() {
    for step_ms in [60_000, -60_000] {
        let scene = Scene::honouring().await;
        let payment = Payment::new("10").within(BUDGET_MS);
        scene.reserved(&payment).await;
        scene.world.clock.step_wall(step_ms);
        // Hub time bends towards the wall's by half a thousandth: 9 ms in 18 s.
        scene.advance(OWN_MS - 20);
        scene.tick().await;
        assert_eq!(scene.stored(&payment).await.state, TransferState::Reserved, "{step_ms}");
        let other = Payment::new("1").expiring_in(30_000);
        let (response, _) = scene.reserved(&other).await;
        assert_eq!(effective(&response), Some(30_000), "compared with hub time: {step_ms}");
        scene.advance(40);
        scene.until(&payment, TransferState::ExpiredReserved).await;
        assert_eq!(scene.stored(&other).await.state, TransferState::Reserved, "{step_ms}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t6_the_payers_clock_is_5_s_off() {
    let scene = Scene::honouring().await;
    for skew_ms in [5_000_i64, -5_000] {
        let lasts_ms = 30_000 + skew_ms;
        let headed = Payment::new("1").within(BUDGET_MS).expiring_in(lasts_ms);
        let (response, received) = scene.reserved(&headed).await;
        assert_eq!(effective(&response), Some(BUDGET_MS), "durations do not see the skew");
        assert_eq!(received.header_ms("fspiop-timeout"), Some(DOWN_MS.into()));
        let plain = Payment::new("1").expiring_in(lasts_ms);
        let (response, _) = scene.reserved(&plain).await;
        assert_eq!(effective(&response), u64::try_from(lasts_ms).ok(), "the signed instant counts");
        scene.advance(u32::try_from(lasts_ms).unwrap() - 1);
        scene.until(&headed, TransferState::ExpiredReserved).await;
        scene.tick().await;
        assert_eq!(scene.stored(&plain).await.state, TransferState::Reserved);
        scene.advance(1);
        scene.until(&plain, TransferState::ExpiredReserved).await;
    }
    let already_past = Payment::new("1").expiring_in(4_000 - 5_000);
    assert_eq!(scene.prepare(&already_past).await.status, 202);
    assert_eq!(kind(&nth_told(scene.green(), &already_past, 1).await), "PUT 3100");
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t12_the_payers_get_after_the_deadline_expires_it() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    scene.reserved(&payment).await;
    scene.advance(OWN_MS - 1);
    assert_eq!(scene.ask(scene.green(), &payment).await.status, 202);
    assert_eq!(kind(&nth_told(scene.green(), &payment, 1).await), "PUT RESERVED");
    scene.advance(1);
    assert_eq!(scene.ask(scene.green(), &payment).await.status, 202);
    // Durable when the 202 is out: nothing is reserved any more, whether or not a timer has run.
    assert_eq!(scene.stored(&payment).await.state, TransferState::ExpiredReserved);
    assert_eq!(kind(&nth_told(scene.green(), &payment, 3).await), "PUT ABORTED");
    assert_eq!(kinds(scene.green(), &payment), ["PUT RESERVED", "PUT 3303", "PUT ABORTED"]);
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t13_payee_says_reserved_late_and_is_told_aborted_each_time() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    scene.reserved(&payment).await;
    scene.advance(OWN_MS + 1);
    scene.until(&payment, TransferState::ExpiredReserved).await;
    nth_told(scene.blue(), &payment, 1).await;
    let answer = scene.fulfil(&payment, "RESERVED");
    for count in 2..=4 {
        assert_eq!(scene.blue().resend(&answer).await.unwrap().status, 200);
        let patch = nth_told(scene.blue(), &payment, count).await;
        assert_eq!(kind(&patch), "PATCH ABORTED");
        assert_eq!(patch.seen, Seen::Verified);
    }
    nth_told(scene.green(), &payment, 1).await;
    assert_eq!(kinds(scene.green(), &payment), ["PUT 3303"]);
    assert_eq!(cases(&scene).await, Vec::<Value>::new(), "it has not credited: no case");
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t14_payee_says_committed_late_3303_and_a_case() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    scene.reserved(&payment).await;
    scene.advance(OWN_MS + 1);
    scene.until(&payment, TransferState::ExpiredReserved).await;
    nth_told(scene.blue(), &payment, 1).await;
    let answer = scene.fulfil(&payment, "COMMITTED");
    for count in 2..=3 {
        assert_eq!(scene.blue().resend(&answer).await.unwrap().status, 200);
        assert_eq!(kind(&nth_told(scene.blue(), &payment, count).await), "PUT 3303");
    }
    let transfer = scene.stored(&payment).await;
    assert_eq!(transfer.state, TransferState::ExpiredReserved);
    let evidence = transfer.late_fulfil.expect("what it revealed is kept");
    assert_eq!(evidence.fulfilment.0, payment.fulfilment);
    assert!(evidence.meets_condition);
    let cases = cases(&scene).await;
    assert_eq!(cases.len(), 1, "one case, however often it says so: {cases:?}");
    assert_eq!(cases[0]["transferId"], payment.id);
    assert_eq!(cases[0]["payeeFsp"], PAYEE);
    assert_eq!(cases[0]["fulfilmentMeetsCondition"], true);
    assert_eq!(scene.metric("causeway_reconciliation_items_total").await, 1);
    assert_eq!(kinds(scene.green(), &payment), ["PUT 3303"], "the payer hears of no success");
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t15_a_late_fulfil_that_is_wrong_gets_3303_too() {
    let scene = Scene::honouring().await;
    let payment = Payment::new("10").within(BUDGET_MS);
    scene.reserved(&payment).await;
    scene.advance(OWN_MS + 1);
    scene.until(&payment, TransferState::ExpiredReserved).await;
    nth_told(scene.blue(), &payment, 1).await;
    let wrong = scene.fulfil(&payment.clone().wrongly_fulfilled(), "COMMITTED");
    assert_eq!(scene.blue().resend(&wrong).await.unwrap().status, 200);
    assert_eq!(kind(&nth_told(scene.blue(), &payment, 2).await), "PUT 3303");
    let evidence = scene.stored(&payment).await.late_fulfil.expect("kept all the same");
    assert!(!evidence.meets_condition);
    assert_eq!(cases(&scene).await[0]["fulfilmentMeetsCondition"], false);
    // The right one after it says more, and replaces it.
    scene.blue().resend(&scene.fulfil(&payment, "COMMITTED")).await.unwrap();
    assert_eq!(kind(&nth_told(scene.blue(), &payment, 3).await), "PUT 3303");
    assert!(scene.stored(&payment).await.late_fulfil.unwrap().meets_condition);
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_payee_closes_every_connection_error_at_own_deadline() {
    let scene = Scene::honouring().await;
    scene.blue().set_conduct(Stage::Transfer, Conduct::acknowledging(Acknowledge::Close));
    let mut hops = scene.watch();
    let payment = Payment::new("10").within(BUDGET_MS);
    assert_eq!(scene.prepare(&payment).await.status, 202);
    let attempt = hops.next("POST /transfers", PAYEE).await;
    assert_eq!(attempt.remaining_ms, Some(DOWN_MS.into()));
    assert_ne!(attempt.note, "", "it failed");
    scene.advance(OWN_MS - 1);
    scene.tick().await;
    // The payee may have taken it in: nobody may say that it has failed before the deadline.
    assert_eq!(kinds(scene.green(), &payment), Vec::<String>::new());
    assert_eq!(scene.world.books().await, (0, 100_000));
    scene.advance(1);
    assert_eq!(kind(&nth_told(scene.green(), &payment, 1).await), "PUT 3303");
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t16_payee_endpoint_is_down_error_by_own_deadline() {
    let scene = Scene::honouring().await;
    let (_taken, url) = nobody_listens();
    scene.world.admin.set_endpoint(PAYEE, &url).await.unwrap();
    for payment in
        [Payment::new("10").within(BUDGET_MS), Payment::new("10").expiring_in(OWN_MS.into())]
    {
        assert_eq!(scene.prepare(&payment).await.status, 202);
        scene.advance(OWN_MS);
        assert_eq!(kind(&nth_told(scene.green(), &payment, 1).await), "PUT 3303");
        scene.tick().await;
        assert_eq!(kinds(scene.green(), &payment), ["PUT 3303"], "once");
        scene.nothing_moved().await;
    }
}

/// A loopback URL where nothing is, for as long as the socket is kept: its port is taken, so that
/// no other test listens there, and refuses connections.
fn nobody_listens() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    (socket, url)
}

/// GET /reconciliation
async fn cases(scene: &Scene) -> Vec<Value> {
    let answer = scene.world.admin.send(Method::GET, "/reconciliation", None).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json().unwrap().as_array().cloned().unwrap()
}
