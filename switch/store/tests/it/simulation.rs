//! Seeded faults and power cuts over the production committer and store: whatever was answered is
//! there once, and whole. A seed that fails is named by its panic.

use switch::Outcome;
use switch_store::testing::{Fault, Memory};
use switch_store::{CommitError, Committed, Progress, Submission};

use crate::kill::{Printed, check, paying, preparing};
use crate::place::{Answer, Stepped, settle};
use crate::scheme::{self, commands};

const SEEDS: u64 = 200;
const ROUNDS: u64 = 30;

/// Chance from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    fn fault(&mut self) -> Fault {
        let faults =
            [Fault::Refused, Fault::Full, Fault::LostBefore, Fault::LostAfter, Fault::Overtaken];
        faults[self.below(faults.len() as u64) as usize]
    }
}

/// What one submission is to do.
#[derive(Clone, Copy)]
enum Step {
    Prepare(u128),
    Pay(u128),
}

struct Simulation {
    chance: Chance,
    memory: Memory,
    stepped: Stepped,
    told: Printed,
    prepares: u128,
    cuts: u32,
}

#[tokio::test]
async fn faults_and_power_cuts_lose_nothing_and_double_nothing() {
    let (mut paid, mut cuts) = (0, 0);
    for seed in 0..SEEDS {
        let named = Named(seed);
        let simulation = Simulation::run(seed).await;
        paid += simulation.told.paid.len();
        cuts += simulation.cuts;
        drop(named);
    }
    assert!(paid as u64 > SEEDS * 10 && u64::from(cuts) > SEEDS, "{paid} paid, {cuts} cuts");
}

/// Names the seed when it fails.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the failing seed is {}", self.0);
        }
    }
}

impl Simulation {
    async fn run(seed: u64) -> Simulation {
        let memory = Memory::new();
        let mut stepped = Stepped::over(memory.clone());
        let onboarded = stepped.one(commands(scheme::onboarding("1000000"))).await.committed();
        let told = Printed { last: Some(onboarded.now), ..Printed::default() };
        let chance = Chance(seed);
        let mut simulation = Simulation { chance, memory, stepped, told, prepares: 0, cuts: 0 };
        for _ in 0..ROUNDS {
            simulation.round().await;
        }
        simulation.power_cut().await;
        simulation
    }

    /// Some submissions meet some faults, and now and then the power goes before all is answered.
    async fn round(&mut self) {
        let steps: Vec<Step> = (0..self.chance.below(6)).map(|_| self.step()).collect();
        for _ in 0..self.chance.below(3) {
            self.memory.fail_next(self.chance.fault());
        }
        let submissions = steps.iter().map(|step| step.submission()).collect();
        let waiting = self.stepped.queue(submissions).await;
        for _ in 0..self.chance.below(5) {
            self.stepped.work.step().await;
        }
        if self.chance.below(6) == 0 {
            self.power_cut().await;
        } else {
            while self.stepped.work.step().await != Progress::Idle {}
        }
        settle(waiting.len()).await;
        for (step, answer) in steps.into_iter().zip(waiting) {
            let Answer(result) = answer.await.unwrap();
            self.answered(step, result);
        }
    }

    /// A new prepare, or a fulfil of one that was answered, perhaps not for the first time.
    fn step(&mut self) -> Step {
        let open: Vec<u128> = self.told.prepared.difference(&self.told.paid).copied().collect();
        match self.chance.below(2) {
            1 if !open.is_empty() => Step::Pay(open[self.chance.below(open.len() as u64) as usize]),
            _ => {
                self.prepares += 1;
                Step::Prepare(self.prepares)
            }
        }
    }

    fn answered(&mut self, step: Step, result: Result<Committed, CommitError>) {
        match (step, result) {
            (Step::Prepare(id), Ok(committed)) => {
                assert_eq!(committed.decisions[0].outcome, Outcome::Accepted);
                assert!(self.told.prepared.insert(id));
            }
            (Step::Pay(id), Ok(committed)) => {
                assert_eq!(committed.decisions[0].outcome, Outcome::Accepted);
                assert!(self.told.paid.insert(id), "paid twice");
            }
            // The journey has gone on: twice in one batch, or before a power cut that hid it.
            (Step::Pay(_), Err(CommitError::Conflict { .. })) => {}
            (_, Err(error)) => assert_eq!(error, CommitError::Halted, "only a cut ends it"),
        }
    }

    /// What was not synced is lost, with all that was in memory; what is left is opened again.
    async fn power_cut(&mut self) {
        self.cuts += 1;
        self.memory.crash();
        self.stepped = Stepped::over(self.memory.clone());
        check(&*self.stepped.store, &self.told).await;
    }
}

impl Step {
    fn submission(self) -> Submission {
        match self {
            Step::Prepare(id) => preparing(id),
            Step::Pay(id) => paying(id),
        }
    }
}
