//! What accounts do in the ordinary way: groups of them, each with a behaviour.

use std::sync::Arc;

use frms::Label;

use super::graph::Graph;
use super::parameters::{AMOUNTS, DAYS, HUB_DEGREE, MODELS, Model, ModelKind};
use super::{Days, Size, cents, is_over, payment};
use crate::generate_published::draws::Draws;
use crate::generate_published::plan::{Account, Plan};

/// Plans all ordinary payments.
pub(super) fn pay(graph: &Graph, size: Size, draws: &mut Draws, plan: &mut Plan) {
    for model in MODELS {
        let mut groups = groups(&model, graph, draws);
        draws.shuffle(&mut groups);
        groups.truncate((model.count * size.accounts_times) as usize);
        let label = label(model.kind, plan);
        for group in groups {
            let mut behaviour = Behaviour { kind: model.kind, group, label, draws, plan };
            behaviour.go_on(size.rounds, model.period_days);
        }
    }
}

/// Fans are drawn like those of launderers; the other ordinary behaviours look like nothing.
fn label(kind: ModelKind, plan: &mut Plan) -> u32 {
    match kind {
        ModelKind::FanIn | ModelKind::FanOut => {
            let looks_like = Some(Arc::from(format!("amlsim {}", kind.name())));
            plan.label(Label { looks_like, ..Label::default() })
        }
        ModelKind::Single | ModelKind::Forward | ModelKind::Mutual | ModelKind::Periodical => 0,
    }
}

/// An account and those with whom it has to do.
struct Group {
    main: Account,
    others: Vec<Account>,
}

/// All groups that the graph has room for, or at least one with each account.
fn groups(model: &Model, graph: &Graph, draws: &mut Draws) -> Vec<Group> {
    match model.kind {
        ModelKind::FanIn => fans(&graph.payers, model.accounts, draws),
        ModelKind::FanOut => fans(&graph.payees, model.accounts, draws),
        ModelKind::Forward => chains(graph, draws),
        ModelKind::Single | ModelKind::Mutual | ModelKind::Periodical => pairs(graph, draws),
    }
}

/// The neighbours of hubs, a part of them a group.
fn fans(neighbours: &[Vec<Account>], (least, most): (u32, u32), draws: &mut Draws) -> Vec<Group> {
    let mut fans = Vec::new();
    for (main, neighbours) in (0..).zip(neighbours).filter(|(_, list)| list.len() >= HUB_DEGREE) {
        let mut rest = neighbours.clone();
        draws.shuffle(&mut rest);
        while rest.len() >= least as usize - 1 {
            let others = (draws.between((least, most)) as usize - 1).min(rest.len());
            let others = rest.split_off(rest.len() - others);
            fans.push(Group { main, others });
        }
    }
    fans
}

/// Each account between one that pays it and another one that it pays.
fn chains(graph: &Graph, draws: &mut Draws) -> Vec<Group> {
    let lists = graph.payers.iter().zip(&graph.payees);
    let chain = |(main, (payers, payees)): (Account, (&Vec<Account>, &Vec<Account>))| {
        let (payer, payee) = (draws.pick(payers)?, draws.pick(payees)?);
        (payer != payee).then(|| Group { main, others: vec![payer, payee] })
    };
    (0..).zip(lists).filter_map(chain).collect()
}

/// Each account with one that it pays.
fn pairs(graph: &Graph, draws: &mut Draws) -> Vec<Group> {
    let pair = |(main, payees): (Account, &Vec<Account>)| {
        draws.pick(payees).map(|payee| Group { main, others: vec![payee] })
    };
    (0..).zip(&graph.payees).filter_map(pair).collect()
}

/// A group that does what it does.
struct Behaviour<'a> {
    kind: ModelKind,
    group: Group,
    label: u32,
    draws: &'a mut Draws,
    plan: &'a mut Plan,
}

impl Behaviour<'_> {
    /// For the whole time. A single payment is made once, a periodical one once in each period, and
    /// everything else once in each of so many equal parts of the time, within a period somewhere
    /// in it.
    fn go_on(&mut self, rounds: u32, period_days: (u32, u32)) {
        let count = self.draws.between(period_days);
        match self.kind {
            ModelKind::Single => {
                let days = Days::within(0, DAYS, count, self.draws);
                self.once(days);
            }
            ModelKind::Periodical => {
                let start = self.draws.between((0, count - 1));
                let days = (0..).map(|period| start + period * count);
                for first in days.take_while(|day| !is_over(*day)) {
                    self.once(Days { first, count: 1 });
                }
            }
            ModelKind::FanOut | ModelKind::FanIn | ModelKind::Forward | ModelKind::Mutual => {
                let rounds = rounds.min(DAYS / period_days.1);
                let part = DAYS / rounds.max(1);
                for first in (0..rounds).map(|round| round * part) {
                    let days = Days::within(first, first + part, count, self.draws);
                    self.once(days);
                }
            }
        }
    }

    /// Everybody pays once, some time in these days.
    fn once(&mut self, days: Days) {
        let main = self.group.main;
        let steps: Vec<(Account, Account)> = match (self.kind, self.group.others.as_slice()) {
            (ModelKind::FanIn, others) => others.iter().map(|other| (*other, main)).collect(),
            (ModelKind::Forward, [payer, payee]) => vec![(*payer, main), (main, *payee)],
            (ModelKind::Mutual, [other]) => vec![(main, *other), (*other, main)],
            (_, others) => others.iter().map(|other| (main, *other)).collect(),
        };
        let instants = days.instants(steps.len(), self.draws);
        for ((from, to), at_ms) in steps.into_iter().zip(instants) {
            let cents = cents(AMOUNTS, self.draws);
            self.plan.pay(payment(from, to, at_ms, cents, self.label));
        }
    }
}
