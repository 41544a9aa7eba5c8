//! Cases as documents: one each, newer ones first by key, and a small one for each account by which
//! payments join an open case.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use switch_store::{CommitError, DocumentKey, DocumentWrite, Expected, StoreError, Submission};
use thiserror::Error;

use super::{Case, CaseError};
use crate::limits::{CASES_PAGE, CASES_SCANNED_MAX};
use crate::node::Node;

/// The kind of cases; the key is the id's bytes.
pub const CASE: &str = "case";
/// The kind of what leads from typology and account to the open case.
pub const OPEN: &str = "case-open";
/// The kind of what leads from typology and payment to the case that it is part of: whoever reads the stream
/// again, or beside others, opens no second one.
pub const JOINED: &str = "case-joined";

/// A case with the version that it was read in.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The case.
    pub case: Case,
    /// What its document must still be when it is written.
    pub expected: Expected,
}

/// Why a case could not be read or written.
#[derive(Debug, Error)]
pub enum KeepError {
    /// The store does not answer.
    #[error(transparent)]
    Read(#[from] StoreError),
    /// It was not written; a conflict when somebody else was faster.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// Ours.
    #[error("a case cannot be written: {0}")]
    Written(#[from] serde_json::Error),
}

impl KeepError {
    /// Whether it may be written after a while: the store is away, or others are faster.
    pub fn passes(&self) -> bool {
        match self {
            KeepError::Read(error) => {
                !matches!(error, StoreError::Corrupt { .. } | StoreError::Constraint { .. })
            }
            KeepError::Commit(error) => {
                !matches!(error, CommitError::TooLarge { .. } | CommitError::Internal)
            }
            KeepError::Written(_) => false,
        }
    }
}

/// Why a case was not changed.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// There is no such case.
    #[error("no such case")]
    Unknown,
    /// The case does not take it.
    #[error(transparent)]
    NotTaken(#[from] CaseError),
    /// It could not be read or written.
    #[error(transparent)]
    Keep(#[from] KeepError),
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u8,
    case: Case,
}

const STORED_VERSION: u8 = 1;

/// The id of a case that this payment opened: among ids in order, newer ones come first.
pub fn id_of(opened_ms: i64, payment: &str, typology: &str) -> String {
    let before = u64::try_from(i64::MAX.saturating_sub(opened_ms)).unwrap_or(0);
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    context.update(payment.as_bytes());
    context.update(&[0]);
    context.update(typology.as_bytes());
    let digest = context.finish();
    let tail =
        digest.as_ref().iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    format!("{before:016x}{tail:016x}")
}

/// The name of a case; none for what is no id.
pub fn key(id: &str) -> Option<DocumentKey> {
    let bits = (id.len() == 32).then(|| u128::from_str_radix(id, 16).ok()).flatten()?;
    Some(DocumentKey::new(CASE, Bytes::copy_from_slice(&bits.to_be_bytes())))
}

/// What leads from an account to the open case of a typology.
fn open_key(typology: &str, account: &str) -> DocumentKey {
    DocumentKey::new(OPEN, format!("{typology}\0{account}").into_bytes())
}

fn joined_key(typology: &str, payment: &str) -> DocumentKey {
    DocumentKey::new(JOINED, format!("{typology}\0{payment}").into_bytes())
}

/// The case of a typology that this payment is part of, open or closed.
///
/// # Errors
/// The store does not answer.
pub async fn case_of(
    node: &Node,
    typology: &str,
    payment: &str,
) -> Result<Option<String>, StoreError> {
    let found = node.document(&joined_key(typology, payment)).await?;
    Ok(found.map(|found| String::from_utf8_lossy(&found.body).into_owned()))
}

/// A case.
///
/// # Errors
/// The store does not answer.
pub async fn load(node: &Node, id: &str) -> Result<Option<Kept>, StoreError> {
    let Some(key) = key(id) else { return Ok(None) };
    let Some(document) = node.document(&key).await? else { return Ok(None) };
    let expected = Expected::Version(document.version);
    Ok(read(&document.body).map(|case| Kept { case, expected }))
}

/// The first case of a typology that fits and that one of these accounts leads to.
///
/// # Errors
/// The store does not answer.
pub async fn led_to(
    node: &Node,
    typology: &str,
    accounts: &[String],
    fits: impl Fn(&Case) -> bool,
) -> Result<Option<Kept>, StoreError> {
    for account in accounts {
        let Some(found) = node.document(&open_key(typology, account)).await? else { continue };
        let id = String::from_utf8_lossy(&found.body).into_owned();
        if let Some(kept) = load(node, &id).await?.filter(|kept| fits(&kept.case)) {
            return Ok(Some(kept));
        }
    }
    Ok(None)
}

/// How often a case that others keep changing is read again.
pub(super) const TRIES: usize = 8;

/// Changes a case. Payments join it and colleagues write into it all the time: the change is made to what is
/// there when it is written, so that nobody who decides is told to look again for that.
///
/// # Errors
/// See [`ChangeError`].
pub async fn change(
    node: &Node,
    id: &str,
    change: impl Fn(&mut Case) -> Result<(), CaseError>,
) -> Result<Case, ChangeError> {
    let mut tries = 1;
    loop {
        let found = load(node, id).await.map_err(KeepError::from)?;
        let mut kept = found.ok_or(ChangeError::Unknown)?;
        change(&mut kept.case)?;
        let case = kept.case.clone();
        match save(node, kept).await {
            Err(KeepError::Commit(CommitError::Conflict { .. })) if tries < TRIES => tries += 1,
            saved => return Ok(saved.map(|()| case)?),
        }
    }
}

/// Writes a case that somebody has changed. Once it is closed nothing leads to it any more; what leads to
/// another case, which was opened because this one was full, stays.
///
/// # Errors
/// See [`KeepError`].
pub async fn save(node: &Node, Kept { case, expected }: Kept) -> Result<(), KeepError> {
    let mut documents = Vec::new();
    for account in case.accounts.iter().filter(|_| !case.is_open()) {
        let key = open_key(&case.typology, account);
        let Some(found) = node.document(&key).await? else { continue };
        if found.body == case.id.as_bytes() {
            let expected = Expected::Version(found.version);
            documents.push(DocumentWrite { key, expected, body: None, deadline: None });
        }
    }
    documents.extend(written(case, expected)?);
    node.commit(Submission { documents, ..Submission::default() }).await?;
    Ok(())
}

/// Writes a case that this payment has joined, and what leads to it; to one that only counts it, nothing
/// leads anew.
///
/// # Errors
/// See [`KeepError`].
pub async fn save_joined(
    node: &Node,
    Kept { case, expected }: Kept,
    payment: &str,
) -> Result<(), KeepError> {
    let leads = |key: DocumentKey| DocumentWrite {
        key,
        expected: Expected::Any,
        body: Some(Bytes::from(case.id.clone())),
        deadline: None,
    };
    let is_counted = !case.payments.iter().any(|known| known.id == payment);
    let accounts = case.accounts.iter().filter(|_| !is_counted);
    let accounts = accounts.map(|account| open_key(&case.typology, account));
    let keys = accounts.chain([joined_key(&case.typology, payment)]);
    let mut documents: Vec<DocumentWrite> = keys.map(leads).collect();
    documents.extend(written(case, expected)?);
    node.commit(Submission { documents, ..Submission::default() }).await?;
    Ok(())
}

/// The document of a case; none under a name that is no id.
///
/// # Errors
/// It cannot be written.
pub fn written(case: Case, expected: Expected) -> Result<Option<DocumentWrite>, serde_json::Error> {
    let Some(key) = key(&case.id) else { return Ok(None) };
    let body = Bytes::from(serde_json::to_vec(&Stored { version: STORED_VERSION, case })?);
    Ok(Some(DocumentWrite { key, expected, body: Some(body), deadline: None }))
}

/// A page of cases, the newest first, and where the next one begins.
#[derive(Debug, Default)]
pub struct Page {
    /// Those that were wanted.
    pub cases: Vec<Case>,
    /// The id after which to go on; none at the end.
    pub next: Option<String>,
}

/// Those cases that are wanted, after `after`.
///
/// # Errors
/// The store does not answer.
pub async fn list(
    node: &Node,
    after: Option<&str>,
    most: usize,
    wanted: impl Fn(&Case) -> bool,
) -> Result<Page, StoreError> {
    let mut page = Page::default();
    let mut after = after.and_then(key).map(|key| key.key.to_vec());
    for _ in 0..CASES_SCANNED_MAX / CASES_PAGE {
        let found = node.store.documents(CASE, after.as_deref(), CASES_PAGE).await?;
        let is_last = found.len() < CASES_PAGE;
        for (key, document) in found {
            after = Some(key.key.to_vec());
            let Some(case) = read(&document.body).filter(|case| wanted(case)) else { continue };
            page.cases.push(case);
            if page.cases.len() >= most {
                page.next = page.cases.last().map(|last| last.id.clone());
                return Ok(page);
            }
        }
        if is_last {
            return Ok(page);
        }
    }
    page.next = after.map(|after| after.iter().map(|byte| format!("{byte:02x}")).collect());
    Ok(page)
}

fn read(body: &[u8]) -> Option<Case> {
    let stored: Result<Stored, _> = serde_json::from_slice(body);
    match stored {
        Ok(stored) if stored.version == STORED_VERSION => Some(stored.case),
        Ok(_) => None,
        Err(error) => {
            tracing::error!(%error, "a case cannot be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_cases_come_first_and_two_typologies_of_one_payment_are_two_cases() {
        let (older, newer) = (id_of(1_000, "a", "t"), id_of(1_001, "a", "t"));
        assert!(newer < older);
        assert_ne!(id_of(1_000, "a", "t"), id_of(1_000, "a", "u"));
        assert!(key(&older).is_some());
        for none in ["", "x", "zz", "+1234567890123456789012345678901"] {
            assert!(key(none).is_none() || none.len() == 32, "{none}");
        }
    }
}
