//! Fulfil: the checks of switch-core.md §1.6 in their order, with lateness before all but the
//! sender (CONTRACTS §3), then the commit.

use super::draft::Draft;
use super::{Scene, expire, tell};
use crate::{
    Cause, Confirmation, Decision, Effect, Fulfil, FulfilState, LateFulfil, Outcome, PayeeAnswer,
    Refusal, Row, Transfer, TransferState,
};

pub(super) fn decide(scene: &Scene<'_>, fulfil: &Fulfil) -> Result<Decision, Refusal> {
    let refuse = |refusal| scene.refuse(&fulfil.source, fulfil.id, &fulfil.spelling, refusal);
    let Some(transfer) = scene.view.transfer(&fulfil.id)? else {
        return Ok(refuse(Refusal::AnsweredTransferUnknown));
    };
    if fulfil.source != transfer.payee {
        return foreign(scene, transfer, Sender::of(fulfil), Refusal::SourceIsNotPayee);
    }
    // It was never sent on: there is nothing to answer.
    if transfer.state == TransferState::Held {
        return Ok(refuse(Refusal::NotReserved));
    }
    if transfer.state == TransferState::ExpiredReserved || transfer.is_overdue(scene.now) {
        return late(scene, transfer, fulfil);
    }
    if fulfil.destination != transfer.payer {
        return foreign(scene, transfer, Sender::of(fulfil), Refusal::DestinationIsNotPayer);
    }
    // An error and a fulfil are no duplicates of each other: the second one finds the transfer
    // final, as with the peer.
    if let Some(answer) = transfer.payee_answer.as_ref().filter(|answer| answer.state.is_some()) {
        if answer.hash != fulfil.hash {
            return Ok(refuse(Refusal::ModifiedAnswer));
        }
        let effects = vec![tell::payee_outcome(transfer, fulfil.state)?];
        return Ok(Decision { effects, ..Decision::only(Outcome::Resent) });
    }
    if transfer.state.is_final() {
        let effects = vec![tell::payee_aborted(transfer, fulfil.state, Refusal::NotReserved)?];
        let refused = Decision::only(Outcome::Refused(Refusal::NotReserved));
        return Ok(Decision { effects, ..refused });
    }
    if !transfer.condition.is_met_by(&fulfil.fulfilment) {
        return invalid(scene, transfer, fulfil);
    }
    commit(scene, transfer, fulfil)
}

/// Who sent an answer that names the wrong party, and what it said of its own side.
pub(super) struct Sender<'a> {
    pub(super) source: &'a crate::ParticipantName,
    pub(super) spelling: &'a str,
    pub(super) said: Option<FulfilState>,
}

impl<'a> Sender<'a> {
    fn of(fulfil: &'a Fulfil) -> Self {
        let Fulfil { source, spelling, state, .. } = fulfil;
        Self { source, spelling, said: Some(*state) }
    }
}

/// An answer from or to the wrong party: its sender is refused; whether that ends the transfer,
/// too, is the scheme's choice.
pub(super) fn foreign(
    scene: &Scene<'_>,
    transfer: &Transfer,
    sender: Sender<'_>,
    refusal: Refusal,
) -> Result<Decision, Refusal> {
    let sent = !transfer.state.is_final() && transfer.state != TransferState::Held;
    let open = sent && !transfer.is_overdue(scene.now);
    if !scene.rules.abort_on_foreign_fulfil || !open {
        return Ok(scene.refuse(sender.source, transfer.id, sender.spelling, refusal));
    }
    let mut transfer = transfer.clone();
    let mut draft = Draft::new(scene);
    let cause = Cause::Hub(refusal.clone());
    draft.release(&mut transfer, TransferState::AbortedError, cause)?;
    draft.effects.push(tell::payer_error(&transfer, refusal.clone()));
    let said = sender.said.unwrap_or(FulfilState::Committed);
    draft.effects.push(tell::payee_aborted(&transfer, said, refusal.clone())?);
    if *sender.source != transfer.payee && *sender.source != transfer.payer {
        let told = tell::error(sender.source, transfer.id, sender.spelling, refusal.clone());
        draft.effects.push(told);
    }
    draft.write(Row::Transfer(Box::new(transfer)));
    Ok(draft.decided(Outcome::Refused(refusal)))
}

/// Too late, whether or not the expiry has run: this decision expires what is still reserved.
/// The payee hears 3303 whatever else is wrong; what it revealed is kept as evidence.
fn late(scene: &Scene<'_>, transfer: &Transfer, fulfil: &Fulfil) -> Result<Decision, Refusal> {
    let mut draft = Draft::new(scene);
    let mut ended = transfer.clone();
    if transfer.is_overdue(scene.now) {
        expire::release(&mut draft, &mut ended)?;
        draft.effects.push(tell::payer_error(&ended, Refusal::TransferExpired));
    }
    let refusal = Refusal::TransferExpired;
    draft.effects.push(tell::payee_aborted(&ended, fulfil.state, refusal)?);
    if let Some(evidence) = better_evidence(scene, &ended, fulfil) {
        if fulfil.state == FulfilState::Committed {
            draft.effects.push(Effect::Reconciliation {
                about: tell::about(&ended),
                fulfilment: evidence.fulfilment,
                meets_condition: evidence.meets_condition,
                late: true,
            });
        }
        ended.late_fulfil = Some(evidence);
    }
    if ended != *transfer {
        draft.write(Row::Transfer(Box::new(ended)));
    }
    Ok(draft.decided(Outcome::Late))
}

/// The late fulfil, when it says more than what is kept: the first one, then a right fulfilment
/// after a wrong one, then COMMITTED after RESERVED.
fn better_evidence(scene: &Scene<'_>, transfer: &Transfer, fulfil: &Fulfil) -> Option<LateFulfil> {
    let meets_condition = transfer.condition.is_met_by(&fulfil.fulfilment);
    let weight = |meets: bool, state| (meets, state == FulfilState::Committed);
    let kept = transfer.late_fulfil.as_ref();
    let better = kept.is_none_or(|kept| {
        weight(meets_condition, fulfil.state) > weight(kept.meets_condition, kept.state)
    });
    better.then_some(LateFulfil {
        fulfilment: fulfil.fulfilment,
        meets_condition,
        state: fulfil.state,
        arrived_at: scene.now,
    })
}

fn invalid(scene: &Scene<'_>, transfer: &Transfer, fulfil: &Fulfil) -> Result<Decision, Refusal> {
    let refusal = Refusal::InvalidFulfilment;
    if !scene.rules.abort_on_invalid_fulfilment {
        return Ok(scene.refuse(&fulfil.source, transfer.id, &fulfil.spelling, refusal));
    }
    let mut transfer = transfer.clone();
    let mut draft = Draft::new(scene);
    transfer.payee_answer = Some(answer(scene, fulfil));
    let cause = Cause::Hub(refusal.clone());
    draft.release(&mut transfer, TransferState::AbortedError, cause)?;
    draft.effects.push(tell::payer_error(&transfer, refusal.clone()));
    draft.effects.push(tell::payee_aborted(&transfer, fulfil.state, refusal.clone())?);
    if fulfil.state == FulfilState::Committed {
        draft.effects.push(Effect::Reconciliation {
            about: tell::about(&transfer),
            fulfilment: fulfil.fulfilment,
            meets_condition: false,
            late: false,
        });
    }
    draft.write(Row::Transfer(Box::new(transfer)));
    Ok(draft.decided(Outcome::Refused(refusal)))
}

fn commit(scene: &Scene<'_>, transfer: &Transfer, fulfil: &Fulfil) -> Result<Decision, Refusal> {
    let mut transfer = transfer.clone();
    let mut draft = Draft::new(scene);
    transfer.payee_answer = Some(answer(scene, fulfil));
    draft.commit(&mut transfer)?;
    draft.effects.push(tell::payer_outcome(&transfer, false)?);
    match fulfil.state {
        FulfilState::Reserved => {
            draft.effects.push(tell::confirm(&transfer, Confirmation::Committed)?);
        }
        FulfilState::Committed if scene.rules.send_confirmation_to_payee => {
            draft.effects.push(tell::copy_to_payee(&transfer)?);
        }
        FulfilState::Committed => {}
    }
    draft.write(Row::Transfer(Box::new(transfer)));
    Ok(draft.decided(Outcome::Accepted))
}

fn answer(scene: &Scene<'_>, fulfil: &Fulfil) -> PayeeAnswer {
    PayeeAnswer {
        hash: fulfil.hash,
        state: Some(fulfil.state),
        fulfilment: Some(fulfil.fulfilment),
        completed_at: fulfil.completed_at.unwrap_or(scene.now),
    }
}
