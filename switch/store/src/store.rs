//! The store, as the committer and the rest of the node see it: reads, and transactions that load
//! under locks and write one atomic batch.

use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use switch::{
    Account, Key, Participant, ParticipantName, Row, Timestamp, Transfer, TransferId, View,
};
use thiserror::Error;
use tokio::sync::broadcast;

use crate::{
    Claimant, Deadline, DeadlineChange, DeadlineSubject, Document, DocumentKey, Notice, OutboxId,
    OutboxRow,
};

/// Where the rows, documents and outbox are kept. Reads see only what is on stable storage.
///
/// Meant for set-based SQL as much as for an embedded engine: a batch costs one call to begin, at
/// most two to load (each may lock and read all its rows in one statement) and one to commit.
pub trait Store: Send + Sync + 'static {
    /// Starts a transaction. One at a time suffices per node: the committer is the only writer.
    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, StoreError>>;

    /// Whether the batch `id`, whose commit ended in [`StoreError::UnknownOutcome`], took effect. Once
    /// answered `false` it never will.
    fn took_effect(&self, id: BatchId) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// The rows under `keys`, for readers that decide nothing: a party's registrations
    /// ([`Key::Party`], [`Key::PartyRanges`]), a participant, a transfer.
    fn read<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<View, StoreError>>;

    /// One transfer, as it stands; its deadline may be over.
    fn transfer(&self, id: TransferId) -> BoxFuture<'_, Result<Option<Transfer>, StoreError>>;

    /// One participant.
    fn participant<'a>(
        &'a self,
        name: &'a ParticipantName,
    ) -> BoxFuture<'a, Result<Option<Participant>, StoreError>>;

    /// All participants, by name.
    fn participants(&self) -> BoxFuture<'_, Result<Vec<Participant>, StoreError>>;

    /// All accounts, by key.
    fn accounts(&self) -> BoxFuture<'_, Result<Vec<Account>, StoreError>>;

    /// One document.
    fn document<'a>(
        &'a self,
        key: &'a DocumentKey,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>>;

    /// At most `limit` documents of `kind`, by key, those after `after`.
    fn documents<'a>(
        &'a self,
        kind: &'a str,
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(DocumentKey, Document)>, StoreError>>;

    /// At most `limit` deadlines not later than `until`, the earliest first. The next one is
    /// `deadlines(Timestamp(i64::MAX), 1)`.
    fn deadlines(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Deadline>, StoreError>>;

    /// At most `limit` outbox rows with numbers above `after`, in their order.
    fn outbox(
        &self,
        which: OutboxRows,
        after: OutboxId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<OutboxRow>, StoreError>>;

    /// The store's time, never below that of the last batch: what readers compare deadlines with.
    fn now(&self) -> Timestamp;

    /// Syncs to stable storage since the store was opened.
    fn syncs(&self) -> u64;

    /// Those of `subjects` that still have a deadline, as it stands. What a node remembers of
    /// deadlines may have been moved by another.
    fn still_due<'a>(
        &'a self,
        subjects: &'a [DeadlineSubject],
    ) -> BoxFuture<'a, Result<Vec<Deadline>, StoreError>>;

    /// Whether several nodes write it at once. What follows matters to such stores only; one that
    /// a single process holds keeps the answers given here.
    fn is_shared(&self) -> bool {
        false
    }

    /// Outbox rows that have become this node's: handed to it by others' batches, or left by nodes
    /// whose lease has ended. Each is given out once. To be called several times a second, and on
    /// [`Notice::Handed`].
    fn take_over(&self) -> BoxFuture<'_, Result<Vec<OutboxRow>, StoreError>> {
        ready(Ok(Vec::new())).boxed()
    }

    /// Of outbox rows of a batch of this node's, whose commit was not seen to end, those that are
    /// stored and that it delivers from memory: others are handed on, or given out by
    /// [`Store::take_over`].
    fn ours<'a>(
        &'a self,
        rows: &'a [OutboxId],
    ) -> BoxFuture<'a, Result<Vec<OutboxId>, StoreError>> {
        ready(Ok(rows.to_vec())).boxed()
    }

    /// Whether this node's lease holds: without it another may deliver what this one has claimed,
    /// so that nothing stored is sent until it is renewed.
    fn holds_lease(&self) -> bool {
        true
    }

    /// How far the wall clock of this machine is ahead of the store's, in milliseconds.
    fn wall_ahead_ms(&self) -> i64 {
        0
    }

    /// Tells the other nodes, soon.
    fn tell(&self, _notice: Notice) {}

    /// What other nodes tell from now on. A receiver that lags has missed something, and looks at
    /// everything that it might have been about.
    fn notices(&self) -> Option<broadcast::Receiver<Notice>> {
        None
    }

    /// Moves at most `limit` transfers that became final before `ended_before` to an archive, where
    /// [`Store::transfer`] still finds them and no batch does, and tidies up. Returns how many: as
    /// many as `limit` when there may be more. Steps of some hundred keep nobody waiting.
    fn archive(
        &self,
        _ended_before: Timestamp,
        _limit: usize,
    ) -> BoxFuture<'_, Result<usize, StoreError>> {
        ready(Ok(0)).boxed()
    }

    /// Removes at most `limit` transfers from the archive that became final before `ended_before`:
    /// nobody finds them any more. Returns how many, as [`Store::archive`] does.
    fn forget(
        &self,
        _ended_before: Timestamp,
        _limit: usize,
    ) -> BoxFuture<'_, Result<usize, StoreError>> {
        ready(Ok(0)).boxed()
    }

    /// What an operator is to know of a store that works: one sentence each.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// A number that changes whenever a document of `kind` does. Each document of the kind is looked
    /// at: for kinds that have thousands at most.
    fn revision<'a>(&'a self, _kind: &'a str) -> BoxFuture<'a, Result<u64, StoreError>> {
        ready(Ok(0)).boxed()
    }

    /// Writes what is committed at one instant, not before this call, into `directory`, which must not
    /// exist: a store of the same kind that may be opened, on stable storage when this returns. Others read
    /// and write meanwhile. Returns how many rows it has. Blocks for as long as that takes.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for a store that is backed up by other means; [`StoreError::Open`] when
    /// `directory` exists or cannot be written: what is there then is no backup.
    fn back_up(&self, _directory: &Path) -> Result<u64, StoreError> {
        Err(StoreError::Unusable { reason: "it is backed up with its own tools".to_owned() })
    }

    /// Ends this node's lease at once, so that others take over what it has claimed without waiting for
    /// it to run out. The last thing that a node asks of its store.
    fn leave(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(Ok(())).boxed()
    }
}

/// One batch in the making. Dropped without [`Transaction::commit`] it has no effect.
pub trait Transaction: Send {
    /// Loads rows into [`Transaction::view`] and documents into [`Transaction::document`], under
    /// locks taken in class order and sorted by key; what is loaded already stays as it is.
    fn load<'a>(
        &'a mut self,
        keys: &'a [Key],
        documents: &'a [DocumentKey],
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// The rows loaded so far; the committer lays the outcomes of the batch over them.
    fn view(&mut self) -> &mut View;

    /// A loaded document as it is stored; `None` if there is none, or it was not loaded.
    fn document(&self, key: &DocumentKey) -> Option<&Document>;

    /// The time of this batch, taken after the locks of the last [`Transaction::load`] before it was
    /// first asked for; never below an earlier batch's.
    fn now(&self) -> Timestamp;

    /// The number of this batch, by which [`Store::took_effect`] knows it.
    fn id(&self) -> BatchId;

    /// A number for an outbox row of this batch, above those given out before: of all that were
    /// committed by whoever held these locks, where the store is shared. To be asked for after a
    /// load, even one of nothing.
    fn next_outbox_id(&mut self) -> OutboxId;

    /// Who holds the outbox rows of this batch.
    fn claimant(&self) -> Claimant;

    /// Writes `batch` atomically and returns when it is as durable as it asks to be.
    fn commit(self: Box<Self>, batch: Batch) -> BoxFuture<'static, Result<Written, StoreError>>;
}

/// What a commit came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Outbox rows of the batch that another node delivers, because it holds earlier ones of their
    /// lane; and those that [`Store::take_over`] gives to this node, because an earlier one of their lane
    /// was written by another node and may not have been given out yet.
    pub handed: Vec<OutboxId>,
}

/// The number of a batch, unique in its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BatchId(pub u64);

/// Everything that one commit writes.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The rows as they are to be stored, each key once.
    pub rows: Vec<Row>,
    /// Documents, each key once: what is to be stored, `None` to remove it.
    pub documents: Vec<(DocumentKey, Option<Document>)>,
    /// Outbox rows to add, numbered by [`Transaction::next_outbox_id`].
    pub outbox: Vec<OutboxRow>,
    /// Outbox rows to remove; unknown ones are no error.
    pub removed: Vec<OutboxId>,
    /// Deadlines that move.
    pub deadlines: Vec<DeadlineChange>,
    /// Whether commit may return before the batch is on stable storage: only for batches whose
    /// loss is harmless (removals from the outbox).
    pub lazy: bool,
}

/// Which outbox rows are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxRows {
    /// Those that nobody delivers: what an earlier run or a dead node left.
    Unclaimed,
    /// All.
    All,
}

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The store is out of reach; nothing was written. Try again.
    #[error("the store is unavailable: {reason}")]
    Unavailable {
        /// What the engine said.
        reason: String,
    },
    /// There is no room left for what is to be written; nothing was written. Try again: an operator
    /// may have made room.
    #[error("the store has no room left: {reason}")]
    Full {
        /// What the engine said.
        reason: String,
    },
    /// The commit may have been written or not: ask [`Store::took_effect`].
    #[error("the outcome of the commit is unknown")]
    UnknownOutcome,
    /// Another writer was faster; nothing was written. Load and decide again.
    #[error("another writer was faster: {reason}")]
    Conflict {
        /// What the engine said.
        reason: String,
    },
    /// The batch breaks a rule of the store; nothing was written. Its maker's fault.
    #[error("the batch breaks a rule of the store: {reason}")]
    Constraint {
        /// What the engine said.
        reason: String,
    },
    /// Writing failed in a way that only a restart resolves; what was written is known then.
    #[error("the store has stopped and must be opened again: {reason}")]
    Halted {
        /// What the engine said.
        reason: String,
    },
    /// What is stored cannot be read: another version's format, or damage.
    #[error(
        "a stored row of {table} cannot be read; restore from a backup or run the version that wrote it"
    )]
    Corrupt {
        /// The kind of row.
        table: &'static str,
    },
    /// The database, or how it is to be reached, must not be used as it is. The operator's to mend.
    #[error("the database cannot be used: {reason}")]
    Unusable {
        /// What to mend.
        reason: String,
    },
    /// The directory is in use.
    #[error("{} is in use by another process; stop that one or choose another directory", directory.display())]
    Locked {
        /// The store's directory.
        directory: PathBuf,
    },
    /// The directory cannot be opened.
    #[error("the store in {} cannot be opened: {reason}", directory.display())]
    Open {
        /// The store's directory.
        directory: PathBuf,
        /// What the engine said.
        reason: String,
    },
}
