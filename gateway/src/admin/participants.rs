//! Participants: creating, showing, stopping.

use std::collections::BTreeMap;
use std::sync::Arc;

use fspiop::error::{ErrorCode, Refusal};
use fspiop::identifiers::FspId;
use serde::Serialize;
use switch::{Account, AccountKind, Command, Decision, Participant, ParticipantName, Timestamp};
use switch_store::{CommitError, Rendered, Submission};

use super::request::{self, Member, Request};
use super::{audit, json, ledger, records};
use crate::envelope::Answer;
use crate::hub::{read_failed, store_failed};
use crate::limits::STEP_RETRIES_MAX;
use crate::node::Node;

/// A participant in the peer's shape: flags are 1 or 0.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    name: String,
    id: String,
    created: Option<String>,
    is_active: u8,
    links: Links,
    accounts: Vec<ShownAccount>,
    is_proxy: u8,
}

#[derive(Serialize)]
struct Links {
    #[serde(rename = "self")]
    this: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownAccount {
    id: u64,
    ledger_account_type: &'static str,
    currency: String,
    is_active: u8,
}

/// GET /participants
pub(super) async fn list(node: &Arc<Node>, request: &Request<'_>) -> Result<Answer, Refusal> {
    let proxies = match request.query("isProxy").as_deref() {
        None => None,
        Some("true" | "1") => Some(true),
        Some("false" | "0") => Some(false),
        Some(_) => {
            return Err(Refusal::new(ErrorCode::ValidationError, "isProxy must be true or false"));
        }
    };
    let participants = node.store.participants().await.map_err(read_failed)?;
    let mut accounts: BTreeMap<ParticipantName, Vec<Account>> = BTreeMap::new();
    for account in node.store.accounts().await.map_err(read_failed)? {
        accounts.entry(account.key.participant.clone()).or_default().push(account);
    }
    let wanted =
        participants.iter().filter(|one| proxies.is_none_or(|proxies| one.is_proxy == proxies));
    let shown: Vec<Shown> = wanted
        .map(|participant| {
            shape(participant, accounts.get(&participant.name).map(Vec::as_slice).unwrap_or(&[]))
        })
        .collect();
    Ok(json(200, &shown))
}

/// GET /participants/{name}
pub(super) async fn show(node: &Arc<Node>, name: &str) -> Result<Answer, Refusal> {
    shown(node, name, 200).await
}

/// POST /participants
pub(super) async fn create(node: &Arc<Node>, request: &Request<'_>) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let body = Member::root(&body);
    let name = body.required_text("name", FspId::parse)?;
    let currency = request::currency(node, &body)?;
    let is_proxy = body.optional_as("isProxy", request::boolean)?.unwrap_or(false);
    let name = ledger::name(name.as_str())?;
    let command = Command::CreateParticipant { name: name.clone(), currency, is_proxy };
    create_with_record(node, &name, command).await?;
    records::reload(node).await?;
    audit("create participant", name.as_str());
    shown(node, name.as_str(), 201).await
}

/// PUT /participants/{name}
pub(super) async fn set_active(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let active = Member::root(&body).required_as("isActive", request::boolean)?;
    let known = ledger::participant(node, name).await?;
    ledger::change(node, Command::SetParticipantActive { name: known.name, active }).await?;
    audit(if active { "activate participant" } else { "deactivate participant" }, name);
    shown(node, name, 200).await
}

/// A participant as it stands after a change.
pub(super) async fn shown(node: &Node, name: &str, status: u16) -> Result<Answer, Refusal> {
    let participant = ledger::participant(node, name).await?;
    let accounts = ledger::accounts(node, &participant).await?;
    Ok(json(status, &shape(&participant, &accounts)))
}

/// Creates a participant together with its record, unless it has one: who the ledger knows always
/// has a record.
async fn create_with_record(
    node: &Arc<Node>,
    name: &ParticipantName,
    command: Command,
) -> Result<(), Refusal> {
    for _ in 0..STEP_RETRIES_MAX {
        let has_record = records::stored(node, name.as_str()).await?.is_some();
        let owner = name.clone();
        let render = move |decisions: &[Decision], _: Timestamp| {
            let refused = decisions.iter().any(|decision| ledger::refusal(decision).is_some());
            let first = (!refused && !has_record).then(|| records::first(owner.as_str()));
            let documents = first.transpose()?.into_iter().collect();
            Ok(Rendered { outbox: Vec::new(), documents })
        };
        let submission = Submission {
            commands: vec![command.clone()],
            render: Some(Arc::new(render)),
            ..Submission::default()
        };
        match node.commit(submission).await {
            Ok(committed) => return ledger::taken(&committed.decisions),
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(store_failed(&error)),
        }
    }
    Err(records::contended())
}

fn shape(participant: &Participant, accounts: &[Account]) -> Shown {
    let link = format!("/participants/{}", encoded(participant.name.as_str()));
    let visible = accounts.iter().filter(|account| account.key.kind != AccountKind::InFlight);
    let mut accounts: Vec<ShownAccount> = visible
        .map(|account| ShownAccount {
            id: account.number.0,
            ledger_account_type: ledger::kind_name(account.key.kind),
            currency: account.key.currency.as_str().to_owned(),
            is_active: u8::from(account.active),
        })
        .collect();
    accounts.sort_by_key(|account| account.id);
    Shown {
        name: participant.name.as_str().to_owned(),
        id: link.clone(),
        created: ledger::date_time(participant.created_at),
        is_active: u8::from(participant.active),
        links: Links { this: link },
        accounts,
        is_proxy: u8::from(participant.is_proxy),
    }
}

/// A name as a segment of a path or a value in a query.
pub(super) fn encoded(name: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let plain = |b: u8| if is_plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    name.bytes().map(plain).collect()
}
