//! A seeded simulation of the whole without sockets: the production `decide`, committer and
//! journeys, with DFSPs and ISO banks around them, a network that loses, delays, repeats and
//! reorders, clocks that are off, a store that fails and a hub that crashes at any step. One small
//! generator decides all of it; a seed that fails prints the command that replays it.
//!
//! * `world`: the queue of what happens when; crashes, faults, weather
//! * `network`: messages, and what the network does to them; chance
//! * `hub`: the process between two crashes: doors, delivery and timers, as the gateway has them
//! * `dfsp`, `bank`: the participants
//! * `invariants`: what always holds, and what holds at rest

mod bank;
mod dfsp;
mod hub;
mod invariants;
mod network;
mod world;

use std::env;
use std::time::{Duration, Instant};

use world::{Sabotage, Tally, World};

/// Seeds that are run however long they take.
const SEEDS_MIN: u64 = 100;
/// More are run until this much time has passed.
const TIME_MAX: Duration = Duration::from_secs(25);
/// Seeds in which a sabotage has to be noticed.
const SABOTAGE_SEEDS: u64 = 150;

#[test]
fn whatever_goes_wrong_no_payment_is_lost_doubled_or_told_otherwise() {
    let asked: Option<u64> = number("SIM_SEEDS");
    let begun = Instant::now();
    let (mut all, mut seed) = (Tally::default(), 0);
    while seed < asked.unwrap_or(SEEDS_MIN) || (asked.is_none() && begun.elapsed() < TIME_MAX) {
        let tally = run(seed, false);
        all.add(&tally);
        seed += 1;
    }
    eprintln!("{seed} seeds: {all:?}");
    assert!(seed >= SEEDS_MIN || asked.is_some());
    let each = [all.committed, all.aborted, all.settled, all.rejected, all.crashes, all.faults];
    assert!(each.iter().all(|count| *count >= seed), "too little happens: {all:?}");
}

/// One seed with a trace of all that happens: `SIM_SEED=n`.
#[test]
fn replay() {
    let seed = number("SIM_SEED");
    let tally = run(seed.unwrap_or(1), seed.is_some());
    let again = run(seed.unwrap_or(1), false);
    assert_eq!(format!("{tally:?}"), format!("{again:?}"), "a seed does the same each time");
}

#[test]
fn bugs_in_the_glue_are_noticed() {
    let bugs = [
        Sabotage::AcknowledgeEarly,
        Sabotage::ForgetRows,
        Sabotage::NeverLeft,
        Sabotage::ForgetDeadlines,
        Sabotage::ConfirmEarly,
    ];
    for bug in bugs {
        let noticed = (0..SABOTAGE_SEEDS)
            .find_map(|seed| Some((seed, World::run(seed, Some(bug), false).err()?)));
        let Some((seed, violation)) = noticed else { panic!("{bug:?} went unnoticed") };
        eprintln!("{bug:?} is noticed with seed {seed}: {}", violation.what());
    }
}

fn run(seed: u64, traced: bool) -> Tally {
    World::run(seed, None, traced).unwrap_or_else(|violation| {
        panic!(
            "{violation}\nreplay: SIM_SEED={seed} cargo test -p causeway-tests --test it \
             sim::replay -- --nocapture"
        )
    })
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect("a number"))
}
