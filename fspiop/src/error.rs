//! Error codes, `errorInformation` and the synchronous refusal of a request.

mod code;
mod refusal;

pub use code::ErrorCode;
pub use refusal::Refusal;

use crate::json::{Node, ObjectWriter, Unfit, Value, to_canonical};
use crate::limits;

/// One `{key, value}` of an extension list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// 1 to 32 characters.
    pub key: String,
    /// 1 to 128 characters.
    pub value: String,
}

impl Extension {
    /// An extension of the hub's own.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }

    fn read(node: &Node<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            key: node.required_text("key", extension_key)?,
            value: node.required_text("value", extension_value)?,
        })
    }
}

/// Reads an `extensionList` object (API Definition, section 7.4.4): 1 to 16 extensions.
///
/// # Errors
/// 3101, 3102, 3100 as usual; 3103 for a 17th extension.
pub fn read_extension_list(node: &Node<'_>) -> Result<Vec<Extension>, Refusal> {
    node.required_as("extension", |list| list.items(limits::EXTENSIONS, Extension::read))
}

/// Writes an `extensionList` object; `None` if there are no extensions.
pub fn write_extension_list(extensions: &[Extension]) -> Option<Value> {
    if extensions.is_empty() {
        return None;
    }
    let write = |extension: &Extension| {
        Value::object([
            ("key", Value::from(extension.key.as_str())),
            ("value", Value::from(extension.value.as_str())),
        ])
    };
    Some(Value::object([("extension", Value::Array(extensions.iter().map(write).collect()))]))
}

/// `errorInformation`: what an error callback or an error answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorInformation {
    /// The code; an unknown one of a sender has become 3100 (CONTRACTS section 3).
    pub code: ErrorCode,
    /// 1 to 128 characters.
    pub description: String,
    /// At most 16.
    pub extensions: Vec<Extension>,
}

impl ErrorInformation {
    /// The code with its standard description.
    pub fn of(code: ErrorCode) -> Self {
        Self { code, description: code.description().to_owned(), extensions: Vec::new() }
    }

    /// The code with its standard description and a detail, cut to 128 characters.
    pub fn with_detail(code: ErrorCode, detail: &str) -> Self {
        let description = cut(&format!("{} - {detail}", code.description()));
        Self { code, description, extensions: Vec::new() }
    }

    /// Adds an extension.
    #[must_use]
    pub fn with_extension(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.extensions.push(Extension::new(key, value));
        self
    }

    /// Reads an ErrorInformationObject, the body of every `PUT .../error`.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn parse(body: &Value) -> Result<Self, Refusal> {
        Node::root(body).required_as("errorInformation", Self::read)
    }

    /// Reads the inner `errorInformation` object.
    ///
    /// # Errors
    /// As [`ErrorInformation::parse`].
    pub fn read(node: &Node<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            code: node.required_text("errorCode", error_code)?,
            description: node.required_text("errorDescription", error_description)?,
            extensions: node.optional_as("extensionList", read_extension_list)?.unwrap_or_default(),
        })
    }

    /// The inner `errorInformation` object.
    pub fn to_value(&self) -> Value {
        ObjectWriter::default()
            .with("errorCode", self.code.digits().as_str())
            .with("errorDescription", self.description.as_str())
            .with_optional("extensionList", write_extension_list(&self.extensions))
            .finish()
    }

    /// The ErrorInformationObject as canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        to_canonical(&Value::object([("errorInformation", self.to_value())]))
    }
}

/// The first 128 characters: the longest description that a peer must take.
fn cut(text: &str) -> String {
    text.chars().take(limits::TEXT_CHARS).collect()
}

fn error_code(text: &str) -> Result<ErrorCode, Unfit> {
    let digits = text.as_bytes();
    let is_code = digits.len() == 4
        && (b'1'..=b'9').contains(&digits[0])
        && digits.iter().all(u8::is_ascii_digit);
    if !is_code {
        return Err(Unfit("must be four digits, the first not 0"));
    }
    let known = text.parse().ok().and_then(ErrorCode::from_number);
    Ok(known.unwrap_or(ErrorCode::ValidationError))
}

fn error_description(text: &str) -> Result<String, Unfit> {
    bounded(text, limits::TEXT_CHARS, "must have 1 to 128 characters")
}

fn extension_key(text: &str) -> Result<String, Unfit> {
    bounded(text, limits::EXTENSION_KEY_CHARS, "must have 1 to 32 characters")
}

fn extension_value(text: &str) -> Result<String, Unfit> {
    bounded(text, limits::TEXT_CHARS, "must have 1 to 128 characters")
}

/// A text of 1 to `most` characters, else `rule`.
pub(crate) fn bounded(text: &str, most: usize, rule: &'static str) -> Result<String, Unfit> {
    let fits = !text.is_empty() && text.chars().take(most + 1).count() <= most;
    if fits { Ok(text.to_owned()) } else { Err(Unfit(rule)) }
}
