//! Laundering in the shapes of AMLSim. Their schedule is its number 2: everybody pays some time in
//! the period, where the shape itself does not say what comes first.

use std::sync::Arc;

use frms::Label;

use super::graph::Graph;
use super::parameters::{DAYS, MARGIN_PERCENT, PATTERNS, Pattern, Shape};
use super::{Days, Size, cents, payment};
use crate::generate_published::draws::Draws;
use crate::generate_published::plan::{Account, Plan};

/// Plans the payments of all patterns, a few of each shape in turn, so that when accounts run out there
/// is as much of one as of the other.
pub(super) fn launder(graph: &Graph, size: Size, draws: &mut Draws, plan: &mut Plan) {
    let mut candidates = Candidates::new(graph, draws);
    let named = PATTERNS.map(|pattern| {
        let behaviour: Arc<str> = Arc::from(format!("amlsim {}", pattern.shape.name()));
        (pattern, behaviour)
    });
    for time in 0..size.patterns_times {
        for (pattern, behaviour) in &named {
            for number in 1..=pattern.count {
                let count = draws.between(pattern.accounts) as usize;
                let Some(members) = candidates.take(pattern.shape, count) else { return };
                let days = Days::within(0, DAYS, draws.between(pattern.period_days), draws);
                let episode = Some(time * pattern.count + number);
                let behaviour = Some(Arc::clone(behaviour));
                let label = plan.label(Label { behaviour, episode, looks_like: None });
                let episode = Episode { pattern: *pattern, members: &members, days, draws };
                for step in episode.steps() {
                    plan.pay(payment(step.from, step.to, step.at_ms, step.cents, label));
                }
            }
        }
    }
}

/// Accounts that are in no pattern yet, in the order in which they are taken.
struct Candidates {
    hubs: Vec<Account>,
    all: Vec<Account>,
    is_taken: Vec<bool>,
}

impl Candidates {
    fn new(graph: &Graph, draws: &mut Draws) -> Candidates {
        let (mut hubs, mut all) =
            (graph.hubs(), (0..graph.accounts() as Account).collect::<Vec<_>>());
        draws.shuffle(&mut hubs);
        draws.shuffle(&mut all);
        Candidates { hubs, all, is_taken: vec![false; graph.accounts()] }
    }

    /// So many, the main one first: of a fan, a cycle and a random walk that is a hub.
    fn take(&mut self, shape: Shape, count: usize) -> Option<Vec<Account>> {
        let main = match shape {
            Shape::FanIn | Shape::FanOut | Shape::Cycle | Shape::Random => {
                next_free(&mut self.hubs, &mut self.is_taken)
            }
            Shape::Bipartite | Shape::Stack | Shape::ScatterGather | Shape::GatherScatter => {
                next_free(&mut self.all, &mut self.is_taken)
            }
        };
        let others = (1..count).map(|_| next_free(&mut self.all, &mut self.is_taken));
        std::iter::once(main).chain(others).collect()
    }
}

fn next_free(from: &mut Vec<Account>, is_taken: &mut [bool]) -> Option<Account> {
    while let Some(account) = from.pop() {
        if let Some(is_taken @ false) = is_taken.get_mut(account as usize) {
            *is_taken = true;
            return Some(account);
        }
    }
    None
}

/// One pattern, somewhere at some time.
struct Episode<'a> {
    pattern: Pattern,
    /// At least two, the main one first.
    members: &'a [Account],
    days: Days,
    draws: &'a mut Draws,
}

/// One of its payments.
struct Step {
    from: Account,
    to: Account,
    at_ms: i64,
    cents: u32,
}

impl Episode<'_> {
    fn steps(mut self) -> Vec<Step> {
        let Some((main, others)) = self.members.split_first() else { return Vec::new() };
        match self.pattern.shape {
            Shape::FanIn => others.iter().map(|other| self.any_time(*other, *main)).collect(),
            Shape::FanOut => others.iter().map(|other| self.any_time(*main, *other)).collect(),
            Shape::Cycle => self.cycle(),
            Shape::Bipartite => {
                let (payers, payees) = self.members.split_at(self.members.len() / 2);
                self.each_to_each(payers, payees)
            }
            Shape::Stack => self.stack(),
            Shape::ScatterGather => self.scatter_gather(*main, others),
            Shape::GatherScatter => self.gather_scatter(*main, others),
            Shape::Random => self.walk(*main, others),
        }
    }

    /// Each passes on what it got, but for the margin; when it does so has nothing to do with that.
    fn cycle(&mut self) -> Vec<Step> {
        let mut cents = self.amount();
        let mut steps = Vec::new();
        let next = self.members.iter().cycle().skip(1);
        for (from, to) in self.members.iter().zip(next) {
            let at_ms = self.days.instant(self.draws);
            steps.push(Step { from: *from, to: *to, at_ms, cents });
            cents = less_margin(cents);
        }
        steps
    }

    fn each_to_each(&mut self, payers: &[Account], payees: &[Account]) -> Vec<Step> {
        let pairs = payers.iter().flat_map(|from| payees.iter().map(move |to| (*from, *to)));
        pairs.map(|(from, to)| self.any_time(from, to)).collect()
    }

    /// Those in the middle pass on what they get, but for the margin, in equal parts.
    fn stack(&mut self) -> Vec<Step> {
        let third = self.members.len() / 3;
        let (first, rest) = self.members.split_at(third);
        let (middle, last) = rest.split_at(third);
        let mut steps = self.each_to_each(first, middle);
        for from in middle {
            let got = steps.iter().filter(|step| step.to == *from).map(|step| step.cents).sum();
            let cents = less_margin(got) / last.len().max(1) as u32;
            for to in last {
                let at_ms = self.days.instant(self.draws);
                steps.push(Step { from: *from, to: *to, at_ms, cents });
            }
        }
        steps
    }

    /// In the first half of the time out, in the second one in again.
    fn scatter_gather(&mut self, main: Account, others: &[Account]) -> Vec<Step> {
        let Some((last, middle)) = others.split_last() else { return Vec::new() };
        let mut steps = Vec::new();
        for between in middle {
            let cents = self.amount();
            let at_ms = self.days.part(0, 2, self.draws);
            steps.push(Step { from: main, to: *between, at_ms, cents });
            let (at_ms, cents) = (self.days.part(1, 2, self.draws), less_margin(cents));
            steps.push(Step { from: *between, to: *last, at_ms, cents });
        }
        steps
    }

    /// In the first half of the time in, in the second one out again in equal parts.
    fn gather_scatter(&mut self, main: Account, others: &[Account]) -> Vec<Step> {
        let (payers, payees) = others.split_at(others.len() / 2);
        let mut steps = Vec::new();
        for from in payers {
            let (at_ms, cents) = (self.days.part(0, 2, self.draws), self.amount());
            steps.push(Step { from: *from, to: main, at_ms, cents });
        }
        let got = steps.iter().map(|step| step.cents).sum();
        let cents = less_margin(got) / payees.len().max(1) as u32;
        for to in payees {
            let at_ms = self.days.part(1, 2, self.draws);
            steps.push(Step { from: main, to: *to, at_ms, cents });
        }
        steps
    }

    /// From the main account to any other one, from there to any other one but itself, and so on.
    fn walk(&mut self, main: Account, others: &[Account]) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut from = main;
        for at_ms in self.days.instants(others.len(), self.draws) {
            let free: Vec<Account> = others.iter().copied().filter(|to| *to != from).collect();
            let Some(to) = self.draws.pick(&free) else { break };
            steps.push(Step { from, to, at_ms, cents: self.amount() });
            from = to;
        }
        steps
    }

    fn any_time(&mut self, from: Account, to: Account) -> Step {
        Step { from, to, at_ms: self.days.instant(self.draws), cents: self.amount() }
    }

    fn amount(&mut self) -> u32 {
        cents(self.pattern.amounts, self.draws)
    }
}

/// What is passed on of an amount.
fn less_margin(cents: u32) -> u32 {
    cents * (100 - MARGIN_PERCENT) / 100
}
