//! What the hub itself originates (DESIGN §2, Originated): from a ledger effect to method, target, body
//! and destination. What somebody else signed is forwarded as bytes and has no place here.

use fspiop::error::{ErrorInformation, Extension, write_extension_list};
use fspiop::json::{ObjectWriter, Value, to_canonical};
use fspiop::route::Method;
use fspiop::time::DateTime;
use fspiop::transfer::{TransferState, TransfersPut};
use fspiop::version::Resource;
use switch::{Confirmation, Effect, ExternalState};

use crate::codes;
use crate::limits::FSPIOP_TEXT_CHARS;
use crate::party::{PartyKey, cut};
use crate::request::{FspiopRequest, party_target};

/// The message of an effect; `None` for what is forwarded and for what only the operator is told.
pub fn originated(effect: &Effect) -> Option<FspiopRequest> {
    match effect {
        Effect::ForwardPrepare { .. }
        | Effect::HoldPrepare { .. }
        | Effect::HoldEnded { .. }
        | Effect::ForwardFulfil { .. }
        | Effect::ForwardAbort { .. }
        | Effect::SupersedePrepare { .. }
        | Effect::LimitAlarm { .. }
        | Effect::LimitAdjusted { .. }
        | Effect::PositionAboveLimitAlert { .. }
        | Effect::Reconciliation { .. } => None,
        Effect::NotifyCommitted { to, about, fulfilment, completed_at } => {
            let (state, spelling) = (ExternalState::Committed, &about.spelling);
            let (fulfilment, at) = (Some(fulfilment), Some(completed_at));
            Some(transfer_state(to.as_str(), spelling, state, fulfilment, at))
        }
        Effect::CopyToPayee { to, about, state, fulfilment, completed_at } => {
            let (fulfilment, at) = (fulfilment.as_ref(), Some(completed_at));
            Some(transfer_state(to.as_str(), &about.spelling, *state, fulfilment, at))
        }
        Effect::StateTo { to, about, state, fulfilment, completed_at } => {
            let (fulfilment, at) = (fulfilment.as_ref(), completed_at.as_ref());
            Some(transfer_state(to.as_str(), &about.spelling, *state, fulfilment, at))
        }
        Effect::ConfirmToPayee { to, about, confirmation, completed_at } => {
            Some(patch(to.as_str(), &about.spelling, confirmation, *completed_at))
        }
        Effect::Error { to, spelling, refusal, .. } => {
            Some(transfer_error(to.as_str(), spelling, &codes::error_of_refusal(refusal)))
        }
        Effect::PollForwarded { to, about } => Some(FspiopRequest {
            method: Method::Get,
            target: format!("/transfers/{}", about.spelling),
            resource: Resource::Transfers,
            body: None,
            destination: Some(to.as_str().to_owned()),
            until_ms: None,
        }),
    }
}

/// PUT /transfers/{id}/error
pub fn transfer_error(to: &str, spelling: &str, error: &ErrorInformation) -> FspiopRequest {
    let target = format!("/transfers/{spelling}/error");
    outcome(Method::Put, target, Resource::Transfers, to, error.render())
}

/// PUT /quotes/{ID}/error
pub fn quote_error(to: &str, spelling: &str, error: &ErrorInformation) -> FspiopRequest {
    let target = format!("/quotes/{spelling}/error");
    outcome(Method::Put, target, Resource::Quotes, to, error.render())
}

/// PUT /parties/{Type}/{ID}[/{SubId}]/error, or the same of participants.
pub fn lookup_error(
    to: &str,
    resource: Resource,
    party: &PartyKey,
    error: &ErrorInformation,
) -> FspiopRequest {
    let target = format!("{}/error", party_target(resource, party));
    outcome(Method::Put, target, resource, to, error.render())
}

/// PUT /participants/{Type}/{ID}[/{SubId}]: who holds the party.
pub fn participant_found(to: &str, party: &PartyKey, holder: &str) -> FspiopRequest {
    let body = to_canonical(&Value::object([("fspId", Value::from(holder))]));
    let target = party_target(Resource::Participants, party);
    outcome(Method::Put, target, Resource::Participants, to, body)
}

pub(crate) fn outcome(
    method: Method,
    target: String,
    resource: Resource,
    to: &str,
    body: Vec<u8>,
) -> FspiopRequest {
    let destination = Some(to.to_owned());
    FspiopRequest { method, target, resource, body: Some(body), destination, until_ms: None }
}

fn transfer_state(
    to: &str,
    spelling: &str,
    state: ExternalState,
    fulfilment: Option<&switch::Fulfilment>,
    completed_at: Option<&switch::Timestamp>,
) -> FspiopRequest {
    let body = TransfersPut {
        fulfilment: fulfilment.map(|fulfilment| fspiop::ilp::Fulfilment(fulfilment.0)),
        completed_timestamp: completed_at.and_then(|at| DateTime::from_epoch_ms(at.0)),
        transfer_state: wire_state(state),
        extensions: Vec::new(),
    };
    let target = format!("/transfers/{spelling}");
    outcome(Method::Put, target, Resource::Transfers, to, body.render())
}

fn patch(
    to: &str,
    spelling: &str,
    confirmation: &Confirmation,
    completed_at: switch::Timestamp,
) -> FspiopRequest {
    let (state, cause) = match confirmation {
        Confirmation::Committed => (TransferState::Committed, None),
        Confirmation::Aborted { cause } => (TransferState::Aborted, cause.as_ref()),
    };
    let cause = cause.map(codes::error_of_refusal).map(|error| {
        let text = format!("{}: {}", error.code, error.description);
        Extension::new("cause", cut(&text, FSPIOP_TEXT_CHARS))
    });
    let body = ObjectWriter::default()
        .with_optional("completedTimestamp", DateTime::from_epoch_ms(completed_at.0).as_ref())
        .with("transferState", state)
        .with_optional("extensionList", write_extension_list(&Vec::from_iter(cause)))
        .finish();
    let target = format!("/transfers/{spelling}");
    outcome(Method::Patch, target, Resource::Transfers, to, to_canonical(&body))
}

fn wire_state(state: ExternalState) -> TransferState {
    match state {
        ExternalState::Received => TransferState::Received,
        ExternalState::Reserved => TransferState::Reserved,
        ExternalState::Committed => TransferState::Committed,
        ExternalState::Aborted => TransferState::Aborted,
    }
}
