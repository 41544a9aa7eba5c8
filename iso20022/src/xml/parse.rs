use std::borrow::Cow;

use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::token::{self, Broken, Name, RawAttribute, broken};
use super::tree::{Attribute, Element, NONE, Tree};
use super::{Counts, Fault, bounded_path, echo, position};
use crate::limits;

const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Reads a text into a tree.
///
/// # Errors
/// The first fault, with what had been read until then.
pub fn parse(bytes: &[u8]) -> Result<Tree<'_>, Fault> {
    match parse_partly(bytes) {
        (tree, None) => Ok(tree),
        (_, Some(fault)) => Err(fault),
    }
}

/// Reads a text into a tree as far as it goes. The tree may be without a root.
pub(crate) fn parse_partly(bytes: &[u8]) -> (Tree<'_>, Option<Fault>) {
    let (base, bytes) = match bytes.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (BYTE_ORDER_MARK.len(), rest),
        None => (0, bytes),
    };
    let early = |rule, offset, text: &str, too_large| {
        let (line, column) = position(bytes, offset);
        let path = String::new();
        let text = text.to_owned();
        let counts = Counts::default();
        let fault = Fault { rule, offset, path, text, too_large, counts, line, column };
        (Tree::empty(), Some(fault))
    };
    if base + bytes.len() > limits::MESSAGE_BYTES {
        return early("size", 0, "send at most 5 MiB in one message", true);
    }
    let other_encoding =
        matches!(bytes, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, ..] | [_, 0, ..]);
    if other_encoding {
        return early("encoding", 0, "encode the message in UTF-8", false);
    }
    let source = match std::str::from_utf8(bytes) {
        Ok(source) => source,
        Err(e) => return early("encoding", e.valid_up_to(), "encode the message in UTF-8", false),
    };
    let mut parser = Parser::new(source);
    let fault = parser.run().err().map(|stop| parser.fault(stop));
    (parser.tree, fault)
}

/// A broken rule at an offset of the whole text.
struct Stop {
    rule: &'static str,
    offset: usize,
    text: Cow<'static, str>,
    too_large: bool,
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Stop {
        let Broken { rule, at, text } = broken;
        Stop { rule, offset: at, text: Cow::Borrowed(text), too_large: false }
    }
}

/// An element whose end tag has not come yet.
struct Open<'a> {
    index: u32,
    /// As written: its end tag repeats it.
    qualified: &'a str,
    last_child: u32,
    /// How many namespace bindings were in scope outside it.
    bindings_outside: usize,
}

struct Binding<'a> {
    prefix: &'a str,
    namespace: u32,
}

struct Parser<'a> {
    tree: Tree<'a>,
    open: Vec<Open<'a>>,
    bindings: Vec<Binding<'a>>,
    forbidden_at: usize,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str) -> Parser<'a> {
        let namespaces = vec![Cow::Borrowed(""), Cow::Borrowed(XML_NAMESPACE)];
        let tree = Tree {
            source,
            elements: Vec::with_capacity(source.len() / 32),
            attributes: Vec::new(),
            namespaces,
            counts: Counts::default(),
        };
        Parser {
            tree,
            open: Vec::new(),
            bindings: vec![Binding { prefix: "xml", namespace: 1 }],
            forbidden_at: token::first_forbidden(source).unwrap_or(usize::MAX),
        }
    }

    fn run(&mut self) -> Result<(), Stop> {
        let source = self.tree.source;
        let mut reader = Reader::from_str(source);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.check_comments = true;
        let mut start = 0;
        loop {
            let event = reader.read_event();
            let end = usize::try_from(reader.buffer_position()).unwrap_or(source.len());
            if self.forbidden_at < end.max(start + 1) {
                return Err(Stop {
                    rule: "character",
                    offset: self.forbidden_at,
                    text: "remove the control character: XML forbids it".into(),
                    too_large: false,
                });
            }
            let event = event.map_err(|error| lexical_stop(&error, start))?;
            let raw = source.get(start..end).unwrap_or_default();
            if matches!(event, Event::Eof) {
                return self.end_of_text(start);
            }
            self.event(&event, raw, start)?;
            start = end;
        }
    }

    fn event(&mut self, event: &Event<'_>, raw: &'a str, at: usize) -> Result<(), Stop> {
        match event {
            Event::Start(_) => self.start(inside(raw, 1, 1), at).map(drop),
            Event::Empty(_) => {
                self.start(inside(raw, 1, 2), at)?;
                self.close();
                Ok(())
            }
            Event::End(_) => self.end(inside(raw, 2, 1), at),
            Event::Text(_) => self.characters(raw, at),
            Event::CData(_) => self.character_data(inside(raw, 9, 3), at),
            Event::GeneralRef(_) => self.reference(inside(raw, 1, 1), at),
            Event::Comment(_) => {
                self.interrupt();
                Ok(())
            }
            Event::PI(_) => {
                token::instruction_target(inside(raw, 2, 2), at)?;
                self.interrupt();
                Ok(())
            }
            Event::Decl(_) if at == 0 => Ok(token::declaration(inside(raw, 5, 2), 5)?),
            Event::Decl(_) => {
                let text = "write the XML declaration once, at the very beginning";
                Ok(broken("declaration", at, text)?)
            }
            Event::DocType(_) => {
                Ok(broken("doctype", at, "remove the DOCTYPE: no document type is accepted")?)
            }
            Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, tag: &'a str, at: usize) -> Result<(), Stop> {
        let name_length = tag.bytes().position(token::is_space).unwrap_or(tag.len());
        let (qualified, attributes) = tag.split_at(name_length);
        let name = token::name(qualified, at)?;
        self.room_for_element(at)?;
        let raw = token::attributes(attributes, at + 1 + name_length)?;
        let bindings_outside = self.bindings.len();
        self.declare(&raw)?;
        let namespace = self.resolve(name.prefix, at)?;
        let first_attribute = index(self.tree.attributes.len());
        self.keep_attributes(&raw)?;
        let attribute_count = self.tree.attributes.len() - first_attribute as usize;
        let element = index(self.tree.elements.len());
        self.link(element);
        self.tree.elements.push(Element {
            local: name.local,
            text: Cow::Borrowed(""),
            namespace,
            offset: index(at),
            parent: self.open.last().map_or(NONE, |open| open.index),
            first_child: NONE,
            next_sibling: NONE,
            first_attribute,
            attribute_count: u16::try_from(attribute_count).unwrap_or(u16::MAX),
            interrupted: false,
        });
        self.tree.counts.elements += 1;
        self.open.push(Open { index: element, qualified, last_child: NONE, bindings_outside });
        Ok(())
    }

    fn room_for_element(&self, at: usize) -> Result<(), Stop> {
        if self.open.is_empty() && !self.tree.elements.is_empty() {
            broken("secondRoot", at, "send one root element")?;
        }
        if self.open.len() == limits::DEPTH {
            broken("depth", at, "nest elements at most 64 deep")?;
        }
        if self.tree.elements.len() == limits::ELEMENTS {
            return Err(too_large("elements", at, "send fewer elements in one message"));
        }
        Ok(())
    }

    /// Hangs the element that is about to be pushed under its parent.
    fn link(&mut self, element: u32) {
        let Some(open) = self.open.last_mut() else { return };
        let before = std::mem::replace(&mut open.last_child, element);
        let elements = &mut self.tree.elements;
        match elements.get_mut(before as usize) {
            Some(before) => before.next_sibling = element,
            None => elements[open.index as usize].first_child = element,
        }
    }

    fn declare(&mut self, attributes: &[RawAttribute<'a>]) -> Result<(), Stop> {
        let outside = self.bindings.len();
        for raw in attributes {
            let Some(prefix) = declared_prefix(raw.name) else { continue };
            let (namespace, references) = token::attribute_value(raw.value, raw.value_at)?;
            binding_is_allowed(prefix, &namespace, raw.at)?;
            if self.bindings[outside..].iter().any(|binding| binding.prefix == prefix) {
                broken("duplicateAttribute", raw.at, "declare each prefix once on an element")?;
            }
            if self.bindings.len() == limits::NAMESPACES_IN_SCOPE {
                broken("namespaces", raw.at, "declare at most 128 namespaces")?;
            }
            self.count(copied_bytes(&namespace), references);
            self.bindings.push(Binding { prefix, namespace: index(self.tree.namespaces.len()) });
            self.tree.namespaces.push(namespace);
        }
        Ok(())
    }

    fn keep_attributes(&mut self, attributes: &[RawAttribute<'a>]) -> Result<(), Stop> {
        let first = self.tree.attributes.len();
        for raw in attributes {
            if declared_prefix(raw.name).is_some() {
                continue;
            }
            let Name { prefix, local } = raw.name;
            let namespace = if prefix.is_empty() { 0 } else { self.resolve(prefix, raw.at)? };
            let uri = |namespace: u32| &self.tree.namespaces[namespace as usize];
            let twice = self.tree.attributes[first..]
                .iter()
                .any(|other| other.local == local && uri(other.namespace) == uri(namespace));
            if twice {
                broken("duplicateAttribute", raw.at, "write each attribute once on an element")?;
            }
            let (value, references) = token::attribute_value(raw.value, raw.value_at)?;
            self.count(copied_bytes(&value), references);
            self.tree.attributes.push(Attribute { namespace, local, value });
            self.tree.counts.attributes += 1;
        }
        Ok(())
    }

    fn count(&mut self, copied_bytes: usize, references: usize) {
        self.tree.counts.references += references;
        self.tree.counts.copied_bytes += copied_bytes;
    }

    fn resolve(&self, prefix: &str, at: usize) -> Result<u32, Stop> {
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Ok(binding.namespace),
            None if prefix.is_empty() => Ok(0),
            None => Ok(broken("prefix", at, "declare the prefix with xmlns:prefix=\"...\"")?),
        }
    }

    fn end(&mut self, tag: &'a str, at: usize) -> Result<(), Stop> {
        let name = tag.trim_end_matches(|c: char| c.is_ascii() && token::is_space(c as u8));
        match self.open.last() {
            Some(open) if open.qualified == name => {
                self.close();
                Ok(())
            }
            Some(open) => {
                let text = format!("close <{}> before anything around it", echo(open.qualified));
                Err(Stop { rule: "tags", offset: at, text: text.into(), too_large: false })
            }
            None => Ok(broken("tags", at, "remove the end tag: nothing is open")?),
        }
    }

    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.bindings.truncate(open.bindings_outside);
        }
    }

    fn characters(&mut self, raw: &'a str, at: usize) -> Result<(), Stop> {
        if raw.as_bytes().contains(&b'>')
            && let Some(offset) = raw.find("]]>")
        {
            broken("cdataEnd", at + offset, "write ]]> in text as ]]&gt;")?;
        }
        if self.open.is_empty() && token::is_blank(raw) {
            return Ok(());
        }
        self.character_data(raw, at)
    }

    fn character_data(&mut self, raw: &'a str, at: usize) -> Result<(), Stop> {
        self.append(token::line_ends(raw), at)
    }

    fn reference(&mut self, body: &str, at: usize) -> Result<(), Stop> {
        let c = token::reference(body, at)?;
        self.tree.counts.references += 1;
        self.append(Cow::Owned(c.to_string()), at)
    }

    /// Adds character data to the innermost open element. White space between elements is dropped.
    fn append(&mut self, piece: Cow<'a, str>, at: usize) -> Result<(), Stop> {
        let Some(open) = self.open.last() else {
            return Ok(broken("outsideRoot", at, "remove the text outside the root element")?);
        };
        let text = &mut self.tree.elements[open.index as usize].text;
        if text.len() + piece.len() > limits::TEXT_BYTES {
            return Err(too_large("textLength", at, "shorten the text of this element"));
        }
        let counts = &mut self.tree.counts;
        if open.last_child != NONE && token::is_blank(&piece) {
            return Ok(());
        }
        if text.is_empty() {
            counts.copied_bytes += copied_bytes(&piece);
            *text = piece;
        } else {
            counts.copied_bytes +=
                piece.len() + if let Cow::Borrowed(b) = text { b.len() } else { 0 };
            text.to_mut().push_str(&piece);
        }
        Ok(())
    }

    fn interrupt(&mut self) {
        if let Some(open) = self.open.last() {
            self.tree.elements[open.index as usize].interrupted = true;
        }
    }

    fn end_of_text(&self, at: usize) -> Result<(), Stop> {
        if let Some(open) = self.open.last() {
            let text = format!("close <{}>", echo(open.qualified));
            return Err(Stop { rule: "tags", offset: at, text: text.into(), too_large: false });
        }
        if self.tree.elements.is_empty() {
            broken("empty", at, "send an XML message")?;
        }
        Ok(())
    }

    fn fault(&self, stop: Stop) -> Fault {
        let Stop { rule, offset, text, too_large } = stop;
        let (line, column) = position(self.tree.source.as_bytes(), offset);
        let local = |open: &Open<'_>| self.tree.elements[open.index as usize].local;
        let path = self.open.iter().map(|open| format!("/{}", echo(local(open)))).collect();
        let (text, path) = (text.into_owned(), bounded_path(path));
        Fault { rule, offset, path, text, too_large, counts: self.tree.counts, line, column }
    }
}

#[expect(clippy::ptr_arg, reason = "only a Cow knows whether it was copied")]
fn copied_bytes(text: &Cow<'_, str>) -> usize {
    if let Cow::Owned(text) = text { text.len() } else { 0 }
}

fn too_large(rule: &'static str, offset: usize, text: &'static str) -> Stop {
    Stop { rule, offset, text: text.into(), too_large: true }
}

/// What quick-xml itself refuses: markup that does not end.
fn lexical_stop(error: &Error, at: usize) -> Stop {
    let (rule, text) = match error {
        Error::Syntax(SyntaxError::UnclosedDoctype) => {
            ("doctype", "remove the DOCTYPE: no document type is accepted")
        }
        Error::IllFormed(IllFormedError::MissingDoctypeName) => {
            ("doctype", "remove the DOCTYPE: no document type is accepted")
        }
        Error::IllFormed(IllFormedError::DoubleHyphenInComment) => {
            ("comment", "write no -- inside a comment")
        }
        Error::IllFormed(IllFormedError::UnclosedReference) => ("reference", "write & as &amp;"),
        _ => ("markup", "close the markup that begins here"),
    };
    Stop { rule, offset: at, text: text.into(), too_large: false }
}

/// `raw` without its first and last bytes, which are ASCII markup.
fn inside(raw: &str, first: usize, last: usize) -> &str {
    raw.get(first..raw.len().saturating_sub(last)).unwrap_or_default()
}

/// Offsets and counts fit: the text is at most [`limits::MESSAGE_BYTES`] long.
fn index(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(NONE)
}

/// The prefix that `xmlns` or `xmlns:prefix` declares.
fn declared_prefix(name: Name<'_>) -> Option<&str> {
    match name {
        Name { prefix: "", local: "xmlns" } => Some(""),
        Name { prefix: "xmlns", local } => Some(local),
        _ => None,
    }
}

/// Namespaces in XML 1.0 §2.2 and §3.
fn binding_is_allowed(prefix: &str, namespace: &str, at: usize) -> Result<(), Broken> {
    let reserved = namespace == XMLNS_NAMESPACE
        || prefix == "xmlns"
        || (prefix == "xml") != (namespace == XML_NAMESPACE);
    if reserved {
        return broken("namespace", at, "leave the prefixes xml and xmlns as they are");
    }
    if namespace.len() > limits::NAMESPACE_BYTES {
        return broken("namespaceLength", at, "shorten the namespace: it exceeds 256 bytes");
    }
    if namespace.is_empty() && !prefix.is_empty() {
        return broken("namespace", at, "bind the prefix to a namespace that is not empty");
    }
    Ok(())
}
