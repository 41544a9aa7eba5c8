//! A bank's record: what the gateway speaks FSPIOP by in its name. Written in one batch with the
//! ranges by which its accounts are found.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use causeway_translate::BankRecord;
use causeway_translate::record::{AccountPattern, CreditsOn};
use fspiop::error::{ErrorCode, Refusal};
use fspiop::json::Unfit;
use serde_json::error::Category;
use switch::{Command, Participant, PartyKind, Rules};
use switch_store::{CommitError, DocumentKey, DocumentWrite, Expected, StoreError, Submission};

use super::request::Request;
use super::{audit, endpoints, ledger, records};
use crate::bank;
use crate::envelope::Answer;
use crate::hub::{read_failed, store_failed};
use crate::limits::STEP_RETRIES_MAX;
use crate::node::Node;

/// The document that every change of ranges writes anew, so that of two at once one is done again:
/// a refused range must not leave another one behind.
const RANGES: &str = "party-ranges";

/// PUT /participants/{name}/bank
pub(super) async fn set(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    request.body()?;
    let bank = read(request.bytes(), name, node)?;
    let participant = records::peer(node, name).await?;
    key(node, name).await?;
    for _ in 0..STEP_RETRIES_MAX {
        let submission = submission(node, &participant, &bank).await?;
        match node.commit(submission).await {
            Ok(committed) => {
                ledger::taken(&committed.decisions)?;
                records::reload(node).await?;
                audit("set bank", name);
                return Ok(Answer::empty(200));
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(store_failed(&error)),
        }
    }
    Err(records::contended())
}

/// Before the record: whoever is a bank can sign. A bank's key that has gone is not made anew.
async fn key(node: &Arc<Node>, name: &str) -> Result<(), Refusal> {
    let is_new = node.peers.bank(name).is_none();
    let (keys, party) = (Arc::clone(&node.keys), name.to_owned());
    // Making one takes a while.
    let had = tokio::task::spawn_blocking(move || match is_new {
        true => keys.make(&party).map(drop),
        false => keys.key(&party).map(drop),
    });
    let reason = match had.await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::error!(participant = name, reason, "its signing key cannot be had");
    Err(Refusal::new(ErrorCode::InternalServerError, "its signing key cannot be had"))
}

/// Whether a bank may give up in time: not one that books a credit when it accepts it.
pub(super) fn may_honour_timeout(bank: &BankRecord) -> bool {
    bank.credits_on() == CreditsOn::Confirmation
}

/// The record in a body. A bank without a profile of its own has the scheme's.
///
/// # Errors
/// 3102, 3101, 3100, with what to mend.
fn read(body: &[u8], name: &str, node: &Node) -> Result<BankRecord, Refusal> {
    let with_profile = |mut record: serde_json::Value| {
        if let Some(members) = record.as_object_mut() {
            members.entry("profile").or_insert_with(|| node.profile.name.into());
        }
        serde_json::from_value(record)
    };
    let bank: BankRecord =
        serde_json::from_slice(body).and_then(with_profile).map_err(|error| {
            let text = error.to_string();
            let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
            let code = match error.classify() {
                Category::Data if text.starts_with("missing field") => ErrorCode::MissingElement,
                Category::Data if !text.starts_with("invalid type") => ErrorCode::ValidationError,
                _ => ErrorCode::MalformedSyntax,
            };
            Refusal::new(code, text.to_owned())
        })?;
    let unfit = |path, unfit: Unfit| Refusal::new(ErrorCode::ValidationError, unfit.0).at(path);
    if bank.fsp_id() != name {
        return Err(unfit("/fspId", Unfit("must be the participant's name")));
    }
    endpoints::url(bank.url(), node.client.egress()).map_err(|reason| unfit("/url", reason))?;
    Ok(bank)
}

/// Everything that a bank's record changes, decided beforehand so that all of it takes effect or
/// none: [`RANGES`] is what makes the decision hold.
async fn submission(
    node: &Node,
    participant: &Participant,
    bank: &BankRecord,
) -> Result<Submission, Refusal> {
    let name = participant.name.as_str();
    let ranges = DocumentKey::new(RANGES, Bytes::new());
    let turn = node.document(&ranges).await.map_err(read_failed)?;
    let expected = turn.map_or(Expected::Absent, |turn| Expected::Version(turn.version));
    let mut documents = vec![plain(ranges, expected, Bytes::new())];
    let secret = bank::secret_key(name);
    if node.document(&secret).await.map_err(read_failed)?.is_none() {
        documents.push(plain(secret, Expected::Absent, new_secret()?));
    }
    let (expected, mut stored) = records::expectation(records::stored(node, name).await?);
    stored.record.honours_timeout = bank.honours_timeout();
    stored.record.bank = Some(bank.clone());
    documents.push(records::write(name, expected, &stored).map_err(records::unwritten)?);
    let commands = range_commands(participant, bank)?;
    decided(node, &commands).await?;
    Ok(Submission { commands, documents, ..Submission::default() })
}

/// What would be decided now.
///
/// # Errors
/// The first refusal.
async fn decided(node: &Node, commands: &[Command]) -> Result<(), Refusal> {
    let keys: Vec<_> = commands.iter().flat_map(Command::keys).collect();
    let view = node.view(&keys).await.map_err(read_failed)?;
    let decisions = commands
        .iter()
        .map(|command| switch::decide(&view, command, &Rules::default(), node.now()))
        .collect::<Vec<_>>();
    ledger::taken(&decisions)
}

/// The kinds of parties that a record's patterns can name.
const RANGED_KINDS: [&str; 5] = ["ACCOUNT_ID", "ALIAS", "EMAIL", "IBAN", "MSISDN"];

/// One command a kind of party. A kind without a pattern takes an earlier record's ranges back.
fn range_commands(participant: &Participant, bank: &BankRecord) -> Result<Vec<Command>, Refusal> {
    let mut ranges: BTreeMap<&str, Vec<String>> =
        RANGED_KINDS.iter().map(|kind| (*kind, Vec::new())).collect();
    for pattern in bank.accounts() {
        // A proxy type leads to the bank as a whole: the empty prefix.
        let (kind, prefix) = match pattern {
            AccountPattern::IbanPrefix(prefix) => ("IBAN", prefix.clone()),
            AccountPattern::AccountPrefix(prefix) => ("ACCOUNT_ID", prefix.clone()),
            AccountPattern::ProxyType(code) => match code.as_str() {
                "TELE" => ("MSISDN", String::new()),
                "EMAL" => ("EMAIL", String::new()),
                _ => ("ALIAS", String::new()),
            },
        };
        ranges.entry(kind).or_default().push(prefix);
    }
    let command = |(kind, prefixes): (&str, Vec<String>)| {
        let unfit = |_| Refusal::new(ErrorCode::InternalServerError, "");
        Ok(Command::SetPartyRanges {
            kind: PartyKind::try_from(kind.to_owned()).map_err(unfit)?,
            participant: participant.name.clone(),
            prefixes,
        })
    };
    ranges.into_iter().map(command).collect()
}

fn plain(key: DocumentKey, expected: Expected, body: Bytes) -> DocumentWrite {
    DocumentWrite { key, expected, body: Some(body), deadline: None }
}

/// 32 bytes that nobody can guess: what the bank's fulfilments are made from.
fn new_secret() -> Result<Bytes, Refusal> {
    let mut secret = [0; 32];
    aws_lc_rs::rand::fill(&mut secret).map_err(|_| {
        let reason = "no entropy".to_owned();
        read_failed(StoreError::Unavailable { reason })
    })?;
    Ok(Bytes::copy_from_slice(&secret))
}
