//! One event, one step: a row of the table is a stage and an event.

use fspiop::deadline::{Profile, TimedResource};
use fspiop::error::{ErrorCode, ErrorInformation, Extension};
use fspiop::ilp::{Fulfilment, Secret};
use fspiop::route::Method;
use fspiop::time::DateTime;
use fspiop::transfer::{TransferState, TransfersPut};
use fspiop::version::Resource;
use iso20022::Coded;

use super::open::transfers_row;
use super::{Action, BankStatus, Credit, Event, Ignored, Reconciliation, Stage};
use crate::FspiopRequest;
use crate::codes::{self, BankVerdict, Circumstances};
use crate::effect::{outcome, transfer_error};
use crate::limits::{ASK_GRACE_MS, ASK_PAUSE_FIRST_MS, ASK_PAUSE_MOST_MS, ASKS_BEFORE_ALARM};
use crate::record::CreditsOn;
use crate::status::{PaymentStatus, Reason};

pub(super) fn step(
    credit: &mut Credit,
    event: &Event,
    now_ms: i64,
    secret: &Secret,
) -> Vec<Action> {
    match event {
        Event::BankStatus(status) => bank_status(credit, status, now_ms, secret),
        Event::BankSendFailed { may_have_left } => send_failed(credit, *may_have_left, now_ms),
        Event::Patch(patch) => hub_state(credit, patch.transfer_state, &patch.extensions, now_ms),
        Event::TransferState(put) => hub_state(credit, put.transfer_state, &put.extensions, now_ms),
        Event::HubError(error) => hub_error(credit, error, now_ms),
        Event::PrepareResent => match &credit.answer {
            Some(answer) => vec![Action::Answer(Box::new(answer.clone()))],
            None => ignore(Ignored::NotAnswered),
        },
        Event::Deadline => deadline(credit, now_ms),
    }
}

fn bank_status(
    credit: &mut Credit,
    status: &BankStatus,
    now_ms: i64,
    secret: &Secret,
) -> Vec<Action> {
    if !is_about(credit, status) {
        return ignore(Ignored::OtherPayment);
    }
    match (codes::bank_verdict(&status.status), credit.stage) {
        (BankVerdict::Interim, _) => ignore(Ignored::Interim),
        (BankVerdict::Accepted, Stage::AwaitingBank) => accepted(credit, now_ms, secret),
        (BankVerdict::Rejected, Stage::AwaitingBank) => rejected(credit, status, now_ms),
        (BankVerdict::Accepted, Stage::AwaitingConfirmation { .. } | Stage::Committed) => {
            ignore(Ignored::Repeated)
        }
        (BankVerdict::Rejected, Stage::AwaitingConfirmation { .. }) if credit.rejected_late => {
            ignore(Ignored::Repeated)
        }
        (BankVerdict::Rejected, Stage::AwaitingConfirmation { ask_at_ms, .. }) => {
            credit.rejected_late = true;
            vec![Action::WakeAt(ask_at_ms)]
        }
        (BankVerdict::Rejected, Stage::Committed) => {
            reconcile(credit, Reconciliation::CommittedAfterReject)
        }
        // Too late: it is told again that nothing was paid.
        (BankVerdict::Accepted, Stage::Aborted) => {
            let told = Action::Confirm(Box::new(credit.confirmation(PaymentStatus::Rejected)));
            std::iter::once(told).chain(credited_in_vain(credit)).collect()
        }
        (BankVerdict::Rejected, Stage::Aborted) => ignore(Ignored::Repeated),
    }
}

/// Whether all the ids that a status gives are this credit's, and it gives one that counts.
pub(super) fn is_about(credit: &Credit, status: &BankStatus) -> bool {
    let id = status.payment.map(|payment| payment == credit.id || payment.uuid() == credit.uetr);
    let uetr = status.uetr.as_ref().map(|uetr| *uetr == credit.uetr);
    let end_to_end = match (&status.end_to_end_id, &credit.original.end_to_end_id) {
        (Some(given), Some(own)) => given == own,
        _ => true,
    };
    let counted = [id, uetr];
    counted.iter().any(Option::is_some) && counted.iter().flatten().all(|fits| *fits) && end_to_end
}

fn accepted(credit: &mut Credit, now_ms: i64, secret: &Secret) -> Vec<Action> {
    let fulfilment = secret.fulfilment_of(&credit.ilp_packet).ok();
    let Some(fulfilment) = fulfilment.filter(|f| f.satisfies(&credit.condition)) else {
        let error = ErrorInformation::of(ErrorCode::InternalServerError);
        return give_up(credit, &error, true, now_ms);
    };
    let answer = reserved(credit, fulfilment, now_ms);
    let link_ms = transfers_row(profile(credit)).map_or(0, |row| row.link_ms);
    let grace_ms = 2 * link_ms + ASK_GRACE_MS;
    let ask_at_ms = credit.expiration_ms.max(now_ms).saturating_add_unsigned(grace_ms);
    credit.accepted_ms = Some(now_ms);
    credit.answer = Some(answer.clone());
    enter(credit, Stage::AwaitingConfirmation { ask_at_ms, asked: 0 }, now_ms);
    vec![Action::Answer(Box::new(answer)), Action::WakeAt(ask_at_ms)]
}

/// PUT /transfers/{id} RESERVED: the bank's side always waits for the hub's word.
fn reserved(credit: &Credit, fulfilment: Fulfilment, now_ms: i64) -> FspiopRequest {
    let body = TransfersPut {
        fulfilment: Some(fulfilment),
        completed_timestamp: DateTime::from_epoch_ms(now_ms),
        transfer_state: TransferState::Reserved,
        extensions: Vec::new(),
    };
    let target = format!("/transfers/{}", credit.spelling);
    outcome(Method::Put, target, Resource::Transfers, &credit.payer_fsp, body.render())
}

fn rejected(credit: &mut Credit, status: &BankStatus, now_ms: i64) -> Vec<Action> {
    let narrative = || Coded::Code(codes::NARRATIVE.to_owned());
    let reason = status.reason.clone().unwrap_or_else(narrative);
    let error = codes::fspiop_error(&reason, status.text.as_deref());
    credit.reason = Some(Reason::of_bank(&reason, status.text.as_deref().unwrap_or_default()));
    let answer = refuse(credit, &error);
    enter(credit, Stage::Aborted, now_ms);
    vec![answer]
}

fn send_failed(credit: &mut Credit, may_have_left: bool, now_ms: i64) -> Vec<Action> {
    match credit.stage {
        Stage::AwaitingBank => {
            let error = ErrorInformation::of(ErrorCode::DestinationCommunicationError);
            give_up(credit, &error, may_have_left, now_ms)
        }
        Stage::AwaitingConfirmation { .. } => ignore(Ignored::Repeated),
        Stage::Committed | Stage::Aborted => ignore(Ignored::Final),
    }
}

fn deadline(credit: &mut Credit, now_ms: i64) -> Vec<Action> {
    if credit.wake_at_ms().is_some_and(|due_ms| now_ms < due_ms) {
        return ignore(Ignored::TooEarly);
    }
    match credit.stage {
        Stage::AwaitingBank => {
            let error = ErrorInformation::with_detail(
                ErrorCode::ServerTimedOut,
                "the payee's bank did not answer in time",
            );
            give_up(credit, &error, true, now_ms)
        }
        Stage::AwaitingConfirmation { asked, .. } => ask(credit, asked, now_ms),
        Stage::Committed | Stage::Aborted => ignore(Ignored::Final),
    }
}

/// The hub is told no, and so is a bank that may know of the payment.
fn give_up(
    credit: &mut Credit,
    error: &ErrorInformation,
    bank_may_know: bool,
    now_ms: i64,
) -> Vec<Action> {
    let answer = refuse(credit, error);
    let mut actions = vec![answer];
    let circumstances = Circumstances { prepare_left: true, ..Circumstances::default() };
    credit.reason = Some(Reason::of_error(error, circumstances));
    enter(credit, Stage::Aborted, now_ms);
    if bank_may_know {
        actions.extend(told_aborted(credit));
    }
    actions
}

fn refuse(credit: &mut Credit, error: &ErrorInformation) -> Action {
    let answer = transfer_error(&credit.payer_fsp, &credit.spelling, error);
    credit.answer = Some(answer.clone());
    Action::Answer(Box::new(answer))
}

fn hub_state(
    credit: &mut Credit,
    state: TransferState,
    extensions: &[Extension],
    now_ms: i64,
) -> Vec<Action> {
    match (state, credit.stage) {
        (TransferState::Received | TransferState::Reserved, _) => ignore(Ignored::NotFinal),
        (TransferState::Committed, Stage::AwaitingConfirmation { .. }) => committed(credit, now_ms),
        (TransferState::Committed, Stage::AwaitingBank) => ignore(Ignored::NotAnswered),
        (TransferState::Committed, Stage::Committed) => ignore(Ignored::Repeated),
        (TransferState::Committed, Stage::Aborted) => {
            reconcile(credit, Reconciliation::CommittedAfterReject)
        }
        (TransferState::Aborted, Stage::AwaitingBank | Stage::AwaitingConfirmation { .. }) => {
            let cause = extensions.iter().find(|extension| extension.key == "cause");
            let text = cause.map_or("the hub aborted the transfer", |cause| cause.value.as_str());
            aborted(credit, Reason::new(codes::NARRATIVE, text), now_ms)
        }
        (TransferState::Aborted, Stage::Committed) => {
            reconcile(credit, Reconciliation::AbortedAfterCredit)
        }
        (TransferState::Aborted, Stage::Aborted) => ignore(Ignored::Repeated),
    }
}

fn hub_error(credit: &mut Credit, error: &ErrorInformation, now_ms: i64) -> Vec<Action> {
    match credit.stage {
        Stage::Committed | Stage::Aborted => ignore(Ignored::Final),
        _ if error.code == ErrorCode::TransferExpired => {
            aborted(credit, Reason::of_error(error, Circumstances::default()), now_ms)
        }
        // Something is wrong with what we answered; what became of the transfer, a GET will say.
        Stage::AwaitingConfirmation { asked: 0, .. } => ask(credit, 0, now_ms),
        Stage::AwaitingConfirmation { .. } => ignore(Ignored::NotFinal),
        Stage::AwaitingBank => ignore(Ignored::NotAnswered),
    }
}

fn committed(credit: &mut Credit, now_ms: i64) -> Vec<Action> {
    enter(credit, Stage::Committed, now_ms);
    let told = Action::Confirm(Box::new(credit.confirmation(PaymentStatus::Settled)));
    let item = match credit.rejected_late {
        true => reconcile(credit, Reconciliation::CommittedAfterReject),
        false => Vec::new(),
    };
    std::iter::once(told).chain(item).collect()
}

fn aborted(credit: &mut Credit, reason: Reason, now_ms: i64) -> Vec<Action> {
    credit.reason = Some(reason);
    enter(credit, Stage::Aborted, now_ms);
    told_aborted(credit)
}

/// A bank that credits on its own acceptance has credited, or may have: somebody must look.
fn told_aborted(credit: &mut Credit) -> Vec<Action> {
    let told = Action::Confirm(Box::new(credit.confirmation(PaymentStatus::Rejected)));
    std::iter::once(told).chain(credited_in_vain(credit)).collect()
}

fn credited_in_vain(credit: &mut Credit) -> Vec<Action> {
    match credit.credits_on {
        CreditsOn::OwnAcceptance if !credit.rejected_late && !credit.reconciled => {
            reconcile(credit, Reconciliation::AbortedAfterCredit)
        }
        CreditsOn::OwnAcceptance | CreditsOn::Confirmation => Vec::new(),
    }
}

/// GET /transfers/{id}; the pauses between two of them double.
fn ask(credit: &mut Credit, asked: u32, now_ms: i64) -> Vec<Action> {
    let pause_ms = ASK_PAUSE_FIRST_MS.checked_shl(asked).unwrap_or(ASK_PAUSE_MOST_MS);
    let pause_ms = pause_ms.clamp(ASK_PAUSE_FIRST_MS, ASK_PAUSE_MOST_MS);
    let ask_at_ms = now_ms.saturating_add_unsigned(pause_ms);
    let asked = asked.saturating_add(1);
    credit.stage = Stage::AwaitingConfirmation { ask_at_ms, asked };
    let row = profile(credit).row(TimedResource::Get);
    let budget_ms = row.map_or(ASK_PAUSE_MOST_MS, |row| row.default_ms);
    let request = FspiopRequest {
        method: Method::Get,
        target: format!("/transfers/{}", credit.spelling),
        resource: Resource::Transfers,
        body: None,
        destination: Some(credit.payer_fsp.clone()),
        until_ms: Some(now_ms.saturating_add_unsigned(budget_ms)),
    };
    let mut actions = vec![Action::Ask(Box::new(request)), Action::WakeAt(ask_at_ms)];
    if asked == ASKS_BEFORE_ALARM {
        actions.push(Action::Reconcile(Reconciliation::NoFinalAnswer));
    }
    actions
}

/// An item, once.
fn reconcile(credit: &mut Credit, item: Reconciliation) -> Vec<Action> {
    if credit.reconciled {
        return ignore(Ignored::Repeated);
    }
    credit.reconciled = true;
    vec![Action::Reconcile(item)]
}

fn enter(credit: &mut Credit, stage: Stage, now_ms: i64) {
    credit.stage = stage;
    credit.since_ms = now_ms;
}

fn profile(credit: &Credit) -> &'static Profile {
    Profile::named(&credit.profile).unwrap_or(&Profile::FSPIOP_DEFAULT)
}

fn ignore(why: Ignored) -> Vec<Action> {
    vec![Action::Ignore(why)]
}
