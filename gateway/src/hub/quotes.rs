//! Quotes: routed, timed, never stored.

use std::sync::Arc;

use fspiop::deadline::TimedResource;
use fspiop::error::Refusal;
use fspiop::quote::QuotesPost;
use switch::{ParticipantName, directory};

use super::parties::{answer, forward_request, remember};
use super::{Incoming, accepted, error_callback, read_failed, rule_refused, tell};
use crate::envelope::Answer;
use crate::limits::ANSWER_CALLBACK_MS;
use crate::node::Node;

/// POST /quotes
pub async fn post(node: &Arc<Node>, incoming: &Incoming<'_>) -> Result<Answer, Refusal> {
    let quote = QuotesPost::parse(&incoming.json()?, &incoming.rules(node))?;
    let path = format!("/quotes/{}", quote.quote_id.as_str());
    let expiration_ms = quote.expiration.as_ref().map(|expiration| expiration.epoch_ms());
    let quotes = TimedResource::Quotes;
    let Some(budget) = incoming.budget_or_tell(node, quotes, &path, expiration_ms)? else {
        return Ok(Answer::empty(202));
    };
    let source = incoming.source.as_str();
    let destination = incoming.destination()?;
    match routed(node, &incoming.source, &destination).await? {
        Ok(()) => {
            remember(node, incoming, &budget, &path)?;
            forward_request(node, incoming, &budget, &destination);
        }
        Err(refusal) => {
            tell(node, &error_callback(source, &path, &rule_refused(&refusal)));
        }
    }
    Ok(accepted(Some(&budget)))
}

/// GET /quotes/{ID}: the payee answers; the hub keeps none.
pub async fn get(node: &Arc<Node>, incoming: &Incoming<'_>) -> Result<Answer, Refusal> {
    let destination = incoming.destination()?;
    let path = incoming.target;
    let Some(budget) = incoming.budget_or_tell(node, TimedResource::Get, path, None)? else {
        return Ok(Answer::empty(202));
    };
    match routed(node, &incoming.source, &destination).await? {
        Ok(()) => {
            remember(node, incoming, &budget, path)?;
            forward_request(node, incoming, &budget, &destination);
        }
        Err(refusal) => {
            let information = rule_refused(&refusal);
            let source = incoming.source.as_str();
            tell(node, &error_callback(source, incoming.target, &information));
        }
    }
    Ok(accepted(Some(&budget)))
}

/// PUT /quotes/{ID} and PUT /quotes/{ID}/error
pub async fn put(node: &Arc<Node>, incoming: &Incoming<'_>) -> Result<Answer, Refusal> {
    incoming.json()?;
    answer(node, incoming, ANSWER_CALLBACK_MS)
}

async fn routed(
    node: &Node,
    source: &ParticipantName,
    destination: &ParticipantName,
) -> Result<Result<(), switch::Refusal>, Refusal> {
    let keys = directory::route_keys(source, destination);
    let view = node.view(&keys).await.map_err(read_failed)?;
    Ok(directory::route_quote(&view, source, destination))
}
