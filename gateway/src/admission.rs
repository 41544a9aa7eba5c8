//! Who is let in when there is more work than this node can do (performance.md §4.8).
//!
//! Work that is refused at its first message costs almost nothing; work that is dropped half done
//! has cost all of it and reserved somebody's money besides. So the wait that a new message would
//! have is predicted, and as it grows, lookups and bank orders are refused first, then quotes, then
//! prepares: at once, before anything is parsed or verified. What finishes work that was let in
//! (callbacks, fulfils, questions how a transfer stands) is always taken.
//!
//! The prediction is the sum of three queues: the runtime's, by how late a sleeping probe is woken;
//! the committer's, by the age of the oldest submission that waits there; and that of the messages
//! for a participant that answers slowly, which counts only for those who have to do with it.

use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fspiop::error::{ErrorCode, Refusal};
use fspiop::route::Operation;
use tokio::time::Instant;

use crate::limits::PROBE_INTERVAL_MS;
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
        Admission { threshold_us, wait_us: AtomicU64::new(0), turn: AtomicU64::new(0) }
    }

    /// Whether a message of this stage is taken now, where so much more waits for the participant
    /// that it is from or for.
    pub fn admits(&self, stage: Stage, participant_ms: u64) -> bool {
        let Some((from, all)) = stage.bounds() else { return true };
        let (from_us, all_us) = (from * self.threshold_us, all * self.threshold_us);
        let wait_us = self.wait_us().saturating_add(participant_ms.saturating_mul(1_000));
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

    /// Takes a measurement in: at once when the wait grows, over about ten when it falls.
    pub fn measured(&self, wait_us: u64) {
        let before = self.wait_us();
        let after = match wait_us > before {
            true => before + (wait_us - before) / 2,
            false => before - (before - wait_us) / 8,
        };
        self.wait_us.store(after, Ordering::Relaxed);
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
        let late_us = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
        let queued_us = node.committer.waiting_ms().saturating_mul(1_000);
        node.admission.measured(late_us.saturating_add(queued_us));
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
        admission.measured(100_000);
        assert_eq!(admission.wait_us(), 50_000);
        admission.measured(0);
        assert_eq!(admission.wait_us(), 43_750);
        (0..100).for_each(|_| admission.measured(0));
        assert!(admission.wait_us() < 10);
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
