//! The only place that sees several vocabularies at once: what a bank says in ISO 20022, what FSPIOP
//! participants say, and what the ledger knows. Plain functions and state machines without input or
//! output: time and secrets come in as arguments, ids are derived, never drawn.
//!
//! | module | what it decides |
//! |---|---|
//! | [`codes`] | error codes, reason codes and statuses from one vocabulary to another |
//! | [`identity`] | a payment's one id and its form in each dialect |
//! | [`money`] | amounts from one vocabulary to another, refused where they do not fit |
//! | [`party`] | accounts and names of parties |
//! | [`record`] | a bank's participant record: who it is, what it serves, whether it may send |
//! | [`effect`] | the FSPIOP messages that the hub itself originates |
//! | [`request`] | an FSPIOP message to send, with the time that it may take |
//! | [`status`] | status messages to banks: pacs.002, pain.002, admi.002 |
//! | [`order`] | the journey of a bank's payment order: lookup, quote, transfer, status |
//! | [`credit`] | the journey of a transfer to a bank: lookup and quote answers, pacs.008, status |
//! | [`versions`] | which message version answers which, and what one cannot say |
//! | [`convert`] | what a message becomes on the other side, for people who integrate |
//! | [`limits`] | every bound |

pub mod codes;
pub mod convert;
pub mod credit;
pub mod effect;
pub mod identity;
pub mod limits;
pub mod money;
pub mod order;
pub mod party;
pub mod record;
pub mod request;
pub mod status;
pub mod versions;

mod document;
mod remittance;

pub use identity::PaymentId;
pub use record::BankRecord;
pub use remittance::remittance_text;
pub use request::FspiopRequest;
pub use status::StatusReport;
