//! The database's time, carried on by this machine's monotonic clock between two readings.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use switch::Timestamp;

use crate::Clock;
use crate::limits::TIME_READING_MAX_MS;

/// A clock whose wall is the database's. Before the first reading it is the machine's.
pub(crate) struct DatabaseClock {
    machine: Arc<dyn Clock>,
    /// What the database's time is ahead of the monotonic clock.
    ahead_ms: AtomicI64,
    /// When it was last read, on the monotonic clock; 0 before.
    read_ms: AtomicU64,
}

impl DatabaseClock {
    pub(crate) fn new(machine: Arc<dyn Clock>) -> DatabaseClock {
        let ahead_ms = machine.wall().0.saturating_sub(signed(machine.monotonic_ms()));
        DatabaseClock { machine, ahead_ms: AtomicI64::new(ahead_ms), read_ms: AtomicU64::new(0) }
    }

    /// The database said `time` between two instants of the monotonic clock. One that took long
    /// counts only when there has been no other for a while.
    pub(crate) fn observed(&self, time: Timestamp, sent_ms: u64, received_ms: u64) {
        let took_ms = received_ms.saturating_sub(sent_ms);
        let since_ms = received_ms.saturating_sub(self.read_ms.load(Ordering::Acquire));
        let first = self.read_ms.load(Ordering::Acquire) == 0;
        if took_ms <= TIME_READING_MAX_MS || first || since_ms > took_ms.saturating_mul(100) {
            let middle = signed(sent_ms.saturating_add(took_ms / 2));
            self.ahead_ms.store(time.0.saturating_sub(middle), Ordering::Release);
            self.read_ms.store(received_ms.max(1), Ordering::Release);
        }
    }

    /// How far the machine's wall clock is ahead of the database's.
    pub(crate) fn machine_ahead_ms(&self) -> i64 {
        self.machine.wall().0.saturating_sub(self.wall().0)
    }
}

impl Clock for DatabaseClock {
    fn wall(&self) -> Timestamp {
        let ahead_ms = self.ahead_ms.load(Ordering::Acquire);
        Timestamp(ahead_ms.saturating_add(signed(self.machine.monotonic_ms())))
    }

    fn monotonic_ms(&self) -> u64 {
        self.machine.monotonic_ms()
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
