//! Since when this process runs without having stood still. A destination cannot be blamed for a silence
//! that nobody here was awake to hear the end of.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use crate::limits::STANDSTILL_MS;

/// See the module.
#[derive(Debug)]
pub(super) struct Awake {
    origin: Instant,
    /// When it last ran, in milliseconds of the machine's after `origin`.
    beat_ms: AtomicU64,
    /// When it came back from standing still, in hub time.
    since_ms: AtomicI64,
}

impl Awake {
    pub(super) fn new() -> Awake {
        Awake {
            origin: Instant::now(),
            beat_ms: AtomicU64::new(0),
            since_ms: AtomicI64::new(i64::MIN),
        }
    }

    /// It runs, at this hub time; called all the time.
    pub(super) fn beat(&self, now_ms: i64) {
        let machine_ms = self.machine_ms();
        if self.stood_still(machine_ms) {
            self.since_ms.store(now_ms, Ordering::Relaxed);
        }
        self.beat_ms.store(machine_ms, Ordering::Relaxed);
    }

    /// Since when, in hub time: now, if it has come back and that was not noticed yet.
    pub(super) fn since_ms(&self, now_ms: i64) -> i64 {
        match self.stood_still(self.machine_ms()) {
            true => now_ms,
            false => self.since_ms.load(Ordering::Relaxed),
        }
    }

    fn stood_still(&self, machine_ms: u64) -> bool {
        machine_ms.saturating_sub(self.beat_ms.load(Ordering::Relaxed)) > STANDSTILL_MS
    }

    fn machine_ms(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_stood_still_is_awake_since_it_came_back() {
        let mut awake = Awake::new();
        awake.beat(5);
        assert_eq!(awake.since_ms(6), i64::MIN);
        awake.origin -= Duration::from_millis(STANDSTILL_MS + 500);
        assert_eq!(awake.since_ms(3_000), 3_000, "nobody has noticed it yet");
        awake.beat(3_010);
        assert_eq!(awake.since_ms(3_020), 3_010);
        awake.beat(9_000);
        assert_eq!(awake.since_ms(9_000), 3_010);
    }
}
