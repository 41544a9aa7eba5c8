//! The store of several nodes: PostgreSQL, any node writing any row (docs/decisions/0007).
//!
//! * `settings`, `tls`, `session`: a connection; `guard`: what it refuses; `pool`: several
//! * `migrate`: the schema, in `migrations/`; `statements`: all SQL; `errors`: what errors mean
//! * `transaction`: load under locks; `write`: the batch; `reads`: everything that decides nothing
//! * `lease`: who is alive, and what nodes tell each other; `claims`: whose outbox rows are whose
//! * `time`: the database's time; `archive`: what is over

mod archive;
mod claims;
mod errors;
pub(crate) mod examine;
pub(crate) mod guard;
pub(crate) mod lease;
mod migrate;
mod notices;
mod pool;
pub(crate) mod reads;
mod session;
pub(crate) mod settings;
pub(crate) mod statements;
pub(crate) mod time;
mod tls;
mod transaction;
mod write;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use switch::{
    Account, Key, Participant, ParticipantName, Row, Timestamp, Transfer, TransferId, View,
};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc, watch};

use crate::limits::{LEASE_MS, NOTICES_KEPT, WARNINGS_INTERVAL_MS};
use crate::postgres::archive::Archiving;
use crate::postgres::claims::Given;
use crate::postgres::lease::Lease;
use crate::postgres::pool::{Readers, Writers};
use crate::postgres::session::Connector;
use crate::postgres::settings::PostgresSettings;
use crate::postgres::time::DatabaseClock;
use crate::postgres::transaction::PostgresTransaction;
use crate::{
    BatchId, Claimant, Clock, Deadline, DeadlineSubject, Document, DocumentKey, Notice, OutboxId,
    OutboxRow, OutboxRows, SteadyClock, Store, StoreError, Transaction,
};

/// Bits of a batch's number that count a node's batches; those above name the node.
pub(crate) const COUNTER_BITS: u32 = 40;
const CLAIMANT_MAX: i64 = 1 << (63 - COUNTER_BITS);

/// One node's side of a PostgreSQL database that several share.
///
/// Dropped, it gives up its lease at once, if the runtime that it was connected on still runs.
pub struct PostgresStore {
    shared: Arc<Shared>,
    leaving: watch::Sender<bool>,
    /// Closed when the lease is given up, or could not be.
    left: watch::Receiver<bool>,
}

/// What transactions and background work share with the store.
pub(crate) struct Shared {
    connector: Arc<Connector>,
    writers: Writers,
    readers: Readers,
    runtime: Handle,
    claimant: Claimant,
    clock: Arc<SteadyClock>,
    /// None on a clock of the caller's.
    database: Option<Arc<DatabaseClock>>,
    version: u32,
    batches: AtomicU64,
    /// The time of this node's latest batch.
    last_now: AtomicI64,
    syncs: AtomicU64,
    deposed: AtomicBool,
    /// When the last renewal that the database took was sent, on the monotonic clock.
    renewed_ms: AtomicU64,
    warnings: Mutex<Vec<String>>,
    given: tokio::sync::Mutex<Given>,
    archiving: tokio::sync::Mutex<Archiving>,
    told: mpsc::Sender<Notice>,
    heard: broadcast::Sender<Notice>,
}

impl PostgresStore {
    /// Connects, migrates the schema and registers this node. `machine` are this machine's clocks;
    /// hub time is the database's, see [`PostgresStore::clock`].
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for settings or a server that must not be used;
    /// [`StoreError::Unavailable`] when there is no answer.
    pub async fn connect(
        settings: PostgresSettings,
        machine: Arc<dyn Clock>,
    ) -> Result<PostgresStore, StoreError> {
        let database = Arc::new(DatabaseClock::new(machine));
        PostgresStore::start(settings, Time::Database(database)).await
    }

    /// The same on a clock of the caller's: for tests, whose payments have a year of their own.
    ///
    /// # Errors
    /// As [`PostgresStore::connect`].
    pub async fn connect_on(
        settings: PostgresSettings,
        clock: Arc<SteadyClock>,
    ) -> Result<PostgresStore, StoreError> {
        PostgresStore::start(settings, Time::Given(clock)).await
    }

    /// Hub time: the database's, where [`PostgresStore::connect`] made the store.
    pub fn clock(&self) -> Arc<SteadyClock> {
        Arc::clone(&self.shared.clock)
    }

    async fn start(settings: PostgresSettings, time: Time) -> Result<PostgresStore, StoreError> {
        let connector = Arc::new(Connector::new(&settings)?);
        let session = connector.bare().await?;
        let warnings = guard::look(&session).await?;
        migrate::up_to(settings.version, connector.schema(), &session).await?;
        drop(session);
        let session = connector.bare().await?;
        let who = (settings.node.as_str(), settings.version);
        let registered = lease::register(&session, who, time.monotonic_ms()).await?;
        if registered.claimant >= CLAIMANT_MAX {
            let reason = "its nodes are numbered out: move to a new schema".to_owned();
            return Err(StoreError::Unusable { reason });
        }
        let (clock, database) = time.starting_at(&registered.reading);
        clock.raise(Timestamp(registered.last_now));
        let (told, outgoing) = mpsc::channel(NOTICES_KEPT);
        let shared = Arc::new(Shared {
            writers: Writers::new(Arc::clone(&connector)),
            readers: Readers::new(Arc::clone(&connector), settings.version),
            connector,
            runtime: Handle::current(),
            claimant: Claimant(u64::try_from(registered.claimant).unwrap_or_default()),
            renewed_ms: AtomicU64::new(registered.came_ms),
            clock,
            database,
            version: settings.version,
            batches: AtomicU64::new(0),
            last_now: AtomicI64::new(i64::MIN),
            syncs: AtomicU64::new(0),
            deposed: AtomicBool::new(false),
            warnings: Mutex::default(),
            given: tokio::sync::Mutex::default(),
            archiving: tokio::sync::Mutex::default(),
            told,
            heard: broadcast::channel(NOTICES_KEPT).0,
        });
        shared.warn(warnings);
        tokio::spawn(look_again(Arc::downgrade(&shared)));
        let (leaving, asked) = watch::channel(false);
        let (told, left) = watch::channel(false);
        let lease = Lease::new(Arc::clone(&shared), outgoing, asked);
        tokio::spawn(async move { told.send(lease.keep().await) });
        Ok(PostgresStore { shared, leaving, left })
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        let _ = self.leaving.send(true);
    }
}

/// What an operator is warned of may change while the node works.
async fn look_again(shared: Weak<Shared>) {
    loop {
        tokio::time::sleep(Duration::from_millis(WARNINGS_INTERVAL_MS)).await;
        let Some(shared) = shared.upgrade().filter(|shared| shared.at_work().is_ok()) else {
            return;
        };
        let Ok(session) = shared.readers.any().await else { continue };
        if let Ok(found) = guard::look(&session).await {
            shared.warn(found);
        }
    }
}

/// Where hub time comes from.
enum Time {
    Database(Arc<DatabaseClock>),
    Given(Arc<SteadyClock>),
}

impl Time {
    fn monotonic_ms(&self) -> impl Fn() -> u64 {
        let clock: Result<Arc<DatabaseClock>, Arc<SteadyClock>> = match self {
            Time::Database(clock) => Ok(Arc::clone(clock)),
            Time::Given(clock) => Err(Arc::clone(clock)),
        };
        move || match &clock {
            Ok(database) => database.monotonic_ms(),
            Err(steady) => steady.monotonic_ms(),
        }
    }

    fn starting_at(
        self,
        reading: &lease::Reading,
    ) -> (Arc<SteadyClock>, Option<Arc<DatabaseClock>>) {
        match self {
            Time::Given(clock) => (clock, None),
            Time::Database(database) => {
                database.observed(reading.time, reading.sent_ms, reading.received_ms);
                let source: Arc<dyn Clock> = Arc::clone(&database) as Arc<dyn Clock>;
                (SteadyClock::new(source), Some(database))
            }
        }
    }
}

impl Shared {
    /// Whether this node still counts.
    fn at_work(&self) -> Result<(), StoreError> {
        if self.deposed.load(Ordering::Acquire) {
            let reason = "another node has taken over what this one held".to_owned();
            return Err(StoreError::Halted { reason });
        }
        Ok(())
    }

    fn depose(&self) {
        if !self.deposed.swap(true, Ordering::AcqRel) {
            tracing::error!("this node's lease was lost: others have taken over what it held");
        }
    }

    /// The store is dropped: whatever still refers to it does nothing more.
    fn depose_quietly(&self) {
        self.deposed.store(true, Ordering::Release);
    }

    fn warn(&self, found: Vec<String>) {
        let mut known = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        for warning in found.iter().filter(|warning| !known.contains(warning)) {
            tracing::warn!("{warning}");
        }
        *known = found;
    }

    /// Notes when the database has said that this node is deposed.
    fn noted(&self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Halted { .. }) {
            self.depose();
        }
        error
    }

    fn next_batch(&self) -> BatchId {
        let count = self.batches.fetch_add(1, Ordering::AcqRel) + 1;
        BatchId((self.claimant.0 << COUNTER_BITS) | count)
    }

    /// A batch's time: the database's, or that of the caller's clock, and never an earlier one.
    fn batch_time(&self, database_now: Option<i64>) -> Timestamp {
        let read = if self.database.is_some() { database_now } else { None };
        let now = read.unwrap_or_else(|| self.clock.now().0);
        let now = now.max(self.last_now.fetch_max(now, Ordering::AcqRel));
        self.clock.raise(Timestamp(now));
        Timestamp(now)
    }

    fn node(&self) -> i64 {
        stored(self.claimant.0)
    }

    fn tell(&self, notice: Notice) {
        if notice == Notice::Handed(self.claimant) {
            let _ = self.heard.send(notice);
        } else {
            let _ = self.told.try_send(notice);
        }
    }
}

/// Numbers as PostgreSQL keeps them.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

impl Store for PostgresStore {
    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, StoreError>> {
        async move {
            self.shared.at_work()?;
            let session = self.shared.writers.take().await?;
            let transaction = PostgresTransaction::new(Arc::clone(&self.shared), session);
            Ok(Box::new(transaction) as Box<dyn Transaction>)
        }
        .boxed()
    }

    fn took_effect(&self, id: BatchId) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.shared.took_effect(id).boxed()
    }

    fn read<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<View, StoreError>> {
        self.shared.view(keys).boxed()
    }

    fn transfer(&self, id: TransferId) -> BoxFuture<'_, Result<Option<Transfer>, StoreError>> {
        self.shared.transfer(id).boxed()
    }

    fn participant<'a>(
        &'a self,
        name: &'a ParticipantName,
    ) -> BoxFuture<'a, Result<Option<Participant>, StoreError>> {
        async move {
            let key = Key::Participant(name.clone());
            let view = self.shared.view(std::slice::from_ref(&key)).await?;
            Ok(match view.row(&key).flatten() {
                Some(Row::Participant(participant)) => Some(participant.clone()),
                _ => None,
            })
        }
        .boxed()
    }

    fn participants(&self) -> BoxFuture<'_, Result<Vec<Participant>, StoreError>> {
        self.shared.participants().boxed()
    }

    fn accounts(&self) -> BoxFuture<'_, Result<Vec<Account>, StoreError>> {
        self.shared.accounts().boxed()
    }

    fn document<'a>(
        &'a self,
        key: &'a DocumentKey,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        self.shared.document(key).boxed()
    }

    fn documents<'a>(
        &'a self,
        kind: &'a str,
        after: Option<&'a [u8]>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<(DocumentKey, Document)>, StoreError>> {
        self.shared.documents(kind, after, limit).boxed()
    }

    fn deadlines(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Deadline>, StoreError>> {
        self.shared.deadlines(until, limit).boxed()
    }

    fn still_due<'a>(
        &'a self,
        subjects: &'a [DeadlineSubject],
    ) -> BoxFuture<'a, Result<Vec<Deadline>, StoreError>> {
        self.shared.still_due(subjects).boxed()
    }

    fn outbox(
        &self,
        which: OutboxRows,
        after: OutboxId,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<OutboxRow>, StoreError>> {
        self.shared.outbox(which, after, limit).boxed()
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn syncs(&self) -> u64 {
        self.shared.syncs.load(Ordering::Relaxed)
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn take_over(&self) -> BoxFuture<'_, Result<Vec<OutboxRow>, StoreError>> {
        self.shared.take_over().boxed()
    }

    fn ours<'a>(
        &'a self,
        rows: &'a [OutboxId],
    ) -> BoxFuture<'a, Result<Vec<OutboxId>, StoreError>> {
        self.shared.ours(rows).boxed()
    }

    fn leave(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let _ = self.leaving.send(true);
            let mut left = self.left.clone();
            let given_up = left.changed().await.is_ok() && *left.borrow();
            let reason = "the lease could not be given up".to_owned();
            if given_up { Ok(()) } else { Err(StoreError::Unavailable { reason }) }
        }
        .boxed()
    }

    fn holds_lease(&self) -> bool {
        let renewed_ms = self.shared.renewed_ms.load(Ordering::Acquire);
        let age_ms = self.shared.clock.monotonic_ms().saturating_sub(renewed_ms);
        age_ms < LEASE_MS && self.shared.at_work().is_ok()
    }

    fn wall_ahead_ms(&self) -> i64 {
        self.shared.database.as_ref().map_or(0, |database| database.machine_ahead_ms())
    }

    fn tell(&self, notice: Notice) {
        self.shared.tell(notice);
    }

    fn notices(&self) -> Option<broadcast::Receiver<Notice>> {
        Some(self.shared.heard.subscribe())
    }

    fn archive(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> BoxFuture<'_, Result<usize, StoreError>> {
        self.shared.archive(ended_before, limit).boxed()
    }

    fn forget(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> BoxFuture<'_, Result<usize, StoreError>> {
        self.shared.forget(ended_before, limit).boxed()
    }

    fn revision<'a>(&'a self, kind: &'a str) -> BoxFuture<'a, Result<u64, StoreError>> {
        self.shared.revision(kind).boxed()
    }

    fn warnings(&self) -> Vec<String> {
        self.shared.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
