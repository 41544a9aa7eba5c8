//! Strict JSON: an ordered value, its parser, a reading cursor and the canonical writer.
//!
//! Refused, because two readers could take them differently: duplicate keys (also through escapes),
//! nesting deeper than [`limits::JSON_DEPTH`], a byte order mark, lone surrogates in strings, anything
//! after the document, and whatever RFC 8259 does not know (NaN, comments). In the body of a message,
//! NUL as well: [`parse_message`].

mod canonical;
mod node;
mod parse;

pub use canonical::to_canonical;
pub use node::{Node, Unfit};
pub use parse::{parse, parse_message};

#[cfg(doc)]
use crate::limits;

/// A JSON value; the members of an object stay in the order in which they came.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number. FSPIOP has none: amounts are strings.
    Number(serde_json::Number),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object; no key occurs twice in a parsed one.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// An object of the given members.
    pub fn object<const N: usize>(members: [(&str, Value); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A string value.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// An array of the given items; `None` if there are none.
    pub fn array_of(items: Vec<Value>) -> Option<Self> {
        (!items.is_empty()).then_some(Self::Array(items))
    }

    /// The member `name` of an object; `None` for any other value.
    pub fn member(&self, name: &str) -> Option<&Value> {
        let Self::Object(members) = self else { return None };
        members.iter().find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The text of a string; `None` for any other value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The JSON name of this value's type, for error texts.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

/// Collects the members of an object that is to be written, leaving out the absent ones.
#[derive(Debug, Default)]
pub struct ObjectWriter {
    members: Vec<(String, Value)>,
}

impl ObjectWriter {
    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a member if there is a value for it.
    #[must_use]
    pub fn with_optional(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The object.
    pub fn finish(self) -> Value {
        Value::Object(self.members)
    }
}

/// Why a body is not the JSON that we read, and where. The sender's fault; FSPIOP code 3101.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct Malformed {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in bytes, counted from 1; 0 at the end of a line.
    pub column: usize,
    /// What is wrong, without any of the sender's content.
    pub reason: String,
}
