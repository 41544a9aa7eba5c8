//! What a scorer shows of itself, for health and metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use frms::{Missing, Verdict};
use tokio::time::Instant;

/// See the module. Read whenever one likes.
#[derive(Debug)]
pub struct Standing {
    born: Instant,
    /// When the scorer's thread last had a turn, in milliseconds since then.
    turned_ms: AtomicU64,
    active: AtomicBool,
    position: AtomicU64,
    verdicts: AtomicU64,
    failed_rules: AtomicU64,
    missing_rulings: AtomicU64,
    refused: AtomicU64,
    missed: AtomicU64,
    unreadable: AtomicU64,
    untold: AtomicU64,
    snapshots: AtomicU64,
    behind: AtomicU64,
    connected: AtomicBool,
}

/// The numbers of a [`Standing`] at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Whether it answers.
    pub is_active: bool,
    /// Whether the stream is there.
    pub is_connected: bool,
    /// The number of the last event that was taken in.
    pub position: u64,
    /// Events that it has still to read.
    pub behind: u64,
    /// Verdicts that it came to.
    pub verdicts: u64,
    /// Of those, how many lack the result of a rule that failed.
    pub failed_rules: u64,
    /// Of those, how many lack the result of a rule processor elsewhere.
    pub missing_rulings: u64,
    /// Verdicts that are not known to be on the stream.
    pub untold: u64,
    /// Writes that the stream refused or did not acknowledge.
    pub refused: u64,
    /// Events that were no longer there to be read.
    pub missed: u64,
    /// Messages on the stream that are no events.
    pub unreadable: u64,
    /// Snapshots that were written.
    pub snapshots: u64,
}

impl Default for Standing {
    fn default() -> Standing {
        Standing {
            born: Instant::now(),
            turned_ms: AtomicU64::default(),
            active: AtomicBool::default(),
            position: AtomicU64::default(),
            verdicts: AtomicU64::default(),
            failed_rules: AtomicU64::default(),
            missing_rulings: AtomicU64::default(),
            refused: AtomicU64::default(),
            missed: AtomicU64::default(),
            unreadable: AtomicU64::default(),
            untold: AtomicU64::default(),
            snapshots: AtomicU64::default(),
            behind: AtomicU64::default(),
            connected: AtomicBool::default(),
        }
    }
}

impl Standing {
    /// All of it.
    pub fn numbers(&self) -> Numbers {
        let of = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Numbers {
            is_active: self.is_active(),
            is_connected: self.is_connected(),
            position: of(&self.position),
            behind: of(&self.behind),
            verdicts: of(&self.verdicts),
            failed_rules: of(&self.failed_rules),
            missing_rulings: of(&self.missing_rulings),
            untold: of(&self.untold),
            refused: of(&self.refused),
            missed: of(&self.missed),
            unreadable: of(&self.unreadable),
            snapshots: of(&self.snapshots),
        }
    }

    /// Whether it answers.
    pub fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// The scorer's thread is at work: it says so at every turn.
    pub(crate) fn turn(&self) {
        let turned = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.turned_ms.store(turned, Ordering::Relaxed);
    }

    /// How long ago its last turn was.
    pub(crate) fn idle(&self) -> Duration {
        let turned = Duration::from_millis(self.turned_ms.load(Ordering::Relaxed));
        self.born.elapsed().saturating_sub(turned)
    }

    /// Gives back whether it was active before.
    pub(crate) fn set_active(&self, is_active: bool) -> bool {
        self.active.swap(is_active, Ordering::AcqRel)
    }

    pub(crate) fn set_connected(&self, is_connected: bool) {
        self.connected.store(is_connected, Ordering::Relaxed);
    }

    pub(crate) fn set_behind(&self, behind: u64) {
        self.behind.store(behind, Ordering::Relaxed);
    }

    pub(crate) fn behind(&self) -> u64 {
        self.behind.load(Ordering::Relaxed)
    }

    pub(crate) fn taken(&self, position: u64, verdicts: &[Arc<Verdict>]) {
        self.turn();
        self.position.store(position, Ordering::Relaxed);
        for verdict in verdicts {
            let count = |number: &AtomicU64, lacks: Missing| {
                let lacks = verdict.missing.contains(&lacks);
                number.fetch_add(u64::from(lacks), Ordering::Relaxed);
            };
            self.verdicts.fetch_add(1, Ordering::Relaxed);
            count(&self.failed_rules, Missing::FailedRule);
            count(&self.missing_rulings, Missing::ExternalRule);
        }
    }

    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn missed(&self, events: u64) {
        self.missed.fetch_add(events, Ordering::Relaxed);
    }

    pub(crate) fn unreadable(&self) {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn untold(&self, verdicts: usize) {
        self.untold.store(u64::try_from(verdicts).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) {
        self.snapshots.fetch_add(1, Ordering::Relaxed);
    }
}
