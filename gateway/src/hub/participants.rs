//! The directory as FSPs keep it: registering parties, taking them back, asking who holds one.

use std::sync::Arc;

use causeway_translate::FspiopRequest;
use fspiop::amount::Currency;
use fspiop::deadline::TimedResource;
use fspiop::error::{ErrorCode, ErrorInformation, Refusal};
use fspiop::participant::{
    ParticipantsIdPut, ParticipantsPost, ParticipantsPut, ParticipantsTypeIdPost, PartyResult,
};
use fspiop::route::{Method, PartyPath};
use fspiop::version::{Resource, Version};
use switch::{Command, Decision, Outcome, PartyId, Timestamp};
use switch_store::{NotRendered, Rendered, Submission};

use super::{Incoming, accepted, error_callback, parties, read_failed, rule_refused, store_failed};
use crate::envelope::Answer;
use crate::keys::Keys;
use crate::limits::PARTIES_AT_ONCE_MAX;
use crate::node::Node;
use crate::outbound::Urgency;
use crate::seal;

/// GET /participants/{Type}/{ID}[/{SubId}]
pub async fn get(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    party: &PartyPath,
    _currency: Option<Currency>,
) -> Result<Answer, Refusal> {
    let source = incoming.source.as_str();
    let path = path_of(incoming.target);
    let participants = TimedResource::Participants;
    let Some(budget) = incoming.budget_or_tell(node, participants, None, path, None)? else {
        return Ok(Answer::empty(202));
    };
    match parties::holder(node, &incoming.source, party).await.map_err(read_failed)? {
        Ok(holder) => {
            let fsp_id = fspiop::identifiers::FspId::parse(holder.as_str()).ok();
            incoming.tell(node, &callback(source, path, ParticipantsPut { fsp_id }.render()));
        }
        Err(refusal) => {
            incoming.tell(node, &error_callback(source, path, &rule_refused(&refusal)));
        }
    }
    Ok(accepted(Some(&budget)))
}

/// POST /participants/{Type}/{ID}[/{SubId}]
pub async fn post(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    party: &PartyPath,
) -> Result<Answer, Refusal> {
    let body = ParticipantsTypeIdPost::parse(&incoming.json()?, &incoming.rules(node))?;
    if body.fsp_id.as_str() != incoming.source.as_str() {
        return Err(not_own().at("/fspId"));
    }
    let command = Command::RegisterParty {
        party: party_id(party)?,
        currency: currency(body.currency)?,
        participant: incoming.source.clone(),
    };
    let done = ParticipantsPut { fsp_id: Some(body.fsp_id) }.render();
    change(node, incoming, command, done).await
}

/// DELETE /participants/{Type}/{ID}[/{SubId}]
pub async fn delete(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    party: &PartyPath,
    of: Option<Currency>,
) -> Result<Answer, Refusal> {
    let command = Command::DeregisterParty {
        party: party_id(party)?,
        currency: currency(of)?,
        participant: incoming.source.clone(),
    };
    change(node, incoming, command, ParticipantsPut { fsp_id: None }.render()).await
}

/// POST /participants: as many batches as it takes; the last one holds the callback with all results.
pub async fn post_list(node: &Arc<Node>, incoming: &Incoming<'_>) -> Result<Answer, Refusal> {
    let post = ParticipantsPost::parse(&incoming.json()?, &incoming.rules(node))?;
    let mut commands = Vec::with_capacity(post.party_list.len());
    for (index, info) in post.party_list.iter().enumerate() {
        if info.fsp_id.as_ref().is_some_and(|fsp| fsp.as_str() != incoming.source.as_str()) {
            return Err(not_own().at(format!("/partyList/{index}/fspId")));
        }
        let sub_id = info.sub_id.as_ref().map(|sub_id| sub_id.as_str());
        let party = PartyId::new(info.id_type.as_str(), info.identifier.as_str(), sub_id);
        commands.push(Command::RegisterParty {
            party: party.map_err(|_| unfit())?,
            currency: currency(post.currency)?,
            participant: incoming.source.clone(),
        });
    }
    let mut errors = Vec::with_capacity(commands.len());
    while commands.len() > PARTIES_AT_ONCE_MAX {
        let later = commands.split_off(PARTIES_AT_ONCE_MAX);
        let submission = Submission { commands, ..Submission::default() };
        let done = node.commit(submission).await.map_err(|error| store_failed(&error))?;
        errors.extend(done.decisions.iter().map(refusal_of));
        commands = later;
    }
    let (keys, to) = (Arc::clone(&node.keys), incoming.source.as_str().to_owned());
    let path = format!("/participants/{}", post.request_id.as_str());
    let version = incoming.headers.reply_version();
    let render = move |decisions: &[Decision], now: Timestamp| {
        let errors = errors.iter().cloned().chain(decisions.iter().map(refusal_of));
        let results = post.party_list.iter().zip(errors);
        let results = results.map(|(info, error)| PartyResult { party_id: info.clone(), error });
        let body =
            ParticipantsIdPut { party_list: results.collect(), currency: post.currency }.render();
        rendered(&callback(&to, &path, body), version, now, &keys)
    };
    let submission =
        Submission { commands, render: Some(Arc::new(render)), ..Submission::default() };
    node.commit(submission).await.map_err(|error| store_failed(&error))?;
    Ok(accepted(None))
}

/// Commits one change of the directory and answers by callback.
async fn change(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    command: Command,
    done: Vec<u8>,
) -> Result<Answer, Refusal> {
    let (keys, to) = (Arc::clone(&node.keys), incoming.source.as_str().to_owned());
    let path = path_of(incoming.target).to_owned();
    let version = incoming.headers.reply_version();
    let render = move |decisions: &[Decision], now: Timestamp| {
        let request = match decisions.first().and_then(refusal_of) {
            Some(information) => error_callback(&to, &path, &information),
            None => callback(&to, &path, done.clone()),
        };
        rendered(&request, version, now, &keys)
    };
    let submission = Submission {
        commands: vec![command],
        render: Some(Arc::new(render)),
        ..Submission::default()
    };
    node.commit(submission).await.map_err(|error| store_failed(&error))?;
    Ok(accepted(None))
}

fn rendered(
    request: &FspiopRequest,
    version: Version,
    now: Timestamp,
    keys: &Keys,
) -> Result<Rendered, NotRendered> {
    let outbound = seal::originated(request, version, now, keys);
    let to = request.destination.as_deref().unwrap_or_default();
    let row = outbound.row(to, &request.target, Urgency::Final, None)?;
    Ok(Rendered { outbox: vec![row], documents: Vec::new() })
}

fn refusal_of(decision: &Decision) -> Option<ErrorInformation> {
    match &decision.outcome {
        Outcome::Refused(refusal) => Some(rule_refused(refusal)),
        _ => None,
    }
}

/// PUT {path}
fn callback(to: &str, path: &str, body: Vec<u8>) -> FspiopRequest {
    FspiopRequest {
        method: Method::Put,
        target: path.to_owned(),
        resource: Resource::Participants,
        body: Some(body),
        destination: Some(to.to_owned()),
        until_ms: None,
    }
}

fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or(target)
}

fn party_id(party: &PartyPath) -> Result<PartyId, Refusal> {
    let sub_id = party.sub_id.as_ref().map(|sub_id| sub_id.as_str());
    PartyId::new(party.id_type.as_str(), party.identifier.as_str(), sub_id).map_err(|_| unfit())
}

fn not_own() -> Refusal {
    let mend = "must be the sender: a party is registered by the FSP that holds it";
    Refusal::new(ErrorCode::ValidationError, mend)
}

fn unfit() -> Refusal {
    Refusal::new(ErrorCode::ValidationError, "the party's identifier is too long")
}

fn currency(currency: Option<Currency>) -> Result<Option<switch::Currency>, Refusal> {
    let convert = |currency: Currency| currency.as_str().parse();
    let unfit = |_| Refusal::new(ErrorCode::ValidationError, "not a currency").at("/currency");
    currency.map(convert).transpose().map_err(unfit)
}
