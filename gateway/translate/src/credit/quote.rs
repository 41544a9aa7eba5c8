//! What a bank's side answers to lookups and quotes, from the bank's record (fee 0), until acmt.023 is
//! bridged (CONTRACTS §1).

use aws_lc_rs::digest::{SHA256, digest};
use fspiop::amount::Money;
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::identifiers::{FspId, TransactionScenario};
use fspiop::ilp::{Condition, Secret, Terms, Version};
use fspiop::json::ObjectWriter;
use fspiop::party::{PartiesPut, Party};
use fspiop::quote::{QuotesPost, QuotesPut};
use fspiop::route::Method;
use fspiop::time::DateTime;
use fspiop::transfer::IlpPacketText;
use fspiop::version::Resource;
use serde::{Deserialize, Serialize};

use crate::effect::{lookup_error, outcome, quote_error};
use crate::limits::QUOTE_GOOD_FOR_MS;
use crate::party::{PartyKey, name_of};
use crate::request::party_target;
use crate::{BankRecord, FspiopRequest, PaymentId, document, money};

/// The terms of a quote that was answered: a document under the quote's id, stored before the answer
/// leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteTerms {
    pub(super) transaction: PaymentId,
    /// SHA-256 of the request's canonical form, hexadecimal.
    hash: String,
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
    answer: FspiopRequest,
}

/// What [`answer_quote`] needs beside the request.
#[derive(Debug, Clone, Copy)]
pub struct Quoting<'q> {
    /// The payee bank.
    pub bank: &'q BankRecord,
    /// Who asks (FSPIOP-Source).
    pub asker: &'q str,
    /// The terms that are stored under the quote's id.
    pub known: Option<&'q QuoteTerms>,
    /// v1 for FSPIOP 1.x.
    pub version: Version,
    /// The bank side's durable secret.
    pub secret: &'q Secret,
    /// Now.
    pub now_ms: i64,
}

/// The answer to a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteAnswer {
    /// PUT /quotes/{ID} or PUT /quotes/{ID}/error.
    pub reply: FspiopRequest,
    /// What is to be stored first, under the quote's id; `None` with an error and with a quote that is
    /// known already.
    pub terms: Option<Box<QuoteTerms>>,
}

/// PUT /parties/... or its error: whether the bank serves the party, by its record.
pub fn answer_lookup(bank: &BankRecord, party: &PartyKey, asker: &str) -> FspiopRequest {
    let info = party.id_info(Some(bank.fsp_id())).ok().filter(|_| bank.serves(party));
    match info {
        Some(info) => {
            let body = PartiesPut { party: Party::of(info) }.render();
            let target = party_target(Resource::Parties, party);
            outcome(Method::Put, target, Resource::Parties, asker, body)
        }
        None => {
            let error = ErrorInformation::of(ErrorCode::PartyNotFound);
            lookup_error(asker, Resource::Parties, party, &error)
        }
    }
}

/// PUT /quotes/{ID} or its error. The same quote again gets the same answer, other terms under its id
/// get 3106.
pub fn answer_quote(quote: &QuotesPost, quoting: &Quoting<'_>) -> QuoteAnswer {
    let spelling = quote.quote_id.as_str();
    let refuse = |error: &ErrorInformation| QuoteAnswer {
        reply: quote_error(quoting.asker, spelling, error),
        terms: None,
    };
    let hash = hash(quote);
    match quoting.known {
        Some(known) if known.hash == hash => {
            QuoteAnswer { reply: known.answer.clone(), terms: None }
        }
        Some(_) => refuse(&ErrorInformation::of(ErrorCode::ModifiedRequest)),
        None => match terms(quote, hash, quoting) {
            Ok(terms) => QuoteAnswer { reply: terms.answer.clone(), terms: Some(Box::new(terms)) },
            Err(error) => refuse(&error),
        },
    }
}

fn terms(
    quote: &QuotesPost,
    hash: String,
    quoting: &Quoting<'_>,
) -> Result<QuoteTerms, ErrorInformation> {
    let payee = acceptable(quote, quoting)?;
    let (put, expiration_ms) = sealed(quote, quoting)?;
    let target = format!("/quotes/{}", quote.quote_id.as_str());
    let extensions = quote.extensions.iter().map(|e| (e.key.clone(), e.value.clone()));
    let mut answer = outcome(Method::Put, target, Resource::Quotes, quoting.asker, put.render());
    answer.until_ms = Some(expiration_ms);
    Ok(QuoteTerms {
        transaction: PaymentId::from(quote.transaction_id.id()),
        hash,
        payer_fsp: payer_fsp(quote, quoting.asker),
        payer: PartyKey::of(&quote.payer.id_info),
        payer_name: name_of(&quote.payer),
        payee,
        payee_name: name_of(&quote.payee),
        amount: quote.amount,
        note: quote.note.clone(),
        extensions: extensions.collect(),
        ilp_packet: put.ilp_packet.as_str().to_owned(),
        condition: put.condition,
        expiration_ms,
        answer,
    })
}

fn payer_fsp(quote: &QuotesPost, asker: &str) -> String {
    let named = quote.payer.id_info.fsp_id.as_ref();
    named.map_or(asker, FspId::as_str).to_owned()
}

/// Whether the bank can be paid so: what could not be said in its pacs.008 is refused now, not later.
fn acceptable(quote: &QuotesPost, quoting: &Quoting<'_>) -> Result<PartyKey, ErrorInformation> {
    let refuse = ErrorInformation::with_detail;
    let payee = PartyKey::of(&quote.payee.id_info);
    let other_fsp = |fsp: &FspId| fsp.as_str() != quoting.bank.fsp_id();
    if !quoting.bank.serves(&payee) || quote.payee.id_info.fsp_id.as_ref().is_some_and(other_fsp) {
        return Err(ErrorInformation::of(ErrorCode::PartyNotFound));
    }
    let paid_forward =
        [TransactionScenario::Transfer, TransactionScenario::Payment, TransactionScenario::Deposit];
    if !paid_forward.contains(&quote.transaction_type.scenario) {
        let detail = "only TRANSFER, PAYMENT and DEPOSIT reach this payee";
        return Err(refuse(ErrorCode::PayeeFspUnsupportedTransactionType, detail));
    }
    if quote.amount.amount.is_zero() {
        return Err(refuse(ErrorCode::ValidationError, "amount must be more than 0"));
    }
    money::iso_of_fspiop(&quote.amount)
        .map_err(|error| refuse(ErrorCode::PayeeUnsupportedCurrency, &error.to_string()))?;
    payee
        .account()
        .map_err(|error| refuse(ErrorCode::PayeeIdentifierNotValid, &error.to_string()))?;
    match &quote.expiration {
        Some(expiration) if expiration.epoch_ms() <= quoting.now_ms => {
            Err(refuse(ErrorCode::QuoteExpired, "on arrival"))
        }
        _ => Ok(payee),
    }
}

fn sealed(quote: &QuotesPost, quoting: &Quoting<'_>) -> Result<(QuotesPut, i64), ErrorInformation> {
    let internal =
        |detail: &str| ErrorInformation::with_detail(ErrorCode::InternalServerError, detail);
    let asked_ms = quote.expiration.as_ref().map_or(0, DateTime::epoch_ms);
    let good_until_ms = quoting.now_ms.saturating_add_unsigned(QUOTE_GOOD_FOR_MS);
    let expiration_ms = asked_ms.max(good_until_ms);
    let expiration =
        DateTime::from_epoch_ms(expiration_ms).ok_or_else(|| internal("expiration"))?;
    // The packet names the payee's FSP (ILP address), which the asker may have left out.
    let mut request = quote.clone();
    request.payee.id_info.fsp_id = FspId::parse(quoting.bank.fsp_id()).ok();
    let response = ObjectWriter::default()
        .with("transferAmount", &quote.amount)
        .with("expiration", &expiration)
        .with_optional("note", quote.note.as_deref())
        .finish();
    let terms = Terms::of_quote(&request.to_value(), &response);
    let refuse = |error: fspiop::ilp::SealError| {
        ErrorInformation::with_detail(ErrorCode::ValidationError, &error.to_string())
    };
    let sealed = quoting.secret.seal(quoting.version, &terms).map_err(refuse)?;
    let put = QuotesPut {
        transfer_amount: quote.amount,
        payee_receive_amount: Some(quote.amount),
        payee_fsp_fee: None,
        payee_fsp_commission: None,
        expiration,
        geo_code: None,
        ilp_packet: IlpPacketText::parse(&sealed.packet).map_err(|_| internal("ilpPacket"))?,
        condition: sealed.condition,
        extensions: Vec::new(),
    };
    Ok((put, expiration_ms))
}

fn hash(quote: &QuotesPost) -> String {
    let digest = digest(&SHA256, &quote.render());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
