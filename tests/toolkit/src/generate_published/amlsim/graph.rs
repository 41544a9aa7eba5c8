//! Who pays whom in the ordinary way: a directed graph with given numbers of payers and payees, and
//! else by chance (configuration model).

use super::parameters::{DEGREES, HUB_DEGREE};
use crate::generate_published::draws::Draws;
use crate::generate_published::plan::Account;

/// For each account those who pay it, and those whom it pays, in the order of their numbers.
pub(super) struct Graph {
    pub(super) payers: Vec<Vec<Account>>,
    pub(super) payees: Vec<Vec<Account>>,
}

impl Graph {
    /// With so many times the accounts of the parameter set. As with AMLSim nobody pays itself, and
    /// being joined twice is being joined, so that some have fewer payers and payees than drawn
    /// for.
    pub(super) fn draw(times: u32, draws: &mut Draws) -> Graph {
        let (mut from, mut to) = (Vec::new(), Vec::new());
        let mut account: Account = 0;
        for (count, payers, payees) in (0..times).flat_map(|_| DEGREES) {
            for _ in 0..count {
                to.extend((0..payers).map(|_| account));
                from.extend((0..payees).map(|_| account));
                account += 1;
            }
        }
        draws.shuffle(&mut from);
        draws.shuffle(&mut to);
        part_loops(&from, &mut to);
        Graph::of(account as usize, from.into_iter().zip(to))
    }

    pub(super) fn accounts(&self) -> usize {
        self.payers.len()
    }

    /// Those with many payers or payees.
    pub(super) fn hubs(&self) -> Vec<Account> {
        let is_hub = |account: &Account| {
            let of = |lists: &[Vec<Account>]| lists.get(*account as usize).map_or(0, Vec::len);
            of(&self.payers).max(of(&self.payees)) >= HUB_DEGREE
        };
        (0..self.accounts() as Account).filter(is_hub).collect()
    }

    fn of(accounts: usize, edges: impl Iterator<Item = (Account, Account)>) -> Graph {
        let mut graph =
            Graph { payers: vec![Vec::new(); accounts], payees: vec![Vec::new(); accounts] };
        for (from, to) in edges.filter(|(from, to)| from != to) {
            graph.payees[from as usize].push(to);
            graph.payers[to as usize].push(from);
        }
        for list in graph.payers.iter_mut().chain(&mut graph.payees) {
            list.sort_unstable();
            list.dedup();
        }
        graph
    }
}

/// Whoever would pay itself changes places with the next one who would not.
fn part_loops(from: &[Account], to: &mut [Account]) {
    for at in 0..to.len().min(from.len()) {
        if from[at] != to[at] {
            continue;
        }
        if let Some(other) = (at + 1..to.len()).find(|other| to[*other] != from[at]) {
            to.swap(at, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_has_about_as_many_payers_and_payees_as_drawn_for_and_never_more() {
        let graph = Graph::draw(2, &mut Draws::new(3, 1));
        assert_eq!(graph.accounts(), 2 * 1_446, "the accounts of accounts.csv");
        let drawn_for = || {
            let twice = [DEGREES, DEGREES].into_iter().flatten();
            twice.flat_map(|(count, payers, payees)| {
                std::iter::repeat_n((payers as usize, payees as usize), count as usize)
            })
        };
        let found = graph.payers.iter().zip(&graph.payees);
        for (account, ((payers, payees), drawn)) in (0..).zip(found.zip(drawn_for())) {
            assert!(payers.len() <= drawn.0 && payees.len() <= drawn.1, "{account}: {drawn:?}");
            assert!(
                !payers.contains(&account) && !payees.contains(&account),
                "{account} pays itself"
            );
        }
        let edges: usize = graph.payees.iter().map(Vec::len).sum();
        assert_eq!(edges, graph.payers.iter().map(Vec::len).sum::<usize>());
        assert!((15_000..2 * 9_632).contains(&edges), "{edges} of {} edges", 2 * 9_632);
        let joined = graph.payees.iter().zip(0..).all(|(payees, from)| {
            payees.iter().all(|to| graph.payers[*to as usize].contains(&from))
        });
        assert!(joined, "both lists tell the same edges");
    }

    #[test]
    fn loops_are_parted_where_they_can_be() {
        let mut to = [1, 2, 3];
        part_loops(&[1, 2, 3], &mut to);
        assert_eq!(to, [2, 1, 3], "the last one has nobody to change places with");
    }
}
