//! T17: a fraud verdict that does not come. The policy is applied when the budget is over, and what
//! comes later changes nothing.

use std::sync::Arc;
use std::time::Duration;

use causeway_toolkit::dfsp::Received;
use frms_stream::{Client, Request, Requests, channel};
use http::Method;
use switch::{TransferState, Verdict};

use super::{PAYEE, PAYER, Payment, Scene, nth_told, refusal, refused, told};

/// A hub whose scorer is the test: what it is asked arrives, and is answered as the test likes.
async fn scene(policy: &str) -> (Scene, Requests) {
    let settings = format!("[screening]\nenabled = true\n{policy}\n");
    let scene = Scene::with(&settings).await;
    let (client, requests) = channel(16);
    ask(&scene, client);
    (scene, requests)
}

fn ask(scene: &Scene, client: Client) {
    scene.world.gateway.node.screening.as_ref().unwrap().ask(client);
}

/// A scorer of the kind that the hub starts itself.
fn working(scene: &Scene) -> Client {
    let screening = scene.world.gateway.node.screening.as_ref().unwrap();
    let (client, requests) = channel(16);
    let engine = frms::Engine::new(frms::Catalogue::standard().unwrap());
    frms_stream::start(Arc::clone(screening.stream()), engine, requests).unwrap();
    client
}

async fn screened(scene: &Scene, outcome: &str) -> u64 {
    scene.metric(&format!("causeway_screening_total{{outcome=\"{outcome}\"}}")).await
}

/// The same, 0 before the first time.
fn screened_so_far(scene: &Scene, outcome: &str) -> u64 {
    let text = scene.world.gateway.node.metrics.text();
    let name = format!("causeway_screening_total{{outcome=\"{outcome}\"}} ");
    let value = text.lines().find_map(|line| line.strip_prefix(&name));
    value.map_or(0, |value| value.parse().unwrap())
}

fn at_payee(payment: &Payment) -> impl Fn(&Received) -> bool + use<> {
    let id = payment.id.clone();
    move |m: &Received| m.method == Method::POST && m.json()["transferId"] == id
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_open_lets_it_pass_when_the_budget_is_over_and_a_late_block_changes_nothing() {
    let (scene, mut requests) = scene("budget_ms = 40\non_unavailable = \"open\"").await;
    let payment = Payment::new("10");
    scene.reserved(&payment).await;
    // The scorer has it and has not said anything: nobody waits for it any more.
    let Request { attempt, reply } = requests.recv().await.unwrap();
    assert_eq!(attempt.id.0, payment.transfer_id().0);
    assert!(reply.unwrap().is_closed());
    assert_eq!(screened(&scene, "late").await, 1);
    assert_eq!(scene.stored(&payment).await.verdict, Verdict::Allowed);
    let fulfil = scene.fulfil(&payment, "COMMITTED");
    assert_eq!(scene.blue().resend(&fulfil).await.unwrap().status, 200);
    scene.until(&payment, TransferState::Committed).await;
    assert_eq!(scene.position(PAYER).await, "10");
}

/// Answers each attempt after a while: blocked.
fn slow(mut requests: Requests, wait: Duration) -> tokio::task::JoinHandle<usize> {
    tokio::spawn(async move {
        let mut answered = 0;
        while let Some(Request { attempt, reply }) = requests.recv().await {
            tokio::time::sleep(wait).await;
            let verdict = blocked(&attempt);
            answered += usize::from(reply.unwrap().send(Arc::new(verdict)).is_ok());
        }
        answered
    })
}

fn blocked(attempt: &frms::Attempt) -> frms::Verdict {
    frms::Verdict {
        id: attempt.id,
        hash: attempt.hash,
        point: attempt.point,
        sequence: 1,
        at_ms: attempt.at_ms,
        decision: frms::Decision::Block,
        flow: None,
        rules: Vec::new(),
        typologies: Vec::new(),
        missing: Vec::new(),
        explanation: String::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_a_verdict_at_the_edge_of_the_budget_counts_or_is_late_and_never_both() {
    const BUDGET_MS: u64 = 60;
    let (scene, requests) = scene("budget_ms = 60\non_unavailable = \"open\"").await;
    drop(requests);
    let (mut blocked, mut allowed) = (0, 0);
    for wait_ms in [5_000, 0, 20, 55, 57, 58, 59, 60, 60, 60, 61, 62, 63, 65, 90] {
        let (client, requests) = channel(16);
        ask(&scene, client);
        let scorer = slow(requests, Duration::from_millis(wait_ms));
        let payment = Payment::new("1");
        assert_eq!(scene.prepare(&payment).await.status, 202);
        let stored = scene.stored(&payment).await.verdict;
        match stored {
            Verdict::Blocked => blocked += 1,
            _ => allowed += 1,
        }
        // Far from the edge there is no doubt.
        if wait_ms > 10 * BUDGET_MS {
            assert_eq!(stored, Verdict::Allowed, "after {wait_ms} ms");
        }
        scorer.abort();
        let counted = |outcome| screened_so_far(&scene, outcome);
        assert_eq!((counted("block"), counted("late")), (blocked, allowed), "after {wait_ms} ms");
    }
    assert_eq!(blocked + allowed, 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_closed_refuses_for_now_and_stores_nothing_and_the_same_request_may_come_again() {
    let (scene, requests) = scene("budget_ms = 40\non_unavailable = \"closed\"").await;
    let payment = Payment::new("10");
    let response = scene.prepare(&payment).await;
    assert_eq!(refusal(&response), refused(503, "2003"), "{}", response.text());
    let id = payment.transfer_id();
    assert_eq!(scene.world.gateway.node.transfer(id).await.unwrap(), None);
    scene.nothing_moved().await;
    drop(requests);
    ask(&scene, working(&scene));
    let mut late = 1;
    // One that comes in time: on a machine with much else to do not each does.
    while scene.prepare(&payment).await.status == 503 {
        late += 1;
        assert!(late < 100, "the scorer answers nothing in time");
    }
    scene.reserved(&payment).await;
    assert_eq!(screened(&scene, "late").await, late);
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_hold_holds_it_with_nothing_reserved_until_its_time_is_over() {
    let (scene, _requests) = scene("budget_ms = 40\non_unavailable = \"hold\"").await;
    let payment = Payment::new("10").expiring_in(20_000);
    assert_eq!(scene.prepare(&payment).await.status, 202);
    let held = scene.until(&payment, TransferState::Held).await;
    scene.nothing_moved().await;
    // Resent: the same, and nobody is asked twice.
    assert_eq!(scene.prepare(&payment).await.status, 202);
    assert_eq!(screened(&scene, "late").await, 1);
    let left_ms = u32::try_from(held.due_at.0 - scene.now_ms()).unwrap();
    scene.advance(left_ms - 1);
    scene.tick().await;
    assert_eq!(scene.stored(&payment).await.state, TransferState::Held);
    scene.advance(1);
    scene.until(&payment, TransferState::ExpiredPrepared).await;
    assert_eq!(super::kind(&nth_told(scene.green(), &payment, 1).await), "PUT 3303");
    assert!(!scene.blue().received().iter().any(|m| at_payee(&payment)(m)), "{PAYEE} heard of it");
    scene.nothing_moved().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_a_scorer_that_fails_or_is_flooded_is_counted_and_the_policy_applied() {
    let (scene, mut requests) = scene("on_unavailable = \"open\"\nbudget_ms = 5000").await;
    let failing = tokio::spawn(async move {
        let request = requests.recv().await.unwrap();
        drop(request.reply);
        requests
    });
    scene.reserved(&Payment::new("1")).await;
    assert_eq!(screened(&scene, "failed").await, 1);
    drop(failing.await.unwrap());
    scene.reserved(&Payment::new("1")).await;
    assert_eq!(screened(&scene, "failed").await, 2, "gone altogether");
    let (client, _never_read) = channel(1);
    client.observe(attempt()).unwrap();
    ask(&scene, client);
    scene.reserved(&Payment::new("1")).await;
    assert_eq!(screened(&scene, "busy").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_in_shadow_mode_nobody_waits_even_for_a_scorer_that_hangs() {
    let (scene, mut requests) = scene("mode = \"shadow\"\non_unavailable = \"closed\"").await;
    let payment = Payment::new("10");
    scene.reserved(&payment).await;
    assert!(requests.recv().await.unwrap().reply.is_none());
    assert_eq!(screened(&scene, "shadow").await, 1);
    assert!(told(scene.green(), &payment).is_empty());
}

fn attempt() -> Arc<frms::Attempt> {
    Arc::new(frms::Attempt {
        id: frms::PaymentId(1),
        hash: frms::TermsHash([0; 32]),
        point: frms::Point::BeforeReserve,
        at_ms: 0,
        payer_fsp: PAYER.to_owned(),
        payee_fsp: PAYEE.to_owned(),
        units: frms::Units(1),
        currency: "EUR".to_owned(),
        debtor: None,
        creditor: None,
        facts: frms::Facts::Unknown,
        category: None,
        debtor_age_years: None,
        place: None,
        description: None,
    })
}
