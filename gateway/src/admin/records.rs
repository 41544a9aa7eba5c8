//! A participant's record beside the ledger: one document, read, changed and written under its
//! version. Here also: profile and public keys.

use std::sync::Arc;

use bytes::Bytes;
use fspiop::error::{ErrorCode, Refusal};
use fspiop::json::{Unfit, Value};
use fspiop::jws;
use fspiop::version::Spoken;
use serde::{Deserialize, Serialize};
use switch::{Participant, ParticipantName};
use switch_store::{
    CommitError, DocumentKey, DocumentWrite, Expected, NotRendered, Notice, Submission,
};

use super::bounds::{IDENTITY_CHARS_MAX, KEY_CHARS_MAX, KEYS_MAX, VERSIONS_MAX};
use super::request::{self, Member, Request};
use super::{audit, ledger};
use crate::envelope::Answer;
use crate::hub::{read_failed, store_failed};
use crate::limits::{REQUESTS_PER_S_MAX, STEP_RETRIES_MAX};
use crate::node::{HUB, Node};
use crate::peers::{PEER, PeerRecord, PublicKey, unix_ms};

/// The kind of the hub's own record. It is no peer's: nobody may send in the hub's name.
const HUB_RECORD: &str = "hub-record";

/// A record as it is stored. What this version does not know is kept as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Stored {
    /// What every message reads.
    #[serde(flatten)]
    pub record: PeerRecord,
    /// The rest.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

/// PUT /participants/{name}/profile
pub(super) async fn set_profile(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let body = Member::root(&body);
    let honours_timeout = body.optional_as("honoursTimeout", request::boolean)?.unwrap_or(false);
    let accepts = body.optional_as("acceptsTranslated", request::boolean)?.unwrap_or(false);
    let versions = body.optional_as("versions", versions)?.unwrap_or_default();
    let identity = body.optional_text("tlsIdentity", tls_identity)?;
    let participant = peer(node, name).await?;
    change(node, &participant, |stored| {
        stored.record.tls_identity.clone_from(&identity);
        // A bank that books on its own acceptance cannot take it back (CONTRACTS §1).
        let may_honour = stored.record.bank.as_ref().is_none_or(super::banks::may_honour_timeout);
        stored.record.honours_timeout = honours_timeout && may_honour;
        stored.record.accepts_translated = accepts;
        stored.record.versions = versions.clone();
    })
    .await?;
    audit("set profile", name);
    Ok(Answer::empty(200))
}

/// A participant's rate, as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    /// The limit in force; 0 for none.
    requests_per_second: u32,
    /// Whether it is the participant's own.
    own: bool,
}

/// GET /participants/{name}/rate: the limit in force, and whether it is the participant's own.
pub(super) async fn show_rate(node: &Arc<Node>, name: &str) -> Result<Answer, Refusal> {
    peer(node, name).await?;
    let own = node.peers.record(name).and_then(|record| record.requests_per_s);
    let requests_per_second = own.unwrap_or(node.config.limits.requests_per_s);
    Ok(super::json(200, &Rate { requests_per_second, own: own.is_some() }))
}

/// PUT /participants/{name}/rate. Without a number: as configured for all.
pub(super) async fn set_rate(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let per_s = Member::root(&body).optional_as("requestsPerSecond", |value| {
        let number = request.number_text(value)?;
        let fits = |per_s: &u32| *per_s <= REQUESTS_PER_S_MAX;
        let unfit = || value.refuse(ErrorCode::ValidationError, "must be 0 to 1000000");
        number.parse().ok().filter(fits).ok_or_else(unfit)
    })?;
    let participant = peer(node, name).await?;
    change(node, &participant, |stored| stored.record.requests_per_s = per_s).await?;
    audit("set rate", name);
    Ok(Answer::empty(200))
}

/// PUT /participants/{name}/keys. None at all takes all keys back.
pub(super) async fn set_keys(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let keys = Member::root(&body).required_as("keys", |list| match list.value() {
        Value::Array(items) if items.is_empty() => Ok(Vec::new()),
        _ => list.items(KEYS_MAX, key),
    })?;
    let participant = peer(node, name).await?;
    change(node, &participant, |stored| stored.record.keys.clone_from(&keys)).await?;
    audit("set keys", name);
    Ok(Answer::empty(200))
}

/// A participant that may have keys, a profile, a bank's record.
///
/// # Errors
/// 3200 for nobody, 3100 for the hub.
pub(super) async fn peer(node: &Node, name: &str) -> Result<Participant, Refusal> {
    if name == HUB {
        return Err(ledger::ruled(&switch::Refusal::HubIsReserved));
    }
    ledger::participant(node, name).await
}

/// Changes a participant's record and has every message see it.
///
/// # Errors
/// The store does not answer, or others change the same record all the time.
pub(super) async fn change(
    node: &Arc<Node>,
    participant: &Participant,
    change: impl Fn(&mut Stored),
) -> Result<(), Refusal> {
    let name = participant.name.as_str();
    for _ in 0..STEP_RETRIES_MAX {
        let (expected, mut record) = expectation(stored(node, name).await?);
        change(&mut record);
        let documents = vec![write(name, expected, &record).map_err(unwritten)?];
        match node.commit(Submission { documents, ..Submission::default() }).await {
            Ok(_) => return reload(node).await,
            Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(store_failed(&error)),
        }
    }
    Err(contended())
}

/// A participant's record with its version, if there is one.
///
/// # Errors
/// The store does not answer; 2001 for a record that cannot be read, which is never overwritten.
pub(super) async fn stored(node: &Node, name: &str) -> Result<Option<(u64, Stored)>, Refusal> {
    let Some(document) = node.document(&key_of(name)).await.map_err(read_failed)? else {
        return Ok(None);
    };
    match serde_json::from_slice(&document.body) {
        Ok(record) => Ok(Some((document.version, record))),
        Err(error) => {
            tracing::error!(participant = name, %error, "its record cannot be read");
            Err(Refusal::new(ErrorCode::InternalServerError, "the record cannot be read"))
        }
    }
}

/// What a writer of a record expects, and what it changes.
pub(super) fn expectation(stored: Option<(u64, Stored)>) -> (Expected, Stored) {
    match stored {
        Some((version, record)) => (Expected::Version(version), record),
        None => (Expected::Absent, Stored::default()),
    }
}

/// The write of a record.
///
/// # Errors
/// It cannot be written, which is a fault of ours: nothing is stored then.
pub(super) fn write(
    name: &str,
    expected: Expected,
    record: &Stored,
) -> Result<DocumentWrite, NotRendered> {
    let body = serde_json::to_vec(record);
    let body = body.map_err(|error| NotRendered(format!("the record of {name}: {error}")))?;
    let body = Some(Bytes::from(body));
    Ok(DocumentWrite { key: key_of(name), expected, body, deadline: None })
}

/// 2001: a record that cannot be written.
pub(super) fn unwritten(error: NotRendered) -> Refusal {
    tracing::error!(%error, "a record cannot be written");
    Refusal::new(ErrorCode::InternalServerError, "the record cannot be written")
}

/// The empty record of a new participant.
///
/// # Errors
/// As [`write`].
pub(super) fn first(name: &str) -> Result<DocumentWrite, NotRendered> {
    write(name, Expected::Absent, &Stored::default())
}

/// Has every message see what was changed.
///
/// # Errors
/// 2001: the change is stored, and seen after the next change or start only.
pub(super) async fn reload(node: &Node) -> Result<(), Refusal> {
    // Whose it was does not matter: other nodes read all of them, too.
    node.store.tell(Notice::Changed(DocumentKey::new(PEER, Bytes::new())));
    node.reload_peers().await.map_err(|error| {
        tracing::error!(%error, "records could not be read anew");
        Refusal::new(ErrorCode::InternalServerError, "stored, but not in effect yet: send it again")
    })
}

/// Others were always faster.
pub(super) fn contended() -> Refusal {
    Refusal::new(ErrorCode::ServiceUnavailable, "changed by others at the same time: send it again")
}

fn key_of(name: &str) -> DocumentKey {
    let kind = if name == ParticipantName::hub().as_str() { HUB_RECORD } else { PEER };
    DocumentKey::new(kind, name.to_owned())
}

fn key(item: &Member<'_>) -> Result<PublicKey, Refusal> {
    let public_key_pem = item.required_text("publicKeyPem", |pem| {
        if pem.len() > KEY_CHARS_MAX {
            return Err(Unfit("is too long for a public key"));
        }
        match jws::PublicKey::from_pem(pem) {
            Ok(_) => Ok(pem.to_owned()),
            Err(jws::KeyError::NotPem) => Err(Unfit("must be a public key in PEM")),
            Err(jws::KeyError::RsaSize) => Err(Unfit("must be RSA of 2048 to 8192 bits, or P-256")),
            Err(jws::KeyError::Unsupported) => Err(Unfit("must be an RSA or P-256 public key")),
        }
    })?;
    let valid_from = item.optional_text("validFrom", instant)?;
    let valid_until = item.optional_text("validUntil", instant)?;
    if let (Some(from), Some(until)) = (&valid_from, &valid_until)
        && unix_ms(from) >= unix_ms(until)
    {
        return Err(item.refuse(ErrorCode::ValidationError, "validUntil must be after validFrom"));
    }
    Ok(PublicKey { public_key_pem, valid_from, valid_until })
}

/// A name in a certificate.
fn tls_identity(text: &str) -> Result<String, Unfit> {
    let plain = text.chars().all(|c| c.is_ascii_graphic());
    match plain && (1..=IDENTITY_CHARS_MAX).contains(&text.len()) {
        true => Ok(text.to_owned()),
        false => Err(Unfit("must be the name in its certificate")),
    }
}

fn instant(text: &str) -> Result<String, Unfit> {
    match unix_ms(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(Unfit("must be an instant such as 2027-01-31T00:00:00Z")),
    }
}

fn versions(list: &Member<'_>) -> Result<Spoken, Refusal> {
    let entry = |item: &Member<'_>| {
        item.text(|text| {
            let mut one = Spoken::default();
            one.add(text).map(|()| one)
        })
    };
    list.items(VERSIONS_MAX, entry).map(|entries| entries.into_iter().collect())
}
