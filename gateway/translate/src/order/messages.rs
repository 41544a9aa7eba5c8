//! The bodies that an order sends.
