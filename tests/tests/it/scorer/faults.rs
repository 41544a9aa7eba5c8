//! Scorers that are stopped and go on, words that nobody should have written, and a server that is
//! away for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use bytes::Bytes;
use causeway_toolkit::cluster::process::Signal;
use frms::{Catalogue, Decision, Event, Outcome, OutcomeKind, PaymentId};

use super::scheme::{PATIENCE, Scheme, TENANT, attempt, replayed, verdicts};

fn catalogue() -> Catalogue {
    Catalogue::standard().unwrap()
}

/// Another one than `number` answers; waits for it.
async fn replaced(scheme: &Scheme, number: usize) {
    let since = Instant::now();
    while scheme.health(1 - number).await["role"] != "active" {
        assert!(since.elapsed() < PATIENCE, "nobody takes over:\n{}", scheme.logs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One of the two answers and the other stands by; waits for it. Which one it is says nothing: who
/// stands still for the length of a lease is replaced, on a busy machine too.
async fn one_answers(scheme: &Scheme) {
    let since = Instant::now();
    loop {
        let healths = [scheme.health(0).await, scheme.health(1).await];
        let say = |role: &str| healths.iter().filter(|health| health["role"] == role).count();
        if (say("active"), say("standby")) == (1, 1) {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "{healths:?}:\n{}", scheme.logs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_stopped_for_long_cannot_write_any_more() {
    let Some(mut scheme) = Scheme::start(2, "").await else { return };
    let former = scheme.active().await;
    scheme.insist(&attempt(1, "ann", "green")).await;
    scheme.process(former).signal(Signal::Stop);
    // It has this question in its socket, and believes that it is the one to answer it; on a busy
    // machine the other one may have taken over by now, and answer.
    let asked = attempt(2, "ann", "green");
    let _answer = scheme.ask(&asked, Duration::from_millis(200)).await;
    replaced(&scheme, former).await;
    let verdict = scheme.insist(&asked).await;
    let more: Vec<_> = (3..40).map(|id| attempt(id, "ann", "green")).collect();
    for one in &more {
        scheme.insist(one).await;
    }
    scheme.process(former).signal(Signal::Continue);
    one_answers(&scheme).await;
    let recorded = scheme.settled(39).await;
    assert_eq!(recorded.iter().filter(|one| one.subject.contains(".tx.")).count(), 39);
    assert_eq!(recorded.iter().filter(|one| one.subject.contains(".verdict.")).count(), 39);
    assert_eq!(replayed(&recorded, catalogue()), verdicts(&recorded));
    assert_eq!(scheme.insist(&asked).await, verdict, "a resend gets the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_and_late_words_on_the_stream_change_nothing() {
    let Some(scheme) = Scheme::start(1, "").await else { return };
    let first = scheme.insist(&attempt(1, "ann", "green")).await;
    // A verdict on a payment that nobody has asked about yet, one that contradicts a known one, one
    // under the subject of another decision, one that is none.
    let mut forged = first.clone();
    (forged.id, forged.decision) = (PaymentId(2), Decision::Block);
    let on_unknown = Event::Verdict(Arc::new(forged.clone()));
    let contradicting = Event::Verdict(Arc::new(frms::Verdict { id: first.id, ..forged.clone() }));
    for event in [&on_unknown, &contradicting] {
        let payload = Bytes::from(serde_json::to_vec(event).unwrap());
        scheme.send(event.subject(TENANT), HeaderMap::new(), payload.clone()).await;
        scheme.send(format!("frm.{TENANT}.verdict.allow"), HeaderMap::new(), payload).await;
    }
    for subject in ["verdict.block", "tx.EUR.green", "outcome.committed", "scorer.other"] {
        for payload in ["", "{", "null", "{\"id\":7}"] {
            let payload = Bytes::from_static(payload.as_bytes());
            scheme.send(format!("frm.{TENANT}.{subject}"), HeaderMap::new(), payload).await;
        }
    }
    let second = scheme.insist(&attempt(2, "ann", "green")).await;
    assert_eq!(second.decision, Decision::Allow);
    assert_eq!(second.rule("901").unwrap().value, Some(2.0));
    assert_eq!(scheme.insist(&attempt(1, "ann", "green")).await, first);
    // An outcome that comes before its payment counts when the payment does.
    let early = Outcome { id: PaymentId(3), kind: OutcomeKind::Aborted, at_ms: 1 };
    scheme.publish(&Event::Outcome(early)).await;
    assert_eq!(
        scheme.insist(&attempt(3, "ann", "green")).await.rule("901").unwrap().value,
        Some(3.0)
    );
    let fourth = scheme.insist(&attempt(4, "ann", "green")).await;
    assert_eq!(fourth.rule("901").unwrap().value, Some(3.0), "the third came to nothing");
    // Who begins anew, without a snapshot, comes to the same.
    let recorded = scheme.recorded().await;
    let again = replayed(&recorded, catalogue());
    assert_eq!(again.len(), 4);
    for verdict in [&first, &second, &fourth] {
        let payload = serde_json::to_vec(verdict).unwrap();
        assert!(again.values().any(|replayed| *replayed == payload), "{verdict:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_costs_none_of_those_around_it() {
    const PAIRS: u128 = 300;
    let Some(scheme) = Scheme::start(1, "").await else { return };
    for id in 1..=PAIRS {
        let event = Event::Attempt(attempt(id, "ann", "green"));
        let payload = Bytes::from(serde_json::to_vec(&event).unwrap());
        // Neither is waited for: they are to come at any time.
        for payload in [Bytes::from_static(b"{"), payload] {
            let _ = scheme.context.publish(event.subject(TENANT), payload).await.unwrap();
        }
    }
    let count = usize::try_from(PAIRS).unwrap();
    let recorded = scheme.settled(count).await;
    assert_eq!(replayed(&recorded, catalogue()), verdicts(&recorded));
    let last = scheme.insist(&attempt(PAIRS, "ann", "green")).await;
    assert_eq!(
        last.sequence,
        recorded.iter().rfind(|one| one.subject.contains(".tx.")).unwrap().sequence
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_of_a_participant_gets_out_of_its_token() {
    let Some(scheme) = Scheme::start(1, "").await else { return };
    let names = ["a.b", "*", ">", "a.>", "x y", "a\r\nPUB evil 1", "=2e", "ü.", "$JS.API"];
    for (name, id) in names.into_iter().zip(1..) {
        let verdict = scheme.insist(&attempt(id, "ann", name)).await;
        assert_eq!(verdict.id, PaymentId(id), "{name}");
    }
    let recorded = scheme.settled(names.len()).await;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_@=".contains(&b);
    for one in recorded.iter().filter(|one| one.subject.contains(".tx.")) {
        let tokens: Vec<&str> = one.subject.split('.').collect();
        assert_eq!(tokens.len(), 5, "{}", one.subject);
        assert!(tokens.iter().all(|token| token.bytes().all(plain)), "{}", one.subject);
    }
    assert_eq!(replayed(&recorded, catalogue()), verdicts(&recorded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_is_gone_on_with() {
    let Some(mut scheme) = Scheme::start(2, "").await else { return };
    scheme.insist(&attempt(1, "ann", "green")).await;
    scheme.server.kill();
    assert!(scheme.ask(&attempt(2, "ann", "green"), Duration::from_millis(200)).await.is_none());
    tokio::time::sleep(Duration::from_secs(2)).await;
    scheme.server.restart().await;
    let verdict = scheme.insist(&attempt(2, "ann", "green")).await;
    assert_eq!(verdict.rule("901").unwrap().value, Some(2.0));
    let recorded = scheme.settled(2).await;
    assert_eq!(replayed(&recorded, catalogue()), verdicts(&recorded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scorer_goes_on_from_its_snapshot() {
    let Some(mut scheme) = Scheme::start(1, "").await else { return };
    let first = scheme.insist(&attempt(1, "ann", "green")).await;
    let file = scheme.snapshot();
    let since = std::time::Instant::now();
    while !file.exists() {
        assert!(since.elapsed() < PATIENCE, "no snapshot:\n{}", scheme.logs());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    scheme.process(0).kill();
    scheme.begin(0);
    assert_eq!(scheme.insist(&attempt(1, "ann", "green")).await, first);
    let second = scheme.insist(&attempt(2, "ann", "green")).await;
    assert_eq!(second.rule("901").unwrap().value, Some(2.0));
    assert!(scheme.logs().contains("goes on from a snapshot"), "{}", scheme.logs());
    // A damaged one is passed over: the stream is the truth.
    scheme.process(0).kill();
    std::fs::write(&file, b"CWFRMS and no more").unwrap();
    scheme.begin(0);
    let third = scheme.insist(&attempt(3, "ann", "green")).await;
    assert_eq!(third.rule("901").unwrap().value, Some(3.0));
    let recorded = scheme.settled(3).await;
    assert_eq!(replayed(&recorded, catalogue()), verdicts(&recorded));
}
