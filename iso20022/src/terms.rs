//! Every term of a payment order in one canonical form, whoever reads it: what tells an order that is
//! sent again from one with other terms under the same ids.
//!
//! Two messages have the same form if they say the same in another envelope, with other prefixes,
//! comments or white space between elements, under another message id or creation time; if a number,
//! time or truth value is spelt in another way; or if an element merely had another name in the version
//! before.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::DateTime;
use crate::envelope::Part;
use crate::schema::{Kind, Schema};
use crate::time::lexical;
use crate::xml::Node;

/// A signature is made anew for each message, and is no term.
const SIGNATURES: &str = "http://www.w3.org/2000/09/xmldsig#";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Parent and name of what is no term: ids and times of the message; and of what versions or senders
/// put in different places, so that it can only be compared as it was read (the choice of
/// `ReqdExctnDt`, `AccptncDtTm` in and outside of `AddtlDtTm`).
const LEFT_OUT: [(&str, &str); 6] = [
    ("GrpHdr", "MsgId"),
    ("GrpHdr", "CreDtTm"),
    ("PmtInf", "PmtInfId"),
    ("PmtInf", "ReqdExctnDt"),
    ("CdtTrfTxInf", "AccptncDtTm"),
    ("AddtlDtTm", "AccptncDtTm"),
];

/// The canonical form of a pain.001 or pacs.008 that keeps its schema; empty for other families, which
/// are no orders.
pub(crate) fn canonical(document: &Part<'_>, schema: &Schema) -> Vec<u8> {
    let mut form = Form { schema, namespaces: BTreeMap::new(), bytes: Vec::new() };
    if let Some(body) = document.body().filter(|_| is_order(document)) {
        let of = schema.child(schema.root_type(), body.local()).map(|child| child.of);
        form.element(body, None, of);
    }
    form.bytes
}

fn is_order(document: &Part<'_>) -> bool {
    matches!(document.name.family(), "pacs.008" | "pain.001")
}

struct Form<'t> {
    schema: &'t Schema,
    /// In the order in which they came first.
    namespaces: BTreeMap<&'t str, usize>,
    bytes: Vec<u8>,
}

impl<'t> Form<'t> {
    /// One element: name, namespace if it is another than its parent's, attributes, text, children.
    /// Every text has its length, so that no two trees have one form.
    fn element(&mut self, node: Node<'t>, parent: Option<Node<'t>>, of: Option<usize>) {
        self.bytes.push(1);
        self.text(name_of(node, parent));
        match parent.is_some_and(|parent| !parent.shares_namespace(node)) {
            true => self.namespace(node.namespace()),
            false => self.bytes.push(0),
        }
        self.attributes(node);
        let kind = of.map_or(Kind::Text, |of| self.schema.kind(of));
        match node.children().next() {
            None => self.value(node.text(), kind),
            Some(_) => self.text(node.text().trim_matches(lexical::is_space)),
        }
        self.children(node, of);
        self.bytes.push(0);
    }

    fn children(&mut self, node: Node<'t>, of: Option<usize>) {
        for child in node.children().filter(|child| is_term(node, *child, of.is_some())) {
            let child_of = of.and_then(|of| self.schema.child(of, child.local()));
            let child_of = child_of.filter(|_| child.shares_namespace(node)).map(|found| found.of);
            match child.local() {
                // A wrapper that came with pacs.008.001.13.
                "AddtlDtTm" if node.local() == "CdtTrfTxInf" => self.children(child, child_of),
                _ => self.element(child, Some(node), child_of),
            }
        }
    }

    fn attributes(&mut self, node: Node<'t>) {
        let mut all: Vec<_> = node.attributes().filter(|(space, ..)| *space != INSTANCE).collect();
        all.sort_unstable();
        for (namespace, name, value) in all {
            self.bytes.push(2);
            self.namespace(namespace);
            self.text(name);
            self.text(value);
        }
    }

    /// In full the first time, then by its number: a form is never much longer than its message.
    fn namespace(&mut self, name: &'t str) {
        let next = self.namespaces.len();
        let known = match self.namespaces.entry(name) {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(unknown) => {
                unknown.insert(next);
                None
            }
        };
        self.bytes.push(1 + u8::from(known.is_some()));
        match known {
            Some(number) => self.bytes.extend_from_slice(&(number as u64).to_be_bytes()),
            None => self.text(name),
        }
    }

    fn value(&mut self, text: &str, kind: Kind) {
        let bare = text.trim_matches(lexical::is_space);
        match kind {
            Kind::Text => self.text(text),
            Kind::Other => self.text(bare),
            Kind::Decimal => self.text(&decimal(bare)),
            Kind::Boolean => self.text(if matches!(bare, "true" | "1") { "1" } else { "0" }),
            Kind::DateTime => match DateTime::parse(bare) {
                Ok(time) => self.text(&time.unix_ms().to_string()),
                Err(_) => self.text(bare),
            },
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

fn is_term(parent: Node<'_>, node: Node<'_>, is_declared: bool) -> bool {
    let left_out = |(outer, name): &(&str, &str)| *outer == parent.local() && *name == node.local();
    // What supplementary data holds has names of its own.
    node.namespace() != SIGNATURES && !(is_declared && LEFT_OUT.iter().any(left_out))
}

/// The name of today.
fn name_of<'t>(node: Node<'t>, parent: Option<Node<'_>>) -> &'t str {
    match (parent.map(Node::local), node.local()) {
        (Some("FinInstnId"), "BIC") => "BICFI",
        (Some("OrgId"), "BICOrBEI") => "AnyBIC",
        (Some("ChrgsInf"), "Pty") => "Agt",
        (_, name) => name,
    }
}

/// A number without what does not change it: `+0100.50` is `100.5`.
fn decimal(text: &str) -> String {
    let negative = text.starts_with('-');
    let digits = text.trim_start_matches(['+', '-']);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let sign = if negative && !(whole.is_empty() && fraction.is_empty()) { "-" } else { "" };
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_spelt() {
        for same in ["100.50", "0100.5", "+100.500"] {
            assert_eq!(decimal(same), "100.5");
        }
        for zero in ["0", "-0.00", ".0"] {
            assert_eq!(decimal(zero), ".");
        }
        for (one, other) in [("1", "-1"), ("10", "1"), ("1.05", "1.5"), ("105", "1.05")] {
            assert_ne!(decimal(one), decimal(other));
        }
    }
}
