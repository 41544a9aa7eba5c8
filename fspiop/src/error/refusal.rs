//! The synchronous answer to a request that is not taken.

use super::{ErrorCode, ErrorInformation, Extension, cut};
use std::borrow::Cow;

/// Why a request is refused at once: always the caller's to mend unless the status is 5xx.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} {}", self.description())]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// FSPIOP code.
    pub code: ErrorCode,
    /// What is wrong and how to mend it, without the sender's content.
    pub detail: Cow<'static, str>,
    /// JSON Pointer of the offending member of the body, for instance `/amount/currency`.
    pub path: Option<String>,
    /// The extension list of the answer.
    pub extensions: Vec<Extension>,
    /// The value of the `Allow` header; only with status 405.
    pub allow: Option<String>,
}

impl Refusal {
    /// A refusal with the code's own HTTP status.
    pub fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: code.status(),
            code,
            detail: detail.into(),
            path: None,
            extensions: Vec::new(),
            allow: None,
        }
    }

    /// Names the place in the body.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Another HTTP status than the code's own, for instance 405, 415, 431.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds an extension to the answer.
    #[must_use]
    pub fn with_extension(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.extensions.push(Extension::new(key, value));
        self
    }

    /// `<standard description> - <path> <detail>`, at most 128 characters.
    pub fn description(&self) -> String {
        let standard = self.code.description();
        match self.path.as_deref() {
            Some(path) if !path.is_empty() => cut(&format!("{standard} - {path} {}", self.detail)),
            _ if self.detail.is_empty() => standard.to_owned(),
            _ => cut(&format!("{standard} - {}", self.detail)),
        }
    }

    /// The same as an error callback would say it.
    pub fn to_error_information(&self) -> ErrorInformation {
        ErrorInformation {
            code: self.code,
            description: self.description(),
            extensions: self.extensions.clone(),
        }
    }

    /// The body of the answer: an ErrorInformationObject as canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        self.to_error_information().render()
    }
}

impl From<crate::json::Malformed> for Refusal {
    fn from(malformed: crate::json::Malformed) -> Self {
        Self::new(ErrorCode::MalformedSyntax, malformed.to_string())
    }
}
