//! The FSPIOP contract: resources, headers, negotiation, errors, signatures, ILP and deadlines. No I/O, no clock,
//! no entropy: `now`, keys and bytes are arguments, and every refusal says what to mend and where.
//!
//! | question | module |
//! |---|---|
//! | which operation is this request line? | [`route`] |
//! | are its headers complete, and which version is it? | [`headers`], [`version`] |
//! | is it signed by whom it says? | [`jws`] |
//! | is it JSON that everybody reads alike? | [`json`] |
//! | what does it say? | [`party`], [`participant`], [`quote`], [`transfer`] |
//! | what may a text be? | [`amount`], [`identifiers`], [`time`], [`limits`] |
//! | what locks the money? | [`ilp`] |
//! | how long is left? | [`deadline`] |
//! | what is answered, and sent? | [`error`], [`outbound`] |
//! | what does a request in a file say? | [`raw_request`] |

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
pub mod raw_request;
pub mod route;
pub mod time;
pub mod transfer;
pub mod version;
