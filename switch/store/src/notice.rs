//! What nodes over one store tell each other. A notice makes things quicker and nothing else: it
//! may be lost, and what it says is found by looking as well.

use crate::{Claimant, DocumentKey};

/// One piece of news for other nodes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Notice {
    /// Outbox rows were committed that this node is to deliver: [`Store::take_over`] has them.
    ///
    /// [`Store::take_over`]: crate::Store::take_over
    Handed(Claimant),
    /// A document has changed that others may wait for, or keep a copy of.
    Changed(DocumentKey),
    /// A request that waits for `destination` is pointless, because its matter has ended.
    Superseded {
        /// Who was to have it.
        destination: String,
        /// The resource that it is about.
        resource: String,
    },
}
