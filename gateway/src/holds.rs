//! Held transfers (DESIGN §3): what is kept of a prepare while somebody looks at it.

use bytes::Bytes;
use switch::{Timestamp, TransferId};
use switch_store::{DocumentKey, DocumentWrite, Expected};

use crate::outbound::{Forwarded, kept};

/// The kind of held prepares: the request as received, with what its next hop may take.
pub const HELD: &str = "held";

/// The name of a held prepare.
pub fn key(id: TransferId) -> DocumentKey {
    DocumentKey::new(HELD, Bytes::copy_from_slice(&id.0.to_be_bytes()))
}

/// Keeps a prepare, byte for byte, until its hold is over.
pub fn keep(id: TransferId, received: &Forwarded, until: Timestamp) -> DocumentWrite {
    let _ = until;
    let body = Some(kept(received));
    DocumentWrite { key: key(id), expected: Expected::Any, body, deadline: None }
}

/// The hold is over.
pub fn forget(id: TransferId) -> DocumentWrite {
    DocumentWrite { key: key(id), expected: Expected::Any, body: None, deadline: None }
}
