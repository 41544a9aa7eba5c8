//! Participants and their accounts, by the operator (switch-core.md §1.2).

use super::Scene;
use super::draft::on;
use crate::{
    Account, AccountKey, AccountKind, AccountNumber, AccountNumberEntry, AccountNumbers, Currency,
    Decision, Money, Outcome, Participant, ParticipantName, Refusal, Row,
};

pub(super) fn create_hub_account(
    scene: &Scene<'_>,
    kind: AccountKind,
    currency: Currency,
) -> Result<Decision, Refusal> {
    let hub_kinds = [AccountKind::HubReconciliation, AccountKind::HubMultilateralSettlement];
    if !hub_kinds.contains(&kind) {
        return Err(Refusal::NotAHubAccountKind);
    }
    let hub = ParticipantName::hub();
    let key = on(&hub, currency, kind);
    if scene.view.account(&key)?.is_some() {
        return Err(Refusal::HubAccountExists);
    }
    let mut writes = opened(scene, vec![key], true)?;
    writes.push(with_currency(scene, &hub, currency, false)?);
    Ok(Decision { writes, ..Decision::only(Outcome::Accepted) })
}

pub(super) fn create_participant(
    scene: &Scene<'_>,
    name: &ParticipantName,
    currency: Currency,
    is_proxy: bool,
) -> Result<Decision, Refusal> {
    let hub = ParticipantName::hub();
    if *name == hub {
        return Err(Refusal::HubIsReserved);
    }
    let hub_account = |kind| scene.view.account(&on(&hub, currency, kind));
    if hub_account(AccountKind::HubReconciliation)?.is_none() {
        return Err(Refusal::HubReconciliationMissing);
    }
    if hub_account(AccountKind::HubMultilateralSettlement)?.is_none() {
        return Err(Refusal::HubMultilateralSettlementMissing);
    }
    if scene.view.account(&on(name, currency, AccountKind::Position))?.is_some() {
        return Err(Refusal::CurrencyRegistered);
    }
    let kinds = [AccountKind::Position, AccountKind::Settlement, AccountKind::InFlight];
    let keys = kinds.map(|kind| on(name, currency, kind)).to_vec();
    let mut writes = opened(scene, keys, false)?;
    writes.push(with_currency(scene, name, currency, is_proxy)?);
    Ok(Decision { writes, ..Decision::only(Outcome::Accepted) })
}

pub(super) fn set_participant_active(
    scene: &Scene<'_>,
    name: &ParticipantName,
    active: bool,
) -> Result<Decision, Refusal> {
    if *name == ParticipantName::hub() {
        return Err(Refusal::HubIsReserved);
    }
    let participant = known(scene, name)?;
    let row = Row::Participant(Participant { active, ..participant.clone() });
    Ok(Decision { writes: vec![row], ..Decision::only(Outcome::Accepted) })
}

pub(super) fn set_account_active(
    scene: &Scene<'_>,
    participant: &ParticipantName,
    number: AccountNumber,
    active: bool,
) -> Result<Decision, Refusal> {
    known(scene, participant)?;
    let account = numbered(scene, number)?;
    if account.key.participant != *participant {
        return Err(Refusal::AccountMismatch);
    }
    if account.key.kind != AccountKind::Position {
        return Err(Refusal::NotAPositionAccount);
    }
    let row = Row::Account(Box::new(Account { active, ..account.clone() }));
    Ok(Decision { writes: vec![row], ..Decision::only(Outcome::Accepted) })
}

pub(super) fn known<'a>(
    scene: &'a Scene<'_>,
    name: &ParticipantName,
) -> Result<&'a Participant, Refusal> {
    let row = scene.view.participant(name)?;
    row.ok_or_else(|| Refusal::ParticipantUnknown { name: name.clone() })
}

/// The account that a number leads to.
pub(super) fn numbered<'a>(
    scene: &'a Scene<'_>,
    number: AccountNumber,
) -> Result<&'a Account, Refusal> {
    let entry = scene.view.account_number(&number)?.ok_or(Refusal::AccountUnknown)?;
    scene.view.account(&entry.account)?.ok_or(Refusal::LedgerInconsistent)
}

/// The rows of new accounts: each with the next number, its entry, and the counter.
fn opened(scene: &Scene<'_>, keys: Vec<AccountKey>, active: bool) -> Result<Vec<Row>, Refusal> {
    let counter = scene.view.account_numbers()?;
    let mut next = counter.map_or(1, |counter| counter.next.0);
    let mut rows = Vec::new();
    for key in keys {
        let number = AccountNumber(next);
        next += 1;
        let entry = AccountNumberEntry { number, account: key.clone() };
        rows.push(Row::AccountNumber(entry));
        rows.push(Row::Account(Box::new(Account {
            balance: Money::zero(key.currency),
            key,
            number,
            active,
            limit: None,
            changed_at: scene.now,
        })));
    }
    rows.push(Row::AccountNumbers(AccountNumbers { next: AccountNumber(next) }));
    Ok(rows)
}

fn with_currency(
    scene: &Scene<'_>,
    name: &ParticipantName,
    currency: Currency,
    is_proxy: bool,
) -> Result<Row, Refusal> {
    let known = scene.view.participant(name)?.cloned();
    let mut participant = known.unwrap_or_else(|| Participant {
        name: name.clone(),
        active: true,
        is_proxy,
        currencies: Vec::new(),
        created_at: scene.now,
    });
    if !participant.currencies.contains(&currency) {
        participant.currencies.push(currency);
    }
    Ok(Row::Participant(participant))
}
