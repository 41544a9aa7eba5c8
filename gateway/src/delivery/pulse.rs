//! Whether a destination answers, as everybody else sees it: a few numbers that its actor writes and
//! any request may read.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use crate::limits::FAILFAST_MS;

/// The state of one destination.
#[derive(Debug)]
pub struct Pulse {
    /// Since when (hub time, ms) it has owed an answer; [`NEVER`] while it owes none.
    owing_since_ms: AtomicI64,
    /// Until when its breaker is open.
    open_until_ms: AtomicI64,
    /// Attempts under way.
    under_way: AtomicUsize,
    /// Since when (hub time, ms) the oldest message waits for room among those under way; [`NEVER`]
    /// while none waits.
    waiting_since_ms: AtomicI64,
    /// Messages that are stored nowhere else.
    volatile: AtomicUsize,
}

const NEVER: i64 = i64::MAX;

/// What an attempt tells of its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It said something.
    Answered,
    /// It did not.
    Unanswered,
    /// It was not asked.
    Unasked,
}

impl Default for Pulse {
    fn default() -> Pulse {
        Pulse {
            owing_since_ms: AtomicI64::new(NEVER),
            open_until_ms: AtomicI64::new(i64::MIN),
            under_way: AtomicUsize::new(0),
            waiting_since_ms: AtomicI64::new(NEVER),
            volatile: AtomicUsize::new(0),
        }
    }
}

impl Pulse {
    /// Whether a payment to it would only reserve somebody's money until it expires: it has answered
    /// nothing for [`FAILFAST_MS`] in which this process was awake, and is not to be tried just now.
    /// Whoever asks first once it may be tried again is let through, and finds out.
    pub fn is_unreachable(&self, now_ms: i64, awake_since_ms: i64) -> bool {
        let owing_since_ms = self.owing_since_ms.load(Ordering::Relaxed).max(awake_since_ms);
        let is_tried = self.under_way.load(Ordering::Relaxed) > 0
            || now_ms < self.open_until_ms.load(Ordering::Relaxed);
        is_tried && now_ms.saturating_sub(owing_since_ms) >= FAILFAST_MS
    }

    /// How long a message that comes now would wait before it is sent, as the oldest that waits has.
    pub fn wait_ms(&self, now_ms: i64) -> u64 {
        let since_ms = self.waiting_since_ms.load(Ordering::Relaxed);
        u64::try_from(now_ms.saturating_sub(since_ms)).unwrap_or(0)
    }

    /// Whether nothing is under way, and nothing waits that memory alone holds.
    pub(super) fn is_quiet(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) == 0 && self.volatile.load(Ordering::Relaxed) == 0
    }

    /// So many messages are stored nowhere else.
    pub(super) fn holds_volatile(&self, count: usize) {
        self.volatile.store(count, Ordering::Relaxed);
    }

    /// The oldest message that waits for room has been due since then; `None` if none waits.
    pub(super) fn waiting(&self, since_ms: Option<i64>) {
        self.waiting_since_ms.store(since_ms.unwrap_or(NEVER), Ordering::Relaxed);
    }

    /// An attempt begins.
    pub(super) fn began(&self, now_ms: i64) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.owing_since_ms.fetch_min(now_ms, Ordering::Relaxed);
    }

    /// An attempt ended.
    pub(super) fn ended(&self, how: Ended, now_ms: i64, open_until_ms: Option<i64>) {
        let others = self.under_way.fetch_sub(1, Ordering::Relaxed).saturating_sub(1);
        self.open_until_ms.store(open_until_ms.unwrap_or(i64::MIN), Ordering::Relaxed);
        let owes_since_ms = match how {
            Ended::Answered if others > 0 => now_ms,
            Ended::Answered => NEVER,
            Ended::Unasked if others == 0 && open_until_ms.is_none() => NEVER,
            Ended::Unasked | Ended::Unanswered => return,
        };
        self.owing_since_ms.store(owes_since_ms, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALWAYS: i64 = i64::MIN;

    #[test]
    fn a_silence_begins_when_somebody_is_there_to_hear_it() {
        let pulse = Pulse::default();
        pulse.began(0);
        assert!(pulse.is_unreachable(FAILFAST_MS, ALWAYS));
        assert!(!pulse.is_unreachable(FAILFAST_MS, FAILFAST_MS - 1));
        assert!(pulse.is_unreachable(2 * FAILFAST_MS, FAILFAST_MS));
        assert!(!Pulse::default().is_unreachable(FAILFAST_MS, 0), "it owes nothing");
    }

    #[test]
    fn a_destination_that_owes_answers_for_long_is_unreachable_until_it_may_be_tried() {
        let pulse = Pulse::default();
        assert!(!pulse.is_unreachable(10_000, ALWAYS), "nothing is known of it");
        pulse.began(0);
        pulse.began(1_000);
        assert!(!pulse.is_unreachable(FAILFAST_MS - 1, ALWAYS));
        assert!(pulse.is_unreachable(FAILFAST_MS, ALWAYS));
        pulse.ended(Ended::Unanswered, 5_000, None);
        assert!(pulse.is_unreachable(5_000, ALWAYS), "another attempt is still under way");
        pulse.ended(Ended::Unanswered, 5_000, Some(6_000));
        assert!(pulse.is_unreachable(5_999, ALWAYS), "its breaker is open");
        assert!(!pulse.is_unreachable(6_000, ALWAYS), "somebody has to find out");
        pulse.began(6_000);
        assert!(pulse.is_unreachable(6_000, ALWAYS), "one is enough for that");
        pulse.ended(Ended::Answered, 6_010, None);
        assert!(!pulse.is_unreachable(60_000, ALWAYS));
    }

    #[test]
    fn the_wait_is_that_of_the_oldest_message() {
        let pulse = Pulse::default();
        assert_eq!(pulse.wait_ms(5_000), 0);
        pulse.waiting(Some(4_000));
        assert_eq!((pulse.wait_ms(5_000), pulse.wait_ms(3_000)), (1_000, 0));
        pulse.waiting(None);
        assert_eq!(pulse.wait_ms(5_000), 0);
    }

    #[test]
    fn one_answer_among_many_starts_the_clock_anew() {
        let pulse = Pulse::default();
        pulse.began(0);
        pulse.began(0);
        pulse.ended(Ended::Answered, 2_900, None);
        assert!(!pulse.is_unreachable(5_000, ALWAYS));
        assert!(pulse.is_unreachable(2_900 + FAILFAST_MS, ALWAYS));
    }

    #[test]
    fn what_was_not_sent_tells_nothing_of_its_destination() {
        let pulse = Pulse::default();
        pulse.began(0);
        pulse.ended(Ended::Unasked, 1, None);
        pulse.began(60_000);
        assert!(!pulse.is_unreachable(60_001, ALWAYS));
    }
}
