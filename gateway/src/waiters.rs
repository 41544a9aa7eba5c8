//! Exchanges that wait for a bank order's final status (`Prefer: wait=N`), and the push of that
//! status, which waits for what becomes of them: answered on the exchange, it is not posted as well.

use std::collections::{HashMap, HashSet, VecDeque};
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
    waiting: HashMap<u128, watch::Sender<State>>,
    /// Orders answered of late: their push may come after the answer.
    answered: HashSet<u128>,
    oldest_first: VecDeque<u128>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    open: usize,
    is_final: bool,
    answered: bool,
}

/// One exchange that waits; dropped unanswered, the status is posted instead.
#[derive(Debug)]
pub struct Waiter {
    waiters: Waiters,
    order: u128,
    state: watch::Receiver<State>,
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
        Some(Waiter { waiters: self.clone(), order, state })
    }

    /// Tells those who wait for an order that it is final.
    pub fn wake(&self, order: u128) {
        if let Some(sender) = self.lock().waiting.get(&order) {
            sender.send_modify(|state| state.is_final = true);
        }
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
    /// Returns when the order is final.
    pub async fn is_final(&mut self) {
        // An error would mean that the entry is gone, which its waiters keep from happening.
        let _ = self.state.wait_for(|state| state.is_final).await;
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

    #[tokio::test]
    async fn an_answered_exchange_spares_the_push() {
        let waiters = Waiters::default();
        let mut waiter = waiters.wait(1).unwrap();
        let push = tokio::spawn({
            let waiters = waiters.clone();
            async move { waiters.answered(1).await }
        });
        waiters.wake(1);
        waiter.is_final().await;
        tokio::task::yield_now().await;
        waiter.answered();
        assert!(push.await.unwrap());
        assert!(waiters.answered(1).await, "a push that comes late is spared as well");
        assert!(!waiters.answered(2).await);
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
