//! The store of one machine: an ordered key-value engine, with the hot state in memory.

mod hot;
mod transaction;

use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use switch::{
    Account, Key, Participant, ParticipantName, Row, Timestamp, Transfer, TransferId, View,
};

use crate::embedded::hot::{Hot, Known};
use crate::embedded::transaction::EmbeddedTransaction;
use crate::encoding::{self, LastBatch};
use crate::engine::disk::Disk;
use crate::engine::{Durability, Engine, Instant, Operation, Table};
use crate::{
    Batch, BatchId, Claimant, Deadline, DeadlineSubject, Document, DocumentKey, OutboxId,
    OutboxRow, OutboxRows, SteadyClock, Store, StoreError, Transaction, Written,
};

const LAST_BATCH: &[u8] = b"last_batch";
const INCARNATION: &[u8] = b"incarnation";

/// A store in one directory, held by one process; tests put it over an engine in memory.
///
/// Its futures are ready when first polled: a commit blocks the polling thread until the batch is
/// synced, which is why the committer has a thread of its own.
pub struct EmbeddedStore<E: Engine = Disk> {
    shared: Arc<Shared<E>>,
}

/// What transactions share with the store.
struct Shared<E: Engine> {
    engine: E,
    clock: Arc<SteadyClock>,
    claimant: Claimant,
    /// A batch is seen here at once with all that the engine keeps of it, or not yet.
    hot: RwLock<Hot<E::Instant>>,
    /// Held while a batch is written.
    writer: Mutex<()>,
    /// The engine could not say whether it wrote: memory may be behind it.
    stale: AtomicBool,
}

impl EmbeddedStore {
    /// Opens or creates the store in `directory`, and raises `clock` to the last batch's time.
    /// Outbox rows of earlier runs are unclaimed from now on.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it open, [`StoreError::Corrupt`] when it
    /// holds what this version cannot read, [`StoreError::Open`] otherwise.
    pub fn open(
        directory: &Path,
        clock: Arc<SteadyClock>,
    ) -> Result<EmbeddedStore<Disk>, StoreError> {
        EmbeddedStore::over(Disk::open(directory)?, clock)
    }
}

impl<E: Engine> EmbeddedStore<E> {
    /// A store over an engine, as [`EmbeddedStore::open`] makes it over fjall.
    ///
    /// # Errors
    /// As [`EmbeddedStore::open`].
    pub fn over(engine: E, clock: Arc<SteadyClock>) -> Result<EmbeddedStore<E>, StoreError> {
        let claimant = next_incarnation(&engine)?;
        let hot = Hot::read(engine.instant())?;
        clock.raise(hot.last.now);
        let (hot, writer, stale) = (RwLock::new(hot), Mutex::new(()), AtomicBool::new(false));
        let shared = Shared { engine, clock, claimant, hot, writer, stale };
        Ok(EmbeddedStore { shared: Arc::new(shared) })
    }
}

fn stored(instant: &impl Instant, key: &Key) -> Result<Option<Row>, StoreError> {
    let (table, place) = encoding::row_place(key)?;
    let value = instant.get(table, &place)?;
    value.map(|value| encoding::row_from(table, &value)).transpose()
}

/// Counts the openings: the number names this run as the holder of outbox rows.
fn next_incarnation(engine: &impl Engine) -> Result<Claimant, StoreError> {
    let stored = engine.instant().get(Table::Meta, INCARNATION)?;
    let before = stored.map_or(Ok(0), |value| encoding::decode::<u64>(Table::Meta, &value))?;
    let value = encoding::encode(&(before + 1))?;
    let operation = Operation { table: Table::Meta, key: INCARNATION.to_vec(), value: Some(value) };
    engine.write(vec![operation], Durability::Synced)?;
    Ok(Claimant(before + 1))
}

impl<E: Engine> Shared<E> {
    fn hot(&self) -> RwLockReadGuard<'_, Hot<E::Instant>> {
        self.hot.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the engine held after the last batch that memory knows. A batch that is being written is
    /// seen in the engine before memory has it: whoever asked there would see its documents removed and
    /// its rows as they were.
    fn instant(&self) -> E::Instant {
        self.hot().instant.clone()
    }

    /// Brings memory up to the engine after an outcome that was unknown.
    fn refresh(&self) -> Result<(), StoreError> {
        if self.stale.load(Ordering::Acquire) {
            let hot = Hot::read(self.engine.instant())?;
            *self.hot.write().unwrap_or_else(PoisonError::into_inner) = hot;
            self.stale.store(false, Ordering::Release);
        }
        Ok(())
    }

    fn row(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        let hot = self.hot();
        match hot.row(key) {
            Known::Row(row) => return Ok(Some(row.clone())),
            Known::Absent => return Ok(None),
            Known::Unknown => {}
        }
        let instant = hot.instant.clone();
        drop(hot);
        stored(&instant, key)
    }

    /// Rows as they were after one batch.
    fn view(&self, keys: &[Key]) -> Result<View, StoreError> {
        let hot = self.hot();
        let (mut view, mut unknown) = (View::new(), Vec::new());
        for key in keys {
            match hot.row(key) {
                Known::Row(row) => view.insert(key.clone(), Some(row.clone())),
                Known::Absent => view.insert(key.clone(), None),
                Known::Unknown => unknown.push(key),
            }
        }
        let instant = hot.instant.clone();
        drop(hot);
        for key in unknown {
            view.insert(key.clone(), stored(&instant, key)?);
        }
        Ok(view)
    }

    fn document(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        let value = self.instant().get(Table::Documents, &encoding::document_place(key))?;
        value.map(|value| encoding::document_from(&value)).transpose()
    }

    fn documents(
        &self,
        kind: &str,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<(DocumentKey, Document)>, StoreError> {
        let first = encoding::document_prefix(kind);
        let beyond = [kind.as_bytes(), &[1]].concat();
        let start = [first.as_slice(), after.unwrap_or_default()].concat();
        let from = match after {
            Some(_) => Bound::Excluded(start.as_slice()),
            None => Bound::Included(start.as_slice()),
        };
        let until = Bound::Excluded(beyond.as_slice());
        let entries = self.instant().scan(Table::Documents, from, until, limit)?;
        let pairs = entries.iter().map(|entry| {
            let key = encoding::document_key(&entry.key)?;
            Ok((key, encoding::document_from(&entry.value)?))
        });
        pairs.collect()
    }

    fn outbox(
        &self,
        which: OutboxRows,
        after: OutboxId,
        limit: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let mut found = Vec::new();
        let mut place = encoding::outbox_place(after);
        let instant = self.instant();
        while found.len() < limit {
            let from = Bound::Excluded(place.as_slice());
            let step = limit.min(crate::limits::SCAN_STEP);
            let entries = instant.scan(Table::Outbox, from, Bound::Unbounded, step)?;
            let Some(last) = entries.last() else { break };
            for entry in &entries {
                let row = encoding::outbox_from(&entry.key, &entry.value, self.claimant)?;
                if which == OutboxRows::All || row.claimed_by.is_none() {
                    found.push(row);
                }
            }
            place = last.key.clone();
        }
        found.truncate(limit);
        Ok(found)
    }

    fn took_effect(&self, id: BatchId) -> Result<bool, StoreError> {
        self.refresh()?;
        Ok(self.hot().last.id >= id.0)
    }

    /// Writes a batch that was decided on what `before` left behind.
    fn commit(
        &self,
        batch: Batch,
        before: LastBatch,
        last: LastBatch,
    ) -> Result<Written, StoreError> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if self.hot().last != before || self.stale.load(Ordering::Acquire) {
            return Err(StoreError::Conflict { reason: "another batch came first".into() });
        }
        let durability = if batch.lazy { Durability::Buffered } else { Durability::Synced };
        let written = self.engine.write(transaction::operations(&batch, last)?, durability);
        match written {
            Ok(()) => {
                let instant = self.engine.instant();
                let mut hot = self.hot.write().unwrap_or_else(PoisonError::into_inner);
                hot.apply(batch, last, instant);
                Ok(Written::default())
            }
            Err(error) => {
                let unknown = error == StoreError::UnknownOutcome;
                self.stale.fetch_or(unknown, Ordering::AcqRel);
                Err(error)
            }
        }
    }
}

impl<E: Engine> Store for EmbeddedStore<E> {
    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, StoreError>> {
        let begun = self.shared.refresh().map(|()| {
            let transaction = EmbeddedTransaction::new(Arc::clone(&self.shared));
            Box::new(transaction) as Box<dyn Transaction>
        });
        ready(begun).boxed()
    }

    fn took_effect(&self, id: BatchId) -> BoxFuture<'_, Result<bool, StoreError>> {
        ready(self.shared.took_effect(id)).boxed()
    }

    fn read<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<View, StoreError>> {
        ready(self.shared.view(keys)).boxed()
    }

    fn transfer(&self, id: TransferId) -> BoxFuture<'_, Result<Option<Transfer>, StoreError>> {
        let row = self.shared.row(&Key::Transfer(id));
        let transfer = row.map(|row| match row {
            Some(Row::Transfer(transfer)) => Some(*transfer),
            _ => None,
        });
        ready(transfer).boxed()
    }

    fn participant<'a>(
        &'a self,
        name: &'a ParticipantName,
    ) -> BoxFuture<'a, Result<Option<Participant>, StoreError>> {
        let row = self.shared.row(&Key::Participant(name.clone()));
        let participant = row.map(|row| match row {
            Some(Row::Participant(participant)) => Some(participant),
            _ => None,
        });
        ready(participant).boxed()
    }

    fn participants(&self) -> BoxFuture<'_, Result<Vec<Participant>, StoreError>> {
        let hot = self.shared.hot();
        let participants = hot.whole().filter_map(|row| match row {
            Row::Participant(participant) => Some(participant.clone()),
            _ => None,
        });
        ready(Ok(participants.collect())).boxed()
    }

    fn accounts(&self) -> BoxFuture<'_, Result<Vec<Account>, StoreError>> {
        let hot = self.shared.hot();
        let accounts = hot.whole().filter_map(|row| match row {
            Row::Account(account) => Some((**account).clone()),
            _ => None,
        });
        ready(Ok(accounts.collect())).boxed()
    }

    fn document<'a>(
        &'a self,
        key: &'a DocumentKey,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        ready(self.shared.document(key)).boxed()
    }

    fn documents<'a>(
        &'a self,
        kind: &'a str,
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(DocumentKey, Document)>, StoreError>> {
        ready(self.shared.documents(kind, after, limit)).boxed()
    }

    fn deadlines(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Deadline>, StoreError>> {
        ready(Ok(self.shared.hot().deadlines.until(until, limit))).boxed()
    }

    fn still_due<'a>(
        &'a self,
        subjects: &'a [DeadlineSubject],
    ) -> BoxFuture<'a, Result<Vec<Deadline>, StoreError>> {
        ready(Ok(self.shared.hot().deadlines.of(subjects))).boxed()
    }

    fn outbox(
        &self,
        which: OutboxRows,
        after: OutboxId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<OutboxRow>, StoreError>> {
        ready(self.shared.outbox(which, after, limit)).boxed()
    }

    fn back_up(&self, directory: &Path) -> Result<u64, StoreError> {
        let unwritable = |error: std::io::Error| StoreError::Open {
            directory: directory.to_owned(),
            reason: error.to_string(),
        };
        // Whatever is there already stays as it is.
        std::fs::create_dir(directory).map_err(unwritable)?;
        self.shared.engine.copy_to(directory)
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn syncs(&self) -> u64 {
        self.shared.engine.syncs()
    }
}
