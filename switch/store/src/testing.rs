//! For tests and the simulator: the engine in memory with faults on demand, under the same
//! [`EmbeddedStore`](crate::EmbeddedStore) as on disk. Behind the feature `test-store`.

pub use crate::engine::memory::{Fault, Memory};
