//! Who is told what of a transfer.

use crate::{
    About, Cause, Confirmation, Effect, ExternalState, FulfilState, ParticipantName, Refusal,
    Timestamp, Transfer, TransferId, TransferState,
};

pub(super) fn about(transfer: &Transfer) -> About {
    About {
        id: transfer.id,
        spelling: transfer.spelling.clone(),
        payer: transfer.payer.clone(),
        payee: transfer.payee.clone(),
        money: transfer.money,
        expiration: transfer.expiration,
        expires_at: transfer.expires_at,
    }
}

pub(super) fn error(
    to: &ParticipantName,
    id: TransferId,
    spelling: &str,
    refusal: Refusal,
) -> Effect {
    Effect::Error { to: to.clone(), id, spelling: spelling.to_owned(), refusal }
}

pub(super) fn payer_error(transfer: &Transfer, refusal: Refusal) -> Effect {
    error(&transfer.payer, transfer.id, &transfer.spelling, refusal)
}

pub(super) fn payee_error(transfer: &Transfer, refusal: Refusal) -> Effect {
    error(&transfer.payee, transfer.id, &transfer.spelling, refusal)
}

/// The one final answer that the payer is owed.
pub(super) fn payer_outcome(transfer: &Transfer, resent: bool) -> Result<Effect, Refusal> {
    let (to, about) = (transfer.payer.clone(), about(transfer));
    match (&transfer.cause, &transfer.payee_answer) {
        (Some(Cause::Hub(refusal)), _) => Ok(payer_error(transfer, refusal.clone())),
        (Some(Cause::Payee(error)), _) => {
            Ok(Effect::ForwardAbort { to, about, error: error.clone(), resent })
        }
        (None, Some(answer)) => match (answer.state, answer.fulfilment) {
            (Some(FulfilState::Committed), _) => Ok(Effect::ForwardFulfil { to, about, resent }),
            (Some(FulfilState::Reserved), Some(fulfilment)) => {
                let completed_at = ended_at(transfer)?;
                Ok(Effect::NotifyCommitted { to, about, fulfilment, completed_at })
            }
            _ => Err(Refusal::LedgerInconsistent),
        },
        (None, None) => Err(Refusal::LedgerInconsistent),
    }
}

/// The hub's last word to a payee that waits for it: a PATCH after RESERVED.
pub(super) fn confirm(transfer: &Transfer, confirmation: Confirmation) -> Result<Effect, Refusal> {
    let (to, about) = (transfer.payee.clone(), about(transfer));
    let completed_at = ended_at(transfer)?;
    Ok(Effect::ConfirmToPayee { to, about, confirmation, completed_at })
}

/// What a payee hears when its fulfil cannot commit: PATCH ABORTED after RESERVED, an error
/// after COMMITTED. The PATCH names the cause only where the payee can do something about it.
pub(super) fn payee_aborted(
    transfer: &Transfer,
    answered: FulfilState,
    refusal: Refusal,
) -> Result<Effect, Refusal> {
    match answered {
        FulfilState::Committed => Ok(payee_error(transfer, refusal)),
        FulfilState::Reserved => {
            let cause = (refusal != Refusal::NotReserved).then_some(refusal);
            confirm(transfer, Confirmation::Aborted { cause })
        }
    }
}

pub(super) fn copy_to_payee(transfer: &Transfer) -> Result<Effect, Refusal> {
    Ok(Effect::CopyToPayee {
        to: transfer.payee.clone(),
        about: about(transfer),
        state: transfer.state.external(),
        fulfilment: transfer.payee_answer.as_ref().and_then(|answer| answer.fulfilment),
        completed_at: ended_at(transfer)?,
    })
}

pub(super) fn state_to(transfer: &Transfer, to: &ParticipantName) -> Effect {
    let state = transfer.state.external();
    let answer = transfer.payee_answer.as_ref();
    let fulfilment = answer.filter(|_| state == ExternalState::Committed);
    Effect::StateTo {
        to: to.clone(),
        about: about(transfer),
        state,
        fulfilment: fulfilment.and_then(|answer| answer.fulfilment),
        completed_at: transfer.ended_at,
    }
}

/// What a payee hears when it sends the same answer again.
pub(super) fn payee_outcome(transfer: &Transfer, answered: FulfilState) -> Result<Effect, Refusal> {
    match (transfer.state, &transfer.cause, answered) {
        (TransferState::Committed, _, FulfilState::Committed) => {
            Ok(state_to(transfer, &transfer.payee))
        }
        (TransferState::Committed, _, FulfilState::Reserved) => {
            confirm(transfer, Confirmation::Committed)
        }
        (_, Some(Cause::Hub(refusal)), _) => payee_aborted(transfer, answered, refusal.clone()),
        _ => Err(Refusal::LedgerInconsistent),
    }
}

fn ended_at(transfer: &Transfer) -> Result<Timestamp, Refusal> {
    transfer.ended_at.ok_or(Refusal::LedgerInconsistent)
}
