//! Documents: versioned, opaque bytes beside the money, written in the same batch (DESIGN.md §4):
//! journeys, correlation, evidence, consents, cases, approvals.

use std::borrow::Cow;

use bytes::Bytes;
use switch::Timestamp;

/// The kind under which the committer keeps what made a command fail for a reason of its own.
pub const QUARANTINE: &str = "quarantine";

/// The name of one document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// What it is, e.g. `journey`; no NUL in it. Documents of a kind are listed together.
    pub kind: Cow<'static, str>,
    /// Which one: opaque bytes, unique in the kind.
    pub key: Bytes,
}

/// A stored document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// 1 when first written, one more at each write; starts anew after a removal.
    pub version: u64,
    /// When somebody is to look at it again; it is in the index of deadlines until then.
    pub deadline: Option<Timestamp>,
    /// The contents, opaque to the store.
    pub body: Bytes,
}

/// What a writer believes is stored; if it is not so, its submission ends in
/// [`CommitError::Conflict`](crate::CommitError::Conflict) and has no effect at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// This version.
    Version(u64),
    /// The writer does not mind.
    Any,
}

/// One document to write or remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentWrite {
    /// Its name.
    pub key: DocumentKey,
    /// What must be stored for the write to happen.
    pub expected: Expected,
    /// The new contents; `None` removes the document.
    pub body: Option<Bytes>,
    /// The new deadline; none when the document is removed.
    pub deadline: Option<Timestamp>,
}

impl DocumentKey {
    /// The document `key` of `kind`.
    #[must_use]
    pub fn new(kind: impl Into<Cow<'static, str>>, key: impl Into<Bytes>) -> DocumentKey {
        DocumentKey { kind: kind.into(), key: key.into() }
    }
}

impl Expected {
    /// Whether `stored` is what the writer believes.
    #[must_use]
    pub fn holds(self, stored: Option<&Document>) -> bool {
        match self {
            Expected::Any => true,
            Expected::Absent => stored.is_none(),
            Expected::Version(version) => stored.is_some_and(|stored| stored.version == version),
        }
    }
}

impl DocumentWrite {
    /// What is stored once the write happened over `stored`.
    #[must_use]
    pub fn over(&self, stored: Option<&Document>) -> Option<Document> {
        let version = stored.map_or(1, |stored| stored.version + 1);
        let body = self.body.clone()?;
        Some(Document { version, deadline: self.deadline, body })
    }
}
