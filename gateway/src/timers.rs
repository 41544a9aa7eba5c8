//! What is due when: the store's index of deadlines, kept in memory by due time, so that a
//! transfer expires within [`TICK_MS`] of its deadline and not at some sweep later.
//!
//! Where several nodes share the store, memory holds what this node's own batches have set: another may
//! have moved it since, so that the store is asked what still stands before anything is done about it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use switch::Timestamp;
use switch_store::{Deadline, DeadlineChange, DeadlineSubject, DocumentKey, Store, StoreError};

/// How often the clock is looked at: hub time may be bent, or injected by a test, so that sleeping
/// until a deadline by the machine's clock would miss it.
pub const TICK_MS: u64 = 20;

/// The deadlines that this node looks after: all of a store of its own, its own batches' of a shared one.
#[derive(Debug, Default)]
pub struct Timers {
    wheel: Mutex<Wheel>,
}

#[derive(Debug, Default)]
struct Wheel {
    due: BTreeSet<(Timestamp, DeadlineSubject)>,
    at: HashMap<DeadlineSubject, Timestamp>,
    /// What is being dealt with, as far as that was said: see [`Timers::take`].
    in_hand: HashSet<DeadlineSubject>,
}

impl Timers {
    /// Loads what an earlier run left.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn load(&self, store: &dyn Store) -> Result<(), StoreError> {
        let deadlines = store.deadlines(Timestamp(i64::MAX), usize::MAX).await?;
        let mut wheel = self.lock();
        for Deadline { at, subject } in deadlines {
            // What a batch has moved meanwhile is newer.
            if !wheel.at.contains_key(&subject) {
                wheel.set(subject, Some(at));
            }
        }
        Ok(())
    }

    /// The documents that have a deadline.
    pub fn documents(&self) -> Vec<DocumentKey> {
        let wheel = self.lock();
        let document = |subject: &DeadlineSubject| match subject {
            DeadlineSubject::Document(key) => Some(key.clone()),
            DeadlineSubject::Transfer(_) => None,
        };
        wheel.at.keys().filter_map(document).collect()
    }

    /// Takes over what a batch moved.
    pub fn apply(&self, changes: Vec<DeadlineChange>) {
        let mut wheel = self.lock();
        for DeadlineChange { subject, at } in changes {
            wheel.set(subject, at);
        }
    }

    /// Takes out what is due at `now`, at most `limit`, the earliest first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<DeadlineSubject> {
        let mut wheel = self.lock();
        let mut due = Vec::new();
        while due.len() < limit && wheel.due.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, subject)) = wheel.due.pop_first() {
                wheel.at.remove(&subject);
                due.push(subject);
            }
        }
        due
    }

    /// Of what a shared store says is due, what nobody here deals with and what is not planned for later
    /// here; it is in hand from now on, until [`Timers::done`].
    pub fn take(&self, due: Vec<Deadline>) -> Vec<DeadlineSubject> {
        let mut wheel = self.lock();
        let mut taken = Vec::new();
        for Deadline { subject, .. } in due {
            if !wheel.at.contains_key(&subject) && wheel.in_hand.insert(subject.clone()) {
                taken.push(subject);
            }
        }
        taken
    }

    /// It has been dealt with, or put back.
    pub fn done(&self, subject: &DeadlineSubject) {
        self.lock().in_hand.remove(subject);
    }

    /// Puts something back that could not be dealt with now.
    pub fn again(&self, subject: DeadlineSubject, at: Timestamp) {
        let mut wheel = self.lock();
        if !wheel.at.contains_key(&subject) {
            wheel.set(subject, Some(at));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Wheel> {
        self.wheel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wheel {
    fn set(&mut self, subject: DeadlineSubject, at: Option<Timestamp>) {
        if let Some(former) = self.at.remove(&subject) {
            self.due.remove(&(former, subject.clone()));
        }
        if let Some(at) = at {
            self.at.insert(subject.clone(), at);
            self.due.insert((at, subject));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switch::TransferId;

    #[test]
    fn what_is_moved_is_due_once_at_its_new_time() {
        let timers = Timers::default();
        let subject = DeadlineSubject::Transfer(TransferId(1));
        let set =
            |at| vec![DeadlineChange { subject: DeadlineSubject::Transfer(TransferId(1)), at }];
        timers.apply(set(Some(Timestamp(10))));
        timers.apply(set(Some(Timestamp(20))));
        assert!(timers.due(Timestamp(19), 9).is_empty());
        assert_eq!(timers.due(Timestamp(20), 9), vec![subject]);
        assert!(timers.due(Timestamp(99), 9).is_empty());
        timers.apply(set(Some(Timestamp(30))));
        timers.apply(set(None));
        assert!(timers.due(Timestamp(99), 9).is_empty());
    }

    #[test]
    fn what_is_overdue_in_the_store_is_taken_once_and_not_while_it_is_planned_or_in_hand() {
        let timers = Timers::default();
        let subject = |id| DeadlineSubject::Transfer(TransferId(id));
        let overdue = || {
            let due = [1, 2].map(|id| Deadline { at: Timestamp(5), subject: subject(id) });
            due.to_vec()
        };
        timers.again(subject(1), Timestamp(60));
        assert_eq!(timers.take(overdue()), [subject(2)], "the first one has its time");
        assert_eq!(timers.take(overdue()), []);
        timers.again(subject(2), Timestamp(70));
        timers.done(&subject(2));
        assert_eq!(timers.take(overdue()), [], "put back for later");
        assert_eq!(timers.due(Timestamp(99), 9), [subject(1), subject(2)]);
        assert_eq!(timers.take(overdue()), [subject(1), subject(2)]);
    }

    #[test]
    fn what_is_due_beyond_the_limit_comes_next_and_none_is_lost() {
        let timers = Timers::default();
        let subject = |id| DeadlineSubject::Transfer(TransferId(id));
        for id in [3, 1, 2] {
            let at = Some(Timestamp(i64::try_from(id).unwrap()));
            timers.apply(vec![DeadlineChange { subject: subject(id), at }]);
        }
        assert_eq!(timers.due(Timestamp(9), 2), [subject(1), subject(2)]);
        assert_eq!(timers.due(Timestamp(9), 2), [subject(3)]);
    }
}
