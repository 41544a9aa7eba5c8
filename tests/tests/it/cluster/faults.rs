//! One fault after the other under load. `CAUSEWAY_FAULT_ROUNDS=200` for the long run.

use super::{Stand, seed};
use causeway_tests::process::program;
use causeway_tests::skip;
use causeway_toolkit::cluster::fault::{Act, Part};
use causeway_toolkit::cluster::relay::Tally;
use causeway_toolkit::cluster::{ClusterOptions, Rig, Trial};
use causeway_toolkit::load::{Load, Random};
use std::sync::Arc;
use std::time::Duration;

/// What can happen, a kind a row. Node 0 stands for whichever the seed chooses.
const FAULTS: [(Act, Part); 21] = [
    (Act::Kill, Part::Node(0)),
    (Act::Stop, Part::Node(0)),
    (Act::Cut, Part::Node(0)),
    (Act::Silence, Part::Node(0)),
    (Act::End, Part::Node(0)),
    (Act::Kill, Part::Postgres),
    (Act::Stop, Part::Postgres),
    (Act::Cut, Part::Postgres),
    (Act::FailOver, Part::Postgres),
    (Act::Kill, Part::Nats),
    (Act::Stop, Part::Nats),
    (Act::Cut, Part::Nats),
    (Act::Kill, Part::Redis),
    (Act::Stop, Part::Redis),
    (Act::Cut, Part::Redis),
    (Act::Fill, Part::Postgres),
    (Act::Starve, Part::Postgres),
    (Act::Ahead, Part::Node(0)),
    (Act::Behind, Part::Node(0)),
    (Act::Double, Part::Wires),
    (Act::Shuffle, Part::Wires),
];

/// Between the beginnings of two payments, in milliseconds.
const PAUSE_MS: u64 = 60;
/// Before something happens, in milliseconds.
const QUIET_MS: std::ops::Range<u64> = 100..700;
/// How long it lasts, in milliseconds: shorter and longer than leases and timeouts.
const LASTS_MS: std::ops::Range<u64> = 50..2_500;
/// How many messages are doubled, or overtaken, at least.
const MESSAGES: u64 = 10;
/// How long a fault may take to show.
const PATIENCE_MS: u64 = 20_000;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_nothing_is_lost_and_nothing_done_twice() {
    let (seed, again) = seed("faults");
    let (rig, missing) = Rig::of_this_machine();
    missing.iter().for_each(|why| skip(why));
    let options = ClusterOptions { rig, seed, ..ClusterOptions::new(program()) };
    let Some(mut stand) = Stand::of(options).await else { return };
    let mut random = Random::new(seed);
    let load = Load::start(Arc::clone(&stand.trial.players), PAUSE_MS, random.number());
    for (act, part) in rounds(rig, &mut random) {
        pause(&mut random, QUIET_MS).await;
        let trial = &mut stand.trial;
        let part = chosen(part, trial.cluster.size(), &mut random);
        eprintln!("{act} {part} after {} paid", load.progress().paid);
        let before = trial.tally();
        trial.act(act, part).await.unwrap();
        shows(trial, act, part, before, &again).await;
        pause(&mut random, LASTS_MS).await;
        if let Err(error) = trial.recover().await {
            panic!("{again}\nafter {act} {part}: {error}\n{}", trial.cluster.logs());
        }
        trial.cluster.database().add_standby().await.unwrap();
    }
    let begun = load.finish().await.begun;
    let committed = u64::try_from(stand.judged(&again).await).unwrap();
    // Most payments fall between the faults or outlive them: else this test shows little.
    assert!(committed * 2 > begun, "{again}: only {committed} of {begun} were paid");
}

/// Each kind that there can be once, in an order of the seed's; then all of them again.
fn rounds(rig: Rig, random: &mut Random) -> Vec<(Act, Part)> {
    let possible: Vec<(Act, Part)> =
        FAULTS.into_iter().filter(|(act, part)| rig.allows(*act, *part)).collect();
    let wanted = std::env::var("CAUSEWAY_FAULT_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let wanted: usize = wanted.unwrap_or(possible.len());
    let mut rounds = Vec::new();
    while rounds.len() < wanted {
        let mut kinds = possible.clone();
        while !kinds.is_empty() {
            let at = usize::try_from(random.within(0..kinds.len() as u64)).unwrap();
            rounds.push(kinds.swap_remove(at));
        }
    }
    rounds.truncate(wanted);
    rounds
}

fn chosen(part: Part, nodes: usize, random: &mut Random) -> Part {
    match part {
        Part::Node(_) => Part::Node(usize::try_from(random.within(1..nodes as u64 + 1)).unwrap()),
        other => other,
    }
}

/// Waits until a fault that might pass unnoticed has been noticed: what has no effect tests nothing.
async fn shows(trial: &Trial, act: Act, part: Part, before: Tally, again: &str) {
    let mut said = String::new();
    for _ in 0..PATIENCE_MS / 20 {
        let tally = trial.tally();
        let shown = match (act, part) {
            (Act::Fill, _) => {
                said = reasons(trial, 1..=trial.cluster.size()).await;
                said.contains("no room")
            }
            (Act::Ahead | Act::Behind, Part::Node(number)) => {
                said = reasons(trial, number..=number).await;
                said.contains("clock")
            }
            (Act::Double, _) => tally.doubled >= before.doubled + MESSAGES,
            (Act::Shuffle, _) => tally.overtaken >= before.overtaken + MESSAGES,
            _ => true,
        };
        if shown {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{again}\n{act} {part} does not show: {said}\n{}", trial.cluster.logs());
}

/// Why nodes are not ready, as they say themselves.
async fn reasons(trial: &Trial, nodes: std::ops::RangeInclusive<usize>) -> String {
    let mut reasons = String::new();
    for number in nodes {
        let admin = trial.cluster.admin_of(number).unwrap();
        if let Ok(answer) = admin.send(http::Method::GET, "/health", None).await {
            reasons.push_str(&answer.json().unwrap_or_default()["notReady"].to_string());
        }
    }
    reasons
}

async fn pause(random: &mut Random, range_ms: std::ops::Range<u64>) {
    tokio::time::sleep(Duration::from_millis(random.within(range_ms))).await;
}

#[test]
fn every_kind_of_fault_comes_in_an_ordinary_run() {
    let rig = Rig { disks: true, clocks: true, relays: true };
    let rounds = rounds(rig, &mut Random::new(1));
    if rounds.len() >= FAULTS.len() {
        assert!(FAULTS.iter().all(|fault| rounds.contains(fault)));
    }
    assert_ne!(rounds, super::faults::rounds(rig, &mut Random::new(2)), "the seed says the order");
}
