//! A scorer that is killed while it writes a snapshot.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use frms::{Catalogue, Engine, Event};
use frms_stream::Place;

use super::kills::events;
use super::scheme::{PATIENCE, STREAM, Scheme, TENANT, attempt, replayed, verdicts};

/// Ids, and milliseconds, behind those of the population.
const LATER: u128 = 10_000_000_000;

/// Longer than an active scorer lets pass between two snapshots.
const NEXT: Duration = Duration::from_secs(5);

/// How long it is tried to kill somebody in the short time in which it writes.
const TRYING: Duration = Duration::from_secs(240);

/// Files that somebody is writing, or was.
fn unfinished(scheme: &Scheme) -> Vec<PathBuf> {
    let files = fs::read_dir(scheme.snapshot().parent().unwrap()).unwrap();
    let files = files.flatten().map(|file| file.path());
    files.filter(|file| file.extension().is_some_and(|end| end == "new")).collect()
}

/// Waits for it.
async fn until(scheme: &Scheme, what: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "{what}:\n{}", scheme.logs());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until a snapshot is being written; `id` is that of the last attempt that was asked about.
async fn until_one_is_written(scheme: &Scheme, id: &mut u128) {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        // Something new, so that there is something to write: the last one may have been written
        // while nobody looked.
        *id += 1;
        scheme.insist(&attempt(*id, "ann", "green")).await;
        let asked = Instant::now();
        while asked.elapsed() < NEXT {
            if !unfinished(scheme).is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    panic!("none is written:\n{}", scheme.logs());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_killed_while_it_writes_a_snapshot_leaves_the_former_one() {
    let Some(mut scheme) = Scheme::start(1, "").await else { return };
    let place = Place { stream: STREAM.to_owned(), tenant: TENANT.to_owned() };
    let name = frms_stream::name_of(&scheme.nats, &place).await.unwrap();
    let file = scheme.snapshot();
    // A state that is not written in an instant.
    for event in events(2_000) {
        match event {
            Event::Attempt(attempt) => drop(scheme.insist(&attempt).await),
            other => scheme.publish(&other).await,
        }
    }
    until(&scheme, "no snapshot", || file.exists()).await;
    let (since, mut id) = (Instant::now(), LATER);
    let torn = loop {
        until_one_is_written(&scheme, &mut id).await;
        scheme.process(0).kill();
        let catalogue = Catalogue::standard().unwrap();
        let kept = Engine::restore(catalogue, &name, &mut &fs::read(&file).unwrap()[..]);
        assert!(kept.is_ok(), "{:?}", kept.err());
        let torn = unfinished(&scheme);
        scheme.begin(0);
        if !torn.is_empty() {
            break torn;
        }
        assert!(since.elapsed() < TRYING, "it was never hit");
    };
    assert_eq!(torn.len(), 1);
    scheme.insist(&attempt(id + 1, "ann", "green")).await;
    assert!(scheme.logs().contains("goes on from a snapshot"), "{}", scheme.logs());
    let attempts = scheme.recorded().await;
    let attempts = attempts.iter().filter(|one| one.subject.contains(".tx.")).count();
    let recorded = scheme.settled(attempts).await;
    assert_eq!(replayed(&recorded, Catalogue::standard().unwrap()), verdicts(&recorded));
    // What was left over goes with a later start, and not before it is old.
    assert!(torn[0].exists(), "somebody might be writing it");
    let old = SystemTime::now() - Duration::from_secs(3_600);
    fs::File::options().write(true).open(&torn[0]).unwrap().set_modified(old).unwrap();
    scheme.process(0).kill();
    scheme.begin(0);
    scheme.insist(&attempt(id + 2, "ann", "green")).await;
    assert!(!torn[0].exists());
}
