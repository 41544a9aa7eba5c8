//! Whose keys verify.

use std::collections::HashMap;

use thiserror::Error;

use super::key::{KeyError, PublicKey};
use crate::json::{self, Malformed, Value};
use crate::time::DateTime;

/// The public keys of the participants, by exact FSP id: `PayerFSP` is not `payerfsp`.
#[derive(Debug, Default)]
pub struct KeyRing {
    keys: HashMap<String, Vec<PublicKey>>,
    unusable: Vec<UnusableKey>,
}

/// A key of a key ring file that cannot be used; its owner is as good as unknown.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fsp_id}: {error}")]
pub struct UnusableKey {
    /// Whose key.
    pub fsp_id: String,
    /// Why.
    pub error: KeyError,
}

/// Why a text is no key ring.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyRingError {
    /// Not JSON, or a name twice.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No object `keys`.
    #[error("there is no object `keys`")]
    NoKeys,
    /// An entry without `publicKeyPem`, or a `validFrom` or `validUntil` that is no date and time.
    #[error("the entry of {0} has no publicKeyPem or an unreadable validity")]
    Entry(String),
}

impl KeyRing {
    /// A ring without keys.
    pub fn new() -> KeyRing {
        KeyRing::default()
    }

    /// Reads `{"keys":{"<FSP id>":{"publicKeyPem":"...","validFrom":"...","validUntil":"..."}}}`. The validity is
    /// optional, in RFC 3339; an FSP that is changing its key has an array of such objects. Other members are not
    /// looked at.
    ///
    /// A key that is too small or of an unsupported kind does not spoil the ring: see [`KeyRing::unusable`].
    pub fn from_json(text: &[u8]) -> Result<KeyRing, KeyRingError> {
        let file = json::parse(text)?;
        let Some(Value::Object(owners)) = file.member("keys") else {
            return Err(KeyRingError::NoKeys);
        };
        let mut ring = KeyRing::new();
        for (fsp_id, entry) in owners {
            let entries = match entry {
                Value::Array(entries) => entries.as_slice(),
                one => std::slice::from_ref(one),
            };
            for entry in entries {
                ring.read(fsp_id, entry).ok_or_else(|| KeyRingError::Entry(fsp_id.clone()))?;
            }
        }
        Ok(ring)
    }

    /// Adds a key; the participant keeps those it has, until [`KeyRing::remove`].
    pub fn add(&mut self, fsp_id: impl Into<String>, key: PublicKey) {
        self.keys.entry(fsp_id.into()).or_default().push(key);
    }

    /// Takes all keys of a participant out.
    pub fn remove(&mut self, fsp_id: &str) {
        self.keys.remove(fsp_id);
    }

    /// The keys of a participant, the oldest entry first.
    pub fn of(&self, fsp_id: &str) -> &[PublicKey] {
        self.keys.get(fsp_id).map_or(&[], Vec::as_slice)
    }

    /// The keys that were left out, for the operator.
    pub fn unusable(&self) -> &[UnusableKey] {
        &self.unusable
    }

    fn read(&mut self, fsp_id: &str, entry: &Value) -> Option<()> {
        let pem = entry.member("publicKeyPem")?.as_str()?;
        let from_ms = optional_time(entry, "validFrom")?;
        let until_ms = optional_time(entry, "validUntil")?;
        match PublicKey::from_pem(pem) {
            Ok(key) => self.add(fsp_id, key.valid(from_ms, until_ms)),
            Err(error) => self.unusable.push(UnusableKey { fsp_id: fsp_id.to_owned(), error }),
        }
        Some(())
    }
}

/// The outer `None`: there, but not a date and time.
fn optional_time(entry: &Value, name: &str) -> Option<Option<i64>> {
    match entry.member(name) {
        None => Some(None),
        Some(value) => Some(Some(instant_ms(value.as_str()?)?)),
    }
}

/// RFC 3339 with seconds in as many digits as its writer liked; FSPIOP's own form has three after the point.
fn instant_ms(text: &str) -> Option<i64> {
    let (head, rest) = text.split_at_checked(19)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        None => ("0", rest),
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?),
    };
    let ms = fraction.get(..3).unwrap_or(fraction);
    let fits = !fraction.is_empty();
    let text = format!("{head}.{ms:0<3}{zone}");
    DateTime::parse(&text).ok().filter(|_| fits).map(|time| time.epoch_ms())
}
