//! The committer (DESIGN.md §4): the only way in which anything stored changes.

mod attempt;
mod overlay;
mod queue;
mod work;

use std::sync::Arc;

use switch::Rules;
use tokio::sync::watch;

use crate::committer::queue::Queue;
use crate::limits::RETRY_DEFAULT_MS;
use crate::{CommitError, Committed, OutboxId, Sink, SteadyClock, Store, Submission};

pub use crate::committer::queue::Waiting;
pub use crate::committer::work::{CommitLoop, Progress};

/// The submitters' side. Clones share one queue; when the last is gone, or after
/// [`Committer::stop`], what has queued is committed and the loop ends.
#[derive(Clone)]
pub struct Committer {
    handle: Arc<Handle>,
}

struct Handle {
    queue: Arc<Queue>,
    clock: Arc<SteadyClock>,
    /// Closed when the loop is gone; nothing is ever sent.
    ended: watch::Receiver<()>,
}

impl Committer {
    /// Starts the loop on a thread of its own.
    ///
    /// # Errors
    /// Those of starting a thread and its timer.
    pub fn start(
        store: Arc<dyn Store>,
        rules: Rules,
        clock: Arc<SteadyClock>,
        sink: Arc<dyn Sink>,
    ) -> std::io::Result<Committer> {
        let (committer, work) = Committer::with_loop(store, rules, clock, sink);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("committer".into());
        thread.spawn(move || runtime.block_on(work.run()))?;
        Ok(committer)
    }

    /// The same with the loop in the caller's hands: a simulator steps it.
    pub fn with_loop(
        store: Arc<dyn Store>,
        rules: Rules,
        clock: Arc<SteadyClock>,
        sink: Arc<dyn Sink>,
    ) -> (Committer, CommitLoop) {
        let queue = Arc::new(Queue::default());
        let (ending, ended) = watch::channel(());
        let work = CommitLoop::new(store, rules, Arc::clone(&clock), sink, queue.clone(), ending);
        (Committer { handle: Arc::new(Handle { queue, clock, ended }) }, work)
    }

    /// Commits `submission`, together with what else has queued, and returns when it is on stable
    /// storage. Dropping the future does not take the submission back.
    ///
    /// # Errors
    /// Every [`CommitError`]; none of the submission has taken effect, except where it says so.
    pub async fn submit(&self, submission: Submission) -> Result<Committed, CommitError> {
        let retried_until = submission.deadline;
        let Handle { queue, clock, .. } = &*self.handle;
        let default = clock.now().plus_ms(RETRY_DEFAULT_MS);
        let retried_until = retried_until.unwrap_or(default);
        let answer = queue.push(submission, retried_until, clock.monotonic_ms())?;
        answer.await.unwrap_or(Err(CommitError::Halted))
    }

    /// The row has arrived: it is removed with a later batch. Lost in a crash, it is sent again.
    pub fn acknowledge(&self, id: OutboxId) {
        let Handle { queue, clock, .. } = &*self.handle;
        queue.acknowledge(id, clock.monotonic_ms());
    }

    /// What waits for its batch.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        let Handle { queue, clock, .. } = &*self.handle;
        queue.waiting(clock.monotonic_ms())
    }

    /// Whether the store stopped for good: the process has to be started again.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.halted().is_some()
    }

    /// Why the store stopped for good, if it did.
    #[must_use]
    pub fn halted(&self) -> Option<&str> {
        self.handle.queue.halted()
    }

    /// How long the store has been at the batch in the making, in milliseconds; 0 when there is
    /// none. A store that is out of reach says so within seconds: one that says nothing for longer
    /// hangs.
    #[must_use]
    pub fn at_work_ms(&self) -> u64 {
        let Handle { queue, clock, .. } = &*self.handle;
        let since_ms = queue.at_work_since_ms();
        since_ms.map_or(0, |since_ms| clock.monotonic_ms().saturating_sub(since_ms))
    }

    /// What the store said, if it has no room for what is to be written. It is tried again until there is.
    #[must_use]
    pub fn full(&self) -> Option<String> {
        let Handle { queue, clock, .. } = &*self.handle;
        queue.full(clock.monotonic_ms())
    }

    /// Batches that were decided again because another node was faster, since the start.
    #[must_use]
    pub fn conflicts(&self) -> u64 {
        self.handle.queue.conflicts()
    }

    /// Takes no more, commits what has queued, and returns when the loop is gone and has let go
    /// of the store.
    pub async fn stop(&self) {
        self.handle.queue.close();
        self.ended().await;
    }

    /// Returns when the loop is gone: it was stopped, or the store has halted.
    pub async fn ended(&self) {
        let mut ended = self.handle.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.close();
    }
}
