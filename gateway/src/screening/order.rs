//! The order in which conditions change: one number for each change of any of them, at whichever node, so
//! that who hears of two changes of one in the wrong order knows which is the newer. Stored beside the
//! conditions, never taken away.

use bytes::Bytes;
use switch_store::{
    CommitError, Document, DocumentKey, DocumentWrite, Expected, Store, StoreError,
};

/// The kind of the document that holds the last number.
const ORDER: &str = "screening-order";

/// The number of the last change; 0 before the first. What is read of conditions afterwards is no older.
///
/// # Errors
/// The store does not answer.
pub async fn reached(store: &dyn Store) -> Result<u64, StoreError> {
    Ok(store.document(&key()).await?.as_ref().map_or(0, number))
}

/// The next number, and what takes it: to be written together with the change.
///
/// # Errors
/// The store does not answer.
pub async fn next(store: &dyn Store) -> Result<(u64, DocumentWrite), StoreError> {
    let stored = store.document(&key()).await?;
    let expected = stored.as_ref().map_or(Expected::Absent, |it| Expected::Version(it.version));
    // No lower than the time, so that a store from a backup gives none out again.
    let now = u64::try_from(store.now().0).unwrap_or(0);
    let next = stored.as_ref().map_or(0, number).saturating_add(1).max(now);
    let body = Some(Bytes::from(next.to_string()));
    Ok((next, DocumentWrite { key: key(), expected, body, deadline: None }))
}

/// Whether somebody else took the number.
pub fn was_overtaken(error: &CommitError) -> bool {
    matches!(error, CommitError::Conflict { key: of } if *of == key())
}

fn key() -> DocumentKey {
    DocumentKey::new(ORDER, Bytes::from_static(b"conditions"))
}

fn number(document: &Document) -> u64 {
    let text = std::str::from_utf8(&document.body).ok();
    let number = text.and_then(|text| text.parse().ok());
    number.unwrap_or_else(|| {
        tracing::error!("the number of the last change of a condition cannot be read");
        0
    })
}
