//! The breaker of one destination: after several failures in a row it is left alone, for longer
//! each time, and then tried with one message.

use crate::limits::BREAKER_FAILURES_MAX;

/// Counts failures in a row and says when the next attempt may be made.
#[derive(Debug)]
pub struct Breaker {
    pause_ms: (u64, u64),
    failures: u32,
    open_until_ms: Option<i64>,
    pauses: u32,
    probing: bool,
}

/// How an attempt was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// The destination is believed to be well.
    Closed,
    /// It is being tried with this one attempt.
    Probe,
}

impl Breaker {
    /// A closed one that pauses for so long, at least and at most.
    pub fn pausing(pause_ms: (u64, u64)) -> Breaker {
        Breaker { pause_ms, failures: 0, open_until_ms: None, pauses: 0, probing: false }
    }

    /// Lets an attempt through, or not yet.
    pub fn admit(&mut self, now_ms: i64) -> Option<Admission> {
        match self.open_until_ms {
            None => Some(Admission::Closed),
            Some(until) if now_ms < until || self.probing => None,
            Some(_) => {
                self.probing = true;
                Some(Admission::Probe)
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

    /// The other side answered. Tells whether it had been in trouble.
    pub fn succeeded(&mut self) -> bool {
        let recovered = self.failures > 0;
        *self = Breaker::pausing(self.pause_ms);
        recovered
    }

    /// The attempt ended without asking the other side anything.
    pub fn untried(&mut self, admission: Admission) {
        if admission == Admission::Probe {
            self.probing = false;
        }
    }

    /// The other side did not answer. What was under way when it opened tells nothing new.
    pub fn failed(&mut self, admission: Admission, now_ms: i64) {
        let is_probe = admission == Admission::Probe;
        if self.open_until_ms.is_some() && !is_probe {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if is_probe || self.failures >= BREAKER_FAILURES_MAX {
            let (shortest, longest) = self.pause_ms;
            let pause = shortest.saturating_mul(1 << self.pauses.min(16)).min(longest);
            self.pauses = self.pauses.saturating_add(1);
            self.probing = false;
            let pause = i64::try_from(pause).unwrap_or(i64::MAX);
            self.open_until_ms = Some(now_ms.saturating_add(pause));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::BREAKER_PAUSE_MS;

    fn opened() -> Breaker {
        let mut breaker = Breaker::pausing(BREAKER_PAUSE_MS);
        for _ in 0..BREAKER_FAILURES_MAX {
            assert_eq!(breaker.admit(0), Some(Admission::Closed));
            breaker.failed(Admission::Closed, 0);
        }
        breaker
    }

    #[test]
    fn opens_after_failures_in_a_row_and_admits_one_probe_at_a_time() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(999), None, "open for the shortest pause");
        assert_eq!(breaker.admit(1_000), Some(Admission::Probe));
        assert_eq!(breaker.admit(1_000), None, "only one");
        breaker.failed(Admission::Probe, 1_000);
        assert_eq!(breaker.admit(2_999), None, "twice as long after a failed probe");
        assert_eq!(breaker.admit(3_000), Some(Admission::Probe));
        assert!(breaker.succeeded(), "it had been in trouble");
        assert_eq!(breaker.admit(3_000), Some(Admission::Closed));
        assert!(!breaker.succeeded());
    }

    #[test]
    fn a_burst_of_failures_under_way_counts_once() {
        let mut breaker = opened();
        for _ in 0..60 {
            breaker.failed(Admission::Closed, 0);
        }
        assert_eq!(breaker.admit(1_000), Some(Admission::Probe), "still the shortest pause");
        breaker.failed(Admission::Closed, 1_000);
        assert_eq!(breaker.admit(1_000), None, "the probe is still the only one");
    }

    #[test]
    fn a_probe_that_asked_nothing_leaves_the_door_as_it_was() {
        let mut breaker = opened();
        assert_eq!(breaker.admit(1_000), Some(Admission::Probe));
        breaker.untried(Admission::Probe);
        assert_eq!(breaker.admit(1_000), Some(Admission::Probe));
    }

    #[test]
    fn an_operator_need_not_wait() {
        let mut breaker = opened();
        breaker.try_now();
        assert_eq!(breaker.admit(0), Some(Admission::Probe));
    }
}
