//! Lookups and quotes on their way: bounded, in memory, lost in a crash, after which the asker
//! times out (DESIGN §2). What is here says whose answer is passed back, whom to tell when nobody
//! answers in time, and what was left when an id was first seen. Of several nodes each has its own; what
//! they tell each other is in [`crate::shared::Questions`].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use causeway_translate::party::PartyKey;
use causeway_translate::request::party_target;
use fspiop::identifiers::CorrelationId;
use fspiop::route::PartyPath;
use fspiop::version::{Resource, Version};
use switch::Timestamp;

use crate::limits::PENDING_MAX;
use crate::upstream::Upstream;

/// What somebody asked about, however its path is spelt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Question {
    /// GET /parties, by the canonical path.
    Party(String),
    /// POST /quotes and GET /quotes, by the quote's 128 bits.
    Quote(u128),
}

impl Question {
    /// About the party of a path.
    pub fn party(party: &PartyPath) -> Question {
        Question::Party(party_target(Resource::Parties, &PartyKey::of_path(party)))
    }

    /// About a quote.
    pub fn quote(id: &CorrelationId) -> Question {
        Question::Quote(id.id().0)
    }
}

/// One lookup or quote that waits for its callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Who asked.
    pub source: String,
    /// About what.
    pub question: Question,
    /// The path whose `/error` tells the asker, as it spells it: `/parties/MSISDN/123`,
    /// `/quotes/{id}`.
    pub path: String,
    /// The version in which it asked, and is told of errors.
    pub version: Version,
    /// Whom the request was passed on to: only its answer is passed back.
    pub asked_of: String,
    /// When the hub gives up.
    pub own: Timestamp,
    /// Its time; a resend gets no new end.
    pub asked: Upstream,
    /// The connection to Redis over which the other nodes were told of it.
    pub shared: Option<u64>,
}

/// All that waits, by asker and question.
#[derive(Debug, Default)]
pub struct Pending {
    waiting: Mutex<HashMap<(String, Question), Entry>>,
}

#[derive(Debug)]
struct Entry {
    waiting: Waiting,
    /// Requests passed on without an answer yet: an asker may ask the same twice at once.
    open: u32,
    /// Whether the asker has had an answer, so that it need not be told of a missing one.
    answered: bool,
}

/// Too much waits already (FSPIOP 2005).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Pending {
    /// What is left of the first request's budget, if this one is a resend. Nothing where the other nodes
    /// were told: an answer may have been passed back by one of them, and what they know counts.
    pub fn first_sight_remaining_ms(
        &self,
        source: &str,
        question: &Question,
        now: Timestamp,
    ) -> Option<u64> {
        let entries = self.lock();
        let first = entries.get(&(source.to_owned(), question.clone()))?;
        let left = first.waiting.asked.until.0.saturating_sub(now.0);
        let waits = !first.answered && first.waiting.shared.is_none();
        waits.then(|| u64::try_from(left).unwrap_or(0))
    }

    /// Remembers a request that is passed on.
    ///
    /// # Errors
    /// Too much waits already.
    pub fn insert(&self, waiting: Waiting) -> Result<(), Full> {
        let mut entries = self.lock();
        let key = (waiting.source.clone(), waiting.question.clone());
        let former = entries.get(&key);
        if former.is_none() && entries.len() >= PENDING_MAX {
            return Err(Full);
        }
        let open = match former {
            Some(former) if former.waiting.asked_of == waiting.asked_of => former.open,
            _ => 0,
        };
        entries.insert(key, Entry { waiting, open: open.saturating_add(1), answered: false });
        Ok(())
    }

    /// A request that waits, if this node passed it on.
    pub fn known(&self, source: &str, question: &Question) -> Option<Waiting> {
        let entries = self.lock();
        entries.get(&(source.to_owned(), question.clone())).map(|entry| entry.waiting.clone())
    }

    /// Notes over which connection the other nodes were told.
    pub fn told(&self, source: &str, question: &Question, generation: u64) {
        self.change(source, question, |waiting| waiting.shared = Some(generation));
    }

    /// Cuts a request's time to what was left of it at another node.
    pub fn cut(&self, source: &str, question: &Question, own: Timestamp, until: Timestamp) {
        self.change(source, question, |waiting| {
            waiting.own = waiting.own.min(own);
            waiting.asked.until = waiting.asked.until.min(until);
        });
    }

    /// The request that an answer of `from` to `source` belongs to; `None` if nobody waits for it
    /// (any more), or another was asked.
    pub fn answer(&self, source: &str, question: &Question, from: &str) -> Option<Waiting> {
        let mut entries = self.lock();
        let key = (source.to_owned(), question.clone());
        let entry = entries.get_mut(&key).filter(|entry| entry.waiting.asked_of == from)?;
        entry.open = entry.open.saturating_sub(1);
        entry.answered = true;
        let waiting = entry.waiting.clone();
        if entry.open == 0 {
            entries.remove(&key);
        }
        Some(waiting)
    }

    /// Forgets a request that could not be passed on; `None` if nobody waits for it (any more), or
    /// if another of the same was answered.
    pub fn remove(&self, source: &str, question: &Question) -> Option<Waiting> {
        let entry = self.lock().remove(&(source.to_owned(), question.clone()))?;
        (!entry.answered).then_some(entry.waiting)
    }

    /// Takes out everything whose time is over, and returns what nobody answered.
    pub fn expire(&self, now: Timestamp) -> Vec<Waiting> {
        let mut entries = self.lock();
        let over: Vec<_> = entries
            .iter()
            .filter(|(_, entry)| entry.waiting.own <= now)
            .map(|(key, _)| key.clone())
            .collect();
        let taken = over.iter().filter_map(|key| entries.remove(key));
        taken.filter(|entry| !entry.answered).map(|entry| entry.waiting).collect()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether none wait.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn change(&self, source: &str, question: &Question, change: impl Fn(&mut Waiting)) {
        if let Some(entry) = self.lock().get_mut(&(source.to_owned(), question.clone())) {
            change(&mut entry.waiting);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, Question), Entry>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(asked_of: &str) -> Waiting {
        let (since, until) = (Timestamp(0), Timestamp(1_000));
        Waiting {
            source: "payer".to_owned(),
            question: Question::Quote(7),
            path: "/quotes/x".to_owned(),
            version: Version::V1_1,
            asked_of: asked_of.to_owned(),
            own: Timestamp(900),
            asked: Upstream { since, until },
            shared: None,
        }
    }

    #[test]
    fn only_the_answer_of_whom_was_asked_is_passed_back_and_once() {
        let pending = Pending::default();
        let quote = Question::Quote(7);
        pending.insert(waiting("payee")).unwrap();
        assert_eq!(pending.answer("payer", &quote, "mallory"), None);
        assert_eq!(pending.answer("other", &quote, "payee"), None);
        assert_eq!(pending.answer("payer", &Question::Quote(8), "payee"), None);
        assert_eq!(pending.answer("payer", &quote, "payee"), Some(waiting("payee")));
        assert_eq!(pending.answer("payer", &quote, "payee"), None);
        assert!(pending.is_empty());
    }

    #[test]
    fn who_asks_twice_at_once_gets_two_answers_and_no_error_for_want_of_one() {
        let pending = Pending::default();
        let quote = Question::Quote(7);
        pending.insert(waiting("payee")).unwrap();
        pending.insert(waiting("payee")).unwrap();
        assert!(pending.answer("payer", &quote, "payee").is_some());
        assert_eq!(pending.first_sight_remaining_ms("payer", &quote, Timestamp(1)), None);
        assert_eq!(pending.expire(Timestamp(899)), []);
        assert_eq!(pending.len(), 1);
        assert_eq!(pending.expire(Timestamp(900)), []);
        assert!(pending.is_empty());
        pending.insert(waiting("payee")).unwrap();
        assert_eq!(pending.expire(Timestamp(900)), [waiting("payee")]);
    }

    #[test]
    fn a_question_that_other_nodes_know_takes_no_time_from_the_next_one_like_it() {
        let pending = Pending::default();
        let quote = Question::Quote(7);
        pending.insert(waiting("payee")).unwrap();
        assert!(pending.first_sight_remaining_ms("payer", &quote, Timestamp(1)).is_some());
        pending.told("payer", &quote, 1);
        assert_eq!(pending.first_sight_remaining_ms("payer", &quote, Timestamp(1)), None);
    }

    #[test]
    fn who_is_asked_last_answers() {
        let pending = Pending::default();
        pending.insert(waiting("former")).unwrap();
        pending.insert(waiting("payee")).unwrap();
        assert_eq!(pending.answer("payer", &Question::Quote(7), "former"), None);
        assert!(pending.answer("payer", &Question::Quote(7), "payee").is_some());
        assert!(pending.is_empty());
    }
}
