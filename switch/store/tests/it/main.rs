//! The store's tests: what every store must do, run over each engine; the committer on faults;
//! and both together, killed and crowded.

mod cap;
mod clock;
mod committer;
mod conformance;
mod disk;
mod faults;
mod kill;
mod place;
mod scheme;
