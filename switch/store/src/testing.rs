//! For tests and the simulator: the engine in memory with faults on demand, under the same
//! [`EmbeddedStore`](crate::EmbeddedStore) as on disk, and a model of the store that several nodes share.
//! Behind the feature `test-store`.

pub use crate::engine::memory::{Fault, Memory};
pub use crate::shared_memory::{SharedMemory, SharedNode};
