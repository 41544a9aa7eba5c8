//! Condition and fulfilment: a hash lock and its key.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

/// Bytes of a condition and of a fulfilment.
const BYTES: usize = 32;
/// Their text: `^[A-Za-z0-9_-]{43}$`.
const CHARS: usize = 43;

/// The lock on a transfer: SHA-256 of the fulfilment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Condition(pub [u8; BYTES]);

/// The key to the lock, the proof that the payee has accepted the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fulfilment(pub [u8; BYTES]);

/// Not 43 characters of canonical base64url. The sender's fault.
///
/// Padding, blanks, the standard alphabet and stray low bits in the last character are refused, though the reference
/// SDK takes them: two texts for one lock would be two transfers in somebody's ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be 43 characters of base64url without padding, the last one canonical")]
pub struct NotALock;

impl Fulfilment {
    /// The condition that this fulfilment opens.
    pub fn condition(&self) -> Condition {
        let mut hash = [0; BYTES];
        hash.copy_from_slice(digest::digest(&digest::SHA256, &self.0).as_ref());
        Condition(hash)
    }

    /// Whether it opens `condition`.
    pub fn satisfies(&self, condition: &Condition) -> bool {
        self.condition() == *condition
    }
}

impl FromStr for Condition {
    type Err = NotALock;

    fn from_str(text: &str) -> Result<Condition, NotALock> {
        read(text).map(Condition)
    }
}

impl FromStr for Fulfilment {
    type Err = NotALock;

    fn from_str(text: &str) -> Result<Fulfilment, NotALock> {
        read(text).map(Fulfilment)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Display for Fulfilment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

fn read(text: &str) -> Result<[u8; BYTES], NotALock> {
    let mut bytes = [0; BYTES];
    if text.len() != CHARS {
        return Err(NotALock);
    }
    match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
        Ok(BYTES) => Ok(bytes),
        Ok(_) | Err(_) => Err(NotALock),
    }
}
