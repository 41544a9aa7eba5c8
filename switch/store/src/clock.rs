//! The hub's time (DESIGN.md §3): a monotonic clock, set from the wall at start and bent towards it
//! slowly, so that a step of the wall clock moves no duration.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use switch::Timestamp;

use crate::limits::CLOCK_SLEW_PPM;

/// The two sources of time, injected so that tests and the simulator own them.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock; it may step either way.
    fn wall(&self) -> Timestamp;

    /// Milliseconds since some fixed instant of this run; it never goes back.
    fn monotonic_ms(&self) -> u64;
}

/// The machine's clocks.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

/// The hub's clock: runs as the monotonic clock does, bent towards the wall clock by at most
/// [`CLOCK_SLEW_PPM`], and never goes back. The node has one; the store, the committer and whoever
/// compares deadlines share it.
pub struct SteadyClock {
    source: Arc<dyn Clock>,
    reading: Mutex<Reading>,
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    now_ms: i64,
    monotonic_ms: u64,
    /// What may still be bent, in millionths of a millisecond.
    slack: u64,
}

const SLACK_PER_MS: u64 = 1_000_000;

impl SystemClock {
    /// The clocks of this machine.
    #[must_use]
    pub fn new() -> SystemClock {
        SystemClock { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl SteadyClock {
    /// A clock that starts at the wall clock's time.
    #[must_use]
    pub fn new(source: Arc<dyn Clock>) -> Arc<SteadyClock> {
        let reading =
            Reading { now_ms: source.wall().0, monotonic_ms: source.monotonic_ms(), slack: 0 };
        Arc::new(SteadyClock { source, reading: Mutex::new(reading) })
    }

    /// The time, never below what was returned before.
    pub fn now(&self) -> Timestamp {
        let mut reading = self.reading();
        let monotonic_ms = self.source.monotonic_ms();
        *reading = reading.at(monotonic_ms, self.source.wall().0);
        Timestamp(reading.now_ms)
    }

    /// The monotonic source, for pauses and intervals.
    pub fn monotonic_ms(&self) -> u64 {
        self.source.monotonic_ms()
    }

    /// From now on the time is not below `earliest`: what a store that is opened has last written.
    pub fn raise(&self, earliest: Timestamp) {
        let mut reading = self.reading();
        reading.now_ms = reading.now_ms.max(earliest.0);
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    fn at(self, monotonic_ms: u64, wall_ms: i64) -> Reading {
        let elapsed_ms = monotonic_ms.saturating_sub(self.monotonic_ms);
        let elapsed = i64::try_from(elapsed_ms).unwrap_or(i64::MAX);
        // Slack that was not needed is not saved up for the next step of the wall clock.
        let gained = elapsed_ms.saturating_mul(CLOCK_SLEW_PPM);
        let slack = self.slack.min(SLACK_PER_MS).saturating_add(gained);
        let bend_max = i64::try_from(slack / SLACK_PER_MS).unwrap_or(i64::MAX);
        let straight = self.now_ms.saturating_add(elapsed);
        let bend = wall_ms.saturating_sub(straight).clamp(-bend_max.min(elapsed), bend_max);
        Reading {
            now_ms: straight.saturating_add(bend),
            monotonic_ms: monotonic_ms.max(self.monotonic_ms),
            slack: slack.saturating_sub(bend.unsigned_abs().saturating_mul(SLACK_PER_MS)),
        }
    }
}
