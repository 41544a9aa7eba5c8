/// Text as XML character data.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `<name>text</name>`, the text escaped.
pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

/// `<name>content</name>`, the content XML already.
pub(super) fn wrap(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// As [`element`], nothing for `None`.
pub(super) fn optional(name: &str, text: Option<&str>) -> String {
    text.map(|text| element(name, text)).unwrap_or_default()
}
