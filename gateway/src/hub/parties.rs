//! Lookups: who holds a party is found in the directory, the party itself is asked of its FSP.

use std::sync::Arc;

use fspiop::deadline::{Budget, TimedResource};
use fspiop::error::Refusal;
use fspiop::route::PartyPath;
use switch::{Key, ParticipantName, PartyId, directory};

use super::{Incoming, accepted, error_callback, read_failed, rule_refused, send_volatile, tell};
use crate::envelope::Answer;
use crate::node::Node;
use crate::outbound::Outbound;
use crate::pending::Waiting;
use crate::upstream::Upstream;

/// GET /parties/{Type}/{ID}[/{SubId}]
pub async fn get(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    party: &PartyPath,
) -> Result<Answer, Refusal> {
    let path = incoming.target;
    let Some(budget) = incoming.budget_or_tell(node, TimedResource::Parties, path, None)? else {
        return Ok(Answer::empty(202));
    };
    remember(node, incoming, &budget, path)?;
    let destination = match &incoming.headers.destination {
        Some(named) => named_destination(node, incoming, named.as_str()).await,
        None => holder(node, &incoming.source, party).await,
    };
    match destination.map_err(read_failed)? {
        Ok(destination) => forward_request(node, incoming, &budget, &destination),
        Err(refusal) => {
            node.pending.remove(incoming.source.as_str(), incoming.target);
            let information = rule_refused(&refusal);
            let source = incoming.source.as_str();
            tell(node, &error_callback(source, incoming.target, &information));
        }
    }
    Ok(accepted(Some(&budget)))
}

/// PUT /parties/... and PUT /parties/.../error
pub async fn put(node: &Arc<Node>, incoming: &Incoming<'_>) -> Result<Answer, Refusal> {
    incoming.json()?;
    answer(node, incoming, crate::limits::ANSWER_CALLBACK_MS)
}

/// Remembers whom to tell when nobody answers.
pub fn remember(
    node: &Node,
    incoming: &Incoming<'_>,
    budget: &Budget,
    path: &str,
) -> Result<(), Refusal> {
    let waiting = Waiting {
        source: incoming.source.as_str().to_owned(),
        path: path.to_owned(),
        own: incoming.after(budget.own_ms),
        asked: Upstream {
            since: incoming.envelope.arrival,
            until: incoming.after(budget.effective_ms),
        },
    };
    let busy = |_| Refusal::new(fspiop::error::ErrorCode::ServerBusy, "");
    node.pending.insert(waiting).map_err(busy)
}

/// Passes a request on to who is to answer it.
pub fn forward_request(
    node: &Node,
    incoming: &Incoming<'_>,
    budget: &Budget,
    destination: &ParticipantName,
) {
    let forwarded =
        incoming.forwarded().to(destination.as_str()).within(Some(incoming.hop(budget)));
    let deadline = incoming.after(budget.own_ms);
    let outbound = Outbound::Forwarded(forwarded);
    send_volatile(node, destination.as_str(), incoming.target, outbound, deadline);
}

/// Passes an answer back to who asked.
pub fn answer(node: &Node, incoming: &Incoming<'_>, tried_ms: i64) -> Result<Answer, Refusal> {
    let destination = incoming.destination()?;
    let path = incoming.target.trim_end_matches("/error");
    let waiting = node.pending.remove(destination.as_str(), path);
    if node.peers.record(destination.as_str()).is_none() {
        let code = fspiop::error::ErrorCode::DestinationFspError;
        return Err(Refusal::new(code, "FSPIOP-Destination is no participant"));
    }
    let left = waiting.map(|waiting| waiting.asked.budget());
    let outbound = Outbound::Forwarded(incoming.forwarded().within(left));
    let until = node.now().plus_ms(tried_ms);
    send_volatile(node, destination.as_str(), incoming.target, outbound, until);
    Ok(Answer::empty(200))
}

type Found = Result<Result<ParticipantName, switch::Refusal>, switch_store::StoreError>;

/// The active participant that holds a party.
pub async fn holder(node: &Node, asker: &ParticipantName, party: &PartyPath) -> Found {
    let sub_id = party.sub_id.as_ref().map(|sub_id| sub_id.as_str());
    let id = PartyId::new(party.id_type.as_str(), party.identifier.as_str(), sub_id);
    let Ok(id) = id else { return Ok(Err(switch::Refusal::PartyNotFound)) };
    let mut keys = directory::keys(asker, &id);
    let first = node.view(&keys).await?;
    keys.extend(directory::more_keys(&first, &id, None));
    let view = node.view(&keys).await?;
    Ok(directory::holder(&view, asker, &id, None))
}

async fn named_destination(node: &Node, incoming: &Incoming<'_>, named: &str) -> Found {
    let Ok(name) = named.parse::<ParticipantName>() else {
        return Ok(Err(switch::Refusal::PartyNotFound));
    };
    let keys = vec![Key::Participant(incoming.source.clone()), Key::Participant(name.clone())];
    let view = node.view(&keys).await?;
    Ok(match view.participant(&name) {
        Ok(Some(participant)) if participant.active => Ok(name),
        _ => Err(switch::Refusal::DestinationUnknown { name }),
    })
}
