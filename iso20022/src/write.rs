//! What the writers share. There is one writer a family, and the tables make it strict for each
//! version: it follows the version's schema element by element. Where versions name an element
//! differently it takes the declared name; a value for which the version has no element is refused with
//! its path, never left out. What is written is held against the whole schema before it is returned.

use crate::envelope;
use crate::fields::finding;
use crate::schema::{self, Schema};
use crate::xml::{self, DECLARATION};
use crate::{DateTime, Finding, MessageName};

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
    /// `CreDt`, written in UTC: head.001.001.01 wants that, the later versions an offset.
    pub created: DateTime,
}

/// Puts a written document and a header of this version (`head.001.001.02`) that names the document's
/// version into one `BusinessMessage` wrapper.
///
/// # Errors
/// Names the path of what the header cannot carry.
pub fn with_header(
    document: &str,
    header: &HeaderToWrite,
    version: &str,
) -> Result<String, WriteError> {
    wrapped(document, version, |w, definition| {
        w.element("Fr", |w| header.from.write(w, "FIId"));
        w.element("To", |w| header.to.write(w, "FIId"));
        w.text("BizMsgIdr", &header.business_message_id);
        w.text("MsgDefIdr", definition);
        w.text("CreDt", &header.created.with_offset(Some(0)).to_string());
    })
}

/// A written document in one wrapper with the header of this version around what `members` writes,
/// which is given the document's version.
pub(crate) fn wrapped(
    document: &str,
    version: &str,
    members: impl FnOnce(&mut Writer, &str),
) -> Result<String, WriteError> {
    let tree = xml::parse(document.as_bytes()).map_err(|fault| of_finding(&fault.finding()))?;
    let Some(name) = MessageName::of_namespace(tree.root().namespace()) else {
        return Err(of_finding(&finding(tree.root(), "unexpected", "FF01", "write a Document")));
    };
    let body = document.strip_prefix(DECLARATION).unwrap_or(document);
    let app_hdr = part("head.001", version, |w| members(w, name.as_str()))?;
    kept(format!("{DECLARATION}<BusinessMessage>{app_hdr}{body}</BusinessMessage>"))
}

/// A document of this version around what `body` writes, kept to its own schema.
pub(crate) fn document(
    family: &str,
    version: &str,
    body: impl FnOnce(&mut Writer),
) -> Result<String, WriteError> {
    kept(format!("{DECLARATION}{}", part(family, version, body)?))
}

/// The root element of this version around what `body` writes.
fn part(family: &str, version: &str, body: impl FnOnce(&mut Writer)) -> Result<String, WriteError> {
    let Some(schema) = schema::of(version).filter(|_| version.starts_with(family)) else {
        let text = format!("name a version of {family} that is written here");
        return Err(WriteError { path: "/".to_owned(), rule: "version", text });
    };
    let root = Open { name: schema.root(), index: None, of: schema.root_type(), repeated: vec![] };
    let mut w = Writer { out: String::new(), schema, open: vec![root], refused: None };
    w.tags(schema.root(), &[("xmlns", schema.namespace())], body);
    w.refused.map_or(Ok(w.out), Err)
}

/// Writes elements as one version declares them.
pub(crate) struct Writer {
    out: String,
    schema: &'static Schema,
    open: Vec<Open>,
    /// The first value for which the version has no element.
    refused: Option<WriteError>,
}

/// An open element.
struct Open {
    name: &'static str,
    /// Among its like, from 1, where the version lets it repeat.
    index: Option<u32>,
    /// Its type.
    of: usize,
    /// How often each repeating child has been written.
    repeated: Vec<(&'static str, u32)>,
}

impl Writer {
    /// `<name>` ... `</name>` around what `inside` writes.
    pub(crate) fn element(&mut self, name: &str, inside: impl FnOnce(&mut Writer)) {
        self.element_with(name, &[], inside);
    }

    /// An element with attributes.
    pub(crate) fn element_with(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        inside: impl FnOnce(&mut Writer),
    ) {
        match self.declared(name) {
            Some(open) => {
                let name = open.name;
                self.open.push(open);
                self.tags(name, attributes, inside);
                self.open.pop();
            }
            None => self.refuse(name),
        }
    }

    /// `<name>text</name>`
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.element(name, |w| w.escaped(text));
    }

    /// `<name>text</name>`, if there is one.
    pub(crate) fn text_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// `<name>value</name>`, if there is one.
    pub(crate) fn text_of(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.text(name, &value.to_string());
        }
    }

    /// Character data inside the open element.
    pub(crate) fn escaped(&mut self, text: &str) {
        xml::escape(text, &mut self.out);
    }

    /// Whether the version has this element inside the open one.
    pub(crate) fn declares(&self, name: &str) -> bool {
        self.open.last().is_some_and(|open| self.schema.child(open.of, name).is_some())
    }

    /// The name of today, unless the version only has the former one.
    pub(crate) fn either<'n>(&self, name: &'n str, former: &'n str) -> &'n str {
        if !self.declares(name) && self.declares(former) { former } else { name }
    }

    fn tags(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Writer)) {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            self.escaped(value);
            self.out.push('"');
        }
        self.out.push('>');
        inside(self);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// The child of the open element that is to be written next.
    fn declared(&mut self, name: &str) -> Option<Open> {
        let outer = self.open.last_mut()?;
        let child = self.schema.child(outer.of, name)?;
        let index = child.repeats.then(|| {
            match outer.repeated.iter_mut().find(|(name, _)| *name == child.name) {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    outer.repeated.push((child.name, 1));
                    1
                }
            }
        });
        Some(Open { name: child.name, index, of: child.of, repeated: Vec::new() })
    }

    fn refuse(&mut self, name: &str) {
        if self.refused.is_some() {
            return;
        }
        let step = |open: &Open| match open.index {
            Some(index) => format!("/{}[{index}]", open.name),
            None => format!("/{}", open.name),
        };
        let path: String = self.open.iter().map(step).collect();
        let text = format!("leave it out: {} has no such element", self.schema.message);
        let path = xml::bounded_path(format!("{path}/{name}"));
        self.refused = Some(WriteError { path, rule: "version", text });
    }
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
            None => {
                let (path, rule) = ("/Document".to_owned(), "version");
                let text = format!("{} is not written here", part.name);
                return Err(WriteError { path, rule, text });
            }
        }
    }
    Ok(text)
}

pub(crate) fn of_finding(finding: &Finding) -> WriteError {
    let Finding { path, rule, text, .. } = finding.clone();
    WriteError { path, rule, text }
}
