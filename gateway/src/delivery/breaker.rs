//! The breaker of one destination: after several failures in a row it is left alone, for longer
//! each time, and then tried with one message.

use crate::limits::{BREAKER_FAILURES_MAX, BREAKER_PAUSE_MS};

/// Counts failures in a row and says when the next attempt may be made.
#[derive(Debug, Default)]
pub struct Breaker {
    failures: u32,
    open_until_ms: Option<i64>,
    pauses: u32,
    probing: bool,
}

impl Breaker {
    /// Whether an attempt may start now; opening the door for a probe counts as taking it.
    pub fn admits(&mut self, now_ms: i64) -> bool {
        match self.open_until_ms {
            None => true,
            Some(until) if now_ms < until || self.probing => false,
            Some(_) => {
                self.probing = true;
                true
            }
        }
    }

    /// An operator says that the other side is back: the next attempt is a probe, now.
    pub fn try_now(&mut self) {
        self.open_until_ms = self.open_until_ms.map(|_| i64::MIN);
    }

    /// When the next attempt may be made, while it is open.
    pub fn open_until_ms(&self) -> Option<i64> {
        self.open_until_ms
    }

    /// The other side answered.
    pub fn succeeded(&mut self) {
        *self = Breaker::default();
    }

    /// The other side did not answer.
    pub fn failed(&mut self, now_ms: i64) {
        self.failures = self.failures.saturating_add(1);
        if self.probing || self.failures >= BREAKER_FAILURES_MAX {
            let (shortest, longest) = BREAKER_PAUSE_MS;
            let pause = shortest.saturating_mul(1 << self.pauses.min(16)).min(longest);
            self.pauses = self.pauses.saturating_add(1);
            self.probing = false;
            self.open_until_ms =
                Some(now_ms.saturating_add(i64::try_from(pause).unwrap_or(i64::MAX)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_after_failures_in_a_row_and_admits_one_probe_at_a_time() {
        let mut breaker = Breaker::default();
        for _ in 0..BREAKER_FAILURES_MAX {
            assert!(breaker.admits(0));
            breaker.failed(0);
        }
        assert!(!breaker.admits(999), "open for the shortest pause");
        assert!(breaker.admits(1_000), "the probe");
        assert!(!breaker.admits(1_000), "only one");
        breaker.failed(1_000);
        assert!(!breaker.admits(2_999), "twice as long after a failed probe");
        assert!(breaker.admits(3_000));
        breaker.succeeded();
        assert!(breaker.admits(3_000) && breaker.admits(3_000));
    }

    #[test]
    fn a_success_between_failures_keeps_it_closed() {
        let mut breaker = Breaker::default();
        for _ in 0..20 {
            breaker.failed(0);
            breaker.succeeded();
        }
        assert!(breaker.admits(0));
    }
}
