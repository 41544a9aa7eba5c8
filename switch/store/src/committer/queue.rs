//! The bounded queue between the submitters and the committer's loop. What ends something that was
//! let in (a fulfil, an abort, an expiry, a journey's step) goes before what begins anew (a prepare),
//! and has room that prepares cannot take: work that ends frees memory and money. Inside one batch the
//! order is that of arrival.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use switch::{Command, Timestamp};
use tokio::sync::{Notify, oneshot};

use crate::limits::{
    BATCH_ACKNOWLEDGEMENTS_MAX, BATCH_BYTES_MAX, BATCH_COMMANDS_MAX, BATCH_SUBMISSIONS_MAX,
    COMMAND_BYTES, FULL_REMEMBERED_MS, QUEUED_BYTES_MAX, QUEUED_COMMANDS_MAX,
    QUEUED_PREPARES_PERCENT,
};
use crate::submission::within_limits;
use crate::{CommitError, Committed, OutboxId, StoreError, Submission};

/// A submission that waits for its answer.
pub(crate) struct Queued {
    pub(crate) submission: Submission,
    /// Until when it is retried.
    pub(crate) deadline: Timestamp,
    /// When it came, on the monotonic clock.
    since_ms: u64,
    /// Its place in the order of arrival.
    number: u64,
    weight: Weight,
    answer: oneshot::Sender<Result<Committed, CommitError>>,
    /// Its share of the queue, given back when it is answered.
    _share: Share,
}

/// What has been submitted and is in no batch yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How long the oldest of it has waited, in milliseconds; 0 when nothing waits.
    pub oldest_ms: u64,
    /// Whether it is, with what the batch in the making holds, more than one batch takes.
    pub is_over_a_batch: bool,
}

#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    load: Arc<Load>,
    changed: Notify,
    /// Why the store stopped for good.
    halted: OnceLock<String>,
    /// Batches that were decided again because another writer was faster.
    conflicts: AtomicU64,
    /// What the store said when it had no room, and when that was on the monotonic clock.
    full: Mutex<Option<(u64, String)>>,
    /// Since when the loop has been at its step, on the monotonic clock.
    at_work: Mutex<Option<u64>>,
}

#[derive(Default)]
struct State {
    /// What ends something.
    ending: VecDeque<Queued>,
    /// What begins something: it waits for the above.
    beginning: VecDeque<Queued>,
    /// How many have come.
    numbered: u64,
    acknowledged: VecDeque<OutboxId>,
    /// When the oldest acknowledgement came, on the monotonic clock.
    acknowledged_ms: u64,
    closed: bool,
}

#[derive(Default)]
struct Load {
    commands: AtomicUsize,
    bytes: AtomicUsize,
}

#[derive(Clone, Copy)]
struct Weight {
    commands: usize,
    bytes: usize,
}

struct Share {
    load: Arc<Load>,
    weight: Weight,
}

impl Queue {
    /// Puts a submission at the end of its row; the receiver gets its answer. `now_ms` is on the
    /// monotonic clock.
    pub(crate) fn push(
        &self,
        submission: Submission,
        deadline: Timestamp,
        now_ms: u64,
    ) -> Result<oneshot::Receiver<Result<Committed, CommitError>>, CommitError> {
        within_limits(&submission.documents, &submission.outbox)?;
        let weight = Weight::of(&submission);
        weight.fits_one_batch()?;
        let mut state = self.state();
        if state.closed {
            return Err(CommitError::Halted);
        }
        let begins = submission.commands.iter().any(|one| matches!(one, Command::Prepare(_)));
        let percent = if begins { QUEUED_PREPARES_PERCENT } else { 100 };
        let share = self.load.share(weight, percent).ok_or(CommitError::Busy)?;
        let (answer, receiver) = oneshot::channel();
        state.numbered += 1;
        let (number, since_ms) = (state.numbered, now_ms);
        let queued =
            Queued { submission, deadline, since_ms, number, weight, answer, _share: share };
        state.row(begins).push_back(queued);
        drop(state);
        self.changed.notify_one();
        Ok(receiver)
    }

    /// Remembers that a row arrived; `now_ms` is on the monotonic clock.
    pub(crate) fn acknowledge(&self, id: OutboxId, now_ms: u64) {
        let mut state = self.state();
        if state.acknowledged.is_empty() {
            state.acknowledged_ms = now_ms;
            self.changed.notify_one();
        }
        state.acknowledged.push_back(id);
    }

    /// What waits at `now_ms` on the monotonic clock.
    pub(crate) fn waiting(&self, now_ms: u64) -> Waiting {
        let state = self.state();
        let first = [state.ending.front(), state.beginning.front()];
        let oldest_ms = first.into_iter().flatten().map(|queued| queued.since_ms).min();
        let count = state.ending.len() + state.beginning.len();
        Waiting {
            oldest_ms: oldest_ms.map_or(0, |since_ms| now_ms.saturating_sub(since_ms)),
            is_over_a_batch: count > BATCH_SUBMISSIONS_MAX || self.load.weight().is_over_a_batch(),
        }
    }

    /// Takes what one batch may hold: what ends something first; all of it in order of arrival.
    pub(crate) fn take(&self) -> Vec<Queued> {
        let mut taken = self.state().take();
        taken.sort_unstable_by_key(|queued| queued.number);
        taken
    }

    /// Takes acknowledgements for the batch in the making.
    pub(crate) fn take_acknowledged(&self) -> Vec<OutboxId> {
        let mut state = self.state();
        let count = state.acknowledged.len().min(BATCH_ACKNOWLEDGEMENTS_MAX);
        state.acknowledged.drain(..count).collect()
    }

    /// Gives acknowledgements back that were not written.
    pub(crate) fn return_acknowledged(&self, ids: Vec<OutboxId>) {
        let mut state = self.state();
        for id in ids.into_iter().rev() {
            state.acknowledged.push_front(id);
        }
    }

    /// How many acknowledgements wait, and since when on the monotonic clock; `None` for none.
    pub(crate) fn acknowledged(&self) -> Option<(usize, u64)> {
        let state = self.state();
        let count = state.acknowledged.len();
        (count > 0).then_some((count, state.acknowledged_ms))
    }

    /// Takes out those whose deadline is over at `now`.
    pub(crate) fn take_expired(&self, now: Timestamp) -> Vec<Queued> {
        let mut state = self.state();
        let mut all_expired = Vec::new();
        for begins in [false, true] {
            let row = state.row(begins);
            if row.iter().any(|queued| queued.deadline <= now) {
                let (expired, waiting): (VecDeque<_>, _) =
                    std::mem::take(row).into_iter().partition(|queued| queued.deadline <= now);
                *row = waiting;
                all_expired.extend(expired);
            }
        }
        all_expired
    }

    /// Waits until something was pushed, acknowledged or closed.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Takes no more submissions.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_one();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// The loop is gone: nothing is taken any more, what waits is answered.
    pub(crate) fn end(&self) {
        self.close();
        let (ending, beginning) = {
            let mut state = self.state();
            (std::mem::take(&mut state.ending), std::mem::take(&mut state.beginning))
        };
        ending
            .into_iter()
            .chain(beginning)
            .for_each(|queued| queued.answer(Err(CommitError::Halted)));
    }

    /// The store has stopped for good.
    pub(crate) fn halt(&self, reason: &str) {
        // The first reason is the cause of what follows.
        let _ = self.halted.set(reason.to_owned());
    }

    pub(crate) fn count_conflict(&self) {
        self.conflicts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn conflicts(&self) -> u64 {
        self.conflicts.load(Ordering::Relaxed)
    }

    /// The loop begins a step at this time on the monotonic clock, or has ended one.
    pub(crate) fn at_work(&self, since_ms: Option<u64>) {
        *self.at_work.lock().unwrap_or_else(PoisonError::into_inner) = since_ms;
    }

    /// Since when the loop has been at its step; `None` between two.
    pub(crate) fn at_work_since_ms(&self) -> Option<u64> {
        *self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store has taken a batch, or has refused one at `now_ms` on the monotonic clock.
    pub(crate) fn note(&self, result: Result<(), &StoreError>, now_ms: u64) {
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(()) => *full = None,
            Err(StoreError::Full { reason }) => *full = Some((now_ms, reason.clone())),
            Err(_) => {}
        }
    }

    /// What the store said, if it was full a moment ago and has taken nothing since.
    pub(crate) fn full(&self, now_ms: u64) -> Option<String> {
        let full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        let (at_ms, reason) = full.as_ref()?;
        (now_ms.saturating_sub(*at_ms) < FULL_REMEMBERED_MS).then(|| reason.clone())
    }

    pub(crate) fn halted(&self) -> Option<&str> {
        self.halted.get().map(String::as_str)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self) -> Vec<Queued> {
        let mut total = Weight { commands: 0, bytes: 0 };
        let mut taken = Vec::new();
        for begins in [false, true] {
            let row = self.row(begins);
            while let Some(next) = row.front() {
                let with = total.plus(next.weight);
                let full = taken.len() == BATCH_SUBMISSIONS_MAX;
                if full || (with.is_over_a_batch() && !taken.is_empty()) {
                    return taken;
                }
                total = with;
                taken.extend(row.pop_front());
            }
        }
        taken
    }

    fn row(&mut self, begins: bool) -> &mut VecDeque<Queued> {
        if begins { &mut self.beginning } else { &mut self.ending }
    }
}

impl Queued {
    /// Answers the submitter, who may have gone.
    pub(crate) fn answer(self, result: Result<Committed, CommitError>) {
        // Nobody listening is no failure: what is committed is found by the next who asks.
        drop(self.answer.send(result));
    }
}

impl Load {
    fn weight(&self) -> Weight {
        let commands = self.commands.load(Ordering::Relaxed);
        Weight { commands, bytes: self.bytes.load(Ordering::Relaxed) }
    }

    /// Takes a share if it fits into so many percent of the whole.
    fn share(self: &Arc<Load>, weight: Weight, percent: usize) -> Option<Share> {
        let commands = self.commands.load(Ordering::Relaxed) + weight.commands;
        let bytes = self.bytes.load(Ordering::Relaxed) + weight.bytes;
        if commands > QUEUED_COMMANDS_MAX * percent / 100
            || bytes > QUEUED_BYTES_MAX * percent / 100
        {
            return None;
        }
        // Shares are only taken under the queue's lock, so what was read can only have shrunk.
        self.commands.fetch_add(weight.commands, Ordering::Relaxed);
        self.bytes.fetch_add(weight.bytes, Ordering::Relaxed);
        Some(Share { load: Arc::clone(self), weight })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.load.commands.fetch_sub(self.weight.commands, Ordering::Relaxed);
        self.load.bytes.fetch_sub(self.weight.bytes, Ordering::Relaxed);
    }
}

impl Weight {
    /// A submission without commands weighs as one with one.
    fn of(submission: &Submission) -> Weight {
        let commands = submission.commands.len().max(1);
        let documents = submission.documents.iter();
        let documents = documents.map(|write| write.body.as_ref().map_or(0, |body| body.len()));
        let outbox = submission.outbox.iter().map(|row| row.body.len());
        let bytes = commands * COMMAND_BYTES + documents.sum::<usize>() + outbox.sum::<usize>();
        Weight { commands, bytes }
    }

    fn plus(self, other: Weight) -> Weight {
        Weight { commands: self.commands + other.commands, bytes: self.bytes + other.bytes }
    }

    fn is_over_a_batch(self) -> bool {
        self.commands > BATCH_COMMANDS_MAX || self.bytes > BATCH_BYTES_MAX
    }

    fn fits_one_batch(self) -> Result<(), CommitError> {
        match self {
            Weight { commands, .. } if commands > BATCH_COMMANDS_MAX => {
                Err(CommitError::TooLarge { limit: "BATCH_COMMANDS_MAX" })
            }
            Weight { bytes, .. } if bytes > QUEUED_BYTES_MAX => {
                Err(CommitError::TooLarge { limit: "QUEUED_BYTES_MAX" })
            }
            Weight { .. } => Ok(()),
        }
    }
}
