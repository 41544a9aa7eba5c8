//! Who holds which party: rows of the lookup directory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits::{PARTY_IDENTIFIER_CHARS_MAX, PARTY_KIND_CHARS_MAX};
use crate::{Currency, NameError, ParticipantName};

/// The kind of a party identifier (FSPIOP PartyIdType: `MSISDN`, `IBAN`, `ACCOUNT_ID`, ...).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartyKind(String);

impl PartyKind {
    /// The kind as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PartyKind {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        if fits(&text, PARTY_KIND_CHARS_MAX) { Ok(Self(text)) } else { Err(NameError::Party) }
    }
}

impl From<PartyKind> for String {
    fn from(kind: PartyKind) -> Self {
        kind.0
    }
}

/// What names a party: kind, identifier and, where there is one, sub-identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartyId {
    kind: PartyKind,
    identifier: String,
    sub_id: Option<String>,
}

impl PartyId {
    /// A party's id from its parts.
    ///
    /// # Errors
    /// [`NameError::Party`] when a part is empty or too long.
    pub fn new(kind: &str, identifier: &str, sub_id: Option<&str>) -> Result<Self, NameError> {
        let kind = PartyKind::try_from(kind.to_owned())?;
        let parts = std::iter::once(identifier).chain(sub_id);
        if parts.into_iter().any(|part| !fits(part, PARTY_IDENTIFIER_CHARS_MAX)) {
            return Err(NameError::Party);
        }
        Ok(Self { kind, identifier: identifier.to_owned(), sub_id: sub_id.map(str::to_owned) })
    }

    /// Its kind.
    pub fn kind(&self) -> &PartyKind {
        &self.kind
    }

    /// Its identifier.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Its sub-identifier.
    pub fn sub_id(&self) -> Option<&str> {
        self.sub_id.as_deref()
    }
}

/// A party that was registered: one row a party, also when nobody holds it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Its id.
    pub id: PartyId,
    /// Who holds it, at most one participant a currency.
    pub holders: Vec<PartyHolder>,
}

/// One registration of a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyHolder {
    /// For this currency, or for all that have no registration of their own.
    pub currency: Option<Currency>,
    /// The participant that holds the party.
    pub participant: ParticipantName,
}

/// All prefixes of one kind that lead to a participant (IBAN prefixes, number ranges).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyRanges {
    /// The kind.
    pub kind: PartyKind,
    /// Prefix to participant; the longest that fits wins.
    pub ranges: BTreeMap<String, ParticipantName>,
}

fn fits(text: &str, chars_max: usize) -> bool {
    !text.is_empty() && text.chars().count() <= chars_max
}
