//! Holds: a prepare that somebody has to look at first (DESIGN §3, HELD), and its three ends: an
//! operator's release, an operator's block, or its time. Nothing is reserved while it is held.

use super::draft::Draft;
use super::prepare::{Terms, admit, refused_state, reserve};
use super::{Scene, expire, tell};
use crate::{
    Cause, Decision, Effect, Fault, HoldEnd, Outcome, Refusal, Release, Row, Transfer, TransferId,
    TransferState,
};

pub(super) fn hold(scene: &Scene<'_>, transfer: Transfer) -> Decision {
    let mut draft = Draft::new(scene);
    draft.hold(&transfer);
    let (about, until) = (tell::about(&transfer), transfer.due_at);
    draft.effects.push(Effect::HoldPrepare { about, until });
    draft.write(Row::Transfer(Box::new(transfer)));
    draft.decided(Outcome::Accepted)
}

/// Admission is decided now: parties, time, room. What is refused ends here; it is not held on.
pub(super) fn release(scene: &Scene<'_>, release: &Release) -> Result<Decision, Refusal> {
    let transfer = scene.view.transfer(&release.id)?.ok_or(Refusal::TransferUnknown)?;
    if *release != Release::of(transfer) {
        return Err(Refusal::LedgerInconsistent);
    }
    if let Some(decision) = over(scene, transfer, transfer.was_released())? {
        return Ok(decision);
    }
    match admit(scene, &Terms::of_held(transfer)) {
        Ok(admission) => {
            let mut draft = Draft::new(scene);
            draft.leave_hold(transfer, HoldEnd::Released);
            let (state, due_at) = (admission.state(), transfer.expires_at);
            reserve(draft, Transfer { state, due_at, ..transfer.clone() }, admission)
        }
        Err(refusal) if refusal.fault() == Fault::Us => Err(refusal),
        Err(refusal) => {
            let outcome = Outcome::Refused(refusal.clone());
            Ok(end(scene, transfer, refusal, HoldEnd::Refused).decided(outcome))
        }
    }
}

/// The payer hears what it hears of any blocked transfer; the payee has never heard of this one.
pub(super) fn block(scene: &Scene<'_>, id: TransferId) -> Result<Decision, Refusal> {
    let transfer = scene.view.transfer(&id)?.ok_or(Refusal::TransferUnknown)?;
    if let Some(decision) = over(scene, transfer, transfer.was_blocked())? {
        return Ok(decision);
    }
    let draft = end(scene, transfer, Refusal::BlockedByScreening, HoldEnd::Blocked);
    Ok(draft.decided(Outcome::Accepted))
}

/// The answer to an operator that comes when the hold is over; `done` if by the same wish.
fn over(scene: &Scene<'_>, transfer: &Transfer, done: bool) -> Result<Option<Decision>, Refusal> {
    let state = transfer.state;
    Ok(match state {
        TransferState::Held if transfer.is_overdue(scene.now) => {
            Some(expire::overdue(scene, transfer)?.decided(Outcome::Late))
        }
        TransferState::Held => None,
        _ if done => Some(Decision::only(Outcome::Resent)),
        _ if state.is_final() => Some(Decision::only(Outcome::State(state.external()))),
        _ => return Err(Refusal::NotHeld),
    })
}

fn end<'a>(scene: &'a Scene<'a>, transfer: &Transfer, refusal: Refusal, end: HoldEnd) -> Draft<'a> {
    let mut transfer = transfer.clone();
    let mut draft = Draft::new(scene);
    let state = refused_state(&refusal);
    draft.end_held(&mut transfer, state, Cause::Hub(refusal.clone()), end);
    draft.effects.push(tell::payer_error(&transfer, refusal));
    draft.write(Row::Transfer(Box::new(transfer)));
    draft
}
