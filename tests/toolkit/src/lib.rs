//! Simulated participants.
