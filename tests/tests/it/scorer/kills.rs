//! The active scorer is killed (SIGKILL) at random while payments are asked about.

use std::sync::Arc;
use std::time::{Duration, Instant};

use causeway_toolkit::generate::{GenerateSettings, records};
use frms::{Attempt, Catalogue, Event, Record, Verdict};
use serde_json::Value;

use super::scheme::{PATIENCE, Scheme, ask, key, replayed, said, undisturbed, verdicts};

/// How many events, and how many kills among them.
fn size() -> (usize, usize) {
    let of = |name: &str, otherwise| {
        std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(otherwise)
    };
    (of("CAUSEWAY_SCORER_EVENTS", 4_000), of("CAUSEWAY_SCORER_KILLS", 4))
}

/// Which population, which chance.
pub(super) fn seed() -> u64 {
    std::env::var("CAUSEWAY_SCORER_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7)
}

/// The first events of a population's life, of which some are crimes.
pub(super) fn events(most: usize) -> Vec<Event> {
    let settings =
        GenerateSettings { days: 60, measured_days: 50, ..GenerateSettings::new(seed(), most) };
    records(settings).map(|record: Record| record.event()).take(most).collect()
}

/// Numbers that look like chance, the same in each run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_the_verdicts_are_those_of_a_run_without_kills() {
    let (most, kills) = size();
    let Some(mut scheme) = Scheme::start(2, "").await else { return };
    let events = events(most);
    let expected = undisturbed(&events);
    let mut dice = Dice(seed());
    let mut at: Vec<usize> = (0..kills).map(|_| dice.below(events.len())).collect();
    at.sort_unstable();
    let (mut roles, mut again) = (0, None);
    for (place, event) in events.iter().enumerate() {
        while at.first() == Some(&place) {
            at.remove(0);
            // The one that answers, each fourth time the one that stands by, unless it is down already.
            let active = scheme.active().await;
            let stands_by = at.len() % 4 == 3 && again.is_none();
            let victim = if stands_by { 1 - active } else { active };
            roles += usize::from(victim == active);
            scheme.process(victim).kill();
            if let Some((_, other)) = again.replace((place + most / (kills * 4).max(1), victim)) {
                scheme.begin(other);
            }
        }
        if again.is_some_and(|(due, _)| due <= place) {
            let (_, dead) = again.take().unwrap();
            scheme.begin(dead);
        }
        match event {
            Event::Attempt(attempt) => {
                let verdict = scheme.insist(attempt).await;
                let json = serde_json::to_value(&verdict).unwrap();
                assert_eq!(said(&verdict), expected[&key(&json)], "{}", attempt.id);
            }
            other => scheme.publish(other).await,
        }
    }
    let recorded = scheme.settled(expected.len()).await;
    let found = verdicts(&recorded);
    assert_eq!(found.len(), expected.len());
    for (key, payload) in &found {
        let verdict: Verdict = serde_json::from_slice(payload).unwrap();
        assert_eq!(&said(&verdict), &expected[key]);
    }
    assert_eq!(replayed(&recorded, Catalogue::standard().unwrap()), found, "bit for bit");
    eprintln!(
        "{} events, {kills} kills ({roles} of who answered), {} verdicts on a stream of {}",
        events.len(),
        found.len(),
        recorded.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_nothing_but_missing_answers_differs() {
    let (most, kills) = size();
    let Some(mut scheme) = Scheme::start(2, "").await else { return };
    let attempts: Vec<Arc<Attempt>> = events(most)
        .into_iter()
        .filter_map(|event| match event {
            Event::Attempt(attempt) => Some(attempt),
            _ => None,
        })
        .collect();
    let slots = Arc::new(tokio::sync::Semaphore::new(32));
    let mut asked = tokio::task::JoinSet::new();
    for (place, attempt) in attempts.iter().enumerate() {
        if place % (attempts.len() / (kills + 1)).max(1) == 1 && place > 1 {
            let active = scheme.active().await;
            scheme.process(active).kill();
            scheme.begin(active);
        }
        let slot = Arc::clone(&slots).acquire_owned().await.unwrap();
        let (nats, attempt) = (scheme.nats.clone(), Arc::clone(attempt));
        asked.spawn(async move {
            // As long as a slow machine with all slots taken needs.
            let verdict = ask(&nats, &attempt, Duration::from_secs(2)).await;
            drop(slot);
            verdict
        });
    }
    let answered: Vec<Verdict> = asked.join_all().await.into_iter().flatten().collect();
    scheme.active().await;
    // What nobody waits for any more may still come to the stream, and is judged a moment later.
    let since = Instant::now();
    let (expected, found) = loop {
        let recorded = scheme.recorded().await;
        let expected = replayed(&recorded, Catalogue::standard().unwrap());
        let found = verdicts(&recorded);
        if expected.keys().eq(found.keys()) {
            break (expected, found);
        }
        let (expected, found) = (expected.len(), found.len());
        assert!(since.elapsed() < PATIENCE, "{found} of {expected}:\n{}", scheme.logs());
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(expected, found, "bit for bit");
    for verdict in &answered {
        let json = serde_json::to_value(verdict).unwrap();
        let told: Value = serde_json::from_slice(&found[&key(&json)]).unwrap();
        assert_eq!(json, told, "what was answered is what is on the stream");
    }
    let without = attempts.len() - answered.len();
    assert!(answered.len() > attempts.len() / 10, "{} answers", answered.len());
    eprintln!("{} asked at once, {without} without an answer", attempts.len());
}
