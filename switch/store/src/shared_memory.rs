//! A model of the store of several nodes, for tests and the simulator: what PostgreSQL does with the
//! statements of [`crate::postgres`], in memory and one step at a time. Rows are locked class by class,
//! commits run on the server whether their client lives or not, and connections break at any point.
//!
//! * `database`: what the server keeps, its sessions and locks
//! * `commit`: a batch on the server: its locks, its checks, its rows
//! * `claims`: whose outbox rows are whose
//! * `node`: a node's side, its lease; `transaction`: its batches

mod claims;
mod commit;
mod database;
mod node;
mod transaction;

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use crate::postgres::time::DatabaseClock;
use crate::{BatchId, Claimant, Clock, OutboxId, SteadyClock, StoreError};
use database::Database;

pub use node::SharedNode;

/// One server that nodes share. Clones are the same one.
#[derive(Clone)]
pub struct SharedMemory(Arc<Mutex<Database>>);

impl SharedMemory {
    /// An empty database on a server with a clock of its own.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> SharedMemory {
        SharedMemory(Arc::new(Mutex::new(Database::new(clock))))
    }

    /// A node on a machine with these clocks; its time is the database's.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] while the server is down.
    pub fn node(&self, machine: Arc<dyn Clock>) -> Result<SharedNode, StoreError> {
        let database = Arc::new(DatabaseClock::new(machine));
        let (wall, sent_ms) = (self.database().clock.wall(), database.monotonic_ms());
        database.observed(wall, sent_ms, sent_ms);
        let clock = SteadyClock::new(Arc::clone(&database) as Arc<dyn Clock>);
        SharedNode::join(self.clone(), clock, Some(database))
    }

    /// A node on a clock of the caller's.
    ///
    /// # Errors
    /// As [`SharedMemory::node`].
    pub fn node_on(&self, clock: Arc<SteadyClock>) -> Result<SharedNode, StoreError> {
        SharedNode::join(self.clone(), clock, None)
    }

    /// Who only looks: its reads never fail, it holds nothing, and nobody deposes it.
    #[must_use]
    pub fn observer(&self) -> SharedNode {
        let clock = SteadyClock::new(Arc::clone(&self.database().clock));
        SharedNode::observer(self.clone(), clock)
    }

    /// From now on loads take a turn, and commits go on by [`SharedMemory::advance`] alone: somebody
    /// else may come between any two of their steps.
    pub fn pace(&self) {
        self.database().paced = true;
    }

    /// Commits that the server has not ended, in the order of their numbers.
    #[must_use]
    pub fn under_way(&self) -> Vec<BatchId> {
        self.database().under_way()
    }

    /// Lets a commit take its next step: its statements, or its end. Tells whether it took effect.
    pub fn advance(&self, commit: BatchId) -> bool {
        self.database().advance(commit)
    }

    /// A commit that the server has not begun with never comes.
    pub fn lose(&self, commit: BatchId) {
        self.database().lose(commit);
    }

    /// Whoever sent a commit does not hear of its end.
    pub fn disconnect(&self, commit: BatchId) {
        self.database().let_go(commit);
    }

    /// All connections of a node break. What it had sent to be committed goes on without it.
    pub fn cut(&self, node: Claimant) {
        self.database().cut(node);
    }

    /// While cut off, a node cannot reach the server.
    pub fn set_cut_off(&self, node: Claimant, cut_off: bool) {
        let mut database = self.database();
        if cut_off {
            database.cut(node);
            database.cut_off.insert(node);
        } else {
            database.cut_off.remove(&node);
        }
    }

    /// While down, the server answers nobody. What was not committed is rolled back.
    pub fn set_down(&self, down: bool) {
        let mut database = self.database();
        if down {
            database.stop();
        }
        database.down = down;
    }

    /// The server's machine loses its power for a moment: what was written lazily is as before.
    pub fn power_cut(&self) {
        let mut database = self.database();
        database.stop();
        database.restore_lazy();
    }

    /// Who holds an outbox row, if it is stored.
    #[must_use]
    pub fn holder(&self, row: OutboxId) -> Option<Claimant> {
        self.database().outbox.get(&row).map(|row| row.holder)
    }

    /// Whether this node's claims have been taken from it.
    #[must_use]
    pub fn is_deposed(&self, node: Claimant) -> bool {
        !self.database().lives(node)
    }

    fn database(&self) -> MutexGuard<'_, Database> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks again whenever something has changed, until there is an answer.
    async fn asked<T>(&self, mut ask: impl FnMut(&mut Database) -> Poll<T>) -> T {
        poll_fn(|context| {
            let mut database = self.database();
            let answer = ask(&mut database);
            if answer.is_pending() {
                database.wake_later(context.waker());
            }
            answer
        })
        .await
    }

    /// Lets others come first, where the model is paced.
    async fn turn(&self) {
        let mut came = !self.database().paced;
        poll_fn(|context| match std::mem::replace(&mut came, true) {
            true => Poll::Ready(()),
            false => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
        })
        .await;
    }
}

/// The connection is gone: nothing more can be said on it.
fn lost() -> StoreError {
    StoreError::Unavailable { reason: "the connection was lost".into() }
}
