//! Prepare: the checks of switch-core.md §1.5 in their order, then the reservation.
//!
//! Position, limit and liquidity are looked at last and together, on the batch's overlay, so that
//! no two prepares of a batch are admitted against the same room.

use super::draft::{Draft, on};
use super::{Scene, expire, hold, tell};
use crate::{
    Account, AccountKind, Cause, Decision, Effect, Fault, GroupId, Money, Outcome, Participant,
    ParticipantName, Prepare, Refusal, Row, Screening, Timestamp, Transfer, TransferState, Verdict,
};

pub(super) fn decide(scene: &Scene<'_>, prepare: &Prepare) -> Result<Decision, Refusal> {
    if let Some(known) = scene.view.transfer(&prepare.id)? {
        return known_id(scene, prepare, known);
    }
    match judge(scene, prepare) {
        Ok((_, Course::Hold)) => Ok(hold::hold(scene, held(scene, prepare))),
        Ok((admission, Course::GoOn)) => {
            let transfer = stored(scene, prepare, admission.state());
            reserve(Draft::new(scene), transfer, admission)
        }
        Err(refusal) if refusal.fault() == Fault::Us => Err(refusal),
        Err(refusal) => Ok(refuse(scene, prepare, refusal)),
    }
}

/// What a prepare asks for, or a transfer that was held.
pub(super) struct Terms<'a> {
    payer: &'a ParticipantName,
    payee: &'a ParticipantName,
    money: Money,
    expiration: Timestamp,
    expires_at: Timestamp,
    reserve_by: Option<Timestamp>,
}

impl<'a> Terms<'a> {
    fn of(prepare: &'a Prepare) -> Self {
        let Prepare { payer, payee, money, expiration, expires_at, reserve_by, .. } = prepare;
        let (money, expiration, expires_at) = (*money, *expiration, *expires_at);
        Self { payer, payee, money, expiration, expires_at, reserve_by: *reserve_by }
    }

    /// Whether enough time is left to send it on is what the end of a hold says.
    pub(super) fn of_held(transfer: &'a Transfer) -> Self {
        let Transfer { payer, payee, money, expiration, expires_at, .. } = transfer;
        let (money, expiration, expires_at) = (*money, *expiration, *expires_at);
        Self { payer, payee, money, expiration, expires_at, reserve_by: None }
    }
}

/// What an admitted prepare needs to know of its parties.
pub(super) struct Admission {
    through_proxy: bool,
    alarm: Option<Effect>,
}

impl Admission {
    pub(super) fn state(&self) -> TransferState {
        match self.through_proxy {
            true => TransferState::ReservedForwarded,
            false => TransferState::Reserved,
        }
    }
}

/// How a prepare goes on that no rule refuses.
enum Course {
    GoOn,
    Hold,
}

fn known_id(scene: &Scene<'_>, prepare: &Prepare, known: &Transfer) -> Result<Decision, Refusal> {
    let refuse = |refusal| scene.refuse(&prepare.source, prepare.id, &prepare.spelling, refusal);
    if prepare.hash != known.hash {
        return Ok(refuse(Refusal::ModifiedRequest));
    }
    if prepare.source != known.payer {
        return Ok(refuse(Refusal::SourceIsNotPayer));
    }
    if known.is_overdue(scene.now) {
        return expire::overdue(scene, known).map(|draft| draft.decided(Outcome::Resent));
    }
    if !known.state.is_final() {
        return Ok(Decision::only(Outcome::InProgress));
    }
    let effects = vec![tell::payer_outcome(known, true)?];
    Ok(Decision { effects, ..Decision::only(Outcome::Resent) })
}

/// Every rule, and the verdict last: what is refused anyhow is not held.
fn judge(scene: &Scene<'_>, prepare: &Prepare) -> Result<(Admission, Course), Refusal> {
    if prepare.source != prepare.payer {
        return Err(Refusal::SourceIsNotPayer);
    }
    if prepare.money.is_zero() {
        return Err(Refusal::AmountIsZero);
    }
    if prepare.money.is_negative() {
        return Err(Refusal::AmountIsNegative);
    }
    let admission = admit(scene, &Terms::of(prepare))?;
    let course = screened(scene, prepare)?;
    Ok((admission, course))
}

/// The rules that look at parties, time and room, at a prepare and at a release.
pub(super) fn admit(scene: &Scene<'_>, terms: &Terms<'_>) -> Result<Admission, Refusal> {
    let payee = active_parties(scene, terms)?;
    in_time(scene, terms)?;
    if terms.payer == terms.payee && !scene.rules.enable_on_us_transfers {
        return Err(Refusal::OnUsTransfer);
    }
    let position = active_accounts(scene, terms)?;
    let alarm = within_limits(scene, terms, position)?;
    Ok(Admission { through_proxy: payee.is_proxy, alarm })
}

fn active_parties<'a>(scene: &'a Scene<'_>, terms: &Terms<'_>) -> Result<&'a Participant, Refusal> {
    let name = |name: &ParticipantName| name.clone();
    let (payer, payee) = (terms.payer, terms.payee);
    match scene.view.participant(payer)? {
        None => return Err(Refusal::PayerUnknown { name: name(payer) }),
        Some(row) if !row.active => return Err(Refusal::PayerInactive { name: name(payer) }),
        Some(_) => {}
    }
    match scene.view.participant(payee)? {
        None => Err(Refusal::PayeeUnknown { name: name(payee) }),
        Some(row) if !row.active => Err(Refusal::PayeeInactive { name: name(payee) }),
        Some(row) => Ok(row),
    }
}

fn in_time(scene: &Scene<'_>, terms: &Terms<'_>) -> Result<(), Refusal> {
    if terms.expiration <= scene.now {
        return Err(Refusal::ExpirationPast);
    }
    let too_late_to_send = terms.reserve_by.is_some_and(|at| scene.now > at);
    if terms.expires_at <= scene.now || too_late_to_send {
        return Err(Refusal::NoTimeLeft);
    }
    Ok(())
}

/// The payer's position account, when both sides have one in the currency and both are active.
fn active_accounts<'a>(scene: &'a Scene<'_>, terms: &Terms<'_>) -> Result<&'a Account, Refusal> {
    let currency = terms.money.currency();
    let name = terms.payer.clone();
    let payer = match scene.view.account(&on(&name, currency, AccountKind::Position))? {
        None => return Err(Refusal::PayerAccountUnknown { name, currency }),
        Some(row) if !row.active => return Err(Refusal::PayerAccountInactive { name, currency }),
        Some(row) => row,
    };
    let name = terms.payee.clone();
    match scene.view.account(&on(&name, currency, AccountKind::Position))? {
        None => Err(Refusal::PayeeAccountUnknown { name, currency }),
        Some(row) if !row.active => Err(Refusal::PayeeAccountInactive { name, currency }),
        Some(_) => Ok(payer),
    }
}

/// position + reserved + amount <= min(liquidity, cap); liquidity is looked at first.
fn within_limits(
    scene: &Scene<'_>,
    terms: &Terms<'_>,
    position: &Account,
) -> Result<Option<Effect>, Refusal> {
    let currency = terms.money.currency();
    let settlement = on(terms.payer, currency, AccountKind::Settlement);
    let settlement = scene.view.account(&settlement)?.ok_or(Refusal::LedgerInconsistent)?;
    let liquidity = settlement.balance.negated();
    let before = position.balance;
    let after = before.checked_add(terms.money)?;
    if liquidity.checked_sub(after)?.is_negative() {
        return Err(Refusal::InsufficientLiquidity);
    }
    let limit = position.limit.ok_or(Refusal::NetDebitCap)?;
    if limit.net_debit_cap.checked_sub(after)?.is_negative() {
        return Err(Refusal::NetDebitCap);
    }
    let passed = |value: Money| {
        let share = liquidity.units().saturating_mul(limit.alarm_percentage.into());
        value.units().saturating_mul(100) > share
    };
    let alarm = passed(after) && !passed(before);
    let account = position.key.clone();
    Ok(alarm.then_some(Effect::LimitAlarm { account, value: after, liquidity }))
}

fn screened(scene: &Scene<'_>, prepare: &Prepare) -> Result<Course, Refusal> {
    match (prepare.verdict, scene.rules.screening) {
        (Verdict::Blocked, _) => Err(Refusal::BlockedByScreening),
        (Verdict::NotScreened, Screening::Required) => Err(Refusal::NotScreened),
        (Verdict::Allowed, _) | (Verdict::NotScreened, Screening::Off) => Ok(Course::GoOn),
        (Verdict::Hold, _) if hold_until(prepare) <= scene.now => Err(Refusal::NoTimeLeft),
        (Verdict::Hold, _) => Ok(Course::Hold),
    }
}

/// A hold leaves enough time to send the prepare on and to be answered.
fn hold_until(prepare: &Prepare) -> Timestamp {
    let own = prepare.expires_at.min(prepare.expiration);
    let until = prepare.hold_until.min(own);
    prepare.reserve_by.map_or(until, |reserve_by| until.min(reserve_by))
}

/// Reserves for an admitted transfer and sends it on.
pub(super) fn reserve(
    mut draft: Draft<'_>,
    transfer: Transfer,
    admission: Admission,
) -> Result<Decision, Refusal> {
    draft.reserve(&transfer)?;
    let (to, about) = (transfer.payee.clone(), tell::about(&transfer));
    draft.effects.push(Effect::ForwardPrepare { to, about });
    draft.effects.extend(admission.alarm);
    draft.write(Row::Transfer(Box::new(transfer)));
    Ok(draft.decided(Outcome::Accepted))
}

/// Tells the sender, and keeps the refusal for a resend, unless the sender is not the payer or
/// no participant: strangers cannot use up ids.
fn refuse(scene: &Scene<'_>, prepare: &Prepare, refusal: Refusal) -> Decision {
    let mut decision =
        scene.refuse(&prepare.source, prepare.id, &prepare.spelling, refusal.clone());
    let payer_is_known = matches!(scene.view.participant(&prepare.payer), Ok(Some(_)));
    if refusal == Refusal::SourceIsNotPayer || !payer_is_known {
        return decision;
    }
    let mut transfer = stored(scene, prepare, refused_state(&refusal));
    transfer.ended_at = Some(scene.now);
    transfer.cause = Some(Cause::Hub(refusal));
    decision.writes.push(Row::Transfer(Box::new(transfer)));
    decision
}

/// The state of a transfer that was refused before anything was reserved.
pub(super) fn refused_state(refusal: &Refusal) -> TransferState {
    match refusal {
        Refusal::InsufficientLiquidity | Refusal::NetDebitCap | Refusal::BlockedByScreening => {
            TransferState::AbortedRejected
        }
        _ => TransferState::Invalid,
    }
}

fn held(scene: &Scene<'_>, prepare: &Prepare) -> Transfer {
    let due_at = hold_until(prepare);
    Transfer { due_at, ..stored(scene, prepare, TransferState::Held) }
}

fn stored(scene: &Scene<'_>, prepare: &Prepare, state: TransferState) -> Transfer {
    // No clock of ours outlives what the payer signed.
    let expires_at = prepare.expires_at.min(prepare.expiration);
    Transfer {
        id: prepare.id,
        group: GroupId::from(prepare.id),
        spelling: prepare.spelling.clone(),
        payer: prepare.payer.clone(),
        payee: prepare.payee.clone(),
        money: prepare.money,
        condition: prepare.condition,
        hash: prepare.hash,
        expiration: prepare.expiration,
        expires_at,
        due_at: expires_at,
        state,
        prepared_at: scene.now,
        ended_at: None,
        payee_answer: None,
        cause: None,
        late_fulfil: None,
        verdict: prepare.verdict,
        verdict_reference: prepare.verdict_reference.clone(),
    }
}
