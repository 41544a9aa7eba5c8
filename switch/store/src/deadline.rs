//! The index of deadlines: what is to be looked at, and when.

use switch::{Timestamp, TransferId};

use crate::DocumentKey;

/// What a deadline is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeadlineSubject {
    /// A transfer that is neither committed nor aborted: it is to expire.
    Transfer(TransferId),
    /// A document with a deadline.
    Document(DocumentKey),
}

/// One entry of the index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Deadline {
    /// When.
    pub at: Timestamp,
    /// What.
    pub subject: DeadlineSubject,
}

/// A deadline that was set, moved or lifted by a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineChange {
    /// What it is about.
    pub subject: DeadlineSubject,
    /// When it is now due; `None` if no longer.
    pub at: Option<Timestamp>,
}
