//! Accounts: the hub's own, opening and stopping, money that came in.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use causeway_translate::PaymentId;
use fspiop::error::{ErrorCode, Extension, Refusal, read_extension_list};
use fspiop::json::Unfit;
use serde::Serialize;
use serde_json::value::RawValue;
use switch::{
    Account, AccountKind, AccountNumber, Command, Hash, ParticipantName, RecordFundsIn, TransferId,
};

use super::bounds::TEXT_CHARS_MAX;
use super::request::{self, Member, Request};
use super::{audit, json, ledger, participants};
use crate::envelope::Answer;
use crate::node::{HUB, Node};

/// An account in the peer's shape. `reservedValue` is always 0: `value` has what is reserved in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: u64,
    ledger_account_type: &'static str,
    currency: String,
    is_active: u8,
    value: Option<Box<RawValue>>,
    reserved_value: u8,
    changed_date: Option<String>,
}

/// Kinds of account that the peer knows and that no operator may open on the hub.
const OTHER_KINDS: [&str; 5] =
    ["POSITION", "SETTLEMENT", "INTERCHANGE_FEE", "INTERCHANGE_FEE_SETTLEMENT", "HUB_FEE"];

/// GET /participants/{name}/accounts
pub(super) async fn list(node: &Arc<Node>, name: &str) -> Result<Answer, Refusal> {
    let participant = ledger::participant(node, name).await?;
    let accounts = ledger::accounts(node, &participant).await?;
    Ok(json(200, &accounts.iter().map(shape).collect::<Vec<_>>()))
}

/// POST /participants/{name}/accounts, which is there for the hub only.
pub(super) async fn create(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let body = Member::root(&body);
    let wished = body.required_text("type", |text| Ok(text.to_owned()))?;
    let currency = request::currency(node, &body)?;
    let refuse = |text: &'static str| Refusal::new(ErrorCode::AddPartyInformationError, text);
    if name != HUB && ledger::participant(node, name).await.is_err() {
        return Err(refuse("Participant was not found."));
    }
    let kind = match wished.as_str() {
        "HUB_RECONCILIATION" => Some(AccountKind::HubReconciliation),
        "HUB_MULTILATERAL_SETTLEMENT" => Some(AccountKind::HubMultilateralSettlement),
        other if OTHER_KINDS.contains(&other) => None,
        _ => return Err(refuse("Ledger account type was not found.")),
    };
    if name != HUB {
        return Err(refuse("Endpoint is reserved for creation of Hub account types only."));
    }
    let Some(kind) = kind else {
        return Err(refuse("The requested hub operator account type is not allowed."));
    };
    ledger::change(node, Command::CreateHubAccount { kind, currency }).await?;
    audit("create hub account", name);
    participants::shown(node, name, 201).await
}

/// PUT /participants/{name}/accounts/{id}
pub(super) async fn set_active(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
    id: &str,
) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let active = Member::root(&body).required_as("isActive", request::boolean)?;
    let account = number(id)?;
    let participant = ledger::participant(node, name).await?.name;
    ledger::change(node, Command::SetAccountActive { participant, account, active }).await?;
    audit(if active { "activate account" } else { "deactivate account" }, name);
    Ok(Answer::empty(200))
}

/// POST /participants/{name}/accounts/{id}
pub(super) async fn record_funds(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
    id: &str,
) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let body = Member::root(&body);
    body.required_text("action", |action| match action {
        "recordFundsIn" => Ok(()),
        "recordFundsOutPrepareReserve" => {
            Err(Unfit("funds out are not offered yet: only recordFundsIn is"))
        }
        _ => Err(Unfit("The action is not supported: use recordFundsIn")),
    })?;
    let account = number(id)?;
    let participant = ledger::participant(node, name).await?.name;
    let command = funds_in(node, request, &body, participant, account)?;
    ledger::change(node, Command::RecordFundsIn(Box::new(command))).await?;
    audit("record funds in", name);
    Ok(Answer::empty(202))
}

fn funds_in(
    node: &Node,
    request: &Request<'_>,
    body: &Member<'_>,
    participant: ParticipantName,
    account: AccountNumber,
) -> Result<RecordFundsIn, Refusal> {
    let text = |text: &str| ledger::plain_text(text, TEXT_CHARS_MAX);
    let id = body.required_text("transferId", |id| {
        PaymentId::parse(id).map_err(|_| Unfit("must be a UUID or a ULID"))
    })?;
    let money = body.required_as("amount", |amount| {
        let currency = request::currency(node, amount)?;
        amount.required_as("amount", |value| request.money(value, currency))
    })?;
    let extensions = body.optional_as("extensionList", read_extension_list)?.unwrap_or_default();
    let mut command = RecordFundsIn {
        id: TransferId::from(id),
        hash: Hash([0; 32]),
        participant,
        account,
        money,
        reason: body.required_text("reason", text)?,
        external_reference: body.required_text("externalReference", text)?,
    };
    command.hash = hash(&command, &extensions);
    Ok(command)
}

/// SHA-256 of all terms in a fixed order, each led by its length.
fn hash(command: &RecordFundsIn, extensions: &[Extension]) -> Hash {
    let mut context = Context::new(&SHA256);
    let mut add = |bytes: &[u8]| {
        context.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(bytes);
    };
    add(b"recordFundsIn");
    add(command.participant.as_str().as_bytes());
    add(&command.account.0.to_be_bytes());
    add(&command.money.units().to_be_bytes());
    add(command.money.currency().as_str().as_bytes());
    add(command.reason.as_bytes());
    add(command.external_reference.as_bytes());
    for extension in extensions {
        add(extension.key.as_bytes());
        add(extension.value.as_bytes());
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    Hash(hash)
}

/// An account's number out of a path: what cannot be one names none.
fn number(id: &str) -> Result<AccountNumber, Refusal> {
    let digits = id.bytes().all(|b| b.is_ascii_digit()).then(|| id.parse().ok()).flatten();
    digits.map(AccountNumber).ok_or_else(|| ledger::ruled(&switch::Refusal::AccountUnknown))
}

fn shape(account: &Account) -> Shown {
    Shown {
        id: account.number.0,
        ledger_account_type: ledger::kind_name(account.key.kind),
        currency: account.key.currency.as_str().to_owned(),
        is_active: u8::from(account.active),
        value: ledger::number(account.balance),
        reserved_value: 0,
        changed_date: ledger::date_time(account.changed_at),
    }
}
