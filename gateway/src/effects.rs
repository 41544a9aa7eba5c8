//! From decisions to outbox rows and documents, inside the batch: what the switch wants told
//! becomes messages. Reading [`Renderer::effect`] tells all that the hub does to the world.

use std::sync::Arc;

use bytes::Bytes;
use causeway_translate::{FspiopRequest, PaymentId, codes, effect};
use fspiop::deadline::TimedResource;
use fspiop::error::{ErrorCode, ErrorInformation, Extension};
use fspiop::version::Version;
use switch::{
    About, Decision, Effect, Refusal, ReportedError, Row, Timestamp, Transfer, TransferId,
};
use switch_store::{
    DocumentKey, DocumentWrite, Expected, NewOutboxRow, NotRendered, Notice, Render, Rendered,
};

use crate::keys::Keys;
use crate::node::{HUB, Node};
use crate::outbound::{Forwarded, HopBudget, NotKept, Outbound, Urgency, kept};
use crate::peers::Known;
use crate::seal;
use crate::upstream::{self, Upstream};
use crate::{alerts, holds, versions};

/// The kind of the payee's answer as it was received: what a resend is answered with.
pub const ANSWER: &str = "answer";
/// The kind of cases that somebody has to look at.
pub const RECONCILIATION: &str = "reconciliation";

/// Makes the messages of one request's decisions.
#[derive(Clone)]
pub struct Renderer {
    /// The hub's key.
    pub keys: Arc<Keys>,
    /// Who speaks which version.
    pub peers: Arc<Known>,
    /// Whose request it is, and the version in which it is answered.
    pub asked: Option<(String, Version)>,
    /// The request's own bytes, where the decision may be to pass them on.
    pub received: Option<Forwarded>,
    /// What the next hop may take, if a prepare is passed on.
    pub budget: Option<HopBudget>,
    /// The payee's answer of earlier, where the request may be a resend.
    pub kept: Option<Forwarded>,
    /// The transfer as it was before, where the request may be a resend.
    pub known: Option<Transfer>,
    /// What the hub keeps of a transfer's time to answer upstream.
    pub answer_margin_ms: u64,
    /// The evidence of a fraud verdict, written with the decision.
    pub evidence: Option<DocumentWrite>,
    /// The case that is opened if the transfer is held.
    pub case: Option<DocumentWrite>,
    /// How long a transfer is held before an operator is called again.
    pub held_alert_ms: i64,
}

impl Render for Renderer {
    fn render(&self, decisions: &[Decision], now: Timestamp) -> Result<Rendered, NotRendered> {
        let mut rendered = Rendered::default();
        // Of two copies that came at once, the one that is decided as a resend was judged as well: what counts
        // is the verdict by which the transfer came to stand as it does.
        if decisions.iter().flat_map(|decision| &decision.writes).any(|it| written(it).is_some()) {
            rendered.documents.extend(self.evidence.clone());
        }
        for decision in decisions {
            let transfer = decision.writes.iter().find_map(written).or(self.known.as_ref());
            let before = rendered.outbox.len();
            for effect in &decision.effects {
                self.effect(effect, transfer, now, &mut rendered)?;
            }
            close(decision, rendered.outbox.iter_mut().skip(before));
        }
        Ok(rendered)
    }
}

impl Renderer {
    /// For decisions that follow from nobody's bytes: expiry, operators.
    pub fn plain(node: &Node) -> Renderer {
        let row = node.profile.row(TimedResource::Transfers);
        Renderer {
            keys: Arc::clone(&node.keys),
            peers: node.peers.known(),
            asked: None,
            received: None,
            budget: None,
            kept: None,
            known: None,
            answer_margin_ms: row.map_or(0, |row| row.answer_margin_ms),
            evidence: None,
            case: None,
            held_alert_ms: node.config.limits.held_alert_ms,
        }
    }

    fn effect(
        &self,
        effect: &Effect,
        transfer: Option<&Transfer>,
        now: Timestamp,
        rendered: &mut Rendered,
    ) -> Result<(), NotKept> {
        match effect {
            Effect::ForwardPrepare { to, about } => {
                if let Some(received) = &self.received {
                    let outbound =
                        Outbound::Forwarded(received.clone().within(self.budget.clone()));
                    let (to, deadline) = (to.as_str(), Some(about.expires_at));
                    rendered.outbox.push(row(&outbound, to, about.id, Urgency::Request, deadline)?);
                }
            }
            Effect::HoldPrepare { about, .. } => {
                let kept = self.received.clone().map(|kept| kept.within(self.budget.clone()));
                let call_at = now.plus_ms(self.held_alert_ms);
                let keep = |kept: Forwarded| holds::keep(about.id, &kept, call_at);
                rendered.documents.extend(kept.map(keep).transpose()?);
                rendered.documents.extend(self.case.clone());
            }
            Effect::HoldEnded { id, .. } => rendered.documents.push(holds::forget(*id)),
            Effect::ForwardFulfil { to, about, resent } => {
                self.answer(to.as_str(), about, *resent, None, now, rendered)?;
            }
            Effect::ForwardAbort { to, about, error, resent } => {
                let otherwise = reported(to.as_str(), about, error);
                self.answer(to.as_str(), about, *resent, Some(otherwise), now, rendered)?;
            }
            Effect::Reconciliation { about, meets_condition, late, .. } => {
                rendered.documents.push(case(about, *meets_condition, *late, now));
            }
            Effect::NotifyCommitted { about, .. }
            | Effect::ConfirmToPayee { about, .. }
            | Effect::CopyToPayee { about, .. }
            | Effect::StateTo { about, .. } => {
                let left = upstream::budget(about, self.answer_margin_ms);
                self.originate(effect, effect::originated(effect), Some(left), now, rendered)?;
            }
            Effect::PollForwarded { .. } => {
                self.originate(effect, effect::originated(effect), None, now, rendered)?;
            }
            Effect::Error { id, refusal, .. } => {
                let transfer = transfer.filter(|transfer| transfer.id == *id);
                let asked = transfer.map(|transfer| Upstream::of(transfer, self.answer_margin_ms));
                let timed = transfer.zip(asked).and_then(|(transfer, asked)| {
                    timed_out(effect, refusal, asked, transfer.ended_at.unwrap_or(now))
                });
                let request = timed.or_else(|| effect::originated(effect));
                self.originate(effect, request, asked.map(Upstream::budget), now, rendered)?;
            }
            // These follow once the decision is committed.
            Effect::SupersedePrepare { .. }
            | Effect::LimitAlarm { .. }
            | Effect::LimitAdjusted { .. }
            | Effect::PositionAboveLimitAlert { .. } => {}
        }
        Ok(())
    }

    /// Passes the payee's answer on as received, and keeps it for resends.
    fn answer(
        &self,
        to: &str,
        about: &About,
        resent: bool,
        otherwise: Option<FspiopRequest>,
        now: Timestamp,
        rendered: &mut Rendered,
    ) -> Result<(), NotKept> {
        let received = if resent { &self.kept } else { &self.received };
        let budget = Some(upstream::budget(about, self.answer_margin_ms));
        let reworded = received.as_ref().and_then(|received| {
            let fits = self.peers.takes(to, received, &about.spelling);
            (!fits).then(|| versions::reworded(to, &about.spelling, received)).flatten()
        });
        let outbound = match (received, reworded.or(otherwise.filter(|_| received.is_none()))) {
            (_, Some(request)) => self.originated(&request, now),
            (Some(received), None) => Outbound::Forwarded(received.clone()),
            (None, None) => {
                tracing::error!(transfer = about.spelling, "a kept answer is missing");
                return Ok(());
            }
        };
        if let (false, Some(received)) = (resent, received) {
            rendered.documents.push(keep(about.id, received)?);
        }
        let outbound = outbound.within(budget);
        rendered.outbox.push(row(&outbound, to, about.id, Urgency::Final, None)?);
        Ok(())
    }

    fn originate(
        &self,
        effect: &Effect,
        request: Option<FspiopRequest>,
        budget: Option<HopBudget>,
        now: Timestamp,
        rendered: &mut Rendered,
    ) -> Result<(), NotKept> {
        let (Some(to), Some(request)) = (effect.to(), request) else { return Ok(()) };
        let outbound = self.originated(&request, now).within(budget);
        rendered.outbox.push(row(&outbound, to.as_str(), id(effect), Urgency::Final, None)?);
        Ok(())
    }
}

impl Renderer {
    fn originated(&self, request: &FspiopRequest, now: Timestamp) -> Outbound {
        let asked =
            self.asked.as_ref().filter(|(who, _)| Some(who) == request.destination.as_ref());
        let version = self.peers.version_for(request, asked.map(|(_, version)| *version));
        seal::originated(request, version, now, &self.keys)
    }
}

/// What follows from committed decisions beside their rows: alarms, and prepares that need not go
/// out any more.
pub fn follow(node: &Node, decisions: &[Decision]) {
    alerts::raise(node, decisions);
    if let Some(screening) = &node.screening {
        decisions.iter().for_each(|decision| screening.follow(node, &decision.writes));
    }
    for effect in decisions.iter().flat_map(|decision| &decision.effects) {
        if let Effect::SupersedePrepare { to, id } = effect {
            let (destination, resource) = (to.as_str().to_owned(), lane(*id));
            node.delivery().supersede(&destination, resource.clone());
            // It may be another node's to deliver.
            node.store.tell(Notice::Superseded { destination, resource });
        }
    }
}

/// Where a decision ends a transfer, what its payee is told is the last word and takes the place of
/// a prepare that still waits.
fn close<'r>(decision: &Decision, rows: impl Iterator<Item = &'r mut NewOutboxRow>) {
    let ended = decision.effects.iter().find_map(|effect| match effect {
        Effect::SupersedePrepare { to, id } => Some((to.as_str(), lane(*id))),
        _ => None,
    });
    let Some((to, lane)) = ended else { return };
    for row in rows.filter(|row| row.destination == to && row.resource == lane) {
        row.kind = Urgency::Closing.code();
    }
}

/// The lane of all messages about one transfer.
pub fn lane(id: TransferId) -> String {
    format!("transfers/{}", PaymentId::from(id).uuid())
}

/// The name of the payee's kept answer.
pub fn answer_key(id: TransferId) -> DocumentKey {
    DocumentKey::new(ANSWER, Bytes::copy_from_slice(&id.0.to_be_bytes()))
}

fn written(row: &Row) -> Option<&Transfer> {
    match row {
        Row::Transfer(transfer) => Some(transfer),
        _ => None,
    }
}

fn row(
    outbound: &Outbound,
    to: &str,
    id: TransferId,
    urgency: Urgency,
    deadline: Option<Timestamp>,
) -> Result<NewOutboxRow, NotKept> {
    outbound.row(to, &lane(id), urgency, deadline)
}

fn keep(id: TransferId, received: &Forwarded) -> Result<DocumentWrite, NotKept> {
    Ok(DocumentWrite {
        key: answer_key(id),
        expected: Expected::Any,
        body: Some(kept(received)?),
        deadline: None,
    })
}

fn case(about: &About, meets_condition: bool, late: bool, now: Timestamp) -> DocumentWrite {
    let facts = [
        ("transferId", about.spelling.as_str().into()),
        ("payerFsp", about.payer.as_str().into()),
        ("payeeFsp", about.payee.as_str().into()),
        ("fulfilmentMeetsCondition", meets_condition.into()),
    ];
    alerts::case(about.id.into(), HUB, &alerts::fulfilled(late), &facts, now)
}

/// The hub's error for want of time, with where the time went.
fn timed_out(
    effect: &Effect,
    refusal: &Refusal,
    asked: Upstream,
    ended: Timestamp,
) -> Option<FspiopRequest> {
    let Effect::Error { to, spelling, .. } = effect else { return None };
    let error = codes::error_of_refusal(refusal);
    let error = asked.explain(error, upstream::stage(refusal)?, ended);
    Some(effect::transfer_error(to.as_str(), spelling, &error))
}

/// The payee's error in the hub's words, where its bytes are not at hand.
fn reported(to: &str, about: &About, error: &ReportedError) -> FspiopRequest {
    let code = ErrorCode::from_number(error.code).unwrap_or(ErrorCode::ValidationError);
    let extensions = error.extensions.iter().map(|(key, value)| Extension::new(key, value));
    let information = ErrorInformation {
        code,
        description: error.description.clone(),
        extensions: extensions.collect(),
    };
    effect::transfer_error(to, &about.spelling, &information)
}

fn id(effect: &Effect) -> TransferId {
    match effect {
        Effect::ForwardPrepare { about, .. }
        | Effect::HoldPrepare { about, .. }
        | Effect::ForwardFulfil { about, .. }
        | Effect::ForwardAbort { about, .. }
        | Effect::NotifyCommitted { about, .. }
        | Effect::ConfirmToPayee { about, .. }
        | Effect::CopyToPayee { about, .. }
        | Effect::StateTo { about, .. }
        | Effect::PollForwarded { about, .. }
        | Effect::Reconciliation { about, .. } => about.id,
        Effect::Error { id, .. }
        | Effect::HoldEnded { id, .. }
        | Effect::SupersedePrepare { id, .. } => *id,
        Effect::LimitAlarm { .. }
        | Effect::LimitAdjusted { .. }
        | Effect::PositionAboveLimitAlert { .. } => TransferId(0),
    }
}
