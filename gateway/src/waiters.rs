//! Exchanges that wait for a bank order's final status (`Prefer: wait=N`), and the push of that
//! status, which waits for what becomes of them: answered on the exchange, it is not posted as well.
//! Where the order ends on another node, that one posts it all the same: the bank has it twice, and the
//! same.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::limits::WAITERS_MAX;

/// Who waits, by order id.
#[derive(Debug, Clone, Default)]
pub struct Waiters {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: BTreeMap<u128, watch::Sender<State>>,
    /// Orders answered of late: their push may come after the answer.
    answered: HashSet<u128>,
    oldest_first: VecDeque<u128>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    open: usize,
    /// How often there was news.
    news: u64,
    answered: bool,
}

/// One exchange that waits; dropped unanswered, the status is posted instead.
#[derive(Debug)]
pub struct Waiter {
    waiters: Waiters,
    order: u128,
    state: watch::Receiver<State>,
    /// How much of the news it has seen.
    seen: u64,
}

impl Waiters {
    /// Starts to wait for an order; `None` when too many wait already.
    pub fn wait(&self, order: u128) -> Option<Waiter> {
        let waiting = &mut self.lock().waiting;
        if waiting.len() >= WAITERS_MAX && !waiting.contains_key(&order) {
            return None;
        }
        let sender = waiting.entry(order).or_insert_with(|| watch::channel(State::default()).0);
        sender.send_modify(|state| state.open += 1);
        let state = sender.subscribe();
        Some(Waiter { waiters: self.clone(), order, state, seen: 0 })
    }

    /// Tells those who wait for an order that there may be news of it.
    pub fn wake(&self, order: u128) {
        if let Some(sender) = self.lock().waiting.get(&order) {
            sender.send_modify(|state| state.news += 1);
        }
    }

    /// Has all who wait look again.
    pub fn wake_all(&self) {
        let shared = self.lock();
        shared.waiting.values().for_each(|sender| sender.send_modify(|state| state.news += 1));
    }

    /// At most `limit` orders that are waited for, by id, those after `after`.
    pub fn waiting(&self, after: Option<u128>, limit: usize) -> Vec<u128> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let shared = self.lock();
        shared
            .waiting
            .range((from, Bound::Unbounded))
            .map(|(order, _)| *order)
            .take(limit)
            .collect()
    }

    /// Whether an exchange answered with the order's final status; returns at once if none waits.
    pub async fn answered(&self, order: u128) -> bool {
        let mut state = {
            let shared = self.lock();
            match shared.waiting.get(&order) {
                Some(sender) => sender.subscribe(),
                None => return shared.answered.contains(&order),
            }
        };
        // An error means that the last waiter has gone; what it left is still to be read.
        let _ = state.wait_for(|state| state.answered || state.open == 0).await;
        state.borrow().answered
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter {
    /// Returns when there is news of the order that it has not seen.
    pub async fn news(&mut self) {
        let seen = self.seen;
        // An error would mean that the entry is gone, which its waiters keep from happening.
        if let Ok(state) = self.state.wait_for(|state| state.news > seen).await {
            self.seen = state.news;
        }
    }

    /// The exchange has answered with the final status.
    pub fn answered(self) {
        let mut shared = self.waiters.lock();
        if let Some(sender) = shared.waiting.get(&self.order) {
            sender.send_modify(|state| state.answered = true);
        }
        shared.remember(self.order);
    }
}

impl Shared {
    fn remember(&mut self, order: u128) {
        if self.answered.insert(order) {
            self.oldest_first.push_back(order);
        }
        if self.oldest_first.len() > WAITERS_MAX
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.answered.remove(&oldest);
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let waiting = &mut self.waiters.lock().waiting;
        let Some(sender) = waiting.get(&self.order) else { return };
        sender.send_modify(|state| state.open = state.open.saturating_sub(1));
        if sender.borrow().open == 0 {
            waiting.remove(&self.order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn an_answered_exchange_spares_the_push() {
        let waiters = Waiters::default();
        let mut waiter = waiters.wait(1).unwrap();
        let push = tokio::spawn({
            let waiters = waiters.clone();
            async move { waiters.answered(1).await }
        });
        waiters.wake(1);
        waiter.news().await;
        tokio::task::yield_now().await;
        waiter.answered();
        assert!(push.await.unwrap());
        assert!(waiters.answered(1).await, "a push that comes late is spared as well");
        assert!(!waiters.answered(2).await);
    }

    #[tokio::test]
    async fn those_who_wait_are_listed_in_pages_and_told_of_news_once() {
        let waiters = Waiters::default();
        let mut all: Vec<Waiter> = [3, 1, 2].map(|order| waiters.wait(order).unwrap()).into();
        assert_eq!(waiters.waiting(None, 2), [1, 2]);
        assert_eq!(waiters.waiting(Some(2), 2), [3]);
        waiters.wake_all();
        for waiter in &mut all {
            waiter.news().await;
            assert!(waiter.news().now_or_never().is_none(), "seen already");
        }
        drop(all);
        assert_eq!(waiters.waiting(None, 2), []);
    }

    #[tokio::test]
    async fn an_exchange_that_broke_off_does_not() {
        let waiters = Waiters::default();
        assert!(!waiters.answered(1).await, "nobody waits");
        let waiter = waiters.wait(1).unwrap();
        let push = tokio::spawn({
            let waiters = waiters.clone();
            async move { waiters.answered(1).await }
        });
        tokio::task::yield_now().await;
        drop(waiter);
        assert!(!push.await.unwrap());
    }
}
