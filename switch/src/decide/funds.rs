//! Limits and money put in, by the operator (switch-core.md §1.2, §1.3).

use super::Scene;
use super::accounts::{known, numbered};
use super::draft::{Draft, on};
use crate::limits::{ALARM_PERCENTAGE_DEFAULT, ALARM_PERCENTAGE_MAX};
use crate::{
    Account, AccountKind, Decision, Effect, FundsMovement, Limit, Money, Outcome, ParticipantName,
    RecordFundsIn, Refusal, Row,
};

pub(super) fn set_initial(
    scene: &Scene<'_>,
    participant: &ParticipantName,
    initial_position: Money,
    net_debit_cap: Money,
    alarm_percentage: Option<u8>,
) -> Result<Decision, Refusal> {
    let currency = net_debit_cap.currency();
    if initial_position.currency() != currency {
        return Err(Refusal::CurrencyMismatch);
    }
    let alarm_percentage = alarm_percentage.unwrap_or(ALARM_PERCENTAGE_DEFAULT);
    let limit = limit(net_debit_cap, alarm_percentage)?;
    let position = on(participant, currency, AccountKind::Position);
    if limited_account(scene, participant, net_debit_cap)?.limit.is_some() {
        return Err(Refusal::LimitAlreadySet);
    }
    let mut draft = Draft::new(scene);
    let account = draft.account(&position)?;
    (account.limit, account.active) = (Some(limit), true);
    draft.account(&on(participant, currency, AccountKind::Settlement))?.active = true;
    if !initial_position.is_zero() {
        let hub = ParticipantName::hub();
        let against = on(&hub, currency, AccountKind::HubMultilateralSettlement);
        draft.post(position, against, initial_position)?;
    }
    Ok(draft.decided(Outcome::Accepted))
}

/// A limit may be below the position: nothing is undone, nothing is admitted, the operator knows.
pub(super) fn set_limit(
    scene: &Scene<'_>,
    participant: &ParticipantName,
    net_debit_cap: Money,
    alarm_percentage: Option<u8>,
) -> Result<Decision, Refusal> {
    let wished = limit(net_debit_cap, alarm_percentage.unwrap_or(ALARM_PERCENTAGE_DEFAULT))?;
    let account = limited_account(scene, participant, net_debit_cap)?;
    let kept = account.limit.ok_or(Refusal::LimitNotSet)?;
    let alarm_percentage = alarm_percentage.unwrap_or(kept.alarm_percentage);
    let mut draft = Draft::new(scene);
    let key = account.key.clone();
    draft.account(&key)?.limit = Some(Limit { alarm_percentage, ..wished });
    draft.effects.push(Effect::LimitAdjusted { account: key.clone(), net_debit_cap });
    let value = account.balance;
    if net_debit_cap.checked_sub(value)?.is_negative() {
        let alert = Effect::PositionAboveLimitAlert { account: key, value, net_debit_cap };
        draft.effects.push(alert);
    }
    Ok(draft.decided(Outcome::Accepted))
}

/// Cover is a negative balance (the peer's sign), so money in lowers the settlement account.
pub(super) fn record_in(scene: &Scene<'_>, command: &RecordFundsIn) -> Result<Decision, Refusal> {
    if let Some(known) = scene.view.funds_movement(&command.id)? {
        let same = known.hash == command.hash;
        let outcome = Outcome::Refused(Refusal::ModifiedRequest);
        return Ok(Decision::only(if same { Outcome::Resent } else { outcome }));
    }
    if command.money.is_zero() {
        return Err(Refusal::AmountIsZero);
    }
    if command.money.is_negative() {
        return Err(Refusal::AmountIsNegative);
    }
    let account = fundable_account(scene, command)?.key.clone();
    let hub = ParticipantName::hub();
    let hub = on(&hub, command.money.currency(), AccountKind::HubReconciliation);
    let mut draft = Draft::new(scene);
    draft.post(hub, account.clone(), command.money)?;
    draft.write(Row::FundsMovement(Box::new(FundsMovement {
        id: command.id,
        hash: command.hash,
        account,
        money: command.money,
        reason: command.reason.clone(),
        external_reference: command.external_reference.clone(),
        recorded_at: scene.now,
    })));
    Ok(draft.decided(Outcome::Accepted))
}

fn fundable_account<'a>(
    scene: &'a Scene<'_>,
    command: &RecordFundsIn,
) -> Result<&'a Account, Refusal> {
    let participant = known(scene, &command.participant)?;
    let account = numbered(scene, command.account)?;
    let key = &account.key;
    if key.participant != command.participant || key.currency != command.money.currency() {
        return Err(Refusal::AccountMismatch);
    }
    if !account.active {
        return Err(Refusal::AccountInactive);
    }
    if key.kind != AccountKind::Settlement {
        return Err(Refusal::NotASettlementAccount);
    }
    if !participant.active {
        return Err(Refusal::ParticipantInactive);
    }
    Ok(account)
}

fn limit(net_debit_cap: Money, alarm_percentage: u8) -> Result<Limit, Refusal> {
    if net_debit_cap.is_negative() {
        return Err(Refusal::LimitIsNegative);
    }
    if alarm_percentage > ALARM_PERCENTAGE_MAX {
        return Err(Refusal::AlarmPercentage);
    }
    Ok(Limit { net_debit_cap, alarm_percentage })
}

fn limited_account<'a>(
    scene: &'a Scene<'_>,
    participant: &ParticipantName,
    net_debit_cap: Money,
) -> Result<&'a Account, Refusal> {
    known(scene, participant)?;
    let key = on(participant, net_debit_cap.currency(), AccountKind::Position);
    scene.view.account(&key)?.ok_or(Refusal::AccountUnknown)
}
