//! One event, one step: a row of the table is a stage and an event.

use fspiop::deadline::TimedResource;
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::identifiers::AmountType;
use fspiop::ilp::Packet;
use fspiop::party::PartiesPut;
use fspiop::quote::QuotesPut;
use fspiop::transfer::{TransferState, TransfersPut};

use super::{
    Action, Event, Ignored, Order, QuoteFacts, Reconciliation, Sent, Stage, Terms, messages,
};
use crate::codes::Circumstances;
use crate::limits::{
    ASK_GRACE_MS, ASK_PAUSE_FIRST_MS, ASK_PAUSE_MOST_MS, ASKS_BEFORE_ALARM,
    UNKNOWN_IS_FINAL_AFTER_MS,
};
use crate::party::PartyKey;
use crate::status::Reason;

pub(super) fn step(order: &mut Order, event: &Event, now_ms: i64) -> Vec<Action> {
    match event {
        Event::Party(put) => match order.stage {
            Stage::LookingUp { .. } => found(order, put, now_ms),
            _ => passed(order, Sent::Lookup),
        },
        Event::PartyError(error) => match order.stage {
            Stage::LookingUp { .. } => refuse(order, error, now_ms),
            _ => passed(order, Sent::Lookup),
        },
        Event::Quote(put) => match order.stage {
            Stage::Quoting { .. } => quoted(order, put, now_ms),
            _ => passed(order, Sent::Quote),
        },
        Event::QuoteError(error) => match order.stage {
            Stage::Quoting { .. } => refuse(order, error, now_ms),
            _ => passed(order, Sent::Quote),
        },
        Event::TransferState(put) => transfer_state(order, put, now_ms),
        Event::TransferError(error) => transfer_error(order, error, now_ms),
        Event::SendFailed { request, may_have_left, error } => {
            send_failed(order, *request, *may_have_left, error, now_ms)
        }
        Event::Deadline => deadline(order, now_ms),
        Event::Restarted => restarted(order, now_ms),
        Event::StatusAsked => vec![report(order)],
    }
}

/// The first step: a pacs.008 whose creditor agent is known skips the lookup.
pub(super) fn begin(order: &mut Order, terms: Terms, now_ms: i64) -> Vec<Action> {
    let known = terms.creditor_agent.clone().filter(|_| terms.interbank);
    let payee = terms.payee.clone();
    order.terms = Some(terms);
    let actions = match known {
        Some(fsp) => {
            order.payee_fsp = Some(fsp);
            ask_quote(order, now_ms)
        }
        None => {
            let Some(until_ms) = stage_end(order, TimedResource::Parties, now_ms) else {
                return no_time(order, ErrorCode::ServerTimedOut, now_ms);
            };
            enter(order, Stage::LookingUp { until_ms }, now_ms);
            send(Sent::Lookup, messages::lookup(&payee, until_ms), until_ms)
        }
    };
    match order.wants_interim && !order.is_final() {
        true => std::iter::once(report(order)).chain(actions).collect(),
        false => actions,
    }
}

/// The last word: not paid.
pub(super) fn reject(order: &mut Order, reason: Reason, now_ms: i64) -> Vec<Action> {
    order.reason = Some(reason);
    enter(order, Stage::Rejected, now_ms);
    vec![report(order)]
}

fn found(order: &mut Order, put: &PartiesPut, now_ms: i64) -> Vec<Action> {
    let Some(terms) = &order.terms else { return passed(order, Sent::Lookup) };
    let info = &put.party.id_info;
    if PartyKey::of(info) != terms.payee {
        return vec![Action::Ignore(Ignored::OtherParty)];
    }
    let Some(fsp) = info.fsp_id.as_ref().map(|fsp| fsp.as_str().to_owned()) else {
        let error = ErrorInformation::of(ErrorCode::PayeeFspIdNotFound);
        return refuse(order, &error, now_ms);
    };
    if terms.creditor_agent.as_ref().is_some_and(|agent| *agent != fsp) {
        let mend = "CdtrAgt does not hold this account: name the agent that does, or none";
        return reject(order, Reason::new("RC04", mend), now_ms);
    }
    order.payee_name =
        crate::party::name_of(&put.party).and_then(|n| crate::party::fspiop_name(&n));
    order.payee_fsp = Some(fsp);
    ask_quote(order, now_ms)
}

fn ask_quote(order: &mut Order, now_ms: i64) -> Vec<Action> {
    let Some(until_ms) = stage_end(order, TimedResource::Quotes, now_ms) else {
        return no_time(order, ErrorCode::QuoteExpired, now_ms);
    };
    let (Some(terms), Some(fsp)) = (&order.terms, &order.payee_fsp) else {
        return passed(order, Sent::Quote);
    };
    match messages::quote(order, terms, fsp, until_ms) {
        Ok(request) => {
            enter(order, Stage::Quoting { until_ms }, now_ms);
            send(Sent::Quote, request, until_ms)
        }
        Err(reason) => reject(order, reason, now_ms),
    }
}

/// The same question again, within the time that it had.
fn restarted(order: &Order, now_ms: i64) -> Vec<Action> {
    let again = match (order.stage, &order.terms, &order.payee_fsp) {
        (Stage::LookingUp { until_ms }, Some(terms), _) => {
            Some((Sent::Lookup, messages::lookup(&terms.payee, until_ms), until_ms))
        }
        (Stage::Quoting { until_ms }, Some(terms), Some(fsp)) => {
            let quote = messages::quote(order, terms, fsp, until_ms).ok();
            quote.map(|quote| (Sent::Quote, quote, until_ms))
        }
        _ => None,
    };
    match again {
        Some((sent, request, until_ms)) if now_ms < until_ms => send(sent, request, until_ms),
        _ => vec![Action::Ignore(Ignored::AnswerMayCome)],
    }
}

fn quoted(order: &mut Order, put: &QuotesPut, now_ms: i64) -> Vec<Action> {
    let Some(terms) = &order.terms else { return passed(order, Sent::Quote) };
    if let Err(reason) = acceptable(terms, put, now_ms) {
        return reject(order, reason, now_ms);
    }
    let quote = QuoteFacts {
        ilp_packet: put.ilp_packet.as_str().to_owned(),
        condition: put.condition,
        transfer_amount: put.transfer_amount,
    };
    order.quote = Some(quote.clone());
    ask_transfer(order, &quote, now_ms)
}

/// Whether what the payee's side offers is what the bank asked for.
fn acceptable(terms: &Terms, put: &QuotesPut, now_ms: i64) -> Result<(), Reason> {
    let (sent, wanted) = (put.transfer_amount, terms.amount);
    let received = put.payee_receive_amount.unwrap_or(sent);
    let other_amount = match (terms.interbank, terms.amount_type) {
        // What leaves is what was asked for, and a fee that is taken from it is named.
        (false, AmountType::Send) => sent != wanted || !adds_up(put),
        // Charges on top cannot be told to the bank yet, so there must be none.
        _ => sent != wanted || received != wanted,
    };
    if put.expiration.epoch_ms() <= now_ms {
        let error = ErrorInformation::with_detail(ErrorCode::QuoteExpired, "on arrival");
        return Err(reason_of(&error, terms));
    }
    if other_amount || sent.amount.is_zero() {
        let text = format!("the payee's side offers {sent} of which {received} arrive");
        return Err(Reason::new("AM09", &text));
    }
    let sealed = Packet::from_text(put.ilp_packet.as_str()).ok().and_then(|p| p.condition());
    match sealed {
        Some(sealed) if sealed != put.condition => {
            Err(Reason::new("AB09", "the payee's condition differs from its own ILP packet"))
        }
        _ => Ok(()),
    }
}

/// Whether what arrives is what leaves, less the fee that the payee's side names.
fn adds_up(put: &QuotesPut) -> bool {
    let sent = put.transfer_amount;
    let received = put.payee_receive_amount.unwrap_or(sent);
    let fee = put.payee_fsp_fee.map_or(0, |fee| fee.amount.units());
    let one_currency = [Some(received), put.payee_fsp_fee]
        .iter()
        .flatten()
        .all(|money| money.currency == sent.currency);
    let arrives = put.payee_receive_amount.is_none()
        || received.amount.units().checked_add(fee) == Some(sent.amount.units());
    one_currency && fee <= sent.amount.units() && arrives
}

fn ask_transfer(order: &mut Order, quote: &QuoteFacts, now_ms: i64) -> Vec<Action> {
    let journey = order.journey();
    let expiration_ms = after(order.arrival_ms, journey.expiration_ms());
    let row = order.profile().row(TimedResource::Transfers).copied();
    let left_ms = u64::try_from(expiration_ms.saturating_sub(now_ms)).unwrap_or(0);
    let until_ms = stage_end(order, TimedResource::Transfers, now_ms);
    let (Some(row), Some(until_ms)) = (row.filter(|row| left_ms >= row.floor_ms), until_ms) else {
        return no_time(order, ErrorCode::TransferExpired, now_ms);
    };
    let Some(fsp) = &order.payee_fsp else { return passed(order, Sent::Transfer) };
    match messages::transfer(order, quote, fsp, expiration_ms, until_ms) {
        Ok(request) => {
            // From here on the money may move: only a final answer ends the order.
            order.expiration_ms = Some(expiration_ms);
            let ask_at_ms = after(expiration_ms, 2 * row.link_ms + ASK_GRACE_MS);
            enter(order, Stage::Transferring { ask_at_ms, reserved: false }, now_ms);
            send(Sent::Transfer, request, ask_at_ms)
        }
        Err(reason) => reject(order, reason, now_ms),
    }
}

fn transfer_state(order: &mut Order, put: &TransfersPut, now_ms: i64) -> Vec<Action> {
    match (put.transfer_state, order.stage) {
        (_, Stage::LookingUp { .. } | Stage::Quoting { .. }) => passed(order, Sent::Transfer),
        (TransferState::Committed, Stage::Transferring { .. } | Stage::Asking { .. }) => {
            settle(order, put, now_ms)
        }
        (TransferState::Aborted, Stage::Transferring { .. } | Stage::Asking { .. }) => {
            let aborted = Reason::new("NARR", "the hub aborted the transfer and gave no reason");
            let reason = order.setback.take().unwrap_or(aborted);
            reject(order, reason, now_ms)
        }
        (TransferState::Reserved, Stage::Transferring { ask_at_ms, reserved: false }) => {
            enter(order, Stage::Transferring { ask_at_ms, reserved: true }, now_ms);
            match order.wants_interim {
                true => vec![report(order)],
                false => vec![Action::WakeAt(ask_at_ms)],
            }
        }
        (TransferState::Committed, Stage::Rejected) | (TransferState::Aborted, Stage::Settled) => {
            vec![Action::Reconcile(Reconciliation::Contradiction)]
        }
        (_, Stage::Settled | Stage::Rejected) => vec![Action::Ignore(Ignored::Final)],
        (TransferState::Received | TransferState::Reserved, _) => {
            vec![Action::Ignore(Ignored::NotFinal)]
        }
    }
}

/// The last word: paid. A fulfilment that opens nothing does not undo what the hub has committed.
fn settle(order: &mut Order, put: &TransfersPut, now_ms: i64) -> Vec<Action> {
    let condition = order.quote.as_ref().map(|quote| quote.condition);
    let opens = match (&put.fulfilment, condition) {
        (Some(fulfilment), Some(condition)) => fulfilment.satisfies(&condition),
        _ => true,
    };
    enter(order, Stage::Settled, now_ms);
    let mut actions = vec![report(order)];
    if !opens {
        actions.push(Action::Reconcile(Reconciliation::WrongFulfilment));
    }
    actions
}

fn transfer_error(order: &mut Order, error: &ErrorInformation, now_ms: i64) -> Vec<Action> {
    match order.stage {
        Stage::LookingUp { .. } | Stage::Quoting { .. } => passed(order, Sent::Transfer),
        Stage::Settled if is_last_word(error.code) => {
            vec![Action::Reconcile(Reconciliation::Contradiction)]
        }
        Stage::Settled | Stage::Rejected => vec![Action::Ignore(Ignored::Final)],
        _ if is_last_word(error.code) => refuse(order, error, now_ms),
        Stage::Asking { .. } if cannot_come_to_be(order, error.code, now_ms) => {
            let text = "FSPIOP 3208 the transfer never reached the hub and has expired";
            let reason = order.setback.take().unwrap_or_else(|| Reason::new("AB03", text));
            reject(order, reason, now_ms)
        }
        Stage::Asking { ask_at_ms, .. } => match set_back(order, error) {
            true => vec![Action::WakeAt(ask_at_ms)],
            false => vec![Action::Ignore(Ignored::NotFinal)],
        },
        Stage::Transferring { .. } => {
            set_back(order, error);
            ask(order, now_ms)
        }
    }
}

/// Whether an error about a transfer says that it has ended. Faults of communication and of servers,
/// refusals of the question itself and "not found" leave that open: the next GET will say.
fn is_last_word(code: ErrorCode) -> bool {
    let open = [
        ErrorCode::ClientError,
        ErrorCode::UnacceptableVersion,
        ErrorCode::UnknownUri,
        ErrorCode::TransferIdNotFound,
    ];
    code.number() >= 3000 && !open.contains(&code)
}

/// Whether the hub does not know the transfer and would refuse it by now for its expiration.
fn cannot_come_to_be(order: &Order, code: ErrorCode, now_ms: i64) -> bool {
    let over = |expiration_ms| now_ms >= after(expiration_ms, UNKNOWN_IS_FINAL_AFTER_MS);
    code == ErrorCode::TransferIdNotFound && order.expiration_ms.is_some_and(over)
}

fn send_failed(
    order: &mut Order,
    request: Sent,
    may_have_left: bool,
    error: &ErrorInformation,
    now_ms: i64,
) -> Vec<Action> {
    match (request, order.stage) {
        (Sent::Lookup, Stage::LookingUp { .. }) | (Sent::Quote, Stage::Quoting { .. }) => {
            match may_have_left {
                true => vec![Action::Ignore(Ignored::AnswerMayCome)],
                false => refuse(order, error, now_ms),
            }
        }
        (Sent::Transfer, Stage::Transferring { .. } | Stage::Asking { .. }) if !may_have_left => {
            refuse(order, error, now_ms)
        }
        (Sent::Transfer, Stage::Transferring { .. }) => {
            set_back(order, error);
            ask(order, now_ms)
        }
        (Sent::Transfer | Sent::Ask, Stage::Asking { .. }) => {
            vec![Action::Ignore(Ignored::AnswerMayCome)]
        }
        _ => passed(order, request),
    }
}

fn deadline(order: &mut Order, now_ms: i64) -> Vec<Action> {
    match order.stage {
        Stage::Settled | Stage::Rejected => vec![Action::Ignore(Ignored::Final)],
        _ if order.wake_at_ms().is_some_and(|due_ms| now_ms < due_ms) => {
            vec![Action::Ignore(Ignored::TooEarly)]
        }
        Stage::LookingUp { .. } => silence(order, "the payee was not found in time", now_ms),
        Stage::Quoting { .. } => silence(order, "no quote came in time", now_ms),
        Stage::Transferring { .. } | Stage::Asking { .. } => ask(order, now_ms),
    }
}

/// Nothing was reserved yet: silence is a plain no.
fn silence(order: &mut Order, detail: &str, now_ms: i64) -> Vec<Action> {
    let error = ErrorInformation::with_detail(ErrorCode::ServerTimedOut, detail);
    refuse(order, &error, now_ms)
}

fn no_time(order: &mut Order, code: ErrorCode, now_ms: i64) -> Vec<Action> {
    let error = ErrorInformation::with_detail(code, "too little time was left for the next step");
    refuse(order, &error, now_ms)
}

/// GET /transfers/{id}; the pauses between two of them double.
fn ask(order: &mut Order, now_ms: i64) -> Vec<Action> {
    let asked = match order.stage {
        Stage::Asking { asked, .. } => asked,
        _ => 0,
    };
    let pause_ms = ASK_PAUSE_FIRST_MS.checked_shl(asked).unwrap_or(ASK_PAUSE_MOST_MS);
    let ask_at_ms = after(now_ms, pause_ms.clamp(ASK_PAUSE_FIRST_MS, ASK_PAUSE_MOST_MS));
    let asked = asked.saturating_add(1);
    let budget_ms =
        order.profile().row(TimedResource::Get).map_or(ASK_PAUSE_MOST_MS, |row| row.default_ms);
    match order.stage {
        Stage::Asking { .. } => order.stage = Stage::Asking { ask_at_ms, asked },
        _ => enter(order, Stage::Asking { ask_at_ms, asked }, now_ms),
    }
    let mut actions = send(Sent::Ask, messages::ask(order, after(now_ms, budget_ms)), ask_at_ms);
    if asked == ASKS_BEFORE_ALARM {
        actions.push(Action::Reconcile(Reconciliation::NoFinalAnswer));
    }
    actions
}

fn refuse(order: &mut Order, error: &ErrorInformation, now_ms: i64) -> Vec<Action> {
    let reason = match &order.terms {
        Some(terms) => reason_of(error, terms),
        None => Reason::of_error(error, Circumstances::default()),
    };
    reject(order, reason, now_ms)
}

/// Remembers the first error that is no last word; tells whether this is it.
fn set_back(order: &mut Order, error: &ErrorInformation) -> bool {
    if order.setback.is_some() || error.code == ErrorCode::TransferIdNotFound {
        return false;
    }
    order.setback = order.terms.as_ref().map(|terms| reason_of(error, terms));
    order.setback.is_some()
}

fn reason_of(error: &ErrorInformation, terms: &Terms) -> Reason {
    // The hub says in which stage a timeout came (security-and-timeouts.md §4.3).
    let awaited =
        |e: &fspiop::error::Extension| e.key == "timeoutStage" && e.value == "awaiting-callback";
    let prepare_left = error.extensions.iter().any(awaited);
    let by_account = terms.payee.is_account();
    Reason::of_error(error, Circumstances { by_account, prepare_left })
}

fn enter(order: &mut Order, stage: Stage, now_ms: i64) {
    order.stage = stage;
    order.since_ms = now_ms;
}

fn report(order: &Order) -> Action {
    Action::Report { is_final: order.is_final(), report: Box::new(order.report()) }
}

fn send(sent: Sent, request: crate::FspiopRequest, wake_at_ms: i64) -> Vec<Action> {
    vec![Action::Send(sent, Box::new(request)), Action::WakeAt(wake_at_ms)]
}

/// When a stage that begins now has to have its answer; `None`: nothing is left for it.
fn stage_end(order: &Order, resource: TimedResource, now_ms: i64) -> Option<i64> {
    let elapsed_ms = u64::try_from(now_ms.saturating_sub(order.arrival_ms)).unwrap_or(0);
    let timeout = order.journey().stage(resource, elapsed_ms)?;
    Some(after(now_ms, timeout.ms()))
}

fn after(at_ms: i64, ms: u64) -> i64 {
    at_ms.saturating_add_unsigned(ms)
}

/// Why an answer to `sent` means nothing now.
fn passed(order: &Order, sent: Sent) -> Vec<Action> {
    let awaited = match order.stage {
        Stage::LookingUp { .. } => Sent::Lookup,
        Stage::Quoting { .. } => Sent::Quote,
        Stage::Transferring { .. } => Sent::Transfer,
        Stage::Asking { .. } => Sent::Ask,
        Stage::Settled | Stage::Rejected => return vec![Action::Ignore(Ignored::Final)],
    };
    let why = if sent < awaited { Ignored::StagePassed } else { Ignored::StageNotReached };
    vec![Action::Ignore(why)]
}
