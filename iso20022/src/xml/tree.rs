use std::borrow::Cow;

use super::{Counts, position};

/// No element: the end of a list of siblings.
pub(super) const NONE: u32 = u32::MAX;

/// The elements of a well-formed text in document order, with namespaces resolved.
///
/// Comments, processing instructions and white space between elements are not kept.
#[derive(Debug)]
pub struct Tree<'a> {
    pub(super) source: &'a str,
    pub(super) elements: Vec<Element<'a>>,
    pub(super) attributes: Vec<Attribute<'a>>,
    /// Namespace names as they were declared; the first is "no namespace".
    pub(super) namespaces: Vec<Cow<'a, str>>,
    pub(super) counts: Counts,
}

#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) local: &'a str,
    pub(super) text: Cow<'a, str>,
    pub(super) namespace: u32,
    pub(super) offset: u32,
    pub(super) parent: u32,
    pub(super) first_child: u32,
    pub(super) next_sibling: u32,
    pub(super) first_attribute: u32,
    pub(super) attribute_count: u16,
    pub(super) interrupted: bool,
}

#[derive(Debug)]
pub(super) struct Attribute<'a> {
    pub(super) namespace: u32,
    pub(super) local: &'a str,
    pub(super) value: Cow<'a, str>,
}

/// An element of a [`Tree`].
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree<'t>,
    index: u32,
}

impl<'t> Tree<'t> {
    /// The root element.
    pub fn root(&'t self) -> Node<'t> {
        Node { tree: self, index: 0 }
    }

    /// A tree that was never begun.
    pub(super) fn empty() -> Tree<'t> {
        Tree {
            source: "",
            elements: Vec::new(),
            attributes: Vec::new(),
            namespaces: vec![Cow::Borrowed("")],
            counts: Counts::default(),
        }
    }

    /// The root element, unless nothing was read.
    pub(crate) fn first(&'t self) -> Option<Node<'t>> {
        (!self.elements.is_empty()).then_some(Node { tree: self, index: 0 })
    }

    /// What reading it has cost.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}

impl<'t> Node<'t> {
    fn element(self) -> &'t Element<'t> {
        &self.tree.elements[self.index as usize]
    }

    /// The name without its prefix.
    pub fn local(self) -> &'t str {
        self.element().local
    }

    /// The namespace's name; empty for none.
    pub fn namespace(self) -> &'t str {
        &self.tree.namespaces[self.element().namespace as usize]
    }

    /// Whether both are in the same namespace.
    pub(crate) fn shares_namespace(self, other: Node<'_>) -> bool {
        // In nearly every message one declaration serves all elements.
        let same_declaration = std::ptr::eq(self.namespace(), other.namespace());
        same_declaration || self.namespace() == other.namespace()
    }

    /// All character data directly inside, CDATA included, exactly as written.
    pub fn text(self) -> &'t str {
        &self.element().text
    }

    /// Whether a comment or processing instruction stands directly inside.
    pub fn is_interrupted(self) -> bool {
        self.element().interrupted
    }

    /// The element around this one.
    pub fn parent(self) -> Option<Node<'t>> {
        let index = self.element().parent;
        (index != NONE).then_some(Node { tree: self.tree, index })
    }

    /// The elements directly inside, in order.
    pub fn children(self) -> impl Iterator<Item = Node<'t>> {
        let mut next = self.element().first_child;
        std::iter::from_fn(move || {
            let index = next;
            if index == NONE {
                return None;
            }
            let node = Node { tree: self.tree, index };
            next = node.element().next_sibling;
            Some(node)
        })
    }

    /// The first child with this local name in this element's own namespace.
    pub fn child(self, local: &str) -> Option<Node<'t>> {
        self.children_named(local).next()
    }

    /// The children with this local name in this element's own namespace.
    pub fn children_named(self, local: &str) -> impl Iterator<Item = Node<'t>> {
        self.children().filter(move |child| child.local() == local && child.shares_namespace(self))
    }

    /// Attributes as (namespace, local name, value), namespace declarations not among them.
    pub fn attributes(self) -> impl Iterator<Item = (&'t str, &'t str, &'t str)> {
        let element = self.element();
        let first = element.first_attribute as usize;
        let attributes = &self.tree.attributes[first..first + usize::from(element.attribute_count)];
        attributes.iter().map(|attribute| {
            let namespace = &self.tree.namespaces[attribute.namespace as usize];
            (&**namespace, attribute.local, &*attribute.value)
        })
    }

    /// The value of an attribute in no namespace.
    pub fn attribute(self, local: &str) -> Option<&'t str> {
        self.attributes()
            .find(|(namespace, name, _)| namespace.is_empty() && *name == local)
            .map(|(_, _, value)| value)
    }

    /// Byte offset of the start tag in the input, a byte order mark not counted.
    pub fn offset(self) -> usize {
        self.element().offset as usize
    }

    /// Line and column in characters of the start tag, both from 1.
    pub fn position(self) -> (u32, u32) {
        position(self.tree.source.as_bytes(), self.offset())
    }
}
