//! Committer and stores.
