//! SHA-256 over the business terms of an order.
