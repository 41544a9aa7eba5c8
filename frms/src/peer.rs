//! Compatibility with the peer: its configuration files and its scoring (frms.md §1, §2).

pub mod entries;
mod scoring;

pub use scoring::{Reported, Scored, Scoring, ScoringError};
