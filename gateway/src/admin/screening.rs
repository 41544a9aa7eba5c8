//! Fraud screening's side of the admin API: conditions on accounts and entities in the peer's event
//! flow format, and the verdict behind a payment that was stopped.

use std::sync::Arc;

use causeway_translate::PaymentId;
use fspiop::error::{ErrorCode, Refusal};
use serde::Serialize;
use serde_json::value::RawValue;
use switch::TransferId;

use super::request::Request;
use super::{audit, json};
use crate::envelope::Answer;
use crate::hub::{read_failed, store_failed};
use crate::limits::CONDITION_BYTES_MAX;
use crate::node::Node;
use crate::screening::conditions::Kept;
use crate::screening::{Screening, verdict_key};

/// A condition as it is listed.
#[derive(Serialize)]
struct Listed<'k> {
    name: &'k str,
    /// `file` or `api`.
    origin: &'static str,
    condition: &'k RawValue,
}

/// GET /screening/conditions
pub(super) fn list(node: &Node) -> Result<Answer, Refusal> {
    let book = screening(node)?.book();
    let all: Vec<_> = book.kept.iter().map(|(name, kept)| listed(name, kept)).collect();
    Ok(json(200, &all))
}

/// GET /screening/conditions/{name}
pub(super) fn show(node: &Node, name: &str) -> Result<Answer, Refusal> {
    let book = screening(node)?.book();
    let kept = book.kept.get(name).ok_or_else(unknown)?;
    Ok(json(200, &listed(name, kept)))
}

/// PUT /screening/conditions/{name}: sets or replaces one.
pub(super) async fn set(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let screening = screening(node)?;
    let unfit = |reason: String| Refusal::new(ErrorCode::ValidationError, reason);
    // Strictly: duplicate keys and what else JSON readers differ on are refused.
    request.body()?;
    if request.bytes().len() > CONDITION_BYTES_MAX {
        return Err(unfit(format!("a condition has at most {CONDITION_BYTES_MAX} bytes")));
    }
    let written = serde_json::from_slice(request.bytes()).map_err(|error| unfit(error.to_string()));
    let kept = Kept::read(name, written?, false, screening.pseudonyms());
    let kept = kept.map_err(|error| unfit(error.to_string()))?;
    not_of_file(screening, name)?;
    room(screening, name, &kept)?;
    screening.change(node, name, Some(kept)).await.map_err(|error| store_failed(&error))?;
    audit("set screening condition", name);
    Ok(Answer::empty(200))
}

/// DELETE /screening/conditions/{name}
pub(super) async fn remove(node: &Arc<Node>, name: &str) -> Result<Answer, Refusal> {
    let screening = screening(node)?;
    if !screening.book().kept.contains_key(name) {
        return Err(unknown());
    }
    not_of_file(screening, name)?;
    screening.change(node, name, None).await.map_err(|error| store_failed(&error))?;
    audit("remove screening condition", name);
    Ok(Answer::empty(204))
}

/// GET /screening/verdicts/{transferId}: why a payment was blocked or held.
pub(super) async fn verdict(node: &Arc<Node>, id: &str) -> Result<Answer, Refusal> {
    screening(node)?;
    let none = || Refusal::new(ErrorCode::IdNotFound, "no verdict stopped it").with_status(404);
    let id = PaymentId::parse(id).map(TransferId::from).map_err(|_| none())?;
    let document = node.document(&verdict_key(id)).await.map_err(read_failed)?.ok_or_else(none)?;
    Ok(Answer::with_body(200, "application/json", document.body))
}

fn screening(node: &Node) -> Result<&Screening, Refusal> {
    let off = "screening is off: set screening.enabled in the configuration";
    let off = || Refusal::new(ErrorCode::UnknownUri, off).with_status(404);
    node.screening.as_ref().ok_or_else(off)
}

fn listed<'k>(name: &'k str, kept: &'k Kept) -> Listed<'k> {
    let origin = if kept.of_file { "file" } else { "api" };
    Listed { name, origin, condition: &kept.json }
}

fn unknown() -> Refusal {
    Refusal::new(ErrorCode::IdNotFound, "no such condition").with_status(404)
}

fn not_of_file(screening: &Screening, name: &str) -> Result<(), Refusal> {
    let of_file = screening.book().kept.get(name).is_some_and(|kept| kept.of_file);
    let mend = "this condition is the file's: change it there, or use another name";
    match of_file {
        true => Err(Refusal::new(ErrorCode::ValidationError, mend)),
        false => Ok(()),
    }
}

/// Whether the scorer would take one more: what it does not take must not be listed.
pub(crate) fn room(screening: &Screening, name: &str, kept: &Kept) -> Result<(), Refusal> {
    let book = screening.book();
    let others = || book.kept.iter().filter(|(other, _)| other.as_str() != name);
    let subject = kept.condition.subject;
    let on_subject = others().filter(|(_, other)| other.condition.subject == subject).count();
    let full = others().count() >= frms::limits::CONDITIONS_MAX
        || on_subject >= frms::limits::CONDITIONS_PER_SUBJECT_MAX;
    let mend = "too many conditions: take some back first";
    if full { Err(Refusal::new(ErrorCode::ValidationError, mend)) } else { Ok(()) }
}
