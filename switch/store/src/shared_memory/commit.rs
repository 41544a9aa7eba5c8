//! A batch on the server, as `postgres::write` has it: locks on what it writes, in the order of the
//! tables; whether all is as it was read; its number; then all of it at once.

use std::collections::{BTreeMap, BTreeSet};

use switch::{Key, Row, Timestamp};

use crate::postgres::statements::{ROW_TABLES, is_locked};
use crate::shared_memory::database::{Claimed, Database, Lock, Place};
use crate::{
    Batch, BatchId, Claimant, DocumentKey, OutboxId, OutboxRow, StoreError, Written, encoding,
};

/// The batches that wrote what a transaction has read; none for what is not there.
#[derive(Default, Clone)]
pub(crate) struct Found {
    pub(crate) rows: BTreeMap<Key, Option<BatchId>>,
    pub(crate) documents: BTreeMap<DocumentKey, Option<BatchId>>,
}

/// A commit as it is sent.
#[derive(Clone)]
pub(crate) struct Writes {
    pub(crate) batch: Batch,
    pub(crate) found: Found,
    pub(crate) now: Timestamp,
    pub(crate) node: Claimant,
    /// The rows by place.
    rows: BTreeMap<Place, (Key, Vec<u8>)>,
    /// The outbox rows as they are born.
    born: Vec<Claimed>,
}

impl Writes {
    pub(crate) fn new(
        batch: Batch,
        found: Found,
        now: Timestamp,
        node: Claimant,
    ) -> Result<Writes, StoreError> {
        let rows = batch.rows.iter().map(|row| {
            let key = row.key();
            let place = encoding::row_place(&key)?;
            Ok((place, (key, encoding::row_value(row)?)))
        });
        let rows = rows.collect::<Result<_, StoreError>>()?;
        Ok(Writes { batch, found, now, node, rows, born: Vec::new() })
    }

    /// What it locks by writing it, in the order of its statements.
    fn locks(&self) -> Vec<Lock> {
        let mut locks = Vec::new();
        for table in ROW_TABLES {
            let rows = self.rows.keys().filter(|(other, _)| *other == table);
            locks.extend(rows.map(|(table, place)| Lock::Row(*table, place.clone())));
        }
        let documents: BTreeSet<&DocumentKey> =
            self.batch.documents.iter().map(|(key, _)| key).collect();
        locks.extend(documents.into_iter().map(|key| Lock::Document(key.clone())));
        let removed: BTreeSet<OutboxId> = self.batch.removed.iter().copied().collect();
        locks.extend(removed.into_iter().map(Lock::Outbox));
        locks
    }
}

impl Database {
    /// Its statements: none while it waits for a lock.
    pub(crate) fn execute(
        &mut self,
        id: BatchId,
        writes: &Writes,
    ) -> Result<Option<Writes>, StoreError> {
        for lock in writes.locks() {
            if !self.lock(id, lock)? {
                return Ok(None);
            }
        }
        self.unchanged(writes)?;
        if self.batches.contains_key(&id) {
            return Err(StoreError::Conflict { reason: "the batch is void".into() });
        }
        if !self.lives(writes.node) {
            return Err(StoreError::Halted { reason: "the node is deposed".into() });
        }
        let removed: BTreeSet<OutboxId> = writes.batch.removed.iter().copied().collect();
        let born = writes.batch.outbox.iter().map(|row| self.born(row, writes.node, &removed));
        let born = born.collect();
        Ok(Some(Writes { born, ..writes.clone() }))
    }

    /// What is written is as it was read, and what was read without a lock too.
    fn unchanged(&self, writes: &Writes) -> Result<(), StoreError> {
        for (key, before) in &writes.found.rows {
            let place = encoding::row_place(key)?;
            let is_written = writes.rows.contains_key(&place);
            let stored = self.rows.get(&place).map(|(_, batch)| *batch);
            if (is_written || !is_locked(place.0)) && stored != *before {
                return Err(changed(place.0.name()));
            }
        }
        for (key, before) in &writes.found.documents {
            let removal =
                writes.batch.documents.iter().any(|(other, document)| {
                    other == key && document.is_none() && before.is_none()
                });
            let stored = self.documents.get(key).map(|(_, batch)| *batch);
            if !removal && stored != *before {
                return Err(changed("documents"));
            }
        }
        Ok(())
    }

    /// A row joins its lane: where the row before it is another living node's, it is that node's too. It
    /// waits to be given out unless all rows before it are its maker's, and known to it.
    fn born(&self, row: &OutboxRow, own: Claimant, removed: &BTreeSet<OutboxId>) -> Claimed {
        let before = self.outbox.range(..row.id).rev().map(|(_, before)| before);
        let mut before = before
            .filter(|before| before.shares_lane(row) && !removed.contains(&before.row.id))
            .peekable();
        let holder = before.peek().map(|before| before.holder);
        Claimed {
            row: row.clone(),
            holder: holder.filter(|holder| self.lives(*holder)).unwrap_or(own),
            handed: before.any(|before| before.holder != own || before.handed),
            attempts: 0,
        }
    }

    /// Its end.
    pub(crate) fn apply(&mut self, id: BatchId, writes: &Writes) -> Written {
        let batch = &writes.batch;
        let is_lazy = batch.lazy && batch.rows.is_empty() && batch.documents.is_empty();
        for (place, (_, value)) in &writes.rows {
            self.rows.insert(place.clone(), (value.clone(), id));
        }
        for (key, document) in &batch.documents {
            match document {
                Some(document) => {
                    self.documents.insert(key.clone(), (document.clone(), id));
                }
                None => drop(self.documents.remove(key)),
            }
        }
        for change in &batch.deadlines {
            match change.at {
                Some(at) => drop(self.deadlines.insert(change.subject.clone(), at)),
                None => drop(self.deadlines.remove(&change.subject)),
            }
        }
        let removed: Vec<Claimed> =
            batch.removed.iter().filter_map(|id| self.outbox.remove(id)).collect();
        match is_lazy && batch.outbox.is_empty() {
            true => self.lazily_removed.extend(removed),
            false => self.lazily_removed.clear(),
        }
        for born in &writes.born {
            self.outbox.insert(born.row.id, born.clone());
        }
        self.batches.insert(id, Some(writes.now));
        let handed = writes.born.iter().filter(|born| born.handed);
        Written { handed: handed.map(|born| born.row.id).collect() }
    }

    /// The rows of one table, by place.
    pub(crate) fn table(&self, table: crate::engine::Table) -> Result<Vec<Row>, StoreError> {
        let rows = self.rows.range((table, Vec::new())..);
        let rows = rows.take_while(|((other, _), _)| *other == table);
        rows.map(|((table, _), (value, _))| encoding::row_from(*table, value)).collect()
    }
}

fn changed(what: &str) -> StoreError {
    StoreError::Conflict { reason: format!("{what} changed") }
}
