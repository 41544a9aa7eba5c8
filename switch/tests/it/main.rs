//! The ledger's tests.
