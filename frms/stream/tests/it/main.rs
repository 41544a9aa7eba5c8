//! The stream and the scorer: order, bounds, budgets, failures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod bytes;
mod defects;
mod forged;
mod roles;
mod untold;

use std::sync::Arc;
use std::time::Duration;

use frms::{Attempt, Catalogue, Decision, Engine, Event, Facts, Outcome, OutcomeKind};
use frms::{PaymentId, Pseudonyms, TermsHash, Units};
use frms_stream::{Behind, Client, Missed, Stream, Unavailable, channel, start};

/// More than any machine needs.
const PATIENCE: Duration = Duration::from_secs(20);

fn attempt(id: u128) -> Arc<Attempt> {
    let known = Pseudonyms::new(b"a secret");
    Arc::new(Attempt {
        id: PaymentId(id),
        hash: TermsHash([0; 32]),
        point: frms::Point::BeforeReserve,
        at_ms: 1_000,
        payer_fsp: "green".to_owned(),
        payee_fsp: "blue".to_owned(),
        units: Units(1),
        currency: "EUR".to_owned(),
        debtor: Some(known.party("MSISDN", "ann", "green")),
        creditor: Some(known.party("MSISDN", "bob", "blue")),
        facts: Facts::Quote,
        category: None,
        debtor_age_years: None,
        place: None,
        description: None,
    })
}

fn committed(id: u128) -> Event {
    Event::Outcome(Outcome { id: PaymentId(id), kind: OutcomeKind::Committed, at_ms: 1_001 })
}

fn engine() -> Engine {
    Engine::new(Catalogue::standard().unwrap())
}

fn scorer(stream: &Arc<Stream>) -> Client {
    let (client, requests) = channel(64);
    start(Arc::clone(stream), engine(), requests).unwrap();
    client
}

#[tokio::test]
async fn events_have_numbers_without_gaps_and_readers_get_their_subjects() {
    let stream = Stream::new("s");
    let mut outcomes = stream.subscribe("frm.s.outcome.*");
    assert_eq!(stream.append(Event::Attempt(attempt(1))), 1);
    assert_eq!(stream.append(committed(1)), 2);
    assert_eq!(stream.append_after(1, committed(2)), Err(Behind { last: 2 }));
    assert_eq!(stream.append_after(2, committed(2)), Ok(3));
    let first = outcomes.next().await.unwrap();
    assert_eq!((first.sequence, first.event), (2, committed(1)));
    assert_eq!(outcomes.next().await.unwrap().sequence, 3);
    let (later, writer) = (tokio::spawn(async move { outcomes.next().await }), stream);
    tokio::task::yield_now().await;
    writer.append(committed(3));
    assert_eq!(tokio::time::timeout(PATIENCE, later).await.unwrap().unwrap().unwrap().sequence, 4);
}

#[tokio::test]
async fn a_slow_reader_is_told_what_it_missed_and_holds_nobody_up() {
    let stream = Stream::keeping("s", 2, usize::MAX);
    let mut reader = stream.subscribe("frm.>");
    for id in 0..5 {
        stream.append(committed(id));
    }
    assert_eq!(reader.next().await, Err(Missed(3)));
    assert_eq!(reader.next().await.unwrap().sequence, 4);
    assert_eq!(stream.read(5, 9), Ok(Vec::new()));
    assert_eq!(stream.read(0, 9), Err(Missed(3)));
}

#[tokio::test]
async fn attempt_and_verdict_are_on_the_stream_before_the_answer() {
    let stream = Stream::new("s");
    let client = scorer(&stream);
    let verdict = client.screen(attempt(1), PATIENCE).await.unwrap();
    assert_eq!((verdict.sequence, verdict.decision), (1, Decision::Allow));
    let entries = stream.read(0, 9).unwrap();
    assert_eq!(entries[0].event, Event::Attempt(attempt(1)));
    assert_eq!(entries[1].event, Event::Verdict(Arc::clone(&verdict)));
    let again = client.screen(attempt(1), PATIENCE).await.unwrap();
    assert_eq!((again, stream.last()), (verdict, 2), "the same one, and nothing new");
}

#[tokio::test]
async fn what_was_appended_before_is_seen_and_replay_gives_the_same() {
    let stream = Stream::new("s");
    let client = scorer(&stream);
    for id in 1..4 {
        client.screen(attempt(id), PATIENCE).await.unwrap();
        stream.append(committed(id));
    }
    let verdict = client.screen(attempt(4), PATIENCE).await.unwrap();
    assert_eq!(verdict.rules[0].value, Some(4.0));
    assert!(verdict.typologies[0].alert, "{verdict:?}");
    let entries = stream.read(0, 99).unwrap();
    let mut engine = engine();
    let mut replayed = Vec::new();
    let mut recorded = Vec::new();
    for entry in &entries {
        replayed.extend(engine.apply(entry.sequence, &entry.event));
        if let Event::Verdict(verdict) = &entry.event {
            recorded.push(Arc::clone(verdict));
        }
    }
    assert_eq!((replayed.len(), replayed), (7, recorded), "four attempts, three of them paid");
    let alerts = entries.iter().filter(|entry| matches!(entry.event, Event::Alert { .. }));
    assert_eq!(alerts.count(), 1, "the third, once it was paid");
}

#[tokio::test]
async fn two_scorers_on_one_stream_never_miss_each_other_s_attempts() {
    let stream = Stream::new("s");
    let (one, other) = (scorer(&stream), scorer(&stream));
    let mut values = Vec::new();
    for id in 0..20 {
        let client = if id % 2 == 0 { &one } else { &other };
        values.extend(client.screen(attempt(id), PATIENCE).await.unwrap().rules[0].value);
    }
    assert_eq!(values, (1..=20).map(f64::from).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_scorer_that_hangs_fails_or_is_flooded_is_told_apart() {
    let (client, mut requests) = channel(2);
    let at_once = Duration::from_millis(1);
    assert_eq!(client.screen(attempt(1), at_once).await, Err(Unavailable::Late));
    assert_eq!(client.observe(attempt(2)), Ok(()));
    assert_eq!(client.screen(attempt(3), PATIENCE).await, Err(Unavailable::Busy));
    requests.recv().await.unwrap();
    requests.recv().await.unwrap();
    let asked = tokio::spawn({
        let client = client.clone();
        async move { client.screen(attempt(4), PATIENCE).await }
    });
    drop(requests.recv().await.unwrap().reply);
    assert_eq!(asked.await.unwrap(), Err(Unavailable::Failed));
    drop(requests);
    assert_eq!(client.screen(attempt(5), PATIENCE).await, Err(Unavailable::Failed));
}
