//! How late it is on a stream, by its events alone. Whoever sends an event says when it was; one that
//! says so wrongly, or a few of them, must not make what is remembered of others look old.

use std::collections::VecDeque;

use crate::limits::CLOCK_EVENTS;

/// The times of the latest events, Unix milliseconds, in the order of their stream.
#[derive(Clone, Debug, Default)]
pub struct Clock(VecDeque<i64>);

impl Clock {
    /// An event of this time has come: how late it is now. The middle one of the latest times, of an
    /// even number the earlier one.
    pub fn tick(&mut self, at_ms: i64) -> i64 {
        if self.0.len() >= CLOCK_EVENTS {
            self.0.pop_front();
        }
        self.0.push_back(at_ms);
        let mut sorted = [i64::MAX; CLOCK_EVENTS];
        sorted.iter_mut().zip(&self.0).for_each(|(place, time)| *place = *time);
        sorted.sort_unstable();
        sorted.get((self.0.len() - 1) / 2).copied().unwrap_or(at_ms)
    }

    /// What a snapshot keeps.
    pub fn times(&self) -> Vec<i64> {
        self.0.iter().copied().collect()
    }

    /// Puts it back; false for more than there can have been.
    pub fn restore(&mut self, times: Vec<i64>) -> bool {
        self.0 = VecDeque::from(times);
        self.0.len() <= CLOCK_EVENTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUTURE_MS: i64 = 4_102_444_800_000;

    #[test]
    fn it_goes_with_most_events_whatever_the_others_say() {
        let mut clock = Clock::default();
        for minute in -15..0 {
            clock.tick(minute * 60_000);
        }
        for minute in 0..1_000 {
            let wrong = if minute % 2 == 0 { FUTURE_MS } else { i64::MIN };
            let late = clock.tick(if minute % 3 == 0 { wrong } else { minute * 60_000 });
            assert!((minute - 15) * 60_000 <= late && late <= minute * 60_000, "{minute}: {late}");
        }
    }

    #[test]
    fn one_that_begins_in_the_future_comes_back() {
        let mut clock = Clock::default();
        assert_eq!(clock.tick(FUTURE_MS), FUTURE_MS);
        assert_eq!(clock.tick(2_000), 2_000);
        assert_eq!(clock.tick(3_000), 3_000);
        let again = clock.times();
        let mut restored = Clock::default();
        assert!(restored.restore(again));
        assert_eq!(restored.tick(4_000), clock.tick(4_000));
        assert!(!restored.restore(vec![0; CLOCK_EVENTS + 1]));
    }
}
