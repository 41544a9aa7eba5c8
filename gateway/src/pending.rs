//! Lookups and quotes on their way: bounded, in memory, lost in a crash, after which the asker
//! times out (DESIGN §2). What is here says whom to tell when nobody answers in time, and what was
//! left when an id was first seen.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use switch::Timestamp;

use crate::limits::PENDING_MAX;
use crate::upstream::Upstream;

/// One lookup or quote that waits for its callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Who asked.
    pub source: String,
    /// The path whose `/error` tells the asker: `/parties/MSISDN/123`, `/quotes/{id}`.
    pub path: String,
    /// When the hub gives up.
    pub own: Timestamp,
    /// Its time; a resend gets no new end.
    pub asked: Upstream,
}

/// All that waits, by asker and path.
#[derive(Debug, Default)]
pub struct Pending {
    waiting: Mutex<HashMap<(String, String), Waiting>>,
}

/// Too much waits already (FSPIOP 2005).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Pending {
    /// What is left of the first request's budget, if this one is a resend.
    pub fn first_sight_remaining_ms(
        &self,
        source: &str,
        path: &str,
        now: Timestamp,
    ) -> Option<u64> {
        let waiting = self.lock();
        let first = waiting.get(&(source.to_owned(), path.to_owned()))?;
        let left = first.asked.until.0.saturating_sub(now.0);
        Some(u64::try_from(left).unwrap_or(0))
    }

    /// Remembers a request; a resend keeps the first one's clock.
    ///
    /// # Errors
    /// Too much waits already.
    pub fn insert(&self, item: Waiting) -> Result<(), Full> {
        let mut waiting = self.lock();
        let key = (item.source.clone(), item.path.clone());
        if waiting.len() >= PENDING_MAX && !waiting.contains_key(&key) {
            return Err(Full);
        }
        waiting.insert(key, item);
        Ok(())
    }

    /// Forgets a request because its callback has come; `None` if nobody waits (any more).
    pub fn remove(&self, source: &str, path: &str) -> Option<Waiting> {
        self.lock().remove(&(source.to_owned(), path.to_owned()))
    }

    /// Takes out everything whose time is over.
    pub fn expire(&self, now: Timestamp) -> Vec<Waiting> {
        let mut waiting = self.lock();
        let over: Vec<_> = waiting
            .iter()
            .filter(|(_, item)| item.own <= now)
            .map(|(key, _)| key.clone())
            .collect();
        over.iter().filter_map(|key| waiting.remove(key)).collect()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether none wait.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
