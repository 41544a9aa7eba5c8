//! The hub's rules.
