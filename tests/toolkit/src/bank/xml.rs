/// What every file begins with.
pub(super) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Text as XML character data.
fn escaped(text: &str) -> String {
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

/// An amount with its currency.
pub(super) fn amount(name: &str, currency: &str, amount: &str) -> String {
    format!("<{name} Ccy=\"{}\">{}</{name}>", escaped(currency), escaped(amount))
}

/// Whether a version is of the generation before UETR, proxies and BICFI.
pub(super) fn is_of_2009(version: &str) -> bool {
    matches!(version, "pacs.002.001.03" | "pacs.008.001.02" | "pain.001.001.03")
}

/// The element of a BIC in an agent.
pub(super) fn bic_element(version: &str) -> &'static str {
    if is_of_2009(version) { "BIC" } else { "BICFI" }
}

/// `Document` of a message, without declaration.
pub(super) fn document(name: &str, root: &str, content: &str) -> String {
    let content = wrap(root, content);
    format!("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{name}\">{content}</Document>")
}
