//! Outbox rows: what must leave because of a batch, written in that batch (DESIGN.md §4).

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use switch::Timestamp;

/// The number of an outbox row: later rows of one resource have higher numbers.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct OutboxId(pub u64);

/// The node, or the run of it, that holds a row. An embedded store counts its openings, so that
/// what an earlier run had claimed is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Claimant(pub u64);

/// What is to be sent, before the store has numbered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOutboxRow {
    /// Who is to have it: a participant, an in-process peer, a stream.
    pub destination: String,
    /// The resource that it is about. (destination, resource) is the ordering key: a row waits
    /// for the former one of its key.
    pub resource: String,
    /// When sending it stops to make sense; none for what is sent until acknowledged.
    pub deadline: Option<Timestamp>,
    /// What delivery makes of it (request, final status, ...): opaque to the store.
    pub kind: u8,
    /// What is sent, opaque to the store.
    pub body: Bytes,
}

/// A stored outbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number.
    pub id: OutboxId,
    /// Who is to have it.
    pub destination: String,
    /// The resource that it is about; (destination, resource) is the ordering key.
    pub resource: String,
    /// When sending it stops to make sense.
    pub deadline: Option<Timestamp>,
    /// What delivery makes of it: opaque to the store.
    pub kind: u8,
    /// Attempts that may have left before this copy of the row was handed out: 0 for a row just
    /// committed, at least 1 for one that an earlier run had claimed.
    pub attempts: u32,
    /// Who delivers it. Rows are born claimed by the node that commits them.
    pub claimed_by: Option<Claimant>,
    /// What is sent, opaque to the store.
    pub body: Bytes,
}

impl NewOutboxRow {
    /// The row as it is committed by `claimant`.
    #[must_use]
    pub fn numbered(self, id: OutboxId, claimant: Claimant) -> OutboxRow {
        OutboxRow {
            id,
            destination: self.destination,
            resource: self.resource,
            deadline: self.deadline,
            kind: self.kind,
            attempts: 0,
            claimed_by: Some(claimant),
            body: self.body,
        }
    }
}
