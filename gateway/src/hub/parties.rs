//! Lookups: who holds a party is found in the directory, the party itself is asked of its FSP.

use std::sync::Arc;

use fspiop::deadline::{Budget, TimedResource};
use fspiop::error::{ErrorCode, ErrorInformation, Refusal};
use fspiop::party::PartiesPut;
use fspiop::route::PartyPath;
use switch::{Key, ParticipantName, PartyId, directory};

use super::{
    Incoming, accepted, admitted, error_callback, read_failed, rule_refused, send_volatile,
    tell_waiting, versions,
};
use crate::admission::Stage;
use crate::envelope::Answer;
use crate::limits::ANSWER_CALLBACK_MS;
use crate::node::Node;
use crate::outbound::Outbound;
use crate::pending::{Question, Waiting};
use crate::shared::Answered;
use crate::tls::Peer;
use crate::upstream::Upstream;

/// GET /parties/{Type}/{ID}[/{SubId}]
pub async fn get(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    party: &PartyPath,
) -> Result<Answer, Refusal> {
    let (path, question) = (incoming.target, Question::party(party));
    let parties = TimedResource::Parties;
    let Some(budget) = incoming.budget_or_tell(node, parties, Some(&question), path, None)? else {
        return Ok(Answer::empty(202));
    };
    let destination = match &incoming.headers.destination {
        Some(named) => named_destination(node, incoming, named.as_str()).await,
        None => holder(node, &incoming.source, party).await,
    };
    match destination.map_err(read_failed)? {
        Ok(destination) => {
            let asks = Asks { of: &destination, question, path, timed: (parties, None) };
            Ok(accepted(pass_on(node, incoming, budget, asks).await?.as_ref()))
        }
        Err(refusal) => {
            let information = rule_refused(&refusal);
            incoming.tell(node, &error_callback(incoming.source.as_str(), path, &information));
            Ok(accepted(Some(&budget)))
        }
    }
}

/// PUT /parties/... and PUT /parties/.../error
pub async fn put(
    node: &Arc<Node>,
    incoming: &Incoming<'_>,
    party: &PartyPath,
) -> Result<Answer, Refusal> {
    let body = incoming.json()?;
    match incoming.operation.is_error() {
        true => drop(ErrorInformation::parse(&body)?),
        false => drop(PartiesPut::parse(&body, &incoming.rules(node))?),
    }
    answer(node, incoming, &Question::party(party)).await
}

/// Who is asked what, and the path under which the asker is told of errors.
pub struct Asks<'a> {
    /// Who is to answer.
    pub of: &'a ParticipantName,
    /// What is asked.
    pub question: Question,
    /// The path, in the asker's spelling.
    pub path: &'a str,
    /// What its budget is computed from: the row, and the expiration in Unix milliseconds.
    pub timed: (TimedResource, Option<i64>),
}

/// Nobody is kept waiting for a destination that answers nothing (performance.md §5, failfast), or
/// more slowly than it is asked.
///
/// # Errors
/// 503 with 1001 or 2005.
pub fn reachable(node: &Node, peer: &Peer, stage: Stage, destination: &str) -> Result<(), Refusal> {
    if !node.delivery().is_unreachable(destination) {
        return admitted(node, peer, stage, destination);
    }
    let mend = "the other party does not answer at present: try again later";
    Err(Refusal::new(ErrorCode::DestinationCommunicationError, mend).with_status(503))
}

/// Passes a request on to who is to answer it, and remembers whose answer to pass back. The budget that
/// it was passed on with; `None` if the asker was told by callback that there is none.
///
/// # Errors
/// 2005: too much waits already. 1001: it does not answer at present. 400: a resend whose time is over.
pub async fn pass_on(
    node: &Node,
    incoming: &Incoming<'_>,
    budget: Budget,
    asks: Asks<'_>,
) -> Result<Option<Budget>, Refusal> {
    let Asks { of, question, path, timed } = asks;
    let (source, to) = (incoming.source.as_str(), of.as_str());
    let stage = match &question {
        Question::Party(_) => Stage::Start,
        Question::Quote(_) => Stage::Quote,
    };
    reachable(node, &incoming.envelope.peer, stage, to)?;
    let forwarded = match versions::onward(node, incoming, to) {
        Ok(forwarded) => forwarded,
        Err(error) => {
            incoming.tell(node, &error_callback(source, path, &error));
            return Ok(Some(budget));
        }
    };
    let waiting = Waiting {
        source: source.to_owned(),
        question,
        path: path.to_owned(),
        version: incoming.headers.reply_version(),
        asked_of: to.to_owned(),
        own: incoming.after(budget.own_ms),
        asked: Upstream {
            since: incoming.envelope.arrival,
            until: incoming.after(budget.effective_ms),
        },
        shared: None,
    };
    let Some(budget) = remembered(node, incoming, waiting, budget, timed).await? else {
        return Ok(None);
    };
    let forwarded = forwarded.to(to).within(Some(incoming.hop(&budget)));
    let deadline = incoming.after(budget.own_ms);
    send_volatile(node, to, (source, path), Outbound::Forwarded(forwarded), deadline);
    Ok(Some(budget))
}

/// Remembers a request here and, where there are others, at all nodes. Where the same waits at another
/// one, its budget is what was left of the first one's.
async fn remembered(
    node: &Node,
    incoming: &Incoming<'_>,
    waiting: Waiting,
    budget: Budget,
    timed: (TimedResource, Option<i64>),
) -> Result<Option<Budget>, Refusal> {
    let full = |_| Refusal::new(ErrorCode::ServerBusy, "");
    let Some(questions) = &node.shared.questions else {
        node.pending.insert(waiting).map_err(full)?;
        return Ok(Some(budget));
    };
    node.pending.insert(waiting.clone()).map_err(full)?;
    let first = questions.asked(&node.pending, &waiting, node.now()).await;
    let Some(until) = first.filter(|until| *until < waiting.asked.until) else {
        return Ok(Some(budget));
    };
    let left_ms = until.0.saturating_sub(incoming.envelope.arrival.0);
    let left_ms = Some(u64::try_from(left_ms).unwrap_or(0));
    node.pending.cut(&waiting.source, &waiting.question, until, until);
    let budget = incoming.budget_of(node, timed, &waiting.path, left_ms)?;
    if let Some(budget) = &budget {
        let own = incoming.after(budget.own_ms);
        node.pending.cut(&waiting.source, &waiting.question, own, until);
    }
    Ok(budget)
}

/// Passes an answer back to who asked. What nobody waits for any more, or what another was asked,
/// is dropped: the asker has had its answer, or has timed out.
///
/// # Errors
/// 400 without a known destination, 406 where who asked does not take the version.
pub async fn answer(
    node: &Node,
    incoming: &Incoming<'_>,
    question: &Question,
) -> Result<Answer, Refusal> {
    let (source, destination) = (incoming.source.as_str(), incoming.destination()?);
    let destination = destination.as_str();
    if node.peers.record(destination).is_none() {
        let mend = "FSPIOP-Destination is no participant";
        return Err(Refusal::new(ErrorCode::DestinationFspError, mend));
    }
    let (waiting, left) = match awaited(node, destination, question, source).await {
        Answered::Awaited(waiting) => {
            let left = waiting.asked.budget();
            (waiting, Some(left))
        }
        Answered::Unknown => {
            node.metrics.answers_unknown.inc();
            (unknown(incoming, destination, question), None)
        }
        Answered::Unasked => {
            tracing::warn!(source, destination, "an answer that nobody waits for was dropped");
            return Ok(Answer::empty(200));
        }
    };
    let outbound = match versions::back(node, incoming, &waiting) {
        Ok(outbound) => outbound.within(left),
        // Both are told: who waits must not wait for what will not come.
        Err(refusal) => {
            tell_waiting(node, &waiting, &refusal.to_error_information());
            return Err(refusal);
        }
    };
    let until = node.now().plus_ms(ANSWER_CALLBACK_MS);
    send_volatile(node, destination, (source, incoming.target), outbound, until);
    Ok(Answer::empty(200))
}

async fn awaited(node: &Node, source: &str, question: &Question, from: &str) -> Answered {
    match &node.shared.questions {
        Some(questions) => questions.answered(&node.pending, source, question, from).await,
        None => match node.pending.answer(source, question, from) {
            Some(waiting) => Answered::Awaited(waiting),
            None => Answered::Unasked,
        },
    }
}

/// What can be said of a request that another node may have taken: as much as its answer tells.
fn unknown(incoming: &Incoming<'_>, source: &str, question: &Question) -> Waiting {
    let path = incoming.target.strip_suffix("/error").unwrap_or(incoming.target);
    let since = incoming.envelope.arrival;
    Waiting {
        source: source.to_owned(),
        question: question.clone(),
        path: path.to_owned(),
        version: incoming.headers.version,
        asked_of: incoming.source.as_str().to_owned(),
        own: since,
        asked: Upstream { since, until: since.plus_ms(ANSWER_CALLBACK_MS) },
        shared: None,
    }
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
