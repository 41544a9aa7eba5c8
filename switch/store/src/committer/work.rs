//! The committer's loop: one attempt a step, and what becomes of those that failed.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use switch::Rules;
use tokio::sync::watch;

use crate::committer::attempt::{Attempt, attempt, put_aside};
use crate::committer::queue::{Queue, Queued};
use crate::limits::{
    ACKNOWLEDGEMENT_INTERVAL_MS, BATCH_ACKNOWLEDGEMENTS_MAX, CONFLICT_RETRIES_MAX,
    REMOVALS_CONFIRMED_MS, RETRY_PAUSE_MS,
};
use crate::{
    Batch, BatchId, CommitError, Committed, DeadlineChange, OutboxId, OutboxRow, Sink, SteadyClock,
    Store, StoreError,
};

/// The committer's side of the queue. [`CommitLoop::run`] is the loop of a node;
/// [`CommitLoop::step`] is for a simulator, which decides when to step.
pub struct CommitLoop {
    store: Arc<dyn Store>,
    rules: Rules,
    clock: Arc<SteadyClock>,
    sink: Arc<dyn Sink>,
    queue: Arc<Queue>,
    /// To be attempted, the first first: what an unavailable store left, and halves.
    groups: VecDeque<Vec<Queued>>,
    unresolved: Option<Unresolved>,
    conflicts: u32,
    unconfirmed: Unconfirmed,
    /// Told by its end that all of the above has been let go of: the last field.
    _ending: watch::Sender<()>,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Something was answered, or is to be tried again at once: step again.
    Worked,
    /// Nothing to do until something is submitted, or an acknowledgement has waited long enough.
    Idle,
    /// The store does not answer: step again after a pause.
    Waiting,
    /// Stopped, for good.
    Ended,
}

/// A commit whose outcome the store could not tell.
struct Unresolved {
    id: BatchId,
    group: Vec<Queued>,
    results: Vec<Result<Committed, CommitError>>,
    news: News,
}

/// Rows that batches removed which forced no sync. A shared server that loses its power may bring them
/// back, while this node lives on and has forgotten them: nobody would send or remove them. So they are
/// removed once more by the next batch that does force one.
#[derive(Default)]
struct Unconfirmed {
    rows: Vec<OutboxId>,
    /// Since when there are some, on the monotonic clock.
    since_ms: u64,
}

/// What the sink is told, and what was acknowledged.
#[derive(Default)]
struct News {
    outbox: Vec<OutboxRow>,
    deadlines: Vec<DeadlineChange>,
    acknowledged: Vec<OutboxId>,
}

impl CommitLoop {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        rules: Rules,
        clock: Arc<SteadyClock>,
        sink: Arc<dyn Sink>,
        queue: Arc<Queue>,
        ending: watch::Sender<()>,
    ) -> CommitLoop {
        let (groups, unresolved, conflicts) = (VecDeque::new(), None, 0);
        let unconfirmed = Unconfirmed::default();
        CommitLoop {
            store,
            rules,
            clock,
            sink,
            queue,
            groups,
            unresolved,
            conflicts,
            unconfirmed,
            _ending: ending,
        }
    }

    /// Steps until the committer is stopped or the store has halted.
    pub async fn run(mut self) {
        loop {
            match self.step().await {
                Progress::Worked => {}
                Progress::Waiting => {
                    tokio::time::sleep(Duration::from_millis(RETRY_PAUSE_MS)).await;
                }
                Progress::Idle => self.something_to_do().await,
                Progress::Ended => return,
            }
        }
    }

    /// Attempts one batch.
    pub async fn step(&mut self) -> Progress {
        self.queue.at_work(Some(self.clock.monotonic_ms()));
        let progress = self.attempt_one().await;
        self.queue.at_work(None);
        progress
    }

    async fn attempt_one(&mut self) -> Progress {
        if let Some(unresolved) = self.unresolved.take() {
            return self.resolve(unresolved).await;
        }
        let group = self.groups.pop_front().unwrap_or_else(|| self.queue.take());
        if group.is_empty() {
            return self.idle().await;
        }
        let acknowledged = self.queue.take_acknowledged();
        let removed = self.unconfirmed.with(&acknowledged);
        match attempt(&*self.store, &self.rules, &group, &removed).await {
            Ok(attempt) => self.commit(group, attempt, acknowledged).await,
            Err(error) => self.failed(group, acknowledged, error).await,
        }
    }

    async fn commit(
        &mut self,
        group: Vec<Queued>,
        attempt: Attempt,
        acknowledged: Vec<OutboxId>,
    ) -> Progress {
        let Attempt { transaction, id, batch, results } = attempt;
        let Some(batch) = batch else {
            return self.tell(group, results, News::default());
        };
        let (outbox, deadlines) = (batch.outbox.clone(), batch.deadlines.clone());
        let news = News { outbox, deadlines, acknowledged };
        match transaction.commit(batch).await {
            Ok(written) => {
                self.queue.note(Ok(()), self.clock.monotonic_ms());
                self.unconfirmed = Unconfirmed::default();
                let mut news = news;
                news.outbox.retain(|row| !written.handed.contains(&row.id));
                self.tell(group, results, news)
            }
            Err(StoreError::UnknownOutcome) => {
                self.unresolved = Some(Unresolved { id, group, results, news });
                Progress::Waiting
            }
            Err(error) => self.failed(group, news.acknowledged, error).await,
        }
    }

    /// All of it is durable: the sink first, so that what is sent was known before its cause
    /// is answered.
    fn tell(
        &mut self,
        group: Vec<Queued>,
        results: Vec<Result<Committed, CommitError>>,
        news: News,
    ) -> Progress {
        self.conflicts = 0;
        if !news.outbox.is_empty() || !news.deadlines.is_empty() {
            self.sink.committed(news.outbox, news.deadlines);
        }
        for (queued, result) in group.into_iter().zip(results) {
            queued.answer(result);
        }
        Progress::Worked
    }

    async fn resolve(&mut self, mut unresolved: Unresolved) -> Progress {
        let outcome = match self.store.took_effect(unresolved.id).await {
            Ok(true) => self.ours(&unresolved.news.outbox).await.map(Some),
            Ok(false) => Ok(None),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(Some(outbox)) => {
                self.unconfirmed = Unconfirmed::default();
                unresolved.news.outbox = outbox;
                self.tell(unresolved.group, unresolved.results, unresolved.news)
            }
            Ok(None) => {
                self.queue.return_acknowledged(unresolved.news.acknowledged);
                self.groups.push_front(unresolved.group);
                Progress::Worked
            }
            Err(StoreError::Halted { reason }) => self.halt(unresolved.group, &reason),
            Err(error) => {
                self.queue.note(Err(&error), self.clock.monotonic_ms());
                tracing::warn!(%error, "the outcome of a commit is still unknown");
                self.unresolved = Some(unresolved);
                self.expire_waiting();
                Progress::Waiting
            }
        }
    }

    /// Of rows whose commit was not seen to end, those that this node is to deliver.
    async fn ours(&self, rows: &[OutboxRow]) -> Result<Vec<OutboxRow>, StoreError> {
        let ids: Vec<OutboxId> = rows.iter().map(|row| row.id).collect();
        let ours: BTreeSet<OutboxId> = self.store.ours(&ids).await?.into_iter().collect();
        Ok(rows.iter().filter(|row| ours.contains(&row.id)).cloned().collect())
    }

    /// Nothing of `group` was written.
    async fn failed(
        &mut self,
        group: Vec<Queued>,
        acknowledged: Vec<OutboxId>,
        error: StoreError,
    ) -> Progress {
        self.queue.return_acknowledged(acknowledged);
        self.queue.note(Err(&error), self.clock.monotonic_ms());
        if matches!(error, StoreError::Conflict { .. }) {
            self.queue.count_conflict();
        }
        match error {
            StoreError::Halted { reason } => self.halt(group, &reason),
            StoreError::Constraint { .. } | StoreError::Corrupt { .. } => {
                self.halve(group, &error.to_string()).await
            }
            StoreError::Conflict { .. } if self.conflicts < CONFLICT_RETRIES_MAX => {
                self.conflicts += 1;
                self.groups.push_front(group);
                Progress::Worked
            }
            error => {
                tracing::warn!(%error, submissions = group.len(), "a batch waits for the store");
                self.conflicts = 0;
                self.groups.push_front(group);
                self.expire_waiting();
                Progress::Waiting
            }
        }
    }

    /// One of `group` cannot be stored: the halves are attempted by themselves, until it is alone.
    async fn halve(&mut self, mut group: Vec<Queued>, reason: &str) -> Progress {
        if group.len() > 1 {
            let right = group.split_off(group.len() / 2);
            self.groups.push_front(right);
            self.groups.push_front(group);
            return Progress::Worked;
        }
        let Some(queued) = group.pop() else { return Progress::Waiting };
        tracing::error!(reason, "a submission is put aside");
        match put_aside(&*self.store, &self.rules, &queued.submission, reason).await {
            Ok(()) => {}
            Err(error @ (StoreError::Constraint { .. } | StoreError::Corrupt { .. })) => {
                tracing::error!(%error, "what was put aside cannot be kept");
            }
            // What was put aside twice is there twice; what was told is told once.
            Err(error) => {
                tracing::warn!(%error, "a submission that is put aside waits for the store");
                self.groups.push_front(vec![queued]);
                self.expire_waiting();
                return Progress::Waiting;
            }
        }
        queued.answer(Err(CommitError::Internal));
        Progress::Worked
    }

    /// Answers those whose time is over while the store does not answer.
    fn expire_waiting(&mut self) {
        let now = self.clock.now();
        for group in &mut self.groups {
            let (expired, waiting) =
                std::mem::take(group).into_iter().partition(|queued| queued.deadline <= now);
            *group = waiting;
            answer_all(expired, &CommitError::Unavailable);
        }
        self.groups.retain(|group| !group.is_empty());
        answer_all(self.queue.take_expired(now), &CommitError::Unavailable);
    }

    /// What the store holds is known after the next start only: nobody is told anything else.
    fn halt(&mut self, group: Vec<Queued>, reason: &str) -> Progress {
        tracing::error!(reason, "the store has halted; the process must be started again");
        answer_all(group, &CommitError::Halted);
        for group in std::mem::take(&mut self.groups) {
            answer_all(group, &CommitError::Halted);
        }
        self.queue.halt(reason);
        self.end()
    }

    fn end(&mut self) -> Progress {
        self.queue.end();
        Progress::Ended
    }

    async fn idle(&mut self) -> Progress {
        if self.queue.halted().is_some() {
            return Progress::Ended;
        }
        let closed = self.queue.is_closed();
        match self.acknowledgements_due_in_ms() {
            Some(due_ms) if due_ms == 0 || closed => self.forget_acknowledged().await,
            None if closed => self.end(),
            _ if self.confirmation_due_in_ms() == Some(0) => self.forget_acknowledged().await,
            _ => Progress::Idle,
        }
    }

    /// When something is to be done though nothing is submitted, in milliseconds from now.
    #[must_use]
    pub fn due_in_ms(&self) -> Option<u64> {
        let due = [self.acknowledgements_due_in_ms(), self.confirmation_due_in_ms()];
        due.into_iter().flatten().min()
    }

    fn acknowledgements_due_in_ms(&self) -> Option<u64> {
        let (count, since_ms) = self.queue.acknowledged()?;
        let waited_ms = self.clock.monotonic_ms().saturating_sub(since_ms);
        let full = count >= BATCH_ACKNOWLEDGEMENTS_MAX;
        Some(if full { 0 } else { ACKNOWLEDGEMENT_INTERVAL_MS.saturating_sub(waited_ms) })
    }

    fn confirmation_due_in_ms(&self) -> Option<u64> {
        let Unconfirmed { rows, since_ms } = &self.unconfirmed;
        let waited_ms = self.clock.monotonic_ms().saturating_sub(*since_ms);
        let full = rows.len() >= BATCH_ACKNOWLEDGEMENTS_MAX;
        let due_ms = if full { 0 } else { REMOVALS_CONFIRMED_MS.saturating_sub(waited_ms) };
        (!rows.is_empty()).then_some(due_ms)
    }

    /// Removes acknowledged rows in a batch of their own, which forces no sync: lost with the
    /// machine's power, they are sent again. What was removed so some time ago is confirmed by one
    /// that does.
    async fn forget_acknowledged(&mut self) -> Progress {
        let acknowledged = self.queue.take_acknowledged();
        let lazy = self.confirmation_due_in_ms() != Some(0);
        let removed =
            if lazy { acknowledged.clone() } else { self.unconfirmed.with(&acknowledged) };
        let written = match self.store.begin().await {
            Ok(transaction) => {
                let batch = Batch { removed, lazy, ..Batch::default() };
                transaction.commit(batch).await.map(drop)
            }
            Err(error) => Err(error),
        };
        match written {
            Ok(()) if lazy => {
                // With a store of its own, the process ends with the machine, and its claims with it.
                if self.store.is_shared() {
                    self.unconfirmed.add(&acknowledged, self.clock.monotonic_ms());
                }
                Progress::Worked
            }
            Ok(()) => {
                self.unconfirmed = Unconfirmed::default();
                Progress::Worked
            }
            Err(StoreError::Halted { reason }) => self.halt(Vec::new(), &reason),
            Err(error) if self.queue.is_closed() => {
                tracing::warn!(%error, "acknowledgements are lost: their rows are sent again");
                Progress::Worked
            }
            Err(error) => {
                self.queue.note(Err(&error), self.clock.monotonic_ms());
                // Removing twice does no harm, whatever the outcome was.
                tracing::warn!(%error, "acknowledgements wait for the store");
                self.queue.return_acknowledged(acknowledged);
                Progress::Waiting
            }
        }
    }

    async fn something_to_do(&self) {
        match self.due_in_ms() {
            None => self.queue.changed().await,
            Some(due_ms) => {
                let pause = tokio::time::sleep(Duration::from_millis(due_ms));
                tokio::select! {
                    () = self.queue.changed() => {}
                    () = pause => {}
                }
            }
        }
    }
}

impl Unconfirmed {
    /// All of them, and more.
    fn with(&self, more: &[OutboxId]) -> Vec<OutboxId> {
        [&self.rows, more].concat()
    }

    fn add(&mut self, rows: &[OutboxId], now_ms: u64) {
        if self.rows.is_empty() {
            self.since_ms = now_ms;
        }
        self.rows.extend(rows);
    }
}

impl Drop for CommitLoop {
    /// Whoever still waits is not left waiting. A loop that panicked may have left things half
    /// told: only a new start puts that right.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.queue.halt("the committer broke off");
        }
        self.queue.end();
    }
}

fn answer_all(group: Vec<Queued>, error: &CommitError) {
    group.into_iter().for_each(|queued| queued.answer(Err(error.clone())));
}
