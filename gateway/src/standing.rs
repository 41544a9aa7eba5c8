//! Whether this node is to be given work, as a balancer learns it from `/health`; and how far it has
//! got with leaving.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use switch::ParticipantName;
use tokio::sync::watch;

use crate::limits::{CLOCK_APART_MAX_MS, HEALTH_PATIENCE_MS, STORE_HANGS_MS};
use crate::node::Node;

/// What a node knows of its own readiness.
#[derive(Debug, Default)]
pub struct Standing {
    draining: AtomicBool,
    leaving: AtomicBool,
    /// Why its copy of what others change is not to be trusted.
    stale: Mutex<Option<String>>,
    /// Why it must not go on.
    deposed: watch::Sender<Option<String>>,
}

/// What readiness is judged by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether the store answers.
    pub store_answers: bool,
    /// Whether batches are committed.
    pub commits: bool,
    /// In words, what keeps the node from being ready; empty when it is.
    pub reasons: Vec<String>,
    /// In words, what an operator is to know of a store that works.
    pub warnings: Vec<String>,
}

struct Facts<'f> {
    store_answers: bool,
    halted: Option<&'f str>,
    full: Option<String>,
    at_work_ms: u64,
    holds_lease: bool,
    wall_ahead_ms: i64,
    draining: bool,
    stale: Option<String>,
}

impl Standing {
    /// From now on nobody is to send new work here.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Whether it is on its way out.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// From now on nothing stored is sent and nothing is taken over: others do.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::SeqCst);
    }

    /// Whether what is stored is left to others.
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::SeqCst)
    }

    /// Whether the copies of what others change are up to date, and if not, why.
    pub fn seen(&self, result: Result<(), impl Display>) {
        let now = result.err().map(|error| error.to_string());
        let mut stale = self.stale();
        if *stale == now {
            return;
        }
        match &now {
            Some(error) => tracing::error!(error, "what other nodes changed is not in effect here"),
            None => tracing::info!("what other nodes changed is in effect here"),
        }
        *stale = now;
    }

    /// The store refuses to be written by this node ever again.
    pub fn depose(&self, reason: &str) {
        self.deposed.send_if_modified(|deposed| {
            let is_first = deposed.is_none();
            deposed.get_or_insert_with(|| reason.to_owned());
            is_first
        });
    }

    /// Returns why, once it is.
    pub async fn deposed(&self) -> String {
        let mut deposed = self.deposed.subscribe();
        let reason = deposed.wait_for(Option::is_some).await;
        // The sender is ours and lives as long as this future.
        reason.map(|reason| reason.clone().unwrap_or_default()).unwrap_or_default()
    }

    fn stale(&self) -> MutexGuard<'_, Option<String>> {
        self.stale.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the store, and judges.
pub async fn health(node: &Node) -> Health {
    let hub = ParticipantName::hub();
    let asked = node.store.participant(&hub);
    let answer = tokio::time::timeout(Duration::from_millis(HEALTH_PATIENCE_MS), asked).await;
    let deposed = node.standing.deposed.borrow().clone();
    let facts = Facts {
        store_answers: matches!(answer, Ok(Ok(_))),
        halted: node.committer.halted().or(deposed.as_deref()),
        full: node.committer.full(),
        at_work_ms: node.committer.at_work_ms(),
        holds_lease: node.store.holds_lease(),
        wall_ahead_ms: node.store.wall_ahead_ms(),
        draining: node.standing.is_draining(),
        stale: node.standing.stale().clone(),
    };
    Health { warnings: node.store.warnings(), ..facts.judge() }
}

impl Facts<'_> {
    fn judge(self) -> Health {
        let mut reasons = Vec::new();
        if let Some(halted) = self.halted {
            reasons.push(format!("the store has halted ({halted}): start this node again"));
        }
        if !self.store_answers {
            reasons.push("the store does not answer".to_owned());
        }
        if let Some(full) = &self.full {
            reasons.push(format!("the store has no room left ({full}): make room on its disk"));
        }
        let hangs = self.at_work_ms > STORE_HANGS_MS;
        if hangs {
            let s = self.at_work_ms / 1_000;
            reasons.push(format!(
                "the store has hung for {s} s: look at its disk, then start this node again"
            ));
        }
        if !self.holds_lease {
            let lease = "this node's lease in the store is in doubt: nothing stored is sent";
            reasons.push(lease.to_owned());
        }
        if self.wall_ahead_ms.unsigned_abs() > CLOCK_APART_MAX_MS {
            let (apart_ms, way) = (self.wall_ahead_ms.unsigned_abs(), self.wall_ahead_ms.signum());
            let way = if way > 0 { "ahead of" } else { "behind" };
            let clock = "this machine's clock is";
            reasons.push(format!("{clock} {apart_ms} ms {way} the store's: set it (NTP)"));
        }
        reasons.extend(self.stale.map(|stale| format!("records are out of date: {stale}")));
        if self.draining {
            reasons.push("this node is draining: it is about to stop".to_owned());
        }
        let commits = self.halted.is_none() && self.full.is_none() && !hangs;
        let store_answers = self.store_answers;
        Health { store_answers, commits, reasons, warnings: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn well() -> Facts<'static> {
        Facts {
            store_answers: true,
            halted: None,
            full: None,
            at_work_ms: 15_000,
            holds_lease: true,
            wall_ahead_ms: 500,
            draining: false,
            stale: None,
        }
    }

    #[test]
    fn a_node_that_is_well_is_ready_and_each_trouble_is_said_by_itself() {
        assert!(well().judge().reasons.is_empty());
        for (facts, word) in [
            (Facts { store_answers: false, ..well() }, "does not answer"),
            (Facts { halted: Some("deposed"), ..well() }, "(deposed)"),
            (Facts { full: Some("no space".to_owned()), ..well() }, "no room left (no space)"),
            (Facts { at_work_ms: 61_000, ..well() }, "hung for 61 s"),
            (Facts { holds_lease: false, ..well() }, "lease"),
            (Facts { wall_ahead_ms: 501, ..well() }, "501 ms ahead of"),
            (Facts { wall_ahead_ms: -60_000, ..well() }, "60000 ms behind"),
            (Facts { draining: true, ..well() }, "draining"),
            (Facts { stale: Some("no key".to_owned()), ..well() }, "no key"),
        ] {
            let health = facts.judge();
            assert_eq!(health.reasons.len(), 1, "{health:?}");
            assert!(health.reasons[0].contains(word), "{health:?}");
            let stops = ["(deposed)", "no room left (no space)", "hung for 61 s"].contains(&word);
            assert_eq!(health.commits, !stops);
        }
    }

    #[test]
    fn the_first_reason_for_ending_stays() {
        let standing = Standing::default();
        assert_eq!(standing.deposed().now_or_never(), None);
        standing.depose("its lease was taken");
        standing.depose("something else");
        assert_eq!(standing.deposed().now_or_never().unwrap(), "its lease was taken");
    }
}
