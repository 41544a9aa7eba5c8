//! The well-formedness layer: XML 1.0 (fifth edition) with namespaces, UTF-8 only, no DOCTYPE, within
//! [`limits`]. quick-xml finds the tokens; what it lets pass (NUL, second roots,
//! `]]>`, unbound prefixes, ...) is refused here. Linear in the input; no entity is ever expanded but
//! the five predefined ones and character references.
//!
//! | file | what it decides |
//! |---|---|
//! | `parse` | tokens to a [`Tree`] or the first [`Fault`] |
//! | `token` | names, references, attributes, the XML declaration |
//! | `tree` | the elements, in one arena |
//! | `escape` | text to XML |

mod escape;
mod parse;
mod token;
mod tree;

use crate::{Finding, Level, limits};

pub(crate) use escape::{DECLARATION, escape};
pub use parse::parse;
pub(crate) use parse::parse_partly;
pub use tree::{Node, Tree};

/// What reading a text has cost, by count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Elements kept.
    pub elements: usize,
    /// Attributes kept, namespace declarations not among them.
    pub attributes: usize,
    /// References resolved: each gave one character.
    pub references: usize,
    /// Bytes copied out of the input; everything else is borrowed from it.
    pub copied_bytes: usize,
}

/// The first thing that keeps a text from being well-formed, or from being read within [`limits`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Stable name: `doctype`, `entity`, `depth`, ...
    pub rule: &'static str,
    /// Byte offset in the input, a byte order mark not counted.
    pub offset: usize,
    /// The open elements, outermost first, by local name.
    pub path: String,
    /// What to mend.
    pub text: String,
    /// Whether a limit on size was exceeded, rather than XML broken.
    pub too_large: bool,
    /// What had been read until then.
    pub counts: Counts,
    line: u32,
    column: u32,
}

impl Fault {
    /// The fault as a finding of level schema.
    pub fn finding(&self) -> Finding {
        Finding {
            level: Level::Schema,
            path: if self.path.is_empty() { "/".to_owned() } else { self.path.clone() },
            line: self.line,
            column: self.column,
            rule: self.rule,
            code: "FF01",
            text: self.text.clone(),
        }
    }
}

/// Line and column in characters, both from 1, of a byte offset.
fn position(text: &[u8], offset: usize) -> (u32, u32) {
    let before = &text[..offset.min(text.len())];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
    let column = 1 + before[line_start..].iter().filter(|&&b| b & 0xC0 != 0x80).count();
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// The first characters of an input text, for a message.
pub(crate) fn echo(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(limits::ECHO_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(limits::ECHO_CHARS).is_some() {
        short.push('…');
    }
    short
}

/// A path that ErrLctn can carry: the innermost part of one that is too long.
pub(crate) fn bounded_path(path: String) -> String {
    let excess = path.chars().count().saturating_sub(limits::PATH_CHARS);
    if excess == 0 {
        return path;
    }
    let kept: String = path.chars().skip(excess + 1).collect();
    format!("…{kept}")
}
