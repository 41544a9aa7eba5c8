//! Compatibility with the peer: its configuration files, its scoring and its reports (frms.md §1, §2).

pub mod entries;
mod report;
mod scoring;
mod set;

pub use report::{Evaluation, network_map, report};
pub use scoring::{Reported, Scored, Scoring, ScoringError};
pub(crate) use scoring::{alert_threshold, threshold, weight};
pub use set::{Set, SetError};

/// Whether a rule is the event flow processor's, whose outcomes are conditions.
pub fn is_flow(id: &str) -> bool {
    id.split('@').next() == Some("EFRuP")
}
