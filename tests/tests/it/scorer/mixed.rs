//! Everything that can happen to scorers and their server, one after the other, while payments are
//! asked about: one answers and two stand by.

use std::time::Duration;

use causeway_toolkit::cluster::process::Signal;
use frms::{Catalogue, Event};

use super::kills::{Dice, events, seed};
use super::scheme::{PATIENCE, Scheme, key, replayed, said, undisturbed, verdicts};

const EVENTS: usize = 1_500;
const SCORERS: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Fault {
    /// SIGKILL of the one that answers.
    KillActive,
    /// SIGKILL of one that stands by.
    KillStandby,
    /// SIGSTOP of the one that answers.
    StopActive,
    /// SIGKILL of the server, which comes back over what it left.
    LoseServer,
}

use Fault::{KillActive, KillStandby, LoseServer, StopActive};

const FAULTS: [Fault; 9] = [
    KillActive,
    StopActive,
    LoseServer,
    KillStandby,
    StopActive,
    KillActive,
    KillActive,
    LoseServer,
    StopActive,
];

/// What has to be undone: who was killed is started again, who was stopped goes on.
#[derive(Default)]
struct Ills {
    killed: Vec<usize>,
    stopped: Vec<usize>,
}

impl Ills {
    async fn happen(&mut self, scheme: &mut Scheme, fault: Fault) {
        if let LoseServer = fault {
            scheme.server.kill();
            tokio::time::sleep(Duration::from_millis(300)).await;
            return scheme.server.restart().await;
        }
        let active = scheme.active().await;
        let other = (active + 1) % SCORERS;
        let victim = if let KillStandby = fault { other } else { active };
        match fault {
            StopActive => {
                scheme.process(victim).signal(Signal::Stop);
                self.stopped.push(victim);
            }
            _ => {
                scheme.process(victim).kill();
                self.killed.push(victim);
            }
        }
    }

    fn end(&mut self, scheme: &mut Scheme) {
        for number in self.stopped.drain(..) {
            scheme.process(number).signal(Signal::Continue);
        }
        for number in self.killed.drain(..) {
            scheme.begin(number);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answers_and_two_stand_by_whatever_happens() {
    let Some(mut scheme) = Scheme::start(SCORERS, "").await else { return };
    let events = events(EVENTS);
    let expected = undisturbed(&events);
    let mut dice = Dice(seed());
    let share = EVENTS / FAULTS.len();
    // Each fault in its share of the events, and mended within it.
    let at: Vec<usize> = (0..FAULTS.len()).map(|n| n * share + dice.below(share / 2)).collect();
    let mut ills = Ills::default();
    for (place, event) in events.iter().enumerate() {
        if let Some(n) = at.iter().position(|at| *at == place) {
            ills.happen(&mut scheme, FAULTS[n]).await;
        }
        if place % share == share - 1 {
            ills.end(&mut scheme);
        }
        match event {
            Event::Attempt(attempt) => {
                let verdict = scheme.insist(attempt).await;
                let json = serde_json::to_value(&verdict).unwrap();
                assert_eq!(said(&verdict), expected[&key(&json)], "{}", attempt.id);
            }
            other => scheme.persist(other).await,
        }
    }
    ills.end(&mut scheme);
    let recorded = scheme.settled(expected.len()).await;
    let found = verdicts(&recorded);
    assert_eq!(found.len(), expected.len());
    assert_eq!(replayed(&recorded, Catalogue::standard().unwrap()), found, "bit for bit");
    let since = std::time::Instant::now();
    while scheme.active_count().await != 1 {
        assert!(since.elapsed() < PATIENCE, "not one alone:\n{}", scheme.logs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
