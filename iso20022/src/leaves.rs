//! Where the values of a message stand.

use crate::{envelope, schema, xml};

/// A value of a document: an element's text, or an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// As in [`Finding::path`](crate::Finding::path).
    pub path: String,
    /// The value as it stands.
    pub value: String,
}

/// The values of a file's documents in their order, headers not among them; none of a file that is not
/// well-formed.
pub fn leaves(bytes: &[u8]) -> Vec<Leaf> {
    let Ok(tree) = xml::parse(bytes) else { return Vec::new() };
    let mut leaves = Vec::new();
    for part in envelope::parts(tree.root()).iter().filter(|part| !part.is_header()) {
        let schema = schema::of(part.name.as_str());
        let mut left = vec![part.node];
        while let Some(node) = left.pop() {
            let path = schema::path(node, schema);
            for (_, name, value) in node.attributes().filter(|(space, ..)| space.is_empty()) {
                leaves.push(Leaf { path: format!("{path}/@{name}"), value: value.to_owned() });
            }
            let inside: Vec<_> = node.children().collect();
            if inside.is_empty() {
                leaves.push(Leaf { path, value: node.text().to_owned() });
            }
            left.extend(inside.into_iter().rev());
        }
    }
    leaves
}
