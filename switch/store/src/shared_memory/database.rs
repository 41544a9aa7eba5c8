//! What the server keeps: committed rows with the batch that wrote them, and its sessions with their
//! locks. One lock guards all of it, so that each call is one instant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::task::Waker;

use switch::Timestamp;

use crate::engine::Table;
use crate::limits::{OUTBOX_NUMBERS_STEP, SESSION_TIMEOUT_MS};
use crate::shared_memory::commit::Writes;
use crate::shared_memory::lost;
use crate::{
    BatchId, Claimant, Clock, DeadlineSubject, Document, DocumentKey, Notice, OutboxId, OutboxRow,
    StoreError, Written,
};

pub(crate) struct Database {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) paced: bool,
    pub(crate) down: bool,
    pub(crate) cut_off: BTreeSet<Claimant>,
    pub(crate) rows: BTreeMap<Place, (Vec<u8>, BatchId)>,
    pub(crate) documents: BTreeMap<DocumentKey, (Document, BatchId)>,
    pub(crate) deadlines: BTreeMap<DeadlineSubject, Timestamp>,
    pub(crate) outbox: BTreeMap<OutboxId, Claimed>,
    pub(crate) nodes: BTreeMap<Claimant, NodeRow>,
    /// Each batch's time; none for one that is void.
    pub(crate) batches: BTreeMap<BatchId, Option<Timestamp>>,
    pub(crate) sessions: BTreeMap<BatchId, Session>,
    pub(crate) locks: BTreeMap<Lock, BatchId>,
    /// Outbox rows removed since the last sync, by batches that did not wait for one.
    pub(crate) lazily_removed: Vec<Claimed>,
    numbers: u64,
    wakers: Vec<Waker>,
}

/// Where a row is kept.
pub(crate) type Place = (Table, Vec<u8>);

/// An outbox row.
#[derive(Clone)]
pub(crate) struct Claimed {
    pub(crate) row: OutboxRow,
    pub(crate) holder: Claimant,
    /// Whether its holder has still to be given it.
    pub(crate) handed: bool,
    pub(crate) attempts: u32,
}

/// One node, or one run of it.
pub(crate) struct NodeRow {
    pub(crate) renewals: i64,
    pub(crate) deposed: bool,
    pub(crate) heard: tokio::sync::broadcast::Sender<Notice>,
}

/// What one transaction may hold against others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lock {
    Row(Table, Vec<u8>),
    Document(DocumentKey),
    Outbox(OutboxId),
}

/// A transaction on the server, by the number of its batch.
pub(crate) struct Session {
    node: Claimant,
    pub(crate) stage: Stage,
    /// Whom it waits for, and since when on the server's monotonic clock.
    waits: Option<(BatchId, u64)>,
    touched_ms: u64,
    /// Nobody waits for its end any more.
    orphan: bool,
}

/// How far a transaction is.
pub(crate) enum Stage {
    /// Between two statements of its client's.
    Open,
    /// All of its commit is on its way; nothing of it has been done.
    Sent(Arc<Writes>),
    /// Its statements are done, its commit is not.
    Executed(Arc<Writes>),
    Ended(Result<Written, StoreError>),
}

impl Database {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Database {
        Database {
            clock,
            paced: false,
            down: false,
            cut_off: BTreeSet::new(),
            rows: BTreeMap::new(),
            documents: BTreeMap::new(),
            deadlines: BTreeMap::new(),
            outbox: BTreeMap::new(),
            nodes: BTreeMap::new(),
            batches: BTreeMap::new(),
            sessions: BTreeMap::new(),
            locks: BTreeMap::new(),
            lazily_removed: Vec::new(),
            numbers: 0,
            wakers: Vec::new(),
        }
    }

    /// Whether a node gets an answer at all.
    pub(crate) fn reached_by(&self, node: Claimant) -> Result<(), StoreError> {
        if self.down || self.cut_off.contains(&node) {
            let reason = "the server does not answer".to_owned();
            return Err(StoreError::Unavailable { reason });
        }
        Ok(())
    }

    /// Whether a node has not been deposed.
    pub(crate) fn lives(&self, node: Claimant) -> bool {
        self.nodes.get(&node).is_some_and(|row| !row.deposed)
    }

    /// Begins a transaction.
    pub(crate) fn open(&mut self, id: BatchId, node: Claimant) -> Result<(), StoreError> {
        self.reached_by(node)?;
        let touched_ms = self.clock.monotonic_ms();
        let stage = Stage::Open;
        let session = Session { node, stage, waits: None, touched_ms, orphan: false };
        self.sessions.insert(id, session);
        Ok(())
    }

    /// Its client has said something on it.
    pub(crate) fn touch(&mut self, id: BatchId) -> Result<(), StoreError> {
        self.end_idle();
        let now_ms = self.clock.monotonic_ms();
        let session = self.sessions.get_mut(&id).ok_or_else(lost)?;
        session.touched_ms = now_ms;
        Ok(())
    }

    /// Numbers for a batch's outbox rows, above all that were drawn before.
    pub(crate) fn draw(&mut self) -> std::ops::Range<u64> {
        let first = self.numbers + 1;
        self.numbers += OUTBOX_NUMBERS_STEP;
        first..first + OUTBOX_NUMBERS_STEP
    }

    /// Takes a lock; `false` where somebody else has it, who is now waited for.
    pub(crate) fn lock(&mut self, id: BatchId, lock: Lock) -> Result<bool, StoreError> {
        self.end_idle();
        let holder = *self.locks.entry(lock).or_insert(id);
        let now_ms = self.clock.monotonic_ms();
        let session = self.sessions.get_mut(&id).ok_or_else(lost)?;
        session.touched_ms = now_ms;
        if holder == id {
            session.waits = None;
            return Ok(true);
        }
        let since_ms = session.waits.filter(|(whom, _)| *whom == holder);
        let since_ms = since_ms.map_or(now_ms, |(_, since_ms)| since_ms);
        session.waits = Some((holder, since_ms));
        if now_ms.saturating_sub(since_ms) >= SESSION_TIMEOUT_MS {
            return Err(StoreError::Unavailable { reason: "a lock timed out".into() });
        }
        if self.waits_for_itself(id) {
            return Err(StoreError::Conflict { reason: "batches waited in a circle".into() });
        }
        Ok(false)
    }

    fn waits_for_itself(&self, id: BatchId) -> bool {
        let mut next = id;
        for _ in 0..self.sessions.len() {
            let waits = self.sessions.get(&next).and_then(|session| session.waits);
            match waits {
                Some((holder, _)) if holder == id => return true,
                Some((holder, _)) => next = holder,
                None => return false,
            }
        }
        false
    }

    /// Who holds a transaction open and says nothing is cut off by the server, as is who waits too long.
    fn end_idle(&mut self) {
        let now_ms = self.clock.monotonic_ms();
        let idle = |session: &Session| {
            let since_ms = session.waits.map_or(session.touched_ms, |(_, since_ms)| since_ms);
            matches!(session.stage, Stage::Open)
                && now_ms.saturating_sub(since_ms) >= SESSION_TIMEOUT_MS
        };
        let idle: Vec<BatchId> =
            self.sessions.iter().filter(|(_, one)| idle(one)).map(|(id, _)| *id).collect();
        idle.into_iter().for_each(|id| self.roll_back(id));
    }

    /// Nothing of it has happened.
    pub(crate) fn roll_back(&mut self, id: BatchId) {
        self.sessions.remove(&id);
        self.release(id);
    }

    fn release(&mut self, id: BatchId) {
        self.locks.retain(|_, holder| *holder != id);
        self.changed();
        if !self.paced {
            self.run();
        }
    }

    /// Whoever waits looks again.
    pub(crate) fn changed(&mut self) {
        self.wakers.drain(..).for_each(Waker::wake);
    }

    pub(crate) fn wake_later(&mut self, waker: &Waker) {
        if !self.wakers.iter().any(|known| known.will_wake(waker)) {
            self.wakers.push(waker.clone());
        }
    }

    /// All of a commit has reached the server, or will.
    pub(crate) fn send(&mut self, id: BatchId, writes: Writes) -> Result<(), StoreError> {
        self.touch(id)?;
        let session = self.sessions.get_mut(&id).ok_or_else(lost)?;
        session.stage = Stage::Sent(Arc::new(writes));
        if !self.paced {
            self.run();
        }
        Ok(())
    }

    pub(crate) fn under_way(&self) -> Vec<BatchId> {
        let under_way =
            |session: &Session| matches!(session.stage, Stage::Sent(_) | Stage::Executed(_));
        self.sessions.iter().filter(|(_, one)| under_way(one)).map(|(id, _)| *id).collect()
    }

    /// Takes all commits as far as they come.
    fn run(&mut self) {
        while self.under_way().into_iter().any(|id| self.step(id)) {}
    }

    pub(crate) fn advance(&mut self, id: BatchId) -> bool {
        let executed = |database: &Database| {
            database.sessions.get(&id).is_some_and(|one| matches!(one.stage, Stage::Executed(_)))
        };
        let before = executed(self);
        self.step(id);
        before && !executed(self)
    }

    /// One step of one commit; `false` where it waits.
    fn step(&mut self, id: BatchId) -> bool {
        match self.sessions.get(&id).map(|session| &session.stage) {
            None | Some(Stage::Open | Stage::Ended(_)) => return false,
            Some(Stage::Sent(writes)) => match self.execute(id, &Arc::clone(writes)) {
                Ok(None) => return false,
                Ok(Some(writes)) => {
                    if let Some(session) = self.sessions.get_mut(&id) {
                        session.stage = Stage::Executed(Arc::new(writes));
                    }
                }
                Err(error) => self.end(id, Err(error)),
            },
            Some(Stage::Executed(writes)) => {
                let written = self.apply(id, &Arc::clone(writes));
                self.end(id, Ok(written));
            }
        }
        true
    }

    fn end(&mut self, id: BatchId, result: Result<Written, StoreError>) {
        match self.sessions.get_mut(&id) {
            Some(session) if !session.orphan => {
                session.waits = None;
                session.stage = Stage::Ended(result);
            }
            _ => drop(self.sessions.remove(&id)),
        }
        self.release(id);
    }

    /// What a commit came to, told once; none while it is under way.
    pub(crate) fn outcome(&mut self, id: BatchId) -> Option<Result<Written, StoreError>> {
        match self.sessions.remove(&id) {
            None => Some(Err(StoreError::UnknownOutcome)),
            Some(Session { stage: Stage::Ended(result), .. }) => Some(result),
            Some(session) if session.orphan => {
                self.sessions.insert(id, session);
                Some(Err(StoreError::UnknownOutcome))
            }
            Some(session) => {
                self.sessions.insert(id, session);
                None
            }
        }
    }

    /// Nobody waits for it any more: what was sent goes on, anything else is rolled back.
    pub(crate) fn let_go(&mut self, id: BatchId) {
        match self.sessions.get_mut(&id) {
            Some(session) if matches!(session.stage, Stage::Sent(_) | Stage::Executed(_)) => {
                session.orphan = true;
                self.changed();
            }
            Some(_) => self.roll_back(id),
            None => {}
        }
    }

    pub(crate) fn lose(&mut self, id: BatchId) {
        let sent = |session: &Session| matches!(session.stage, Stage::Sent(_));
        if self.sessions.get(&id).is_some_and(sent) {
            self.roll_back(id);
        }
    }

    pub(crate) fn cut(&mut self, node: Claimant) {
        let own = self.sessions.iter().filter(|(_, session)| session.node == node);
        let own: Vec<BatchId> = own.map(|(id, _)| *id).collect();
        own.into_iter().for_each(|id| self.let_go(id));
    }

    pub(crate) fn stop(&mut self) {
        self.sessions.clear();
        self.locks.clear();
        self.changed();
    }

    pub(crate) fn restore_lazy(&mut self) {
        for removed in std::mem::take(&mut self.lazily_removed) {
            self.outbox.insert(removed.row.id, removed);
        }
    }

    /// Whether a commit that has inserted its number is about to end.
    pub(crate) fn is_ending(&self, id: BatchId) -> bool {
        self.sessions.get(&id).is_some_and(|one| matches!(one.stage, Stage::Executed(_)))
    }
}

impl Claimed {
    /// Whether both are one resource's to one destination.
    pub(crate) fn shares_lane(&self, other: &OutboxRow) -> bool {
        self.row.destination == other.destination && self.row.resource == other.resource
    }
}
