//! The engine on disk: fjall 3, one keyspace a table, one journal, batches synced as asked.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Snapshot};

use crate::StoreError;
use crate::engine::{Durability, Engine, Entry, Instant, Operation, Table};
use crate::limits::{BLOCK_CACHE_BYTES, COPY_CACHE_BYTES, JOURNAL_BYTES, MEMTABLE_BYTES};

/// A fjall database in one directory, held by one process.
pub struct Disk {
    database: Database,
    keyspaces: Keyspaces,
    syncs: AtomicU64,
}

#[derive(Clone)]
struct Keyspaces(Arc<BTreeMap<Table, Keyspace>>);

/// What a database held at one instant.
#[derive(Clone)]
pub struct DiskInstant {
    keyspaces: Keyspaces,
    snapshot: Snapshot,
}

impl Disk {
    /// Opens or creates the database in `directory`.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another process has it open; [`StoreError::Unavailable`] when
    /// the directory cannot be read or recovered.
    pub(crate) fn open(directory: &Path) -> Result<Disk, StoreError> {
        let database = database(directory, BLOCK_CACHE_BYTES)?;
        let mut keyspaces = BTreeMap::new();
        for table in Table::ALL {
            let keyspace = database
                .keyspace(table.name(), options)
                .map_err(|error| opening(error, directory))?;
            keyspaces.insert(table, keyspace);
        }
        // What a killed process left in the page cache is read as if it were stored: store it.
        database.persist(PersistMode::SyncAll).map_err(|error| opening(error, directory))?;
        let keyspaces = Keyspaces(Arc::new(keyspaces));
        Ok(Disk { database, keyspaces, syncs: AtomicU64::new(0) })
    }
}

impl Keyspaces {
    fn of(&self, table: Table) -> Result<&Keyspace, StoreError> {
        self.0.get(&table).ok_or(StoreError::Corrupt { table: table.name() })
    }
}

impl Instant for DiskInstant {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.snapshot.get(self.keyspaces.of(table)?, key);
        Ok(value.map_err(|error| reading(table, error))?.map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        until: Bound<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let range: (Bound<&[u8]>, Bound<&[u8]>) = (from, until);
        let mut entries = Vec::new();
        let found = self.snapshot.range::<&[u8], _>(self.keyspaces.of(table)?, range);
        for guard in found.take(limit) {
            let (key, value) = guard.into_inner().map_err(|error| reading(table, error))?;
            entries.push(Entry { key: key.to_vec(), value: value.to_vec() });
        }
        Ok(entries)
    }
}

impl Engine for Disk {
    type Instant = DiskInstant;

    /// fjall numbers batches, and lets a number be seen once all of its batch is there and synced.
    fn instant(&self) -> DiskInstant {
        DiskInstant { keyspaces: self.keyspaces.clone(), snapshot: self.database.snapshot() }
    }

    fn write(&self, operations: Vec<Operation>, durability: Durability) -> Result<(), StoreError> {
        let mode = match durability {
            Durability::Synced => PersistMode::SyncData,
            Durability::Buffered => PersistMode::Buffer,
        };
        let mut batch = self.database.batch().durability(Some(mode));
        for operation in operations {
            operation.has_a_key()?;
            let keyspace = self.keyspaces.of(operation.table)?;
            match operation.value {
                Some(value) => batch.insert(keyspace, operation.key, value),
                None => batch.remove(keyspace, operation.key),
            }
        }
        // A failed write or sync is never repeated: what the disk holds is only known by
        // reading the journal again, which the next start does.
        batch.commit().map_err(|error| StoreError::Halted { reason: error.to_string() })?;
        if durability == Durability::Synced {
            self.syncs.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    fn copy_to(&self, directory: &Path) -> Result<u64, StoreError> {
        let DiskInstant { keyspaces, snapshot } = self.instant();
        let written = |error| opening(error, directory);
        let copy = database(directory, COPY_CACHE_BYTES)?;
        let mut rows = 0;
        for (table, keyspace) in keyspaces.0.iter() {
            let into = copy.keyspace(table.name(), options).map_err(written)?;
            let mut ingestion = into.start_ingestion().map_err(written)?;
            for guard in snapshot.iter(keyspace) {
                let (key, value) = guard.into_inner().map_err(|error| reading(*table, error))?;
                ingestion.write(key, value).map_err(written)?;
                rows += 1;
            }
            ingestion.finish().map_err(written)?;
        }
        copy.persist(PersistMode::SyncAll).map_err(written)?;
        Ok(rows)
    }
}

fn database(directory: &Path, cache_bytes: u64) -> Result<Database, StoreError> {
    Database::builder(directory)
        .cache_size(cache_bytes)
        .max_journaling_size(JOURNAL_BYTES)
        .manual_journal_persist(true)
        .open()
        .map_err(|error| opening(error, directory))
}

fn options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES)
}

fn opening(error: fjall::Error, directory: &Path) -> StoreError {
    let directory = PathBuf::from(directory);
    match error {
        fjall::Error::Locked => StoreError::Locked { directory },
        other => StoreError::Open { directory, reason: other.to_string() },
    }
}

/// The disk may answer the next time; a damaged block never will, and stops only those who need it.
fn reading(table: Table, error: fjall::Error) -> StoreError {
    let reason = error.to_string();
    match error {
        fjall::Error::Io(_) | fjall::Error::Storage(fjall::LsmError::Io(_)) => {
            StoreError::Unavailable { reason }
        }
        _ => {
            tracing::error!(table = table.name(), reason, "a block on disk cannot be read");
            StoreError::Corrupt { table: table.name() }
        }
    }
}
