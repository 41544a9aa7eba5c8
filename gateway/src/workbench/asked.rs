//! One request: which page, in which manner, with which words.

use std::collections::BTreeMap;

use fspiop::error::{ErrorCode, Refusal};
use serde_json::Value;

use super::refused;
use crate::admin::decoded;
use crate::envelope::Envelope;
use crate::limits::WORKBENCH_TEXT_CHARS_MAX;

/// A request, taken apart.
pub(super) struct Asked<'e> {
    pub(super) envelope: &'e Envelope,
    pub(super) method: &'e str,
    pub(super) manner: Manner,
    /// What follows `/workbench` or `/workbench/api`.
    pub(super) segments: Vec<String>,
    query: BTreeMap<String, String>,
    fields: BTreeMap<String, String>,
}

/// Who is to read the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// A person: HTML, forms.
    Page,
    /// A program: JSON.
    Api,
}

impl<'e> Asked<'e> {
    /// Takes it apart.
    ///
    /// # Errors
    /// 404 outside of `/workbench`, 400 for a body that is neither a form nor an object of texts.
    pub(super) fn of(envelope: &'e Envelope) -> Result<Asked<'e>, Refusal> {
        let (path, query) = envelope.target.split_once('?').unwrap_or((&envelope.target, ""));
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut segments: Vec<String> =
            path.split('/').skip(1).map(|segment| decoded(segment, false)).collect();
        if segments.first().is_none_or(|first| first != "workbench") {
            return Err(refused(404, "the workbench is at /workbench"));
        }
        segments.remove(0);
        let manner = match segments.first().map(String::as_str) {
            Some("api") => {
                segments.remove(0);
                Manner::Api
            }
            _ => Manner::Page,
        };
        let fields = match envelope.body.is_empty() {
            true => BTreeMap::new(),
            false => fields(envelope)?,
        };
        let method = envelope.method.as_str();
        Ok(Asked { envelope, method, manner, segments, query: form(query), fields })
    }

    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.envelope.headers.first(name)
    }

    /// A word of the query; an empty one counts as absent.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A field of the body; an empty one counts as absent.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|text| text.trim()).filter(|value| !value.is_empty())
    }

    /// A field that must be there, and not be too long.
    ///
    /// # Errors
    /// 400 that names it.
    pub(super) fn text(&self, name: &str) -> Result<&str, Refusal> {
        let text = self.field(name).ok_or_else(|| refused(400, format!("{name} is required")))?;
        match text.chars().count() <= WORKBENCH_TEXT_CHARS_MAX {
            true => Ok(text),
            false => Err(refused(
                400,
                format!("{name} has at most {WORKBENCH_TEXT_CHARS_MAX} characters"),
            )),
        }
    }

    /// Whether only a part of the page is wanted.
    pub(super) fn wants_fragment(&self) -> bool {
        self.header("hx-request").is_some()
    }
}

fn fields(envelope: &Envelope) -> Result<BTreeMap<String, String>, Refusal> {
    let kind = envelope.headers.first("content-type").unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/x-www-form-urlencoded" => {
            let text = std::str::from_utf8(&envelope.body);
            Ok(form(text.map_err(|_| refused(400, "a form is text in UTF-8"))?))
        }
        "application/json" => {
            // Strictly: duplicate keys and what else JSON readers differ on are refused.
            fspiop::json::parse_message(&envelope.body)?;
            let read: Result<BTreeMap<String, Value>, _> = serde_json::from_slice(&envelope.body);
            let read = read
                .map_err(|_| Refusal::new(ErrorCode::MalformedSyntax, "an object is expected"))?;
            let text = |value: Value| match value {
                Value::String(text) => text,
                Value::Null => String::new(),
                other => other.to_string(),
            };
            Ok(read.into_iter().map(|(name, value)| (name, text(value))).collect())
        }
        _ => Err(refused(415, "send application/json, or a form")),
    }
}

fn form(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name, true), decoded(value, true))).collect()
}
