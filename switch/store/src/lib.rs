//! Where the switch's rows are kept, and the one way in which they change: a [`Committer`] takes
//! what has queued, loads, decides, writes one atomic synced batch and answers all. Nothing is told
//! to anybody before it is on stable storage (DESIGN.md §2 and §4).
//!
//! * `submission`: what is committed together and what is answered; [`Render`], [`Sink`]
//! * `committer`: the queue, the loop, one attempt at a batch, what is put aside
//! * `store`: the [`Store`] trait and its errors; `document`, `outbox`, `deadline`: what it keeps
//! * `embedded`: the store of one machine, over an engine; `engine`: fjall, and memory for tests
//! * `postgres`: the store of several nodes; `encoding`: rows as bytes, in both stores
//! * `notice`: what nodes over one store tell each other
//! * `clock`: the hub's time; `limits`: every bound

mod clock;
mod committer;
mod deadline;
mod document;
mod embedded;
mod encoding;
mod engine;
pub mod limits;
mod notice;
mod outbox;
mod postgres;
#[cfg(feature = "test-store")]
mod shared_memory;
mod store;
mod submission;
#[cfg(feature = "test-store")]
pub mod testing;

pub use clock::{Clock, SteadyClock, SystemClock};
pub use committer::{CommitLoop, Committer, Progress, Waiting};
pub use deadline::{Deadline, DeadlineChange, DeadlineSubject};
pub use document::{Document, DocumentKey, DocumentWrite, Expected, QUARANTINE};
pub use embedded::EmbeddedStore;
pub use engine::disk::Disk;
pub use notice::Notice;
pub use outbox::{Claimant, NewOutboxRow, OutboxId, OutboxRow};
pub use postgres::PostgresStore;
pub use postgres::examine::{Examined, SchemaFound, Standbys};
pub use postgres::guard::Flaw;
pub use postgres::settings::PostgresSettings;
pub use store::{Batch, BatchId, OutboxRows, Store, StoreError, Transaction, Written};
pub use submission::{CommitError, Committed, NotRendered, Render, Rendered, Sink, Submission};
