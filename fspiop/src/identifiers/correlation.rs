//! Correlation ids: 128 bits, in the spelling of their dialect.

use crate::json::{Unfit, Value};
use std::fmt;
use std::hash::{Hash, Hasher};

/// 128 bits that identify something; every dialect spells them in its own form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id128(pub u128);

/// Crockford's base 32 in ascending order: no I, L, O, U.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Id128 {
    /// Reads `8-4-4-4-12` hexadecimal digits in any case and of any version.
    pub fn from_uuid(text: &str) -> Option<Self> {
        let hyphens = [8, 13, 18, 23];
        if text.len() != 36 {
            return None;
        }
        let digits = text.bytes().enumerate().filter(|(at, _)| !hyphens.contains(at));
        let bits = digits.map(|(_, byte)| char::from(byte).to_digit(16)).try_fold(0, shift_in::<4>);
        hyphens.iter().all(|&at| text.as_bytes()[at] == b'-').then_some(())?;
        bits.map(Self)
    }

    /// Reads 26 upper-case digits of Crockford's base 32; more than 128 bits are refused.
    pub fn from_ulid(text: &str) -> Option<Self> {
        if text.len() != 26 || text.as_bytes()[0] > b'7' {
            return None;
        }
        let digit = |byte| CROCKFORD.iter().position(|known| *known == byte).map(|at| at as u32);
        text.bytes().map(digit).try_fold(0, shift_in::<5>).map(Self)
    }

    /// Lower-case `8-4-4-4-12`.
    pub fn to_uuid(self) -> String {
        let hex = format!("{:032x}", self.0);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// 26 upper-case digits of Crockford's base 32.
    pub fn to_ulid(self) -> String {
        let digit = |shift: u32| char::from(CROCKFORD[(self.0 >> shift) as usize & 31]);
        (0..26).rev().map(|place| digit(place * 5)).collect()
    }

    /// Big-endian bytes.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// From big-endian bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

fn shift_in<const BITS: u32>(bits: u128, digit: Option<u32>) -> Option<u128> {
    digit.map(|digit| (bits << BITS) | u128::from(digit))
}

impl fmt::Display for Id128 {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str(&self.to_uuid())
    }
}

impl fmt::Debug for Id128 {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "Id128({self})")
    }
}

/// The forms that a version of the API takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// FSPIOP 1.0 and 1.1: a lower-case UUID of version 1 to 5, variant 10.
    Uuid1To5,
    /// FSPIOP 2.0: a lower-case UUID of version 1 to 7, variant 10, or an upper-case ULID.
    Uuid1To7OrUlid,
}

/// A correlation id (section 7.3.8): equal when the bits are, whatever the spelling, which is kept for
/// what the sender signed.
#[derive(Debug, Clone)]
pub struct CorrelationId {
    id: Id128,
    text: Box<str>,
}

impl CorrelationId {
    /// Parses an id in one of the forms of `form`.
    ///
    /// # Errors
    /// [`Unfit`] for anything else, upper-case UUIDs and braces included.
    pub fn parse(text: &str, form: IdForm) -> Result<Self, Unfit> {
        let (id, rule) = match form {
            IdForm::Uuid1To5 => (uuid(text, b'5'), "must be a lower-case UUID of version 1 to 5"),
            IdForm::Uuid1To7OrUlid => (
                uuid(text, b'7').or_else(|| Id128::from_ulid(text)),
                "must be a lower-case UUID of version 1 to 7 or an upper-case ULID",
            ),
        };
        Ok(Self { id: id.ok_or(Unfit(rule))?, text: text.into() })
    }

    /// The id spelled as a UUID, for what the hub originates.
    pub fn from_id(id: Id128) -> Self {
        Self { id, text: id.to_uuid().into() }
    }

    /// The bits.
    pub fn id(&self) -> Id128 {
        self.id
    }

    /// The spelling.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn uuid(text: &str, last_version: u8) -> Option<Id128> {
    let bytes = text.as_bytes();
    let id = Id128::from_uuid(text)?;
    let fits = !bytes.iter().any(u8::is_ascii_uppercase)
        && (b'1'..=last_version).contains(&bytes[14])
        && b"89ab".contains(&bytes[19]);
    fits.then_some(id)
}

impl PartialEq for CorrelationId {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for CorrelationId {}

impl Hash for CorrelationId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str(&self.text)
    }
}

impl From<&CorrelationId> for Value {
    fn from(id: &CorrelationId) -> Self {
        Self::from(id.as_str())
    }
}
