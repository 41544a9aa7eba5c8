//! What became of a transfer: one audit event a decision that reserves, pays, holds, lets go or ends,
//! and fraud screening's word of the outcome. The rest of a decision (a resend, a late answer, a
//! question to a proxy) changes nobody's money and causes none.

use causeway_translate::{PaymentId, codes};
use frms::{Outcome, OutcomeKind};
use serde::Serialize;
use switch::{
    Cause, Decision, Effect, ExternalState, HoldEnd, Refusal, Row, Timestamp, Transfer,
    TransferState, Verdict,
};
use switch_store::{NewOutboxRow, NotRendered};

use super::{Moved, Stream, StreamEvent, date_time, payload, screening_event, subject};
use crate::effects::lane;

/// What a decision made of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Reserved,
    Held,
    Released,
    Committed,
    Aborted,
    Expired,
    Blocked,
}

/// The payload of `transfer.*`. Names of members are for good.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    event: &'a str,
    tenant: &'a str,
    at: Option<String>,
    transfer_id: &'a str,
    payer_fsp: &'a str,
    payee_fsp: &'a str,
    amount: String,
    currency: &'a str,
    transfer_state: &'static str,
    prepared_at: Option<String>,
    expiration: Option<String>,
    screening: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<ToldCause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<&'a str>,
    postings: Vec<Moved<'a>>,
}

/// Why a transfer ended unpaid: whose word it was, and the FSPIOP code. A payee's own text is not
/// passed on: nobody knows what is in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldCause {
    by: &'static str,
    error_code: String,
}

/// The rows that follow from a decision.
pub(super) fn rows(
    tenant: &str,
    decision: &Decision,
    operator: Option<&str>,
    now: Timestamp,
) -> Result<Vec<NewOutboxRow>, NotRendered> {
    let mut rows = Vec::new();
    let transfers = decision.writes.iter().filter_map(|row| match row {
        Row::Transfer(transfer) => Some(&**transfer),
        _ => None,
    });
    for transfer in transfers {
        let Some(turn) = turn(decision, transfer) else { continue };
        rows.push(told(tenant, decision, transfer, turn, operator, now)?);
        rows.extend(outcome(tenant, transfer, turn, now)?);
    }
    for effect in &decision.effects {
        rows.extend(alert(tenant, effect, now)?);
    }
    Ok(rows)
}

/// What the decision made of the transfer, if anything. Whoever moved money has postings; what never
/// reserved any is told by its hold, or was refused at once.
fn turn(decision: &Decision, transfer: &Transfer) -> Option<Turn> {
    let of_hold = decision.effects.iter().find_map(|effect| match effect {
        Effect::HoldPrepare { .. } => Some(Turn::Held),
        Effect::HoldEnded { end: HoldEnd::Released, .. } => Some(Turn::Released),
        Effect::HoldEnded { end: HoldEnd::Refused, .. } => Some(Turn::Aborted),
        Effect::HoldEnded { end: HoldEnd::Blocked, .. } => Some(Turn::Blocked),
        Effect::HoldEnded { end: HoldEnd::Expired, .. } => Some(Turn::Expired),
        _ => None,
    });
    if of_hold.is_some() {
        return of_hold;
    }
    let has_moved = !decision.postings.is_empty();
    match transfer.state {
        TransferState::Reserved | TransferState::ReservedForwarded => {
            has_moved.then_some(Turn::Reserved)
        }
        TransferState::Committed => has_moved.then_some(Turn::Committed),
        TransferState::AbortedError => has_moved.then_some(Turn::Aborted),
        TransferState::ExpiredReserved => has_moved.then_some(Turn::Expired),
        TransferState::Invalid | TransferState::AbortedRejected => match transfer.cause {
            Some(Cause::Hub(Refusal::BlockedByScreening)) => Some(Turn::Blocked),
            _ => Some(Turn::Aborted),
        },
        TransferState::Held | TransferState::ExpiredPrepared => None,
    }
}

fn told(
    tenant: &str,
    decision: &Decision,
    transfer: &Transfer,
    turn: Turn,
    operator: Option<&str>,
    now: Timestamp,
) -> Result<NewOutboxRow, NotRendered> {
    let event = turn.event();
    let told = Told {
        event,
        tenant,
        at: date_time(now),
        transfer_id: &transfer.spelling,
        payer_fsp: transfer.payer.as_str(),
        payee_fsp: transfer.payee.as_str(),
        amount: transfer.money.to_string(),
        currency: &transfer.money.currency().to_string(),
        transfer_state: state(transfer.state.external()),
        prepared_at: date_time(transfer.prepared_at),
        expiration: date_time(transfer.expiration),
        screening: match transfer.verdict {
            Verdict::NotScreened => "notScreened",
            Verdict::Allowed => "allowed",
            Verdict::Blocked => "blocked",
            Verdict::Hold => "hold",
        },
        cause: transfer.cause.as_ref().map(ToldCause::of),
        operator,
        postings: decision.postings.iter().map(Moved::of).collect(),
    };
    Ok(audit(tenant, event, None, &told)?.row(lane(transfer.id))?)
}

impl ToldCause {
    fn of(cause: &Cause) -> ToldCause {
        match cause {
            Cause::Hub(refusal) => {
                let code = codes::refusal_code(refusal).number();
                ToldCause { by: "hub", error_code: format!("{code:04}") }
            }
            Cause::Payee(error) => {
                ToldCause { by: "payee", error_code: format!("{:04}", error.code) }
            }
        }
    }
}

/// Screening's word of the outcome, of transfers that were screened: the same event as on the stream in
/// this process.
fn outcome(
    tenant: &str,
    transfer: &Transfer,
    turn: Turn,
    now: Timestamp,
) -> Result<Option<NewOutboxRow>, NotRendered> {
    let kind = match turn {
        Turn::Reserved => return Ok(None),
        Turn::Held => OutcomeKind::Held,
        Turn::Released => OutcomeKind::Released,
        Turn::Committed => OutcomeKind::Committed,
        Turn::Aborted => OutcomeKind::Aborted,
        Turn::Expired => OutcomeKind::Expired,
        Turn::Blocked => OutcomeKind::Blocked,
    };
    if transfer.verdict == Verdict::NotScreened {
        return Ok(None);
    }
    let at_ms = transfer.ended_at.unwrap_or(now).0;
    let outcome = Outcome { id: frms::PaymentId(transfer.id.0), kind, at_ms };
    let event = screening_event(tenant, &frms::Event::Outcome(outcome))?;
    Ok(Some(event.row(lane(transfer.id))?))
}

/// What an operator is called for, about positions and contradictions.
fn alert(
    tenant: &str,
    effect: &Effect,
    now: Timestamp,
) -> Result<Option<NewOutboxRow>, NotRendered> {
    let at = date_time(now);
    let (event, participant, resource, payload) = match effect {
        Effect::LimitAlarm { account, value, liquidity } => {
            let participant = account.participant.as_str();
            let payload = serde_json::json!({
                "event": "position.alarm", "tenant": tenant, "at": at, "participant": participant,
                "currency": account.currency.as_str(), "position": value.to_string(),
                "cover": liquidity.to_string(),
            });
            ("position.alarm", Some(participant), lane_of(participant), payload)
        }
        Effect::PositionAboveLimitAlert { account, value, net_debit_cap } => {
            let participant = account.participant.as_str();
            let payload = serde_json::json!({
                "event": "position.above-limit", "tenant": tenant, "at": at,
                "participant": participant, "currency": account.currency.as_str(),
                "position": value.to_string(), "netDebitCap": net_debit_cap.to_string(),
            });
            ("position.above-limit", Some(participant), lane_of(participant), payload)
        }
        Effect::Reconciliation { about, meets_condition, late, .. } => {
            let payload = serde_json::json!({
                "event": "transfer.reconciliation", "tenant": tenant, "at": at,
                "transferId": about.spelling, "payerFsp": about.payer.as_str(),
                "payeeFsp": about.payee.as_str(), "amount": about.money.to_string(),
                "currency": about.money.currency().as_str(),
                "fulfilmentMeetsCondition": meets_condition, "late": late,
            });
            ("transfer.reconciliation", None, lane(about.id), payload)
        }
        _ => return Ok(None),
    };
    Ok(Some(audit(tenant, event, participant, &payload)?.row(resource)?))
}

/// An audit event.
pub(super) fn audit(
    tenant: &str,
    event: &str,
    about: Option<&str>,
    said: &impl Serialize,
) -> Result<StreamEvent, NotRendered> {
    Ok(StreamEvent {
        stream: Stream::Audit,
        subject: subject(tenant, event, about),
        message_id: None,
        payload: payload(said)?,
    })
}

/// The lane of all events about one participant.
pub(super) fn lane_of(participant: &str) -> String {
    format!("participants/{participant}")
}

impl Turn {
    fn event(self) -> &'static str {
        match self {
            Turn::Reserved => "transfer.reserved",
            Turn::Held => "transfer.held",
            Turn::Released => "transfer.released",
            Turn::Committed => "transfer.committed",
            Turn::Aborted => "transfer.aborted",
            Turn::Expired => "transfer.expired",
            Turn::Blocked => "transfer.blocked",
        }
    }
}

fn state(state: ExternalState) -> &'static str {
    match state {
        ExternalState::Received => "RECEIVED",
        ExternalState::Reserved => "RESERVED",
        ExternalState::Committed => "COMMITTED",
        ExternalState::Aborted => "ABORTED",
    }
}

/// An id that the ledger keeps as bits alone.
pub(super) fn uuid(id: switch::TransferId) -> String {
    PaymentId::from(id).uuid()
}
