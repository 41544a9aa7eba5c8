//! The disk of a single node runs full while money moves: the node ends and says why, nothing that it
//! acknowledged is lost, and once there is room it goes on.

use super::{SETTINGS, SETTLING_MS, assert_balanced, seed};
use causeway_tests::process::Scheme;
use causeway_tests::skip;
use causeway_toolkit::cluster::disk::Disk;
use causeway_toolkit::load::{Load, Random, set_conducts};
use std::sync::Arc;
use std::time::Duration;

/// How often the disk is filled.
const ROUNDS: u32 = 4;
/// Its size.
const DISK_MIB: u32 = 512;
/// How long the process serves before, in milliseconds.
const SERVES_MS: std::ops::Range<u64> = 300..1_500;
/// How long its supervisor starts it on the full disk, in vain or not, in milliseconds.
const TRIES_MS: u64 = 700;
/// Between the beginnings of two payments, in milliseconds.
const PAUSE_MS: u64 = 25;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_the_node_and_room_lets_it_go_on_with_nothing_lost() {
    if let Some(why) = Disk::why_not() {
        return skip(&why);
    }
    let seed = seed();
    eprintln!("again: KILL_SEED={seed} cargo test -p causeway-tests --test it kill::full_disk");
    let mut random = Random::new(seed);
    let mut scheme = Scheme::on_disk(SETTINGS, DISK_MIB).await;
    let witness = scheme.witness().await;
    set_conducts(&scheme.players);
    let load = Load::start(Arc::clone(&scheme.players), PAUSE_MS, random.number());
    for round in 1..=ROUNDS {
        tokio::time::sleep(Duration::from_millis(random.within(SERVES_MS))).await;
        scheme.process.disk().unwrap().fill().unwrap();
        let status = scheme.process.ended().await.expect("it ends when its disk is full");
        assert_eq!(status.code(), Some(1), "KILL_SEED={seed}");
        let log = scheme.process.log();
        let says = log.lines().filter(|line| line.starts_with("causeway: ")).collect::<Vec<_>>();
        assert!(says.len() >= round as usize, "KILL_SEED={seed}: {log}");
        let last = says.last().unwrap();
        assert!(last.contains("No space left on device"), "KILL_SEED={seed}: {last}");
        // What a supervisor does meanwhile: no start on a full disk spoils anything.
        scheme.process.begin();
        tokio::time::sleep(Duration::from_millis(TRIES_MS)).await;
        scheme.process.disk().unwrap().clear().unwrap();
        scheme.process.restart().await;
    }
    let begun = load.finish().await.begun;
    let verdict = witness.settled(SETTLING_MS).await.unwrap();
    eprintln!("{begun} payments begun; {verdict}");
    assert!(verdict.is_clean(), "KILL_SEED={seed}\n{verdict}");
    // Most payments fall between the rounds or outlive them: else this test shows little.
    let committed = u64::try_from(verdict.committed).unwrap();
    assert!(committed * 3 > begun, "only {committed} of {begun} were paid");
    assert_eq!(scheme.players.failures(), Vec::<String>::new());
    assert_balanced(&mut scheme, &witness).await;
}
