//! After AMLSim: accounts that pay each other, and laundering among them in eight shapes.

pub mod parameters;

mod graph;
mod normal;
mod pattern;

use frms::MP2P;

use self::graph::Graph;
use self::parameters::{DAYS, FIRST_DAY};
use super::draws::Draws;
use super::plan::{Account, DAY_MS, Plan, Planned, Records};

/// The participants that accounts are with, each as likely: AMLSim's set has one bank only, but a
/// hub is for payments between several. A quarter of the payments stay within one all the same.
const FSPS: [&str; 4] = ["amlsim-a", "amlsim-b", "amlsim-c", "amlsim-d"];

/// The streams of draws: what one of them draws more or less changes nothing in the others.
const GRAPH: u64 = 1;
const NORMAL: u64 = 2;
const PATTERNS: u64 = 3;

/// How large the world is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How many times the accounts and the ordinary groups of the parameter set.
    pub accounts_times: u32,
    /// How many times its patterns. Each account is in one pattern at the most: when none are left,
    /// no further ones are made.
    pub patterns_times: u32,
    /// How many times, in equal parts of the time, a group does what it does: as often as the
    /// longest period has room at the most.
    pub rounds: u32,
}

impl Default for Size {
    /// 5,784 accounts; 60 of each pattern, and 80 cycles.
    fn default() -> Size {
        Size { accounts_times: 4, patterns_times: 20, rounds: 6 }
    }
}

/// All of it in the order of time.
pub fn records(size: Size, seed: u64) -> Records {
    let mut draws = Draws::new(seed, GRAPH);
    let graph = Graph::draw(size.accounts_times, &mut draws);
    let mut plan = Plan::new(seed, MP2P);
    for number in 0..graph.accounts() {
        let fsp = draws.pick(&FSPS).unwrap_or(FSPS[0]);
        plan.open("ACCOUNT_ID", &format!("amlsim-{number}"), fsp);
    }
    normal::pay(&graph, size, &mut Draws::new(seed, NORMAL), &mut plan);
    pattern::launder(&graph, size, &mut Draws::new(seed, PATTERNS), &mut plan);
    plan.into_records()
}

/// Some days of the simulation.
#[derive(Clone, Copy, Debug)]
struct Days {
    first: u32,
    count: u32,
}

impl Days {
    /// `count` days, anywhere from `first` to before `end`.
    fn within(first: u32, end: u32, count: u32, draws: &mut Draws) -> Days {
        let spare = end.saturating_sub(first).saturating_sub(count);
        Days { first: draws.between((first, first + spare)), count }
    }

    /// Any millisecond of them.
    fn instant(self, draws: &mut Draws) -> i64 {
        self.part(0, 1, draws)
    }

    /// Any millisecond of the part with this number, of so many equal ones.
    fn part(self, number: u64, of: u64, draws: &mut Draws) -> i64 {
        let length_ms = u64::from(self.count) * DAY_MS / of;
        let after_ms = u64::from(self.first) * DAY_MS + number * length_ms + draws.below(length_ms);
        FIRST_DAY * DAY_MS as i64 + after_ms as i64
    }

    /// So many, in their order.
    fn instants(self, count: usize, draws: &mut Draws) -> Vec<i64> {
        let mut instants: Vec<i64> = (0..count).map(|_| self.instant(draws)).collect();
        instants.sort_unstable();
        instants
    }
}

/// An amount from the one to the other, given in whole units of the currency, in hundredths.
fn cents((least, most): (u32, u32), draws: &mut Draws) -> u32 {
    draws.between((least * 100, most * 100))
}

/// A payment without age and place, of which AMLSim knows nothing.
fn payment(debtor: Account, creditor: Account, at_ms: i64, cents: u32, label: u32) -> Planned {
    Planned { at_ms, cents, debtor, creditor, label, age_years: None, place: None }
}

/// Whether the simulation is over on this day.
fn is_over(day: u32) -> bool {
    day >= DAYS
}
