//! What the embedded store asks of an ordered key-value engine: reads, and atomic batches. Two
//! engines: [`disk`] and, for tests and the simulator, `memory`.

pub(crate) mod disk;
#[cfg(feature = "test-store")]
pub(crate) mod memory;

use std::ops::Bound;
use std::path::Path;

use crate::StoreError;

/// One keyspace a kind of row. The names are part of the stored format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Format version, incarnation, last batch.
    Meta,
    /// Funds movements by id.
    FundsMovements,
    /// The counter of account numbers, one row.
    AccountNumberCounter,
    /// Accounts' keys by number.
    AccountNumbers,
    /// Participants by name.
    Participants,
    /// Parties by id.
    Parties,
    /// Prefixes by party kind.
    PartyRanges,
    /// Transfers by id.
    Transfers,
    /// Accounts by key.
    Accounts,
    /// Documents by kind and key.
    Documents,
    /// Outbox rows by number.
    Outbox,
    /// Deadlines by time and subject.
    Deadlines,
}

/// One change of a batch.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Where.
    pub table: Table,
    /// Which.
    pub key: Vec<u8>,
    /// The new value; `None` removes it.
    pub value: Option<Vec<u8>>,
}

/// What a batch waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Until it is on stable storage.
    Synced,
    /// Until the operating system has it: it survives the process, not the machine.
    Buffered,
}

/// One stored pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub key: Vec<u8>,
    /// What.
    pub value: Vec<u8>,
}

/// What an engine held at one instant, whatever is written later. Its calls block for as long as the
/// engine reads: they hit its cache, or are made on the committer's thread.
pub trait Instant: Clone + Send + Sync + 'static {
    /// The value under `key`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be read.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `limit` entries between the bounds, in the order of their keys. The lower bound is
    /// not above the upper one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when they cannot be read.
    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        until: Bound<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;
}

/// An ordered key-value engine with atomic batches. Writes block until they are synced: they are made
/// on the committer's thread.
pub trait Engine: Send + Sync + 'static {
    /// What it holds at an instant.
    type Instant: Instant;

    /// What it holds now: every batch whose write has returned.
    fn instant(&self) -> Self::Instant;

    /// Writes all of `operations`, in their order, or nothing.
    ///
    /// # Errors
    /// Any of [`StoreError`] that a commit may end in.
    fn write(&self, operations: Vec<Operation>, durability: Durability) -> Result<(), StoreError>;

    /// Syncs since it was opened.
    fn syncs(&self) -> u64;

    /// Writes what it holds at one instant into `directory`, as [`Store::back_up`](crate::Store::back_up)
    /// wants it. Not every engine can.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for an engine that cannot; any of those of a read; [`StoreError::Open`]
    /// when `directory` cannot be written.
    fn copy_to(&self, _directory: &Path) -> Result<u64, StoreError> {
        Err(StoreError::Unusable { reason: "it is kept in memory only".to_owned() })
    }
}

impl Operation {
    /// Keys are 1 to 65,535 bytes long; engines panic on others.
    fn has_a_key(&self) -> Result<(), StoreError> {
        match self.key.len() {
            1..=65_535 => Ok(()),
            length => Err(StoreError::Constraint { reason: format!("a key of {length} bytes") }),
        }
    }
}

impl Table {
    /// All of them.
    pub(crate) const ALL: [Table; 12] = [
        Table::Meta,
        Table::FundsMovements,
        Table::AccountNumberCounter,
        Table::AccountNumbers,
        Table::Participants,
        Table::Parties,
        Table::PartyRanges,
        Table::Transfers,
        Table::Accounts,
        Table::Documents,
        Table::Outbox,
        Table::Deadlines,
    ];

    /// The keyspace's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Table::Meta => "meta",
            Table::FundsMovements => "funds_movements",
            Table::AccountNumberCounter => "account_number_counter",
            Table::AccountNumbers => "account_numbers",
            Table::Participants => "participants",
            Table::Parties => "parties",
            Table::PartyRanges => "party_ranges",
            Table::Transfers => "transfers",
            Table::Accounts => "accounts",
            Table::Documents => "documents",
            Table::Outbox => "outbox",
            Table::Deadlines => "deadlines",
        }
    }
}
