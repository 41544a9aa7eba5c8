//! Whose outbox rows are whose, as `postgres::claims` has it: what others' batches have handed to a node,
//! and what nodes that are no more have left. One instant a call.

use std::collections::BTreeSet;

use crate::limits::TAKEN_OVER_MAX;
use crate::shared_memory::database::{Claimed, Database, Lock};
use crate::{Claimant, OutboxId, OutboxRow, OutboxRows};

/// What one call came to.
pub(crate) struct Taken {
    pub(crate) rows: Vec<OutboxRow>,
    /// Nodes to which something was handed on.
    pub(crate) on: BTreeSet<Claimant>,
}

impl Database {
    /// Takes over for `node`, which was given `last` by the call before; none while a batch is about to
    /// remove some of it.
    pub(crate) fn take_over(&mut self, node: Claimant, last: &[OutboxId]) -> Option<Taken> {
        if last.is_empty() && !self.has_anything_for(node) {
            return Some(Taken { rows: Vec::new(), on: BTreeSet::new() });
        }
        let left = self.left_by_the_dead();
        let own = self.handed_to(node);
        let touched = last.iter().chain(&left).chain(&own);
        if touched.clone().any(|id| self.locks.contains_key(&Lock::Outbox(*id))) {
            return None;
        }
        for id in last {
            if let Some(row) = self.outbox.get_mut(id).filter(|row| row.holder == node) {
                row.handed = false;
            }
        }
        for id in left {
            if let Some(row) = self.outbox.get_mut(&id) {
                (row.holder, row.handed, row.attempts) = (node, true, row.attempts + 1);
            }
        }
        let on = self.hand_on(node);
        let given = self.handed_to(node).into_iter().filter(|id| !last.contains(id));
        let rows = given
            .filter_map(|id| self.outbox.get(&id))
            .filter(|row| !self.earlier_of_lane(row).any(|earlier| earlier.holder != node));
        let rows = rows.take(taken_over_max()).map(|row| self.seen(row)).collect();
        Some(Taken { rows, on })
    }

    fn has_anything_for(&self, node: Claimant) -> bool {
        let for_node =
            |row: &Claimed| (row.holder == node && row.handed) || !self.lives(row.holder);
        self.outbox.values().any(for_node)
    }

    fn left_by_the_dead(&self) -> Vec<OutboxId> {
        let left = self.outbox.values().filter(|row| !self.lives(row.holder));
        left.map(|row| row.row.id).take(taken_over_max()).collect()
    }

    fn handed_to(&self, node: Claimant) -> Vec<OutboxId> {
        let handed = self.outbox.values().filter(|row| row.holder == node && row.handed);
        handed.map(|row| row.row.id).collect()
    }

    /// What was taken goes on to the living node that holds the row before it in its lane, those apart
    /// that go on with it.
    fn hand_on(&mut self, node: Claimant) -> BTreeSet<Claimant> {
        let mut moves = Vec::new();
        for id in self.handed_to(node) {
            let Some(row) = self.outbox.get(&id) else { continue };
            let goes_too = |one: &Claimed| one.holder == node && one.handed;
            let mut earlier = self.earlier_of_lane(row);
            let before = earlier.find(|one| !goes_too(one) && self.lives(one.holder));
            moves.extend(before.map(|before| (id, before.holder)));
        }
        moves.retain(|(_, holder)| *holder != node);
        for (id, holder) in &moves {
            if let Some(row) = self.outbox.get_mut(id) {
                row.holder = *holder;
            }
        }
        moves.into_iter().map(|(_, holder)| holder).collect()
    }

    /// The rows before one in its lane, the latest first.
    fn earlier_of_lane<'d>(&'d self, row: &'d Claimed) -> impl Iterator<Item = &'d Claimed> {
        let earlier = self.outbox.range(..row.row.id).rev().map(|(_, earlier)| earlier);
        earlier.filter(|earlier| earlier.shares_lane(&row.row))
    }

    /// Of a node's own rows, those that it has not to be given.
    pub(crate) fn ours(&self, node: Claimant, rows: &[OutboxId]) -> Vec<OutboxId> {
        let ours = rows.iter().filter_map(|id| self.outbox.get(id));
        let ours = ours.filter(|row| row.holder == node && !row.handed);
        ours.map(|row| row.row.id).collect()
    }

    pub(crate) fn outbox_after(
        &self,
        which: OutboxRows,
        after: OutboxId,
        limit: usize,
    ) -> Vec<OutboxRow> {
        let rows = self.outbox.range(OutboxId(after.0.saturating_add(1))..).map(|(_, row)| row);
        let rows = rows.filter(|row| which == OutboxRows::All || !self.lives(row.holder));
        rows.take(limit).map(|row| self.seen(row)).collect()
    }

    /// What an outbox row is to a reader: free where its holder is no more, and then perhaps sent.
    fn seen(&self, row: &Claimed) -> OutboxRow {
        let free = !self.lives(row.holder);
        OutboxRow {
            attempts: row.attempts + u32::from(free),
            claimed_by: (!free).then_some(row.holder),
            ..row.row.clone()
        }
    }
}

fn taken_over_max() -> usize {
    usize::try_from(TAKEN_OVER_MAX).unwrap_or(usize::MAX)
}
