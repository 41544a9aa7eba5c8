//! Who pays whom, as far as the hub can know: from the quote that a transfer follows, else from its
//! ILP packet, else not at all. Accounts are pseudonyms from here on.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use frms::{AccountKey, EntityKey, Facts, Party, Pseudonyms};
use fspiop::ilp::Packet;
use fspiop::json::Value;
use fspiop::party::PartyIdInfo;
use fspiop::quote::{QuotesPost, QuotesPut};
use fspiop::transfer::TransfersPost;
use serde::{Deserialize, Serialize};
use switch::Timestamp;
use switch_store::{Document, DocumentKey, DocumentWrite, Expected};

use crate::limits::{QUOTED_KEPT_MS, QUOTES_ASKED_MAX};
use crate::outbound::NotKept;

/// The kind of what is kept of a quote until its transfer comes; the key is payer, payee and condition.
pub const QUOTED: &str = "quoted-parties";

/// The parties of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parties {
    /// Who pays.
    pub debtor: Option<Party>,
    /// Who is paid.
    pub creditor: Option<Party>,
    /// Where that is known from.
    pub facts: Facts,
}

/// As they are stored: account and entity of the debtor, then of the creditor.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u8,
    debtor: (u128, u128),
    creditor: (u128, u128),
}

const STORED_VERSION: u8 = 1;

/// Quotes that were asked for and not answered yet: in memory, as the quotes themselves are. Two
/// generations of at most [`QUOTES_ASKED_MAX`]: when the younger is full, the elder is forgotten.
#[derive(Debug, Default)]
pub struct QuotesAsked {
    generations: Mutex<(HashMap<Quote, Asked>, HashMap<Quote, Asked>)>,
}

/// A quote, by who asked and its 128 bits.
type Quote = (String, u128);

/// Of whom it was asked, and whose payment it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Of whom: only its answer counts.
    pub payee_fsp: String,
    /// Who pays.
    pub debtor: Party,
    /// Who is paid.
    pub creditor: Party,
}

impl QuotesAsked {
    /// Remembers what a quote is about until it is answered.
    pub fn ask(&self, payer_fsp: &str, quote: u128, asked: Asked) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if generations.0.len() >= QUOTES_ASKED_MAX {
            generations.1 = std::mem::take(&mut generations.0);
        }
        generations.0.insert((payer_fsp.to_owned(), quote), asked);
    }

    /// What a quote is about that `payee_fsp` answers: once.
    pub fn answer(&self, payer_fsp: &str, quote: u128, payee_fsp: &str) -> Option<Asked> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (payer_fsp.to_owned(), quote);
        let (young, old) = &mut *generations;
        let map = if young.contains_key(&key) { young } else { old };
        map.get(&key).filter(|asked| asked.payee_fsp == payee_fsp)?;
        map.remove(&key)
    }
}

impl Asked {
    /// What a quote asks about.
    pub fn of(post: &QuotesPost, payer_fsp: &str, payee_fsp: &str, known: &Pseudonyms) -> Asked {
        Asked {
            payee_fsp: payee_fsp.to_owned(),
            debtor: party(&post.payer.id_info, payer_fsp, known),
            creditor: party(&post.payee.id_info, payee_fsp, known),
        }
    }

    /// What is kept of it until the transfer comes, once it is answered.
    ///
    /// # Errors
    /// [`NotKept`]: nothing is to be written then, least of all a removal.
    pub fn kept(
        &self,
        payer_fsp: &str,
        put: &QuotesPut,
        now: Timestamp,
    ) -> Result<DocumentWrite, NotKept> {
        let both = |party: Party| (party.account.0, party.entity.0);
        let (debtor, creditor) = (both(self.debtor), both(self.creditor));
        let stored = Stored { version: STORED_VERSION, debtor, creditor };
        let (shortest, longest) = QUOTED_KEPT_MS;
        let until =
            put.expiration.epoch_ms().clamp(now.plus_ms(shortest).0, now.plus_ms(longest).0);
        Ok(DocumentWrite {
            key: key(payer_fsp, &self.payee_fsp, put.condition.0),
            expected: Expected::Any,
            body: Some(Bytes::from(postcard::to_stdvec(&stored)?)),
            deadline: Some(Timestamp(until)),
        })
    }
}

/// The name of what is kept of the quote that a transfer follows: the condition is the payee's own,
/// and no third party's answer is kept under these two names.
pub fn key(payer_fsp: &str, payee_fsp: &str, condition: [u8; 32]) -> DocumentKey {
    let mut bytes = condition.to_vec();
    bytes.extend_from_slice(payer_fsp.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(payee_fsp.as_bytes());
    DocumentKey::new(QUOTED, bytes)
}

/// What was kept of a quote.
pub fn of_quote(document: &Document) -> Option<Parties> {
    let stored: Stored = postcard::from_bytes(&document.body).ok()?;
    let party =
        |(account, entity)| Some(Party { account: AccountKey(account), entity: EntityKey(entity) });
    (stored.version == STORED_VERSION).then(|| Parties {
        debtor: party(stored.debtor),
        creditor: party(stored.creditor),
        facts: Facts::Quote,
    })
}

/// What the ILP packet tells, if it tells anything.
pub fn of_packet(post: &TransfersPost, known: &Pseudonyms) -> Parties {
    let terms = Packet::from_text(post.ilp_packet.as_str()).and_then(|packet| packet.terms());
    let of = |side: &str, agent: &str| {
        let info = terms.as_ref().ok()?.member(side)?.member("partyIdInfo")?;
        let text = |name: &str| info.member(name).and_then(Value::as_str);
        let (scheme, id) = (text("partyIdType")?, text("partyIdentifier")?);
        Some(named(scheme, id, text("partySubIdOrType"), agent, known))
    };
    let debtor = of("payer", post.payer_fsp.as_str());
    let creditor = of("payee", post.payee_fsp.as_str());
    let tells = debtor.is_some() || creditor.is_some();
    let facts = if tells { Facts::IlpPacket } else { Facts::Unknown };
    Parties { debtor, creditor, facts }
}

fn party(info: &PartyIdInfo, agent: &str, known: &Pseudonyms) -> Party {
    let sub_id = info.sub_id.as_ref().map(|sub_id| sub_id.as_str());
    named(info.id_type.as_str(), info.identifier.as_str(), sub_id, agent, known)
}

/// A sub-identifier is part of the account's name, and not of who holds it.
fn named(scheme: &str, id: &str, sub_id: Option<&str>, agent: &str, known: &Pseudonyms) -> Party {
    match sub_id {
        None => known.party(scheme, id, agent),
        Some(sub_id) => Party {
            account: known.account(scheme, &format!("{id}/{sub_id}"), agent),
            entity: known.entity(scheme, id),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(payee_fsp: &str) -> Asked {
        let known = Pseudonyms::new(b"secret");
        let party = known.party("MSISDN", "1", "a");
        Asked { payee_fsp: payee_fsp.to_owned(), debtor: party, creditor: party }
    }

    #[test]
    fn only_the_answer_of_whom_was_asked_counts_and_once() {
        let quotes = QuotesAsked::default();
        quotes.ask("payer", 7, asked("payee"));
        assert_eq!(quotes.answer("payer", 7, "mallory"), None);
        assert_eq!(quotes.answer("other", 7, "payee"), None);
        assert_eq!(quotes.answer("payer", 7, "payee"), Some(asked("payee")));
        assert_eq!(quotes.answer("payer", 7, "payee"), None);
    }

    #[test]
    fn what_nobody_answers_is_forgotten_after_a_while() {
        let quotes = QuotesAsked::default();
        for quote in 0..=QUOTES_ASKED_MAX {
            quotes.ask("payer", quote as u128, asked("payee"));
        }
        assert!(quotes.answer("payer", 0, "payee").is_some(), "the elder generation");
        for quote in 0..=QUOTES_ASKED_MAX {
            quotes.ask("payer", (quote + QUOTES_ASKED_MAX * 2) as u128, asked("payee"));
        }
        assert_eq!(quotes.answer("payer", 1, "payee"), None);
    }

    #[test]
    fn what_is_kept_is_found_by_payer_payee_and_condition() {
        let one = key("ab", "c", [1; 32]);
        assert_eq!(one, key("ab", "c", [1; 32]));
        for other in [key("a", "bc", [1; 32]), key("ab", "c", [2; 32]), key("c", "ab", [1; 32])] {
            assert_ne!(one, other);
        }
    }
}
