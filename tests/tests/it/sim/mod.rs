//! A seeded simulation of the whole without sockets: the production `decide`, committer and
//! journeys, with DFSPs and ISO banks around them, a network that loses, delays, repeats and
//! reorders, clocks that are off, a store that fails and a hub that crashes at any step. One small
//! generator decides all of it; a seed that fails prints the command that replays it.
//!
//! Two stores: one node over an engine of its own, and three nodes over the model of a server that they
//! share (`switch_store::testing::SharedMemory`); there, messages go to any node, nodes are frozen past
//! their lease and wake up, and commits break off with their end unknown.
//!
//! * `world`: the queue of what happens when; crashes, faults, weather; the machines
//! * `ledger`: the two stores
//! * `network`: messages, and what the network does to them; chance
//! * `hub`: the process between two crashes: doors, delivery and timers, as the gateway has them
//! * `dfsp`, `bank`: the participants
//! * `invariants`: what always holds, and what holds at rest

mod bank;
mod dfsp;
mod hub;
mod invariants;
mod ledger;
mod network;
mod world;

use std::env;
use std::time::{Duration, Instant};

use ledger::Model;
use world::{Sabotage, Tally, World};

/// Seeds that are run however long they take: three nodes take about eight times as long as one.
const SEEDS_MIN: u64 = 100;
const SHARED_SEEDS_MIN: u64 = 60;
/// More are run until this much time has passed.
const TIME_MAX: Duration = Duration::from_secs(15);
/// Seeds in which a sabotage has to be noticed.
const SABOTAGE_SEEDS: u64 = 150;

#[test]
fn whatever_goes_wrong_no_payment_is_lost_doubled_or_told_otherwise() {
    let (seeds, all) = run_all(Model::One);
    let each = [all.committed, all.aborted, all.settled, all.rejected, all.crashes, all.faults];
    assert!(each.iter().all(|count| *count >= seeds), "too little happens: {all:?}");
}

#[test]
fn nor_with_three_nodes_over_one_store() {
    let (seeds, all) = run_all(Model::Shared);
    let each = [all.committed, all.aborted, all.settled, all.rejected, all.crashes, all.faults];
    assert!(each.iter().all(|count| *count >= seeds), "too little happens: {all:?}");
    assert!(all.frozen >= seeds / 2 && all.deposed >= seeds / 4, "too little happens: {all:?}");
}

/// As many seeds as there is time for, or `SIM_SEEDS`, from `SIM_FROM` on.
fn run_all(model: Model) -> (u64, Tally) {
    let asked: Option<u64> = number("SIM_SEEDS");
    let from = number("SIM_FROM").unwrap_or(0);
    let begun = Instant::now();
    let least = if model == Model::One { SEEDS_MIN } else { SHARED_SEEDS_MIN };
    let (mut all, mut seeds) = (Tally::default(), 0);
    while seeds < asked.unwrap_or(least) || (asked.is_none() && begun.elapsed() < TIME_MAX) {
        all.add(&run(from + seeds, model, false));
        seeds += 1;
    }
    eprintln!("{model:?}: {seeds} seeds in {:?}: {all:?}", begun.elapsed());
    (seeds, all)
}

/// One seed with a trace of all that happens: `SIM_SEED=n`, of one node, or `SIM_MODEL=shared`.
#[test]
fn replay() {
    let seed = number("SIM_SEED");
    let asked = env::var("SIM_MODEL").ok();
    for model in [Model::One, Model::Shared] {
        if asked.as_deref().is_some_and(|asked| asked != name(model)) {
            continue;
        }
        let tally = run(seed.unwrap_or(1), model, seed.is_some());
        let again = run(seed.unwrap_or(1), model, false);
        assert_eq!(format!("{tally:?}"), format!("{again:?}"), "a seed does the same each time");
    }
}

#[test]
fn bugs_in_the_glue_are_noticed() {
    let bugs = [
        (Model::One, Sabotage::AcknowledgeEarly),
        (Model::One, Sabotage::ForgetRows),
        (Model::One, Sabotage::NeverLeft),
        (Model::One, Sabotage::ForgetDeadlines),
        (Model::One, Sabotage::ConfirmEarly),
        (Model::Shared, Sabotage::AcknowledgeEarly),
        (Model::Shared, Sabotage::ForgetDeadlines),
        (Model::Shared, Sabotage::SendWithoutLease),
        (Model::Shared, Sabotage::LeaveTheDead),
    ];
    for (model, bug) in bugs {
        let noticed = (0..SABOTAGE_SEEDS)
            .find_map(|seed| Some((seed, World::run(seed, model, Some(bug), false).err()?)));
        let Some((seed, violation)) = noticed else { panic!("{bug:?} went unnoticed") };
        eprintln!("{model:?}: {bug:?} is noticed with seed {seed}: {}", violation.what());
    }
}

fn run(seed: u64, model: Model, traced: bool) -> Tally {
    World::run(seed, model, None, traced).unwrap_or_else(|violation| {
        let model = name(model);
        panic!(
            "{violation}\nreplay: SIM_MODEL={model} SIM_SEED={seed} cargo test -p causeway-tests \
             --test it sim::replay -- --nocapture"
        )
    })
}

fn name(model: Model) -> &'static str {
    match model {
        Model::One => "one",
        Model::Shared => "shared",
    }
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect("a number"))
}
