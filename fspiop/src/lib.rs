//! The FSPIOP contract: resources, headers, negotiation, errors, signatures, ILP and deadlines. No I/O, no clock, no entropy.

pub mod amount;
pub mod deadline;
pub mod error;
pub mod headers;
pub mod identifiers;
pub mod ilp;
pub mod json;
pub mod jws;
pub mod limits;
pub mod outbound;
pub mod participant;
pub mod party;
pub mod quote;
pub mod route;
pub mod time;
pub mod transfer;
pub mod version;
