//! How the ledger is asked and changed on an operator's behalf.

use std::sync::Arc;

use causeway_translate::codes;
use fspiop::error::{ErrorCode, Refusal};
use fspiop::json;
use serde_json::value::RawValue;
use switch::{
    Account, AccountKey, AccountKind, Command, Decision, Key, Money, Outcome, Participant,
    ParticipantName, Timestamp,
};
use switch_store::Submission;

use crate::alerts;
use crate::hub::{read_failed, store_failed};
use crate::node::Node;

/// A participant that the ledger knows.
///
/// # Errors
/// 3200 if it knows none of that name; the store does not answer.
pub(super) async fn participant(node: &Node, name: &str) -> Result<Participant, Refusal> {
    let parsed = self::name(name)?;
    let found = node.store.participant(&parsed).await.map_err(read_failed)?;
    found.ok_or_else(|| ruled(&switch::Refusal::ParticipantUnknown { name: parsed }))
}

/// A name out of a path: what cannot be one names nobody.
///
/// # Errors
/// 3200
pub(super) fn name(name: &str) -> Result<ParticipantName, Refusal> {
    name.parse().map_err(|_| Refusal::new(ErrorCode::IdNotFound, "no such participant"))
}

/// The accounts that operators see, by number: reservations have none of their own.
///
/// # Errors
/// The store does not answer.
pub(super) async fn accounts(
    node: &Node,
    participant: &Participant,
) -> Result<Vec<Account>, Refusal> {
    let kinds: &[AccountKind] = if participant.name == ParticipantName::hub() {
        &[AccountKind::HubReconciliation, AccountKind::HubMultilateralSettlement]
    } else {
        &[AccountKind::Position, AccountKind::Settlement]
    };
    let key = |currency, kind| AccountKey { participant: participant.name.clone(), currency, kind };
    let of = |currency| kinds.iter().map(move |kind| (currency, *kind));
    let keys: Vec<AccountKey> = participant
        .currencies
        .iter()
        .flat_map(|currency| of(*currency))
        .map(|(currency, kind)| key(currency, kind))
        .collect();
    let rows: Vec<Key> = keys.iter().cloned().map(Key::Account).collect();
    let view = node.view(&rows).await.map_err(read_failed)?;
    let found = keys.iter().filter_map(|key| view.account(key).ok().flatten().cloned());
    let mut accounts: Vec<Account> = found.collect();
    accounts.sort_by_key(|account| account.number);
    Ok(accounts)
}

/// Commits one command.
///
/// # Errors
/// The switch refuses, or nothing could be committed.
pub(super) async fn change(node: &Arc<Node>, command: Command) -> Result<(), Refusal> {
    let submission = Submission { commands: vec![command], ..Submission::default() };
    let committed = node.commit(submission).await.map_err(|error| store_failed(&error))?;
    taken(&committed.decisions)?;
    alerts::raise(node, &committed.decisions);
    Ok(())
}

/// The first refusal among decisions.
///
/// # Errors
/// That one.
pub(super) fn taken(decisions: &[Decision]) -> Result<(), Refusal> {
    match decisions.iter().find_map(refusal) {
        Some(refusal) => Err(ruled(refusal)),
        None => Ok(()),
    }
}

/// Whether a decision is a refusal.
pub(super) fn refusal(decision: &Decision) -> Option<&switch::Refusal> {
    match &decision.outcome {
        Outcome::Refused(refusal) => Some(refusal),
        _ => None,
    }
}

/// A refusal of the switch, as the admin API words it.
pub(super) fn ruled(refusal: &switch::Refusal) -> Refusal {
    let information = codes::error_of_refusal(refusal);
    let said = information.description == information.code.description();
    Refusal::new(information.code, if said { String::new() } else { refusal.to_string() })
}

/// An amount as a JSON number, to the letter.
pub(super) fn number(money: Money) -> Option<Box<RawValue>> {
    RawValue::from_string(money.to_string()).ok()
}

/// An instant as the API's date and time.
pub(crate) fn date_time(at: Timestamp) -> Option<String> {
    fspiop::time::DateTime::from_epoch_ms(at.0).map(|at| at.as_str().to_owned())
}

/// The wire's name of a kind of account.
pub(crate) fn kind_name(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Position => "POSITION",
        AccountKind::Settlement => "SETTLEMENT",
        AccountKind::InFlight => "IN_FLIGHT",
        AccountKind::HubReconciliation => "HUB_RECONCILIATION",
        AccountKind::HubMultilateralSettlement => "HUB_MULTILATERAL_SETTLEMENT",
    }
}

/// A text of at most so many characters, none of them a control character.
///
/// # Errors
/// What to mend.
pub(super) fn plain_text(text: &str, most: usize) -> Result<String, json::Unfit> {
    match text.chars().count() <= most && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err(json::Unfit("is too long or holds a control character")),
    }
}
