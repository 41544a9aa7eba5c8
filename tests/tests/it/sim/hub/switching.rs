//! The switch's door, as gateway/src/hub and effects.rs have it: a request becomes a command, its
//! decision becomes rows in the same batch.

use std::sync::Arc;

use bytes::Bytes;
use causeway_translate::{FspiopRequest, PaymentId, effect, money};
use fspiop::deadline::{
    Answer as TimeAnswer, Budget, Down, Input, TimedResource, Timeout, TimeoutHeaders,
};
use fspiop::error::ErrorInformation;
use fspiop::route::{Match, Route};
use fspiop::transfer::{TransferState, TransfersPost, TransfersPut};
use fspiop::version::{Rules, Version};
use switch::{
    Abort, Command, Condition, Decision, Effect, Fulfil, FulfilState, Fulfilment, Hash, Prepare,
    ReportedError, Timestamp, Transfer, TransferId, Verdict,
};
use switch_store::{
    CommitError, DocumentKey, DocumentWrite, Expected, NewOutboxRow, NotRendered, Render, Rendered,
    Submission,
};

use super::rows::{HopBudget, Item, Kind, Outbound, Urgency};
use super::{Node, RECONCILIATION, Wish};
use crate::sim::network::Message;

const ANSWER: &str = "answer";
const COMPLETED_AHEAD_MS: i64 = 200;
const COMPLETED_BEHIND_MS: i64 = 300_000;
/// How long a lookup, a quote or their answer is tried.
const VOLATILE_MS: i64 = 10_000;

/// Answers one FSPIOP request with a status.
pub async fn receive(node: &Node, message: &Message) -> u16 {
    let rules = Rules::new(Version::V1_1, &node.scheme.currencies);
    let found = Match::find(&message.method, &message.target);
    let Ok(route) = found.and_then(|found| found.route(&rules)) else { return 400 };
    match route {
        Route::GetParty(party) => match node.scheme.holder(party.identifier.as_str()) {
            Some(holder) => forward(node, message, &holder),
            None => 202,
        },
        Route::PutParty(_) | Route::PutPartyError(_) | Route::PostQuote => {
            forward(node, message, message.destination.as_deref().unwrap_or_default())
        }
        Route::PutQuote(_) | Route::PutQuoteError(_) => {
            forward(node, message, message.destination.as_deref().unwrap_or_default())
        }
        Route::PostTransfer => prepare(node, message, &rules).await,
        Route::GetTransfer(id) => inquire(node, message, id.as_str(), TransferId(id.id().0)).await,
        Route::PutTransfer(id) => fulfil(node, message, id.as_str(), TransferId(id.id().0)).await,
        Route::PutTransferError(id) => {
            abort(node, message, id.as_str(), TransferId(id.id().0)).await
        }
        _ => 400,
    }
}

/// Ends a transfer without anybody's message.
pub async fn end(node: &Node, command: Command) -> Result<(), CommitError> {
    commit(node, command, Renderer::default()).await
}

/// What lives in memory only, passed on.
fn forward(node: &Node, message: &Message, to: &str) -> u16 {
    let deadline = node.now().plus_ms(VOLATILE_MS);
    let outbound = Outbound { kind: Kind::Forwarded, message: message.clone(), budget: None };
    node.wish(Wish::Send(Box::new(Item {
        row: None,
        destination: to.to_owned(),
        resource: format!("{} {} {}", message.from, message.method, quote_or_target(message)),
        urgency: Urgency::Request,
        deadline: Some(deadline),
        outbound,
        attempts: 0,
        may_have_left: false,
    })));
    202
}

/// What a volatile message is about: POST /quotes names it in its body only.
fn quote_or_target(message: &Message) -> String {
    message.about.map_or_else(|| message.target.clone(), |id| format!("{} {id}", message.target))
}

async fn prepare(node: &Node, message: &Message, rules: &Rules<'_>) -> u16 {
    let json = fspiop::json::parse(&message.body).unwrap();
    let Ok(post) = TransfersPost::parse(&json, rules) else { return 400 };
    let id = TransferId(post.transfer_id.id().0);
    let Ok(known) = node.store.transfer(id).await else { return 503 };
    let arrival = node.now();
    let budget = match budget(node, message, &post, known.as_ref(), arrival) {
        Ok(budget) => Some(budget),
        Err(TimeAnswer::Reject) if known.is_none() => return 400,
        Err(_) => None,
    };
    if known.is_none() && matches!(budget.as_ref().map(|one| one.down(0)), Some(Down::Refuse(_))) {
        return 400;
    }
    let hop = budget.as_ref().map(|budget| HopBudget {
        until_ms: arrival.0 + i64::try_from(budget.onward_ms()).unwrap(),
        link_ms: budget.link_ms(),
        floor_ms: budget.floor_ms(),
    });
    let own = budget.as_ref().map(|budget| i64::try_from(budget.own_ms).unwrap());
    let command = Command::Prepare(Box::new(Prepare {
        id,
        spelling: post.transfer_id.as_str().to_owned(),
        source: message.from.parse().unwrap(),
        payer: post.payer_fsp.as_str().parse().unwrap(),
        payee: post.payee_fsp.as_str().parse().unwrap(),
        money: money::switch_of_fspiop(&post.amount).unwrap(),
        condition: Condition(post.condition.0),
        expiration: Timestamp(post.expiration.epoch_ms()),
        expires_at: own.map_or(Timestamp(post.expiration.epoch_ms()), |own| arrival.plus_ms(own)),
        reserve_by: hop.and_then(|hop| {
            let needed = hop.link_ms + hop.floor_ms?;
            Some(Timestamp(hop.until_ms - i64::try_from(needed).unwrap()))
        }),
        hash: Hash(post.terms_hash()),
        hold_until: own.map_or(Timestamp(0), |own| arrival.plus_ms(own)),
        verdict: Verdict::NotScreened,
        verdict_reference: None,
    }));
    let Ok(kept) = kept(node, known.as_ref()).await else { return 503 };
    let renderer = Renderer { received: Some(message.clone()), budget: hop, kept };
    status(commit(node, command, renderer).await, 202)
}

fn budget(
    node: &Node,
    message: &Message,
    post: &TransfersPost,
    known: Option<&Transfer>,
    arrival: Timestamp,
) -> Result<Budget, TimeAnswer> {
    let row = node.scheme.profile.row(TimedResource::Transfers).unwrap();
    let open = known.filter(|known| !known.state.is_final());
    let remaining = open.map(|known| {
        u64::try_from(known.expires_at.0 - arrival.0).unwrap_or(0) + row.answer_margin_ms
    });
    let payee = node.scheme.record(post.payee_fsp.as_str());
    let timeout = message.timeout_ms.and_then(Timeout::at_most);
    let input = Input {
        resource: TimedResource::Transfers,
        headers: TimeoutHeaders { timeout, ..TimeoutHeaders::default() },
        expiration_minus_now_ms: Some(post.expiration.epoch_ms() - arrival.0),
        first_sight_remaining_ms: remaining,
        payee_honours_timeout: payee.is_some_and(|bank| bank.honours_timeout()),
        to_proxy: false,
    };
    Budget::compute(row, &input).map_err(|refusal| refusal.answer)
}

async fn fulfil(node: &Node, message: &Message, spelling: &str, id: TransferId) -> u16 {
    let put = TransfersPut::parse(&fspiop::json::parse(&message.body).unwrap()).unwrap();
    if let Some(completed) = &put.completed_timestamp {
        let age_ms = node.now().0 - completed.epoch_ms();
        if !(-COMPLETED_AHEAD_MS..=COMPLETED_BEHIND_MS).contains(&age_ms) {
            return 400;
        }
    }
    let state = match put.transfer_state {
        TransferState::Committed => FulfilState::Committed,
        TransferState::Reserved => FulfilState::Reserved,
        TransferState::Received | TransferState::Aborted => return 400,
    };
    let command = Command::Fulfil(Box::new(Fulfil {
        id,
        spelling: spelling.to_owned(),
        source: message.from.parse().unwrap(),
        destination: message.destination.as_deref().unwrap().parse().unwrap(),
        state,
        fulfilment: Fulfilment(put.fulfilment.unwrap().0),
        hash: Hash(put.terms_hash()),
        completed_at: put.completed_timestamp.map(|at| Timestamp(at.epoch_ms())),
    }));
    let renderer = Renderer { received: Some(message.clone()), ..Renderer::default() };
    status(commit(node, command, renderer).await, 200)
}

async fn abort(node: &Node, message: &Message, spelling: &str, id: TransferId) -> u16 {
    let error = ErrorInformation::parse(&fspiop::json::parse(&message.body).unwrap()).unwrap();
    let mut hash = [0; 32];
    hash[..2].copy_from_slice(&error.code.number().to_be_bytes());
    let command = Command::Abort(Box::new(Abort {
        id,
        spelling: spelling.to_owned(),
        source: message.from.parse().unwrap(),
        destination: message.destination.as_deref().unwrap().parse().unwrap(),
        hash: Hash(hash),
        error: ReportedError {
            code: error.code.number(),
            description: error.description,
            extensions: Vec::new(),
        },
    }));
    let renderer = Renderer { received: Some(message.clone()), ..Renderer::default() };
    status(commit(node, command, renderer).await, 200)
}

async fn inquire(node: &Node, message: &Message, spelling: &str, id: TransferId) -> u16 {
    let Ok(known) = node.store.transfer(id).await else { return 503 };
    let Ok(kept) = kept(node, known.as_ref()).await else { return 503 };
    let by = message.from.parse().unwrap();
    let command = Command::Inquire { id, spelling: spelling.to_owned(), by };
    status(commit(node, command, Renderer { kept, ..Renderer::default() }).await, 202)
}

async fn commit(node: &Node, command: Command, renderer: Renderer) -> Result<(), CommitError> {
    let render = Some(Arc::new(renderer) as Arc<dyn Render>);
    let submission = Submission { commands: vec![command], render, ..Submission::default() };
    node.committer.submit(submission).await.map(|_| ())
}

/// The payee's answer of earlier, for a resend.
async fn kept(node: &Node, known: Option<&Transfer>) -> Result<Option<Message>, CommitError> {
    let Some(known) = known.filter(|known| known.state.is_final()) else { return Ok(None) };
    let stored = node.store.document(&answer_key(known.id)).await;
    let stored = stored.map_err(|_| CommitError::Unavailable)?;
    Ok(stored.map(|stored| serde_json::from_slice(&stored.body).unwrap()))
}

pub fn status(done: Result<(), CommitError>, good: u16) -> u16 {
    match done {
        Ok(()) => good,
        Err(_) => 503,
    }
}

fn answer_key(id: TransferId) -> DocumentKey {
    DocumentKey::new(ANSWER, Bytes::copy_from_slice(&id.0.to_be_bytes()))
}

/// From decisions to rows and documents.
#[derive(Default)]
struct Renderer {
    received: Option<Message>,
    budget: Option<HopBudget>,
    kept: Option<Message>,
}

impl Render for Renderer {
    fn render(&self, decisions: &[Decision], _: Timestamp) -> Result<Rendered, NotRendered> {
        let mut rendered = Rendered::default();
        for effect in decisions.iter().flat_map(|decision| &decision.effects) {
            self.effect(effect, &mut rendered);
        }
        Ok(rendered)
    }
}

impl Renderer {
    fn effect(&self, effect: &Effect, rendered: &mut Rendered) {
        match effect {
            Effect::ForwardPrepare { to, about } => {
                if let Some(received) = self.received.clone() {
                    let (kind, budget) = (Kind::Forwarded, self.budget);
                    let outbound = Outbound { kind, message: received, budget };
                    let (lane, deadline) = (lane(about.id), Some(about.expires_at));
                    let row = outbound.row(to.as_str(), &lane, Urgency::Request, deadline);
                    rendered.outbox.push(row);
                }
            }
            Effect::ForwardFulfil { to, about, resent } => {
                self.answer(to.as_str(), about.id, *resent, None, rendered);
            }
            Effect::ForwardAbort { to, about, error, resent } => {
                let code = fspiop::error::ErrorCode::from_number(error.code).unwrap();
                let information = ErrorInformation::of(code);
                let otherwise = effect::transfer_error(to.as_str(), &about.spelling, &information);
                self.answer(to.as_str(), about.id, *resent, Some(otherwise), rendered);
            }
            Effect::Reconciliation { about, .. } => rendered.documents.push(case(about.id)),
            Effect::NotifyCommitted { about, .. }
            | Effect::ConfirmToPayee { about, .. }
            | Effect::CopyToPayee { about, .. }
            | Effect::StateTo { about, .. }
            | Effect::PollForwarded { about, .. } => originate(effect, about.id, rendered),
            Effect::Error { id, .. } => originate(effect, *id, rendered),
            Effect::HoldPrepare { .. } | Effect::HoldEnded { .. } => {}
            Effect::SupersedePrepare { .. }
            | Effect::LimitAlarm { .. }
            | Effect::LimitAdjusted { .. }
            | Effect::PositionAboveLimitAlert { .. } => {}
        }
    }

    fn answer(
        &self,
        to: &str,
        id: TransferId,
        resent: bool,
        otherwise: Option<FspiopRequest>,
        rendered: &mut Rendered,
    ) {
        let received = if resent { &self.kept } else { &self.received };
        let row = match (received, otherwise) {
            (Some(received), _) => {
                let message = received.clone();
                let outbound = Outbound { kind: Kind::Forwarded, message, budget: None };
                outbound.row(to, &lane(id), Urgency::Final, None)
            }
            (None, Some(request)) => own(&request, to, id),
            (None, None) => return,
        };
        if let (false, Some(received)) = (resent, received) {
            let body = Some(Bytes::from(serde_json::to_vec(received).unwrap()));
            let (key, expected) = (answer_key(id), Expected::Any);
            rendered.documents.push(DocumentWrite { key, expected, body, deadline: None });
        }
        rendered.outbox.push(row);
    }
}

fn originate(effect: &Effect, id: TransferId, rendered: &mut Rendered) {
    if let (Some(to), Some(request)) = (effect.to(), effect::originated(effect)) {
        rendered.outbox.push(own(&request, to.as_str(), id));
    }
}

fn own(request: &FspiopRequest, to: &str, id: TransferId) -> NewOutboxRow {
    let message = message_of("hub", request);
    let outbound = Outbound { kind: Kind::Originated, message, budget: None };
    outbound.row(to, &lane(id), Urgency::Final, None)
}

/// A request of a party's as it is sent.
pub fn message_of(party: &str, request: &FspiopRequest) -> Message {
    Message {
        from: party.to_owned(),
        method: request.method.to_string(),
        target: request.target.clone(),
        destination: request.destination.clone(),
        body: request.body.clone().unwrap_or_default(),
        timeout_ms: None,
        about: None,
    }
}

/// The lane of all messages about one transfer.
pub fn lane(id: TransferId) -> String {
    format!("transfers/{}", PaymentId::from(id).uuid())
}

/// The transfer of a lane.
pub fn transfer_of(resource: &str) -> Option<TransferId> {
    let id = resource.strip_prefix("transfers/")?;
    PaymentId::parse(id).ok().map(TransferId::from)
}

/// An item for an operator.
pub fn case(id: TransferId) -> DocumentWrite {
    DocumentWrite {
        key: DocumentKey::new(RECONCILIATION, PaymentId::from(id).uuid()),
        expected: Expected::Any,
        body: Some(Bytes::from_static(b"look")),
        deadline: None,
    }
}
