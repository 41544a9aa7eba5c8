//! The ends that nobody sends: the deadline, and a prepare that never left.

use super::draft::Draft;
use super::{Scene, tell};
use crate::{
    Cause, Decision, Effect, HoldEnd, Outcome, Refusal, Row, Transfer, TransferId, TransferState,
};

pub(super) fn decide(scene: &Scene<'_>, id: TransferId) -> Result<Decision, Refusal> {
    let transfer = scene.view.transfer(&id)?.ok_or(Refusal::TransferUnknown)?;
    if transfer.state.is_final() {
        return Ok(Decision::only(Outcome::State(transfer.state.external())));
    }
    if scene.now < transfer.due_at {
        return Ok(Decision::only(Outcome::InProgress));
    }
    if transfer.state == TransferState::ReservedForwarded {
        return Ok(poll(scene, transfer));
    }
    overdue(scene, transfer).map(|draft| draft.decided(Outcome::Accepted))
}

/// No attempt to send it ever left, so only the payer has to hear of it.
pub(super) fn never_sent(scene: &Scene<'_>, id: TransferId) -> Result<Decision, Refusal> {
    let transfer = scene.view.transfer(&id)?.ok_or(Refusal::TransferUnknown)?;
    if transfer.state.is_final() {
        return Ok(Decision::only(Outcome::State(transfer.state.external())));
    }
    if transfer.state == TransferState::Held {
        return Ok(Decision::only(Outcome::InProgress));
    }
    let mut transfer = transfer.clone();
    let mut draft = Draft::new(scene);
    let cause = Cause::Hub(Refusal::NeverSent);
    draft.release(&mut transfer, TransferState::ExpiredReserved, cause)?;
    draft.effects.push(tell::payer_error(&transfer, Refusal::NeverSent));
    draft.write(Row::Transfer(Box::new(transfer)));
    Ok(draft.decided(Outcome::Accepted))
}

/// Expires an overdue transfer and tells those who have heard of it.
pub(super) fn overdue<'a>(scene: &'a Scene<'a>, transfer: &Transfer) -> Result<Draft<'a>, Refusal> {
    let mut draft = telling_payer(scene, transfer)?;
    if transfer.state != TransferState::Held {
        draft.effects.push(tell::payee_error(transfer, Refusal::TransferExpired));
    }
    Ok(draft)
}

/// Expires an overdue transfer and tells the payer.
pub(super) fn telling_payer<'a>(
    scene: &'a Scene<'a>,
    transfer: &Transfer,
) -> Result<Draft<'a>, Refusal> {
    let mut transfer = transfer.clone();
    let mut draft = Draft::new(scene);
    release(&mut draft, &mut transfer)?;
    draft.effects.push(tell::payer_error(&transfer, Refusal::TransferExpired));
    draft.write(Row::Transfer(Box::new(transfer)));
    Ok(draft)
}

/// Expires an overdue transfer; whom to tell and what else to keep is the caller's to say.
pub(super) fn release(draft: &mut Draft<'_>, transfer: &mut Transfer) -> Result<(), Refusal> {
    let cause = Cause::Hub(Refusal::TransferExpired);
    if transfer.state == TransferState::Held {
        draft.end_held(transfer, TransferState::ExpiredPrepared, cause, HoldEnd::Expired);
        return Ok(());
    }
    draft.release(transfer, TransferState::ExpiredReserved, cause)
}

/// Behind a proxy our clock ends nothing: the other side is asked, and asked again.
fn poll(scene: &Scene<'_>, transfer: &Transfer) -> Decision {
    let mut transfer = transfer.clone();
    let mut draft = Draft::new(scene);
    let at = scene.now.plus_ms(scene.rules.poll_forwarded_ms);
    draft.postpone(&mut transfer, at);
    let (to, about) = (transfer.payee.clone(), tell::about(&transfer));
    draft.effects.push(Effect::PollForwarded { to, about });
    draft.write(Row::Transfer(Box::new(transfer)));
    draft.decided(Outcome::InProgress)
}
