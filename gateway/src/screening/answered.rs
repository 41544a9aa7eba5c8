//! What answered quotes were about, until their transfers come: in memory where one node keeps the store
//! for itself. Elsewhere the transfer may come to another node, and the store has it. After a restart a
//! transfer has the facts of its ILP packet, as the scorer's own history begins anew then.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use switch_store::DocumentKey;

use super::facts::Known;
use crate::limits::QUOTES_ANSWERED_MAX;

/// See the module. Two generations of at most [`QUOTES_ANSWERED_MAX`]: when the younger is full, the elder
/// is forgotten.
#[derive(Debug, Default)]
pub struct QuotesAnswered {
    generations: Mutex<[HashMap<DocumentKey, Known>; 2]>,
}

impl QuotesAnswered {
    /// Remembers what a quote was about, under the name by which its transfer finds it.
    pub fn keep(&self, key: DocumentKey, known: Known) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let [young, old] = &mut *generations;
        if young.len() >= QUOTES_ANSWERED_MAX {
            *old = std::mem::take(young);
        }
        young.insert(key, known);
    }

    /// What the quote was about that a transfer follows.
    pub fn find(&self, key: &DocumentKey) -> Option<Known> {
        let generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.iter().find_map(|generation| generation.get(key)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use frms::Facts;

    use super::super::facts::{About, key};
    use super::*;

    #[test]
    fn what_a_quote_was_about_is_found_until_many_came_after_it() {
        let quotes = QuotesAnswered::default();
        let known = |facts| Known { debtor: None, creditor: None, facts, about: About::default() };
        let name = |number: usize| {
            let mut condition = [0; 32];
            condition[..8].copy_from_slice(&number.to_be_bytes());
            key("payer", "payee", condition)
        };
        for number in 0..=QUOTES_ANSWERED_MAX {
            quotes.keep(name(number), known(Facts::Quote));
        }
        assert_eq!(quotes.find(&name(0)), Some(known(Facts::Quote)), "the elder generation");
        quotes.keep(name(0), known(Facts::Unknown));
        assert_eq!(quotes.find(&name(0)), Some(known(Facts::Unknown)), "the later answer counts");
        for number in 0..QUOTES_ANSWERED_MAX {
            quotes.keep(name(number + 2 * QUOTES_ANSWERED_MAX), known(Facts::Quote));
        }
        assert_eq!(quotes.find(&name(1)), None);
    }
}
