//! Identifiers, times and digests: small values that are compared and never computed with.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::{PARTICIPANT_NAME_CHARS_MAX, VERDICT_REFERENCE_BYTES_MAX};

/// A transfer's id: 128 bits, compared as bits. How it was spelled is kept beside it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TransferId(pub u128);

impl fmt::Debug for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransferId({:032x})", self.0)
    }
}

/// What shares one deadline and one decision (DESIGN §3): all that names the same
/// determiningTransferId. A transfer without currency conversion is its own group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupId(pub u128);

impl From<TransferId> for GroupId {
    fn from(id: TransferId) -> Self {
        Self(id.0)
    }
}

/// The number by which the admin API names an account, given out in order from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountNumber(pub u64);

/// A participant's name (FSPIOP FspId): 1 to 32 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ParticipantName(String);

impl ParticipantName {
    /// The hub's own name, `Hub` (CONTRACTS §4).
    pub fn hub() -> Self {
        Self("Hub".to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ParticipantName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        let chars = text.chars().count();
        if chars == 0 || chars > PARTICIPANT_NAME_CHARS_MAX || text.chars().any(char::is_control) {
            return Err(NameError::Participant);
        }
        Ok(Self(text))
    }
}

impl std::str::FromStr for ParticipantName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::try_from(text.to_owned())
    }
}

impl From<ParticipantName> for String {
    fn from(name: ParticipantName) -> Self {
        name.0
    }
}

impl fmt::Display for ParticipantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z on the committer's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This time and `ms` milliseconds, held at the ends of the scale.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// A duplicate hash (SHA-256 of the parsed terms): opaque here, only compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hash(pub [u8; 32]);

/// What a transfer's fulfilment must hash to (ILP condition, decoded).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Condition(pub [u8; 32]);

impl Condition {
    /// Whether SHA-256 of `fulfilment` is this condition.
    pub fn is_met_by(&self, fulfilment: &Fulfilment) -> bool {
        use aws_lc_rs::digest::{SHA256, digest};
        digest(&SHA256, &fulfilment.0).as_ref() == self.0
    }
}

/// The preimage that a payee reveals to commit (ILP fulfilment, decoded).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fulfilment(pub [u8; 32]);

/// Where the evidence of a fraud verdict is kept: the name of a document, opaque here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct VerdictReference(Box<[u8]>);

impl VerdictReference {
    /// The document's name.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<Vec<u8>> for VerdictReference {
    type Error = NameError;

    fn try_from(bytes: Vec<u8>) -> Result<Self, NameError> {
        match bytes.len() {
            1..=VERDICT_REFERENCE_BYTES_MAX => Ok(Self(bytes.into())),
            _ => Err(NameError::VerdictReference),
        }
    }
}

impl From<VerdictReference> for Vec<u8> {
    fn from(reference: VerdictReference) -> Self {
        reference.0.into()
    }
}

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A participant's name is empty, too long, or holds a control character.
    #[error("a participant's name is 1 to 32 characters without control characters")]
    Participant,
    /// A party's kind, identifier, sub-identifier or prefix is empty or too long.
    #[error("a party's kind is 1 to 32 characters, its identifiers and prefixes 1 to 128")]
    Party,
    /// A verdict's reference is empty or too long.
    #[error("a verdict's reference is 1 to 128 bytes")]
    VerdictReference,
}
