//! What the writers share: a document is written, then held against its own schema.

use crate::envelope::{self, NAMESPACE};
use crate::fields::finding;
use crate::xml::{self, DECLARATION, Writer};
use crate::{Finding, MessageName, schema};

/// The message's version cannot carry a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {text}")]
pub struct WriteError {
    /// Where the value would have gone: `/Document/FIToFICstmrCdtTrf/GrpHdr/MsgId`.
    pub path: String,
    /// The rule it breaks: `maxLength`.
    pub rule: &'static str,
    /// What to mend.
    pub text: String,
}

/// The fields of a business application header to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderToWrite {
    /// `Fr`
    pub from: crate::Agent,
    /// `To`
    pub to: crate::Agent,
    /// `BizMsgIdr`: the document's MsgId.
    pub business_message_id: String,
    /// `CreDt`; needs an offset.
    pub created: crate::DateTime,
}

/// Puts a written document and a head.001.001.02 header that names its version into one
/// `BusinessMessage` wrapper.
///
/// # Errors
/// Names the path of what the header cannot carry.
pub fn with_header(document: &str, header: &HeaderToWrite) -> Result<String, WriteError> {
    let tree = xml::parse(document.as_bytes()).map_err(|fault| of_finding(&fault.finding()))?;
    let Some(name) = MessageName::of_namespace(tree.root().namespace()) else {
        return Err(of_finding(&finding(tree.root(), "unexpected", "FF01", "write a Document")));
    };
    let body = document.strip_prefix(DECLARATION).unwrap_or(document);
    let mut w = Writer::document();
    w.element("BusinessMessage", |w| {
        let namespace = format!("{NAMESPACE}head.001.001.02");
        w.element_with("AppHdr", &[("xmlns", &namespace)], |w| {
            w.element("Fr", |w| header.from.write(w, "FIId"));
            w.element("To", |w| header.to.write(w, "FIId"));
            w.text("BizMsgIdr", &header.business_message_id);
            w.text("MsgDefIdr", name.as_str());
            w.text("CreDt", &header.created.to_string());
        });
        w.raw(body);
    });
    kept(w.finish())
}

/// A document of this version around what `body` writes, kept to its own schema.
pub(crate) fn document(name: &str, body: impl FnOnce(&mut Writer)) -> Result<String, WriteError> {
    let mut w = Writer::document();
    w.element_with("Document", &[("xmlns", &format!("{NAMESPACE}{name}"))], body);
    kept(w.finish())
}

/// The text, if all its parts keep their schemas.
fn kept(text: String) -> Result<String, WriteError> {
    let tree = xml::parse(text.as_bytes()).map_err(|fault| of_finding(&fault.finding()))?;
    for part in envelope::parts(tree.root()) {
        let findings =
            schema::of(part.name.as_str()).map(|schema| schema::check(part.node, schema));
        match findings.as_deref() {
            Some([]) => {}
            Some([first, ..]) => return Err(of_finding(first)),
            None => return Err(not_carried("/Document", part.name.as_str())),
        }
    }
    Ok(text)
}

/// The refusal of a value for which this version has no element.
pub(crate) fn not_carried(path: &str, name: &str) -> WriteError {
    let text = format!("leave it out: {name} has no such element");
    WriteError { path: path.to_owned(), rule: "version", text }
}

fn of_finding(finding: &Finding) -> WriteError {
    let Finding { path, rule, text, .. } = finding.clone();
    WriteError { path, rule, text }
}
