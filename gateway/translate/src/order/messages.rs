//! The requests that an order sends, as the bank.

use fspiop::error::{ErrorCode, ErrorInformation, Extension};
use fspiop::identifiers::{
    CorrelationId, FspId, TransactionInitiator, TransactionInitiatorType, TransactionScenario,
};
use fspiop::party::{Party, PartyPersonalInfo};
use fspiop::quote::{QuotesPost, TransactionType};
use fspiop::route::Method;
use fspiop::time::{Date, DateTime};
use fspiop::transfer::{IlpPacketText, TransfersPost};
use fspiop::version::Resource;

use super::{Order, QuoteFacts, Terms, UseCase};
use crate::FspiopRequest;
use crate::codes::Circumstances;
use crate::party::{PartyKey, Unnameable};
use crate::request::party_target;
use crate::status::Reason;

/// GET /parties/{Type}/{ID}
pub(super) fn lookup(payee: &PartyKey, until_ms: i64) -> FspiopRequest {
    FspiopRequest {
        method: Method::Get,
        target: party_target(Resource::Parties, payee),
        resource: Resource::Parties,
        body: None,
        destination: None,
        until_ms: Some(until_ms),
    }
}

/// POST /quotes
pub(super) fn quote(
    order: &Order,
    terms: &Terms,
    payee_fsp: &str,
    until_ms: i64,
) -> Result<FspiopRequest, Reason> {
    let unfit = |error: Unnameable| Reason::new(error.iso_reason(), &error.to_string());
    let payee_name = order.payee_name.as_ref().or(terms.payee_name.as_ref());
    let named =
        |id_info, name: Option<&String>| Party { name: name.cloned(), ..Party::of(id_info) };
    let born = terms.payer_born.as_deref().and_then(|born| Date::parse(born).ok());
    let person = |born| PartyPersonalInfo { date_of_birth: Some(born), ..Default::default() };
    let extension = |(key, value): &(String, String)| Extension::new(key, value);
    let body = QuotesPost {
        quote_id: CorrelationId::from(order.id),
        transaction_id: CorrelationId::from(order.id),
        transaction_request_id: None,
        payee: named(terms.payee.id_info(Some(payee_fsp)).map_err(unfit)?, payee_name),
        payer: Party {
            personal_info: born.map(person),
            ..named(
                terms.payer.id_info(Some(&order.bank)).map_err(unfit)?,
                terms.payer_name.as_ref(),
            )
        },
        amount_type: terms.amount_type,
        amount: terms.amount,
        fees: None,
        transaction_type: transaction_type(terms),
        converter: None,
        currency_conversion: None,
        geo_code: None,
        note: terms.note.clone(),
        expiration: DateTime::from_epoch_ms(until_ms),
        extensions: terms.extensions.iter().map(extension).collect(),
    };
    Ok(request(Method::Post, Resource::Quotes, "/quotes", Some(body.render()), payee_fsp, until_ms))
}

/// POST /transfers
pub(super) fn transfer(
    order: &Order,
    quote: &QuoteFacts,
    payee_fsp: &str,
    expiration_ms: i64,
    until_ms: i64,
) -> Result<FspiopRequest, Reason> {
    let body = TransfersPost {
        transfer_id: CorrelationId::from(order.id),
        payee_fsp: FspId::parse(payee_fsp).map_err(|_| internal("payeeFsp"))?,
        payer_fsp: FspId::parse(&order.bank).map_err(|_| internal("payerFsp"))?,
        amount: quote.transfer_amount,
        ilp_packet: IlpPacketText::parse(&quote.ilp_packet).map_err(|_| internal("ilpPacket"))?,
        condition: quote.condition,
        expiration: DateTime::from_epoch_ms(expiration_ms).ok_or_else(|| internal("expiration"))?,
        extensions: Vec::new(),
    };
    let (method, resource) = (Method::Post, Resource::Transfers);
    Ok(request(method, resource, "/transfers", Some(body.render()), payee_fsp, until_ms))
}

/// GET /transfers/{id}
pub(super) fn ask(order: &Order, until_ms: i64) -> FspiopRequest {
    let target = format!("/transfers/{}", order.id.uuid());
    let payee_fsp = order.payee_fsp.as_deref().unwrap_or_default();
    request(Method::Get, Resource::Transfers, &target, None, payee_fsp, until_ms)
}

fn request(
    method: Method,
    resource: Resource,
    target: &str,
    body: Option<Vec<u8>>,
    destination: &str,
    until_ms: i64,
) -> FspiopRequest {
    FspiopRequest {
        method,
        target: target.to_owned(),
        resource,
        body,
        destination: (!destination.is_empty()).then(|| destination.to_owned()),
        until_ms: Some(until_ms),
    }
}

fn transaction_type(terms: &Terms) -> TransactionType {
    TransactionType {
        scenario: match terms.use_case {
            UseCase::Transfer => TransactionScenario::Transfer,
            UseCase::Payment => TransactionScenario::Payment,
            UseCase::Withdrawal => TransactionScenario::Withdrawal,
            UseCase::Deposit => TransactionScenario::Deposit,
        },
        sub_scenario: None,
        initiator: TransactionInitiator::Payer,
        initiator_type: match terms.by_business {
            true => TransactionInitiatorType::Business,
            false => TransactionInitiatorType::Consumer,
        },
        refund_info: None,
        balance_of_payments: None,
    }
}

/// A fact that was checked when it came in cannot be said any more: our fault, never the bank's.
fn internal(member: &str) -> Reason {
    let error = ErrorInformation::with_detail(ErrorCode::InternalServerError, member);
    Reason::of_error(&error, Circumstances::default())
}
