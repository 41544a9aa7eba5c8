//! A node's side of the shared database: its reads, its lease, what it hears from others.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use switch::{
    Account, Key, Participant, ParticipantName, Row, Timestamp, Transfer, TransferId, View,
};
use tokio::sync::broadcast;

use crate::engine::Table;
use crate::limits::{LEASE_MS, NOTICES_KEPT};
use crate::postgres::COUNTER_BITS;
use crate::postgres::lease::Seen;
use crate::postgres::time::DatabaseClock;
use crate::shared_memory::SharedMemory;
use crate::shared_memory::database::{Database, NodeRow};
use crate::shared_memory::transaction::SharedTransaction;
use crate::{
    BatchId, Claimant, Deadline, DeadlineSubject, Document, DocumentKey, Notice, OutboxId,
    OutboxRow, OutboxRows, SteadyClock, Store, StoreError, Transaction, encoding,
};

/// Who only looks.
const OBSERVER: Claimant = Claimant(0);

/// One node. Dropped, it leaves, unless it has been killed.
pub struct SharedNode(Arc<Shared>);

/// What transactions share with the store.
pub(crate) struct Shared {
    pub(crate) memory: SharedMemory,
    pub(crate) claimant: Claimant,
    pub(crate) clock: Arc<SteadyClock>,
    /// None on a clock of the caller's.
    database: Option<Arc<DatabaseClock>>,
    batches: AtomicU64,
    last_now: AtomicI64,
    syncs: AtomicU64,
    deposed: AtomicBool,
    renewed_ms: AtomicU64,
    /// What was given out last, and before that.
    given: Mutex<Vec<OutboxId>>,
    given_before: Mutex<BTreeSet<OutboxId>>,
    seen: Mutex<Seen>,
    heard: broadcast::Sender<Notice>,
    killed: AtomicBool,
}

impl SharedNode {
    pub(crate) fn join(
        memory: SharedMemory,
        clock: Arc<SteadyClock>,
        database_clock: Option<Arc<DatabaseClock>>,
    ) -> Result<SharedNode, StoreError> {
        let heard = broadcast::channel(NOTICES_KEPT).0;
        let claimant = {
            let mut database = memory.database();
            let last = database.nodes.last_key_value();
            let claimant = Claimant(last.map_or(1, |(Claimant(last), _)| last + 1));
            database.reached_by(claimant)?;
            let row = NodeRow { renewals: 0, deposed: false, heard: heard.clone() };
            database.nodes.insert(claimant, row);
            let last = database.batches.values().flatten().max();
            clock.raise(last.copied().unwrap_or(Timestamp(i64::MIN)));
            claimant
        };
        Ok(SharedNode::over(memory, clock, database_clock, claimant, heard))
    }

    pub(crate) fn observer(memory: SharedMemory, clock: Arc<SteadyClock>) -> SharedNode {
        SharedNode::over(memory, clock, None, OBSERVER, broadcast::channel(1).0)
    }

    fn over(
        memory: SharedMemory,
        clock: Arc<SteadyClock>,
        database: Option<Arc<DatabaseClock>>,
        claimant: Claimant,
        heard: broadcast::Sender<Notice>,
    ) -> SharedNode {
        SharedNode(Arc::new(Shared {
            memory,
            claimant,
            renewed_ms: AtomicU64::new(clock.monotonic_ms()),
            clock,
            database,
            batches: AtomicU64::new(0),
            last_now: AtomicI64::new(i64::MIN),
            syncs: AtomicU64::new(0),
            deposed: AtomicBool::new(false),
            given: Mutex::default(),
            given_before: Mutex::default(),
            seen: Mutex::default(),
            heard,
            killed: AtomicBool::new(false),
        }))
    }

    /// The name under which it holds outbox rows.
    #[must_use]
    pub fn claimant(&self) -> Claimant {
        self.0.claimant
    }

    /// Hub time, as this node knows it.
    #[must_use]
    pub fn clock(&self) -> Arc<SteadyClock> {
        Arc::clone(&self.0.clock)
    }

    /// Renews the lease, reads the time, and deposes who has stood still for too long: to be done
    /// every [`LEASE_RENEWAL_MS`](crate::limits::LEASE_RENEWAL_MS).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server does not answer.
    pub fn renew(&self) -> Result<(), StoreError> {
        let shared = &*self.0;
        let now_ms = shared.clock.monotonic_ms();
        let mut database = shared.memory.database();
        database.reached_by(shared.claimant)?;
        let Some(own) = database.nodes.get_mut(&shared.claimant).filter(|own| !own.deposed) else {
            shared.deposed.store(true, Ordering::Release);
            return Ok(());
        };
        own.renewals += 1;
        shared.renewed_ms.store(now_ms, Ordering::Release);
        if let Some(clock) = &shared.database {
            clock.observed(database.clock.wall(), now_ms, now_ms);
        }
        let others = database
            .nodes
            .iter()
            .filter(|(claimant, row)| **claimant != shared.claimant && !row.deposed);
        let others = others.map(|(Claimant(node), row)| (signed(*node), row.renewals)).collect();
        let mut seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (claimant, _) in seen.look(others, now_ms, now_ms) {
            let claimant = Claimant(claimant.unsigned_abs());
            database.nodes.entry(claimant).and_modify(|row| row.deposed = true);
            let _ = shared.heard.send(Notice::Handed(shared.claimant));
        }
        Ok(())
    }

    /// The process is gone without a word: its lease ends when others have seen it stand still.
    pub fn kill(&self) {
        self.0.killed.store(true, Ordering::Release);
    }
}

impl Drop for SharedNode {
    fn drop(&mut self) {
        let shared = &*self.0;
        if !shared.killed.load(Ordering::Acquire) {
            shared.deposed.store(true, Ordering::Release);
            let mut database = shared.memory.database();
            database.nodes.entry(shared.claimant).and_modify(|row| row.deposed = true);
        }
    }
}

impl Shared {
    pub(crate) fn at_work(&self) -> Result<(), StoreError> {
        if self.deposed.load(Ordering::Acquire) {
            let reason = "another node has taken over what this one held".to_owned();
            return Err(StoreError::Halted { reason });
        }
        Ok(())
    }

    /// Notes when the server has said that this node is deposed.
    pub(crate) fn noted(&self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Halted { .. }) {
            self.deposed.store(true, Ordering::Release);
        }
        error
    }

    pub(crate) fn next_batch(&self) -> BatchId {
        let count = self.batches.fetch_add(1, Ordering::AcqRel) + 1;
        BatchId((self.claimant.0 << COUNTER_BITS) | count)
    }

    pub(crate) fn batch_time(&self, database_now: Option<Timestamp>) -> Timestamp {
        let read = if self.database.is_some() { database_now } else { None };
        let now = read.unwrap_or_else(|| self.clock.now()).0;
        let now = now.max(self.last_now.fetch_max(now, Ordering::AcqRel));
        self.clock.raise(Timestamp(now));
        Timestamp(now)
    }

    pub(crate) fn committed(&self, is_lazy: bool) {
        self.syncs.fetch_add(u64::from(!is_lazy), Ordering::Relaxed);
    }

    pub(crate) fn tell(&self, notice: Notice) {
        if notice == Notice::Handed(self.claimant) {
            let _ = self.heard.send(notice);
            return;
        }
        let database = self.memory.database();
        if database.reached_by(self.claimant).is_err() {
            return;
        }
        for (claimant, node) in &database.nodes {
            if *claimant != self.claimant && database.reached_by(*claimant).is_ok() {
                let _ = node.heard.send(notice.clone());
            }
        }
    }

    /// Reads what is committed.
    fn read<T>(
        &self,
        read: impl FnOnce(&Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.at_work()?;
        let database = self.memory.database();
        if self.claimant != OBSERVER {
            database.reached_by(self.claimant)?;
        }
        read(&database)
    }

    fn view(&self, keys: &[Key]) -> Result<View, StoreError> {
        self.read(|database| {
            let mut view = View::new();
            for key in keys {
                let stored = database.rows.get(&encoding::row_place(key)?);
                let row = stored.map(|(value, _)| encoding::row_from(place_of(key)?, value));
                view.insert(key.clone(), row.transpose()?);
            }
            Ok(view)
        })
    }

    async fn take_over(&self) -> Result<Vec<OutboxRow>, StoreError> {
        self.memory.turn().await;
        let last = self.given().clone();
        let taken = self.memory.asked(|database| {
            if let Err(error) = self.at_work().and_then(|()| database.reached_by(self.claimant)) {
                return Poll::Ready(Err(error));
            }
            database
                .take_over(self.claimant, &last)
                .map_or(Poll::Pending, |one| Poll::Ready(Ok(one)))
        });
        let taken = taken.await?;
        // The answer is on its way: lost, it is given again.
        self.memory.turn().await;
        self.memory.database().reached_by(self.claimant)?;
        self.given_before().extend(last);
        *self.given() = taken.rows.iter().map(|row| row.id).collect();
        taken.on.into_iter().for_each(|holder| self.tell(Notice::Handed(holder)));
        Ok(taken.rows)
    }

    /// Of rows of an own batch whose end was not seen, those that this node is not given.
    fn ours(&self, rows: &[OutboxId]) -> Result<Vec<OutboxId>, StoreError> {
        let ours = self.read(|database| Ok(database.ours(self.claimant, rows)))?;
        let (given, before) = (self.given(), self.given_before());
        let new = ours.into_iter().filter(|id| !given.contains(id) && !before.contains(id));
        Ok(new.collect())
    }

    fn given_before(&self) -> std::sync::MutexGuard<'_, BTreeSet<OutboxId>> {
        self.given_before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn given(&self) -> std::sync::MutexGuard<'_, Vec<OutboxId>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a commit that is under way, and forbids it where it never came.
    async fn took_effect(&self, id: BatchId) -> Result<bool, StoreError> {
        self.memory.turn().await;
        let answer = self.memory.asked(|database| {
            if let Err(error) = self.at_work().and_then(|()| database.reached_by(self.claimant)) {
                return Poll::Ready(Err(error));
            }
            if database.is_ending(id) {
                return Poll::Pending;
            }
            if !database.lives(self.claimant) {
                let reason = "the node is deposed".to_owned();
                return Poll::Ready(Err(self.noted(StoreError::Halted { reason })));
            }
            Poll::Ready(Ok(database.batches.entry(id).or_insert(None).is_some()))
        });
        answer.await
    }
}

fn place_of(key: &Key) -> Result<Table, StoreError> {
    encoding::row_place(key).map(|(table, _)| table)
}

fn signed(node: u64) -> i64 {
    i64::try_from(node).unwrap_or(i64::MAX)
}

impl Store for SharedNode {
    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, StoreError>> {
        let begun = self.0.at_work().map(|()| {
            Box::new(SharedTransaction::new(Arc::clone(&self.0))) as Box<dyn Transaction>
        });
        ready(begun).boxed()
    }

    fn took_effect(&self, id: BatchId) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.0.took_effect(id).boxed()
    }

    fn read<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<View, StoreError>> {
        ready(self.0.view(keys)).boxed()
    }

    fn transfer(&self, id: TransferId) -> BoxFuture<'_, Result<Option<Transfer>, StoreError>> {
        let key = Key::Transfer(id);
        let view = self.0.view(std::slice::from_ref(&key));
        let transfer = view.map(|view| match view.row(&key).flatten() {
            Some(Row::Transfer(transfer)) => Some((**transfer).clone()),
            _ => None,
        });
        ready(transfer).boxed()
    }

    fn participant<'a>(
        &'a self,
        name: &'a ParticipantName,
    ) -> BoxFuture<'a, Result<Option<Participant>, StoreError>> {
        let key = Key::Participant(name.clone());
        let view = self.0.view(std::slice::from_ref(&key));
        let participant = view.map(|view| match view.row(&key).flatten() {
            Some(Row::Participant(participant)) => Some(participant.clone()),
            _ => None,
        });
        ready(participant).boxed()
    }

    fn participants(&self) -> BoxFuture<'_, Result<Vec<Participant>, StoreError>> {
        let rows = self.0.read(|database| database.table(Table::Participants));
        let participants = rows.map(|rows| {
            let participants = rows.into_iter().filter_map(|row| match row {
                Row::Participant(participant) => Some(participant),
                _ => None,
            });
            participants.collect()
        });
        ready(participants).boxed()
    }

    fn accounts(&self) -> BoxFuture<'_, Result<Vec<Account>, StoreError>> {
        let rows = self.0.read(|database| database.table(Table::Accounts));
        let accounts = rows.map(|mut rows| {
            rows.sort_by_cached_key(Row::key);
            let accounts = rows.into_iter().filter_map(|row| match row {
                Row::Account(account) => Some(*account),
                _ => None,
            });
            accounts.collect()
        });
        ready(accounts).boxed()
    }

    fn document<'a>(
        &'a self,
        key: &'a DocumentKey,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        let read = |database: &Database| {
            Ok(database.documents.get(key).map(|(document, _)| document.clone()))
        };
        ready(self.0.read(read)).boxed()
    }

    fn documents<'a>(
        &'a self,
        kind: &'a str,
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(DocumentKey, Document)>, StoreError>> {
        let read = |database: &Database| {
            let of_kind = database
                .documents
                .iter()
                .filter(|(key, _)| key.kind == kind && after.is_none_or(|after| *key.key > *after));
            let found = of_kind.map(|(key, (document, _))| (key.clone(), document.clone()));
            Ok(found.take(limit).collect())
        };
        ready(self.0.read(read)).boxed()
    }

    fn deadlines(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Deadline>, StoreError>> {
        let read = |database: &Database| {
            let due = database.deadlines.iter().filter(|(_, at)| **at <= until);
            let due: BTreeSet<Deadline> =
                due.map(|(subject, at)| Deadline { at: *at, subject: subject.clone() }).collect();
            Ok(due.into_iter().take(limit).collect())
        };
        ready(self.0.read(read)).boxed()
    }

    fn still_due<'a>(
        &'a self,
        subjects: &'a [DeadlineSubject],
    ) -> BoxFuture<'a, Result<Vec<Deadline>, StoreError>> {
        let read = |database: &Database| {
            let standing = subjects.iter().filter_map(|subject| {
                let at = *database.deadlines.get(subject)?;
                Some(Deadline { at, subject: subject.clone() })
            });
            Ok(standing.collect())
        };
        ready(self.0.read(read)).boxed()
    }

    fn outbox(
        &self,
        which: OutboxRows,
        after: OutboxId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<OutboxRow>, StoreError>> {
        ready(self.0.read(|database| Ok(database.outbox_after(which, after, limit)))).boxed()
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn syncs(&self) -> u64 {
        self.0.syncs.load(Ordering::Relaxed)
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn take_over(&self) -> BoxFuture<'_, Result<Vec<OutboxRow>, StoreError>> {
        self.0.take_over().boxed()
    }

    fn ours<'a>(
        &'a self,
        rows: &'a [OutboxId],
    ) -> BoxFuture<'a, Result<Vec<OutboxId>, StoreError>> {
        ready(self.0.ours(rows)).boxed()
    }

    fn holds_lease(&self) -> bool {
        let renewed_ms = self.0.renewed_ms.load(Ordering::Acquire);
        let age_ms = self.0.clock.monotonic_ms().saturating_sub(renewed_ms);
        age_ms < LEASE_MS && self.0.at_work().is_ok()
    }

    fn wall_ahead_ms(&self) -> i64 {
        self.0.database.as_ref().map_or(0, |database| database.machine_ahead_ms())
    }

    fn tell(&self, notice: Notice) {
        self.0.tell(notice);
    }

    fn notices(&self) -> Option<broadcast::Receiver<Notice>> {
        Some(self.0.heard.subscribe())
    }

    fn revision<'a>(&'a self, kind: &'a str) -> BoxFuture<'a, Result<u64, StoreError>> {
        let read = |database: &Database| {
            let of_kind = database.documents.iter().filter(|(key, _)| key.kind == kind);
            let numbers =
                of_kind.map(|(_, (_, BatchId(batch)))| batch.wrapping_mul(31).wrapping_add(1));
            Ok(numbers.fold(0, u64::wrapping_add))
        };
        ready(self.0.read(read)).boxed()
    }
}
