//! Inquire: a party asks for the state (GET /transfers/{id}).

use super::{Scene, expire, tell};
use crate::{
    Decision, ExternalState, Outcome, ParticipantName, Refusal, Row, Transfer, TransferId,
};

/// After the deadline the question itself expires the transfer, so that a payer that was told
/// ABORTED may release its customer's money at once.
pub(super) fn decide(
    scene: &Scene<'_>,
    id: TransferId,
    spelling: &str,
    by: &ParticipantName,
) -> Result<Decision, Refusal> {
    let refuse = |refusal| scene.refuse(by, id, spelling, refusal);
    let Some(transfer) = scene.view.transfer(&id)? else {
        return Ok(refuse(Refusal::TransferUnknown));
    };
    if *by != transfer.payer && *by != transfer.payee {
        return Ok(refuse(Refusal::NotAParty));
    }
    if !transfer.is_overdue(scene.now) {
        let effects = vec![tell::state_to(transfer, by)];
        let outcome = Outcome::State(transfer.state.external());
        return Ok(Decision { effects, ..Decision::only(outcome) });
    }
    let draft = expire::overdue(scene, transfer)?;
    let mut decision = draft.decided(Outcome::State(ExternalState::Aborted));
    let expired = decision.writes.iter().find_map(written_transfer);
    let answer = expired.map(|transfer| tell::state_to(transfer, by));
    decision.effects.extend(answer);
    Ok(decision)
}

fn written_transfer(row: &Row) -> Option<&Transfer> {
    match row {
        Row::Transfer(transfer) => Some(transfer),
        _ => None,
    }
}
