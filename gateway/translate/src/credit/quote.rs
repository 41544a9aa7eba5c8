//! What a bank's side answers to lookups and quotes, from the bank's record (fee 0).

use fspiop::amount::Money;
use fspiop::error::ErrorInformation;
use fspiop::ilp::{Condition, Secret, Version};
use fspiop::quote::QuotesPost;
use serde::{Deserialize, Serialize};

use crate::document;
use crate::party::PartyKey;
use crate::{BankRecord, FspiopRequest, PaymentId};

/// The terms of a quote that was answered: a document under the quote's id, stored before the answer
/// leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteTerms {
    pub(super) quote: PaymentId,
    pub(super) transaction: PaymentId,
    /// SHA-256 of the request's canonical form, hexadecimal.
    pub(super) hash: String,
    pub(super) payer_fsp: String,
    pub(super) payer: PartyKey,
    pub(super) payer_name: Option<String>,
    pub(super) payee: PartyKey,
    pub(super) payee_name: Option<String>,
    #[serde(with = "document::money")]
    pub(super) amount: Money,
    pub(super) note: Option<String>,
    pub(super) extensions: Vec<(String, String)>,
    pub(super) ilp_packet: String,
    #[serde(with = "document::condition")]
    pub(super) condition: Condition,
    pub(super) expiration_ms: i64,
    /// PUT /quotes/{ID}, as it was sent.
    pub(super) answer: FspiopRequest,
}

/// The answer to a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteAnswer {
    /// PUT /quotes/{ID} or PUT /quotes/{ID}/error.
    pub reply: FspiopRequest,
    /// What is to be stored first; `None` with an error and with a quote that is known already.
    pub terms: Option<Box<QuoteTerms>>,
}

/// PUT /parties/... or its error: whether the bank serves the party, by its record.
pub fn answer_lookup(bank: &BankRecord, party: &PartyKey, asker: &str) -> FspiopRequest {
    let _ = (bank, party, asker);
    unimplemented!()
}

/// PUT /quotes/{ID} or its error. `known`: the terms stored under the quote's id.
pub fn answer_quote(
    bank: &BankRecord,
    quote: &QuotesPost,
    asker: &str,
    known: Option<&QuoteTerms>,
    version: Version,
    secret: &Secret,
    now_ms: i64,
) -> QuoteAnswer {
    let _ = (bank, quote, asker, known, version, secret, now_ms);
    unimplemented!()
}

#[allow(dead_code)]
fn unused(_: ErrorInformation) {}
