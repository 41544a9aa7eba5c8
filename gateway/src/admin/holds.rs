//! Held transfers: which there are, and the operator's word that releases or blocks one.

use std::sync::Arc;

use bytes::Bytes;
use causeway_translate::{PaymentId, codes};
use fspiop::error::{ErrorCode, Refusal};
use fspiop::json::Value;
use serde::Serialize;
use serde_json::value::RawValue;
use switch::{ExternalState, Outcome, Transfer, TransferId, TransferState};

use super::bounds::{HELD_PAGE_ITEMS, OPERATOR_CHARS_MAX, TEXT_CHARS_MAX};
use super::operations::{page, paged};
use super::request::{Member, Request};
use super::{json, ledger};
use crate::envelope::Answer;
use crate::holds::{self, HELD, Verb, Word, WordError};
use crate::hub::{read_failed, store_failed};
use crate::node::Node;

/// A held transfer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    transfer_id: String,
    payer_fsp: String,
    payee_fsp: String,
    amount: Amount,
    held_since: Option<String>,
    held_until: Option<String>,
    verdict_reference: Option<String>,
}

#[derive(Serialize)]
struct Amount {
    currency: String,
    amount: String,
}

/// What a transfer has come to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    transfer_id: String,
    transfer_state: &'static str,
    /// Who ended the hold, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_information: Option<Box<RawValue>>,
}

/// GET /transfers?state=HELD&limit=&after=: those that wait for an operator's word, by id.
pub(super) async fn list(node: &Arc<Node>, request: &Request<'_>) -> Result<Answer, Refusal> {
    if request.query("state").as_deref() != Some("HELD") {
        let mend = "only held transfers are listed: ask with ?state=HELD";
        return Err(Refusal::new(ErrorCode::ValidationError, mend));
    }
    let limit = page(request, HELD_PAGE_ITEMS)?;
    let after = request.query("after").map(|after| transfer_id(&after)).transpose()?;
    let after = after.map(|id| id.0.to_be_bytes());
    let after = after.as_ref().map(<[u8; 16]>::as_slice);
    let found = node.store.documents(HELD, after, limit).await.map_err(read_failed)?;
    let ids: Vec<TransferId> =
        found.iter().filter_map(|(key, _)| holds::transfer_of(key)).collect();
    let mut shown = Vec::new();
    for id in &ids {
        // One may have ended since its document was read.
        let transfer = node.transfer(*id).await.map_err(read_failed)?;
        let held = transfer.filter(|transfer| transfer.state == TransferState::Held);
        shown.extend(held.as_ref().map(shape));
    }
    let last = ids.last().map(|id| PaymentId::from(*id).uuid()).filter(|_| ids.len() == limit);
    Ok(paged(json(200, &shown), "/transfers?state=HELD", last, limit))
}

/// POST /transfers/{id}/release and /block, with `{"operator", "reason"}`: 200 when that is what became
/// of it, now or before; 404; 409 with the state when something else did.
pub(super) async fn decide(
    node: &Arc<Node>,
    request: &Request<'_>,
    id: &str,
    verb: Verb,
) -> Result<Answer, Refusal> {
    let unknown = || Refusal::new(ErrorCode::TransferIdNotFound, "").with_status(404);
    let id = transfer_id(id).map_err(|_| unknown())?;
    let word = word(request, verb)?;
    let transfer = node.transfer(id).await.map_err(read_failed)?.ok_or_else(unknown)?;
    let decision = holds::decide(node, &transfer, word.clone()).await.map_err(not_taken)?;
    let refusal = match &decision.outcome {
        Outcome::Accepted | Outcome::Resent => None,
        Outcome::Refused(refusal) => Some(refusal.clone()),
        Outcome::Late => Some(switch::Refusal::TransferExpired),
        Outcome::InProgress | Outcome::State(_) => Some(switch::Refusal::NotHeld),
    };
    tracing::info!(
        operation = verb.as_str(),
        transfer = transfer.spelling,
        operator = word.operator.as_deref().unwrap_or("not named"),
        outcome = ?decision.outcome,
        "an operator's word about a held transfer"
    );
    standing(node, id, refusal.as_ref()).await
}

fn word(request: &Request<'_>, verb: Verb) -> Result<Word, Refusal> {
    let body = match request.bytes().is_empty() {
        true => Value::object([]),
        false => request.body()?,
    };
    let body = Member::root(&body);
    let text = |name, most| body.optional_text(name, |text| ledger::plain_text(text, most));
    let operator = text("operator", OPERATOR_CHARS_MAX)?;
    Ok(Word { verb, operator, reason: text("reason", TEXT_CHARS_MAX)? })
}

async fn standing(
    node: &Node,
    id: TransferId,
    refusal: Option<&switch::Refusal>,
) -> Result<Answer, Refusal> {
    let transfer = node.transfer(id).await.map_err(read_failed)?;
    let Some(transfer) = transfer else {
        return Err(Refusal::new(ErrorCode::InternalServerError, ""));
    };
    let decision = node.document(&holds::decision_key(id)).await.map_err(read_failed)?;
    let standing = Standing {
        transfer_id: transfer.spelling,
        transfer_state: word_of(transfer.state.external()),
        decision: decision.and_then(|decision| raw(&decision.body)),
        error_information: refusal.and_then(error_information),
    };
    Ok(json(if refusal.is_some() { 409 } else { 200 }, &standing))
}

fn shape(transfer: &Transfer) -> Held {
    let reference = transfer.verdict_reference.as_ref();
    Held {
        transfer_id: transfer.spelling.clone(),
        payer_fsp: transfer.payer.as_str().to_owned(),
        payee_fsp: transfer.payee.as_str().to_owned(),
        amount: Amount {
            currency: transfer.money.currency().to_string(),
            amount: transfer.money.to_string(),
        },
        held_since: ledger::date_time(transfer.prepared_at),
        held_until: ledger::date_time(transfer.due_at),
        verdict_reference: reference
            .map(|reference| String::from_utf8_lossy(reference.as_bytes()).into_owned()),
    }
}

fn transfer_id(text: &str) -> Result<TransferId, Refusal> {
    let unfit = |_| Refusal::new(ErrorCode::ValidationError, "must be a UUID or a ULID");
    PaymentId::parse(text).map(TransferId::from).map_err(unfit)
}

fn not_taken(error: WordError) -> Refusal {
    match error {
        WordError::Read(error) => read_failed(error),
        WordError::Commit(error) => store_failed(&error),
        WordError::NotKept => {
            tracing::error!(%error, "a held transfer cannot be released: look at once");
            Refusal::new(ErrorCode::InternalServerError, "")
        }
    }
}

fn error_information(refusal: &switch::Refusal) -> Option<Box<RawValue>> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Rendered {
        error_information: Box<RawValue>,
    }
    let rendered = codes::error_of_refusal(refusal).render();
    serde_json::from_slice::<Rendered>(&rendered).ok().map(|rendered| rendered.error_information)
}

fn raw(body: &Bytes) -> Option<Box<RawValue>> {
    serde_json::from_slice(body).ok()
}

fn word_of(state: ExternalState) -> &'static str {
    match state {
        ExternalState::Received => "RECEIVED",
        ExternalState::Reserved => "RESERVED",
        ExternalState::Committed => "COMMITTED",
        ExternalState::Aborted => "ABORTED",
    }
}
