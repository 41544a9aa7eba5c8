//! Quotes: routed, timed, never stored.

use std::sync::Arc;

use fspiop::deadline::TimedResource;
use fspiop::error::{ErrorInformation, Refusal};
use fspiop::identifiers::CorrelationId;
use fspiop::quote::{QuotesPost, QuotesPut};
use switch::{ParticipantName, directory};

use super::parties::{Asks, answer, pass_on};
use super::{Incoming, accepted, error_callback, read_failed, rule_refused};
use crate::envelope::Answer;
use crate::node::Node;
use crate::pending::Question;
use crate::screening;

/// POST /quotes
pub async fn post(node: &Arc<Node>, incoming: &Incoming<'_>) -> Result<Answer, Refusal> {
    let quote = QuotesPost::parse(&incoming.json()?, &incoming.rules(node))?;
    let path = format!("/quotes/{}", quote.quote_id.as_str());
    let expiration_ms = quote.expiration.as_ref().map(|expiration| expiration.epoch_ms());
    let question = Question::quote(&quote.quote_id);
    let timed = (TimedResource::Quotes, expiration_ms);
    ask(node, incoming, timed, (question, &path), Some(&quote)).await
}

/// GET /quotes/{ID}: the payee answers; the hub keeps none.
pub async fn get(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    id: &CorrelationId,
) -> Result<Answer, Refusal> {
    let question = Question::quote(id);
    ask(node, incoming, (TimedResource::Get, None), (question, incoming.target), None).await
}

/// PUT /quotes/{ID} and PUT /quotes/{ID}/error
pub async fn put(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    id: &CorrelationId,
) -> Result<Answer, Refusal> {
    let body = incoming.json()?;
    match incoming.operation.is_error() {
        true => drop(ErrorInformation::parse(&body)?),
        false => {
            let put = QuotesPut::parse(&body, &incoming.rules(node))?;
            let parties = (&incoming.destination()?, &incoming.source);
            screening::quoted(node, parties, id.id().0, &put).await;
        }
    }
    answer(node, incoming, &Question::quote(id)).await
}

async fn ask(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    (resource, expiration_ms): (TimedResource, Option<i64>),
    (question, path): (Question, &str),
    quote: Option<&QuotesPost>,
) -> Result<Answer, Refusal> {
    let asked = Some(&question);
    let Some(budget) = incoming.budget_or_tell(node, resource, asked, path, expiration_ms)? else {
        return Ok(Answer::empty(202));
    };
    let destination = incoming.destination()?;
    let refused = match (routed(node, &incoming.source, &destination).await?, quote) {
        (Err(refusal), _) => Some(rule_refused(&refusal)),
        (Ok(()), None) => None,
        (Ok(()), Some(quote)) => {
            let fsps = (incoming.source.as_str(), destination.as_str());
            let left_ms = budget.own_ms.saturating_sub(incoming.elapsed_ms(node));
            screening::quote_asked(node, quote, fsps, left_ms).await?
        }
    };
    match refused {
        None => {
            let timed = (resource, expiration_ms);
            let asks = Asks { of: &destination, question, path, timed };
            Ok(accepted(pass_on(node, incoming, budget, asks).await?.as_ref()))
        }
        Some(information) => {
            incoming.tell(node, &error_callback(incoming.source.as_str(), path, &information));
            Ok(accepted(Some(&budget)))
        }
    }
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
