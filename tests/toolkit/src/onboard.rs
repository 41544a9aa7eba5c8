//! The admin API's client (CONTRACTS, section 4) and a scheme of banks and DFSPs.

mod admin;
mod scheme;

pub use admin::{AccountPattern, AdminClient, BankRecord, Position, Profile, PublicKey};
pub use scheme::{Member, Scheme};
