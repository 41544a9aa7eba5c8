//! The header of an answer: the ends of the request's header change places, and that header stands in
//! `Rltd`.

use crate::envelope::{NAMESPACE, Part};
use crate::write::{Writer, of_finding, wrapped};
use crate::xml::{self, Node};
use crate::{DateTime, MessageName, WriteError, limits};

/// What of a header its answers leave out: signatures hold for the message that they came with, and
/// one answer is related to one message.
const LEFT_OUT: [&str; 2] = ["Sgntr", "Rltd"];

/// A header as its answers repeat it: an `AppHdr` of its version, without prefixes, the same text for
/// the same header in whatever envelope. None above [`limits::REPEATED_HEADER_BYTES`].
pub(crate) fn repeated(header: &Part<'_>) -> Option<String> {
    let namespace = format!("{NAMESPACE}{}", header.name);
    let mut text = format!("<AppHdr xmlns=\"{namespace}\">");
    // A network's own header has its members in the published namespace, whatever its own is.
    let members = header.node.children().filter(|child| child.namespace() == namespace);
    for member in members.filter(|member| !LEFT_OUT.contains(&member.local())) {
        spell(member, &mut text);
    }
    text.push_str("</AppHdr>");
    (text.len() <= limits::REPEATED_HEADER_BYTES).then_some(text)
}

fn spell(node: Node<'_>, text: &mut String) {
    text.push('<');
    text.push_str(node.local());
    text.push('>');
    let mut children = node.children().filter(|child| child.shares_namespace(node)).peekable();
    match children.peek() {
        Some(_) => children.for_each(|child| spell(child, text)),
        None => xml::escape(node.text(), text),
    }
    text.push_str("</");
    text.push_str(node.local());
    text.push('>');
}

/// Puts a written document into one `BusinessMessage` wrapper with the header that answers
/// [`BusinessHeader::repeated`](crate::BusinessHeader::repeated): of the same version, `Fr` and `To`
/// swapped, the document's version as `MsgDefIdr`, and the answered header as `Rltd` with those of its
/// members that `Rltd` has.
///
/// # Errors
/// Names the path of what the header cannot carry.
pub fn with_answering_header(
    document: &str,
    repeated: &str,
    business_message_id: &str,
    created: DateTime,
) -> Result<String, WriteError> {
    let tree = xml::parse(repeated.as_bytes()).map_err(|fault| of_finding(&fault.finding()))?;
    let request = tree.root();
    let version = MessageName::of_namespace(request.namespace());
    let version = version.as_ref().map_or("", MessageName::as_str);
    wrapped(document, version, |w, definition| {
        // An end that is not there is not written, and the schema then names it.
        for (name, end) in [("Fr", request.child("To")), ("To", request.child("Fr"))] {
            if let Some(end) = end {
                copy(w, end, name);
            }
        }
        w.text("BizMsgIdr", business_message_id);
        w.text("MsgDefIdr", definition);
        w.text("CreDt", &created.with_offset(Some(0)).to_string());
        w.element("Rltd", |w| {
            for member in request.children() {
                // Some versions have fewer members there than in the header itself.
                if w.declares(member.local()) {
                    copy(w, member, member.local());
                }
            }
        });
    })
}

fn copy(w: &mut Writer, node: Node<'_>, name: &str) {
    w.element(name, |w| {
        let mut children = node.children().peekable();
        match children.peek() {
            Some(_) => children.for_each(|child| copy(w, child, child.local())),
            None => w.escaped(node.text()),
        }
    });
}
