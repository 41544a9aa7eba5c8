//! Identifiers: FSPs, correlations, parties, and the closed lists of the data model.

mod correlation;
mod enumerations;
mod marks;

pub(crate) use enumerations::enumeration;

pub use correlation::{CorrelationId, Id128, IdForm};
pub use enumerations::{
    AmountType, PartyIdType, TransactionInitiator, TransactionInitiatorType, TransactionScenario,
};

use crate::error::bounded;
use crate::json::{Unfit, Value};
use crate::limits;
use std::fmt;

/// The id of an FSP, or of the hub: 1 to 32 characters of an HTTP token (RFC 9110 section 5.6.2), so
/// that it can stand in a header, a path and a file name as it is. Compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FspId(Box<str>);

impl FspId {
    /// Parses an FSP id.
    ///
    /// # Errors
    /// [`Unfit`] for an empty or long one, and for white space, separators, control characters and
    /// whatever is not ASCII.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        let fits = (1..=limits::FSP_ID_CHARS).contains(&text.len());
        if fits && text.bytes().all(is_token_byte) {
            Ok(Self(text.into()))
        } else {
            Err(Unfit("must be 1 to 32 ASCII letters, digits or !#$%&'*+-.^_`|~"))
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl fmt::Display for FspId {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str(&self.0)
    }
}

impl From<&FspId> for Value {
    fn from(id: &FspId) -> Self {
        Self::from(id.as_str())
    }
}

macro_rules! party_texts {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Parses 1 to 128 characters without control characters.
            ///
            /// # Errors
            /// [`Unfit`] for anything else.
            pub fn parse(text: &str) -> Result<Self, Unfit> {
                const RULE: &str = "must have 1 to 128 characters, none of them a control character";
                if text.chars().any(char::is_control) {
                    return Err(Unfit(RULE));
                }
                bounded(text, limits::TEXT_CHARS, RULE).map(|text| Self(text.into()))
            }

            /// Parses it as it stands in a path, where white space and braces are refused as well.
            ///
            /// # Errors
            /// [`Unfit`] for anything else.
            pub fn parse_in_path(text: &str) -> Result<Self, Unfit> {
                if text.chars().any(|c| c.is_whitespace() || c == '{' || c == '}') {
                    return Err(Unfit("must not have white space or braces in the path"));
                }
                Self::parse(text)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&$name> for Value {
            fn from(text: &$name) -> Self {
                Self::from(text.as_str())
            }
        }
    )+};
}

party_texts! {
    /// What a party is known by, for instance its telephone number (section 7.3.25).
    PartyIdentifier;
    /// A further part of the identifier, or its type (section 7.3.27).
    PartySubIdOrType;
}

/// Parses a name of a person (section 7.2.7): 1 to 128 letters, marks, digits, connectors, joiners,
/// spaces and `.,'-`, not only spaces; kept as it is spelled, composed or decomposed.
///
/// # Errors
/// [`Unfit`] for anything else.
pub fn person_name(text: &str) -> Result<String, Unfit> {
    const RULE: Unfit = Unfit("must be a name of 1 to 128 letters, digits, spaces or .,'-");
    let blank = text.chars().all(char::is_whitespace);
    if blank || !text.chars().all(is_name_char) {
        return Err(RULE);
    }
    bounded(text, limits::TEXT_CHARS, RULE.0)
}

fn is_name_char(c: char) -> bool {
    match c {
        ' ' | '.' | ',' | '\'' | '-' | '_' => true,
        '\u{200c}' | '\u{200d}' | '\u{203f}' | '\u{2040}' | '\u{2054}' => true,
        '\u{fe33}' | '\u{fe34}' | '\u{fe4d}'..='\u{fe4f}' | '\u{ff3f}' => true,
        _ => c.is_alphanumeric() || marks::is_mark(c),
    }
}

/// Parses a text of 1 to 128 characters: a party's name, a note, a reason.
///
/// # Errors
/// [`Unfit`] for an empty or a longer one.
pub fn short_text(text: &str) -> Result<String, Unfit> {
    bounded(text, limits::TEXT_CHARS, "must have 1 to 128 characters")
}

/// Parses 1 to 2,048 characters: what is known of a customer.
///
/// # Errors
/// [`Unfit`] for an empty or a longer one.
pub fn long_text(text: &str) -> Result<String, Unfit> {
    bounded(text, limits::LONG_TEXT_CHARS, "must have 1 to 2048 characters")
}
