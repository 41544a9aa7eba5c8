//! What is due when, as gateway/src/timers.rs has it.

use std::collections::{BTreeMap, BTreeSet};

use switch::Timestamp;
use switch_store::{Deadline, DeadlineSubject};

#[derive(Default)]
pub struct Timers {
    due: BTreeSet<(Timestamp, DeadlineSubject)>,
    at: BTreeMap<DeadlineSubject, Timestamp>,
    in_hand: BTreeSet<DeadlineSubject>,
}

impl Timers {
    pub fn set(&mut self, subject: DeadlineSubject, at: Option<Timestamp>) {
        if let Some(former) = self.at.remove(&subject) {
            self.due.remove(&(former, subject.clone()));
        }
        if let Some(at) = at {
            self.at.insert(subject.clone(), at);
            self.due.insert((at, subject));
        }
    }

    /// Takes out what is due.
    pub fn pop(&mut self, now: Timestamp) -> Vec<DeadlineSubject> {
        let mut due = Vec::new();
        while self.due.first().is_some_and(|(at, _)| *at <= now) {
            let (_, subject) = self.due.pop_first().unwrap();
            self.at.remove(&subject);
            due.push(subject);
        }
        due
    }

    /// Of what is due in a shared store, what nobody here deals with and what is not planned here.
    pub fn take(&mut self, due: Vec<Deadline>) -> Vec<DeadlineSubject> {
        let subjects = due.into_iter().map(|deadline| deadline.subject);
        let free = subjects
            .filter(|subject| !self.at.contains_key(subject) && !self.in_hand.contains(subject));
        let free: Vec<DeadlineSubject> = free.collect();
        self.in_hand.extend(free.iter().cloned());
        free
    }

    /// It has been dealt with, or put back.
    pub fn done(&mut self, subject: &DeadlineSubject) {
        self.in_hand.remove(subject);
    }

    /// Puts something back, unless a batch has moved it meanwhile.
    pub fn again(&mut self, subject: DeadlineSubject, at: Timestamp) {
        if !self.at.contains_key(&subject) {
            self.set(subject, Some(at));
        }
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }
}
