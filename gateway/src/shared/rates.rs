//! How many requests a second a participant may send to all nodes together: a bucket of tokens in
//! Redis, leased in chunks, so that a request costs a fraction of an operation. Without Redis each
//! node has a bucket of its own with its share.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use redis::Script;
use switch::Timestamp;
use tokio::sync::Mutex as AsyncMutex;

use super::{Away, Link};
use crate::limits::RATE_LEASE_MAX;

static LEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lease.lua")));

/// A token in the units that buckets count in: fine enough for any share of one a second.
const TOKEN: i64 = 1_000_000;

/// The buckets of all participants that have a limit.
pub struct Rates {
    link: Option<Arc<Link>>,
    nodes: u32,
    /// By participant: as many as there are.
    buckets: Mutex<HashMap<String, Arc<Bucket>>>,
}

/// It has sent more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited;

#[derive(Default)]
struct Bucket {
    state: Mutex<State>,
    /// Held by who asks Redis; whoever comes meanwhile shares what it gets.
    asking: AsyncMutex<()>,
}

#[derive(Default)]
struct State {
    /// Tokens of the shared bucket that are this node's.
    leased: u32,
    /// Until when Redis need not be asked, because the shared bucket is empty.
    empty_until: Option<Timestamp>,
    /// For when Redis is away.
    own: Option<OwnBucket>,
}

/// This node's bucket, filled by the time that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OwnBucket {
    units: i64,
    at: Timestamp,
}

impl Rates {
    /// One of `nodes` nodes, which know of each other by `link`.
    pub fn new(link: Option<Arc<Link>>, nodes: u32) -> Rates {
        Rates { link, nodes: nodes.max(1), buckets: Mutex::default() }
    }

    /// Takes the token that a request of `participant` costs, at `per_s` tokens a second for all
    /// nodes; no limit if that is 0. As many as fill a second may come at once.
    ///
    /// # Errors
    /// There is none.
    pub async fn take(&self, participant: &str, per_s: u32, now: Timestamp) -> Result<(), Limited> {
        if per_s == 0 {
            return Ok(());
        }
        let bucket = self.bucket(participant);
        let Some(link) = self.link.as_deref().filter(|link| link.is_there()) else {
            return bucket.take_own(per_s, self.share(), now);
        };
        if let Some(taken) = bucket.take_leased(now) {
            return taken;
        }
        let _alone = bucket.asking.lock().await;
        if let Some(taken) = bucket.take_leased(now) {
            return taken;
        }
        match lease(link, participant, per_s).await {
            Ok((0, wait_ms)) => bucket.is_empty_until(now.plus_ms(wait_ms)),
            Ok((given, _)) => bucket.has_leased(given),
            Err(Away) => bucket.take_own(per_s, self.share(), now),
        }
    }

    /// How many nodes share a limit while they do not know of each other.
    fn share(&self) -> u32 {
        if self.link.is_some() { self.nodes } else { 1 }
    }

    fn bucket(&self, participant: &str) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get(participant) {
            return Arc::clone(bucket);
        }
        Arc::clone(buckets.entry(participant.to_owned()).or_default())
    }
}

impl Bucket {
    /// A token that this node has; `None` if Redis has to be asked.
    fn take_leased(&self, now: Timestamp) -> Option<Result<(), Limited>> {
        let mut state = self.state();
        if let Some(left) = state.leased.checked_sub(1) {
            state.leased = left;
            return Some(Ok(()));
        }
        state.empty_until.is_some_and(|until| now < until).then_some(Err(Limited))
    }

    fn has_leased(&self, given: u32) -> Result<(), Limited> {
        let mut state = self.state();
        state.leased = given.saturating_sub(1);
        state.empty_until = None;
        Ok(())
    }

    fn is_empty_until(&self, until: Timestamp) -> Result<(), Limited> {
        self.state().empty_until = Some(until);
        Err(Limited)
    }

    fn take_own(&self, per_s: u32, share: u32, now: Timestamp) -> Result<(), Limited> {
        let mut state = self.state();
        let full = (i64::from(per_s) * TOKEN / i64::from(share)).max(TOKEN);
        let former = state.own.unwrap_or(OwnBucket { units: full, at: now });
        let (left, taken) = former.take(full, now);
        state.own = Some(left);
        taken
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OwnBucket {
    /// One second fills it.
    fn take(self, full: i64, now: Timestamp) -> (OwnBucket, Result<(), Limited>) {
        let passed_ms = now.0.saturating_sub(self.at.0).clamp(0, 1_000);
        let refill = full.saturating_mul(passed_ms) / 1_000;
        let at = self.at.max(now);
        let units = self.units.saturating_add(refill).min(full);
        match units >= TOKEN {
            true => (OwnBucket { units: units - TOKEN, at }, Ok(())),
            false => (OwnBucket { units, at }, Err(Limited)),
        }
    }
}

/// Some tokens, and if there is none, the milliseconds until there is one.
async fn lease(link: &Link, participant: &str, per_s: u32) -> Result<(u32, i64), Away> {
    let mut script = LEASE.key(format!("causeway:rate:{participant}"));
    script.arg(per_s).arg(wanted(per_s));
    let run = |mut connection| async move { script.invoke_async(&mut connection).await };
    link.run("lease", run).await.map(|told| told.value)
}

/// A tenth of a second's worth, so that no node takes what the others need.
fn wanted(per_s: u32) -> u32 {
    (per_s / 10).clamp(1, RATE_LEASE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn taken(rates: &Rates, per_s: u32, requests: usize, at_ms: i64) -> usize {
        let mut taken = 0;
        for _ in 0..requests {
            let token = rates.take("green", per_s, Timestamp(at_ms)).await;
            taken += usize::from(token.is_ok());
        }
        taken
    }

    #[tokio::test]
    async fn a_second_may_come_at_once_and_then_as_many_as_time_allows() {
        let rates = Rates::new(None, 3);
        assert_eq!(taken(&rates, 0, 1_000, 0).await, 1_000);
        assert_eq!(taken(&rates, 100, 150, 0).await, 100);
        assert_eq!(taken(&rates, 100, 10, 9).await, 0);
        assert_eq!(taken(&rates, 100, 10, 10).await, 1);
        assert_eq!(taken(&rates, 100, 200, 60_000).await, 100);
        assert_eq!(taken(&rates, 100, 10, 50_000).await, 0, "a clock that steps back gives none");
    }

    #[tokio::test]
    async fn the_slowest_limit_is_one_a_second_and_participants_do_not_share() {
        let rates = Rates::new(None, 1);
        assert_eq!(taken(&rates, 1, 5, 0).await, 1);
        let mut later = 0;
        for at_ms in 1..=3_000 {
            later += taken(&rates, 1, 1, at_ms).await;
        }
        assert_eq!(later, 3);
        assert!(rates.take("blue", 1, Timestamp(0)).await.is_ok());
    }

    #[test]
    fn a_lease_is_a_tenth_of_a_second_and_fifty_tokens_at_most() {
        for (per_s, tokens) in [(1, 1), (19, 1), (100, 10), (500, 50), (100_000, 50)] {
            assert_eq!(wanted(per_s), tokens);
        }
    }
}
