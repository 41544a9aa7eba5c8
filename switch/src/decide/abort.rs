//! Abort: the payee says no (PUT /transfers/{id}/error).

use super::draft::Draft;
use super::fulfil::{Sender, foreign};
use super::{Scene, expire, tell};
use crate::{Abort, Cause, Decision, Outcome, PayeeAnswer, Refusal, Row, Transfer, TransferState};

pub(super) fn decide(scene: &Scene<'_>, abort: &Abort) -> Result<Decision, Refusal> {
    let refuse = |refusal| scene.refuse(&abort.source, abort.id, &abort.spelling, refusal);
    let sender = || Sender { source: &abort.source, spelling: &abort.spelling, said: None };
    let Some(transfer) = scene.view.transfer(&abort.id)? else {
        return Ok(refuse(Refusal::AnsweredTransferUnknown));
    };
    if abort.source != transfer.payee {
        return foreign(scene, transfer, sender(), Refusal::SourceIsNotPayee);
    }
    if transfer.state == TransferState::Held {
        return Ok(refuse(Refusal::NotReserved));
    }
    // A payee that says no knows the outcome already: it is not told again (security-and-
    // timeouts.md §4.3, late PUT error).
    if transfer.state == TransferState::ExpiredReserved {
        return Ok(Decision::only(Outcome::Late));
    }
    if transfer.is_overdue(scene.now) {
        return expire::telling_payer(scene, transfer).map(|draft| draft.decided(Outcome::Late));
    }
    if abort.destination != transfer.payer {
        return foreign(scene, transfer, sender(), Refusal::DestinationIsNotPayer);
    }
    if let Some(answer) = transfer.payee_answer.as_ref().filter(|answer| answer.state.is_none()) {
        let same = answer.hash == abort.hash;
        let resent = Decision::only(Outcome::Resent);
        return Ok(if same { resent } else { refuse(Refusal::ModifiedAnswer) });
    }
    if transfer.state.is_final() {
        return Ok(refuse(Refusal::NotReserved));
    }
    end(scene, transfer, abort)
}

fn end(scene: &Scene<'_>, transfer: &Transfer, abort: &Abort) -> Result<Decision, Refusal> {
    let mut transfer = transfer.clone();
    let mut draft = Draft::new(scene);
    transfer.payee_answer = Some(PayeeAnswer {
        hash: abort.hash,
        state: None,
        fulfilment: None,
        completed_at: scene.now,
    });
    let cause = Cause::Payee(abort.error.clone());
    draft.release(&mut transfer, TransferState::AbortedError, cause)?;
    draft.effects.push(tell::payer_outcome(&transfer, false)?);
    if scene.rules.send_confirmation_to_payee {
        draft.effects.push(tell::copy_to_payee(&transfer)?);
    }
    draft.write(Row::Transfer(Box::new(transfer)));
    Ok(draft.decided(Outcome::Accepted))
}
