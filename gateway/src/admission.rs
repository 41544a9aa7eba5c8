//! Who is let in when there is more work than this node can do (performance.md §4.8).
//!
//! Work that is refused at its first message costs almost nothing; work that is dropped half done
//! has cost all of it and reserved somebody's money besides. So the wait that a new message would
//! have is predicted, and as it grows, lookups and bank orders are refused first, then quotes, then
//! prepares: at once, before anything is parsed or verified. What finishes work that was let in
//! (callbacks, fulfils, questions how a transfer stands) is always taken; so is what this process asks
//! itself for a bank's order, which was let in or refused at the bank channel.
//!
//! The prediction is the sum of three queues: the runtime's, by how late a sleeping probe is woken;
//! the committer's, by the age of the oldest submission that waits there; and that of the messages
//! for a participant that answers slowly, which counts only for those who have to do with it.
//!
//! What has passed is no queue. A probe that is late once tells of a moment in which this process, or
//! the whole machine, stood still: it is over when it is noticed. And what waits for one slow sync goes
//! with the next batch, however much it is: refusing others would not shorten that wait. Only what
//! stays, and what is more than a batch, makes those wait that come now.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

use fspiop::error::{ErrorCode, Refusal};
use fspiop::route::Operation;
use switch_store::Waiting;
use tokio::time::Instant;

use crate::limits::{PROBE_INTERVAL_MS, SLOW_SYNC_MS, STANDING_PROBES};
use crate::node::Node;

/// Seconds after which a client that was refused for want of capacity may come back.
pub const RETRY_AFTER_S: &str = "1";

/// What a message is to the work of which it is a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Begins a payment: a lookup, a bank's order.
    Start,
    /// Asks for its terms.
    Quote,
    /// Asks for its money to be reserved.
    Prepare,
    /// Ends it, or an exchange of it.
    Finish,
}

/// This node's estimate of the wait, and what it refuses for it.
#[derive(Debug)]
pub struct Admission {
    /// From this wait on some of what begins a payment is refused.
    threshold_us: u64,
    wait_us: AtomicU64,
    /// What was measured last.
    latest_us: Mutex<[u64; STANDING_PROBES]>,
    /// Refuses evenly: of each row of requests the predicted share.
    turn: AtomicU64,
}

impl Stage {
    /// The stage that an FSPIOP request belongs to.
    pub fn of(operation: Operation) -> Stage {
        match operation {
            Operation::GetParty | Operation::GetParticipant => Stage::Start,
            Operation::PostQuote | Operation::GetQuote => Stage::Quote,
            Operation::PostTransfer => Stage::Prepare,
            _ => Stage::Finish,
        }
    }

    /// The predicted wait from which on some are refused, and that at which all are, in thresholds.
    /// The stages follow each other, so that what has begun can end.
    fn bounds(self) -> Option<(u64, u64)> {
        match self {
            Stage::Start => Some((1, 3)),
            Stage::Quote => Some((3, 6)),
            Stage::Prepare => Some((6, 12)),
            Stage::Finish => None,
        }
    }
}

impl Admission {
    /// Refuses the first when the predicted wait exceeds `threshold_ms`.
    pub fn new(threshold_ms: u32) -> Admission {
        let threshold_us = u64::from(threshold_ms.max(1)) * 1_000;
        Admission {
            threshold_us,
            wait_us: AtomicU64::new(0),
            latest_us: Mutex::default(),
            turn: AtomicU64::new(0),
        }
    }

    /// Whether a message of this stage is taken now, where so much more waits for the participant
    /// that it is from or for.
    pub fn admits(&self, stage: Stage, participant_ms: u64) -> bool {
        self.bears(stage, self.wait_us().saturating_add(participant_ms.saturating_mul(1_000)))
    }

    /// Whether the next message of work is taken that this node has let in: its own wait was judged then,
    /// that for the participant, whom nobody knew yet, is judged now.
    pub fn continues(&self, stage: Stage, participant_ms: u64) -> bool {
        self.bears(stage, participant_ms.saturating_mul(1_000))
    }

    fn bears(&self, stage: Stage, wait_us: u64) -> bool {
        let Some((from, all)) = stage.bounds() else { return true };
        let (from_us, all_us) = (from * self.threshold_us, all * self.threshold_us);
        if wait_us <= from_us {
            return true;
        }
        if wait_us >= all_us {
            return false;
        }
        // Multiples of the golden ratio fall evenly into any share of the whole.
        let turn = self.turn.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed) >> 32;
        let share = ((wait_us - from_us) << 32) / (all_us - from_us);
        turn >= share
    }

    /// The wait that a message which comes now would have, in microseconds.
    pub fn wait_us(&self) -> u64 {
        self.wait_us.load(Ordering::Relaxed)
    }

    /// Takes a measurement in: what the last few have in common at once when the wait grows, over about
    /// ten when it falls.
    pub fn measured(&self, wait_us: u64) {
        let wait_us = self.standing_us(wait_us);
        let before = self.wait_us();
        let after = match wait_us > before {
            true => before + (wait_us - before) / 2,
            false => before - (before - wait_us) / 8,
        };
        self.wait_us.store(after, Ordering::Relaxed);
    }

    /// The wait that was there in each of the last measurements.
    fn standing_us(&self, measured_us: u64) -> u64 {
        let mut latest = self.latest_us.lock().unwrap_or_else(PoisonError::into_inner);
        latest.rotate_left(1);
        if let Some(last) = latest.last_mut() {
            *last = measured_us;
        }
        latest.iter().copied().min().unwrap_or(measured_us)
    }
}

/// The refusal of an FSPIOP request: 2005, with 503 so that any client knows to come back.
pub fn busy() -> Refusal {
    let mend = "more is asked of this hub than it can do in time: try again later";
    Refusal::new(ErrorCode::ServerBusy, mend).with_status(503)
}

/// Measures the wait until the node is gone.
pub async fn probe(node: Weak<Node>) {
    let interval = Duration::from_millis(PROBE_INTERVAL_MS);
    loop {
        let asleep = Instant::now();
        tokio::time::sleep(interval).await;
        // The timer's own grain is a millisecond.
        let late = asleep.elapsed().saturating_sub(interval + Duration::from_millis(1));
        let Some(node) = node.upgrade() else { return };
        node.delivery().beat();
        let late_us = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
        let queued_us = queued_ms(node.committer.waiting()).saturating_mul(1_000);
        node.admission.measured(late_us.saturating_add(queued_us));
    }
}

/// The part of the committer's wait that is for the amount of work.
fn queued_ms(waiting: Waiting) -> u64 {
    match waiting.is_over_a_batch {
        true => waiting.oldest_ms,
        false => waiting.oldest_ms.saturating_sub(SLOW_SYNC_MS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(wait_ms: u64, stage: Stage) -> usize {
        let admission = Admission::new(50);
        admission.wait_us.store(wait_ms.saturating_mul(1_000), Ordering::Relaxed);
        let by_node = (0..1_000).filter(|_| admission.admits(stage, 0)).count();
        let by_participant = Admission::new(50);
        let same = (0..1_000).filter(|_| by_participant.admits(stage, wait_ms)).count();
        assert_eq!(same, by_node);
        by_node
    }

    #[test]
    fn what_starts_is_refused_first_and_what_finishes_never() {
        assert_eq!(admitted(50, Stage::Start), 1_000);
        let half = admitted(100, Stage::Start);
        assert!((450..=550).contains(&half), "{half}");
        assert_eq!((admitted(150, Stage::Start), admitted(150, Stage::Quote)), (0, 1_000));
        assert_eq!((admitted(300, Stage::Quote), admitted(300, Stage::Prepare)), (0, 1_000));
        assert_eq!(admitted(600, Stage::Prepare), 0);
        assert_eq!(admitted(u64::MAX, Stage::Finish), 1_000);
    }

    #[test]
    fn the_estimate_rises_at_once_and_falls_slowly() {
        let admission = Admission::new(50);
        (0..STANDING_PROBES).for_each(|_| admission.measured(100_000));
        assert_eq!(admission.wait_us(), 50_000);
        admission.measured(0);
        assert_eq!(admission.wait_us(), 43_750);
        (0..100).for_each(|_| admission.measured(0));
        assert!(admission.wait_us() < 10);
    }

    #[test]
    fn a_moment_in_which_nothing_ran_refuses_nobody_and_a_wait_that_stays_does() {
        let admission = Admission::new(50);
        // Two seconds each, as when a machine is paused; what is measured between them is no wait.
        for _ in 0..20 {
            admission.measured(2_000_000);
            assert!(admission.admits(Stage::Start, 0));
            admission.measured(400);
        }
        assert!(admission.wait_us() <= 400, "{}", admission.wait_us());
        (0..2 * STANDING_PROBES).for_each(|_| admission.measured(2_000_000));
        assert!(!admission.admits(Stage::Start, 0));
    }

    #[test]
    fn a_slow_sync_is_no_queue_and_more_than_a_batch_is_one() {
        let waiting =
            |oldest_ms, is_over_a_batch| queued_ms(Waiting { oldest_ms, is_over_a_batch });
        assert_eq!((waiting(0, false), waiting(SLOW_SYNC_MS, false)), (0, 0));
        assert_eq!(waiting(SLOW_SYNC_MS + 70, false), 70, "a store that hangs");
        assert_eq!(waiting(70, true), 70);
    }

    #[test]
    fn callbacks_and_fulfils_finish_work() {
        assert_eq!(Stage::of(Operation::GetParty), Stage::Start);
        assert_eq!(Stage::of(Operation::PostQuote), Stage::Quote);
        assert_eq!(Stage::of(Operation::PostTransfer), Stage::Prepare);
        for finishing in [Operation::PutTransfer, Operation::PutQuoteError, Operation::GetTransfer]
        {
            assert_eq!(Stage::of(finishing), Stage::Finish);
        }
    }
}
