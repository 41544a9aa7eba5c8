//! Twenty kills at random instants under load in both directions.

use super::{SETTINGS, SETTLING_MS, assert_balanced, seed};
use causeway_tests::process::Scheme;
use causeway_toolkit::load::{Load, Random, set_conducts};
use std::sync::Arc;
use std::time::Duration;

const KILLS: u32 = 20;

/// How long the process serves before it is killed, in milliseconds: from while it still takes up
/// what it had left to several payments' length.
const SERVES_MS: std::ops::Range<u64> = 5..1_300;

/// Between the beginnings of two payments, in milliseconds.
const PAUSE_MS: u64 = 25;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_under_load_lose_nothing_and_do_nothing_twice() {
    let seed = seed();
    eprintln!("again: KILL_SEED={seed} cargo test -p causeway-tests --test it kill::load");
    let mut random = Random::new(seed);
    let mut scheme = Scheme::start(SETTINGS).await;
    let witness = scheme.witness().await;
    set_conducts(&scheme.players);
    let load = Load::start(Arc::clone(&scheme.players), PAUSE_MS, random.number());
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(random.within(SERVES_MS))).await;
        scheme.process.kill();
        scheme.process.restart().await;
    }
    let begun = load.finish().await.begun;
    let verdict = witness.settled(SETTLING_MS).await.unwrap();
    eprintln!("{begun} payments begun; {verdict}");
    assert!(verdict.is_clean(), "KILL_SEED={seed}\n{verdict}");
    // Most payments fall between the kills or outlive them: else this test shows little.
    let committed = u64::try_from(verdict.committed).unwrap();
    assert!(committed * 3 > begun, "only {committed} of {begun} were paid");
    assert_eq!(scheme.players.failures(), Vec::<String>::new());
    assert_balanced(&mut scheme, &witness).await;
}
