//! Finds the business header and the document in whatever envelope carries them.

use std::fmt;

use crate::answer;
use crate::fields::Fields;
use crate::xml::Node;
use crate::{Coded, DateTime, Finding, OtherId};

/// What every message version's namespace begins with.
pub(crate) const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:";

/// The name of a message version: `pacs.008.001.08`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageName([u8; 15]);

impl MessageName {
    /// Reads `pacs.008.001.08`; none for anything else.
    pub fn parse(text: &str) -> Option<MessageName> {
        let name: [u8; 15] = text.as_bytes().try_into().ok()?;
        let fits = name.iter().enumerate().all(|(at, b)| match at {
            0..4 => b.is_ascii_lowercase(),
            4 | 8 | 12 => *b == b'.',
            _ => b.is_ascii_digit(),
        });
        fits.then_some(MessageName(name))
    }

    /// The name in a namespace `urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08`.
    pub(crate) fn of_namespace(namespace: &str) -> Option<MessageName> {
        MessageName::parse(namespace.strip_prefix(NAMESPACE)?)
    }

    /// The whole name: `pacs.008.001.08`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The family: `pacs.008`.
    pub fn family(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }

    /// The version within the family: `001.08`.
    pub fn version(&self) -> &str {
        self.as_str().get(9..).unwrap_or_default()
    }
}

impl fmt::Display for MessageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for MessageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The business application header (`AppHdr`, head.001), as far as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessHeader {
    /// The header's own version.
    pub name: MessageName,
    /// `Fr`
    pub from: HeaderParty,
    /// `To`
    pub to: HeaderParty,
    /// `BizMsgIdr`
    pub business_message_id: String,
    /// `MsgDefIdr`: must name the document's version.
    pub message_definition: String,
    /// `BizSvc`
    pub business_service: Option<String>,
    /// `CreDt`
    pub created: Option<DateTime>,
    /// `PssblDplct`
    pub possible_duplicate: bool,
    /// The header as [`with_answering_header`](crate::with_answering_header) takes it: an `AppHdr` of
    /// its own, less `Sgntr` and `Rltd`. None above
    /// [`limits::REPEATED_HEADER_BYTES`](crate::limits::REPEATED_HEADER_BYTES).
    pub repeated: Option<String>,
}

/// The business header of a network whose `AppHdr` is in a namespace of its own while the children are
/// head.001's (RTP's `urn:tch`). Its schema is the network's, not the published one.
pub(crate) fn network_header<'t>(root: Node<'t>) -> Option<Part<'t>> {
    let mut level = vec![root];
    for _ in 0..NETWORK_HEADER_DEPTH {
        for node in &level {
            if let Some(name) = is_network_header(*node) {
                return Some(Part { name, node: *node, is_bare_body: false });
            }
        }
        level = level.into_iter().flat_map(Node::children).take(NETWORK_HEADER_BREADTH).collect();
    }
    None
}

/// How deep below the root, and among how many elements of a level, such a header is looked for.
const NETWORK_HEADER_DEPTH: usize = 4;
const NETWORK_HEADER_BREADTH: usize = 16;

fn is_network_header(node: Node<'_>) -> Option<MessageName> {
    let own = MessageName::of_namespace(node.namespace()).is_none();
    let child = node.children().next().filter(|_| own && node.local() == "AppHdr")?;
    MessageName::of_namespace(child.namespace()).filter(|name| name.family() == "head.001")
}

/// Who sent or is to receive a message (`OrgId` | `FIId`), by whichever identification is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderParty {
    /// `FIId/FinInstnId/BICFI` or `OrgId/Id/OrgId/AnyBIC`
    pub bic: Option<String>,
    /// `FIId/FinInstnId/ClrSysMmbId/MmbId`
    pub member_id: Option<String>,
    /// `FIId/FinInstnId/ClrSysMmbId/ClrSysId`
    pub clearing_system: Option<Coded>,
    /// `LEI`
    pub lei: Option<String>,
    /// `Othr`, the first one.
    pub other: Option<OtherId>,
}

/// A header or document in an envelope.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'t> {
    pub(crate) name: MessageName,
    pub(crate) node: Node<'t>,
    /// Whether the message body stands there without its `Document`.
    pub(crate) is_bare_body: bool,
}

impl<'t> Part<'t> {
    pub(crate) fn is_header(&self) -> bool {
        self.name.family() == "head.001"
    }

    /// The element below `Document` that the message is.
    pub(crate) fn body(&self) -> Option<Node<'t>> {
        if self.is_bare_body { Some(self.node) } else { self.node.children().next() }
    }
}

/// Every part in document order, wherever the envelope puts it.
pub(crate) fn parts<'t>(root: Node<'t>) -> Vec<Part<'t>> {
    let mut found = Vec::new();
    search(root, None, &mut found);
    found
}

/// The document that a header stands with: the only one there is, or else the next one.
pub(crate) fn document_of<'p, 't>(
    parts: &'p [Part<'t>],
    header: &Part<'_>,
) -> Option<&'p Part<'t>> {
    let mut documents = parts.iter().filter(|part| !part.is_header());
    match (documents.next(), documents.next()) {
        (Some(only), None) => Some(only),
        _ => {
            let follows = |part: &&Part<'_>| part.node.offset() > header.node.offset();
            parts.iter().find(follows).filter(|part| !part.is_header())
        }
    }
}

fn search<'t>(node: Node<'t>, inside: Option<MessageName>, found: &mut Vec<Part<'t>>) {
    let name = MessageName::of_namespace(node.namespace());
    if let Some(name) = name {
        let is_part = matches!(node.local(), "Document" | "AppHdr");
        let is_body = inside != Some(name) && node.children().next().is_some();
        if is_part || (is_body && !name.as_str().starts_with("head")) {
            found.push(Part { name, node, is_bare_body: !is_part });
            return;
        }
    }
    node.children().for_each(|child| search(child, name, found));
}

impl BusinessHeader {
    /// Reads a header of any version, whatever else it holds.
    pub(crate) fn read(part: &Part<'_>) -> Result<BusinessHeader, Finding> {
        let node = part.node;
        Ok(BusinessHeader {
            name: part.name,
            from: HeaderParty::read(node.required("Fr")?),
            to: HeaderParty::read(node.required("To")?),
            business_message_id: node.required_string("BizMsgIdr")?,
            message_definition: node.required_string("MsgDefIdr")?,
            business_service: node.string("BizSvc"),
            created: node.date_time("CreDt")?,
            possible_duplicate: matches!(node.string("PssblDplct").as_deref(), Some("true" | "1")),
            repeated: answer::repeated(part),
        })
    }
}

impl BusinessHeader {
    /// Reads a network's own header, where it names its sender.
    pub(crate) fn of_network(part: &Part<'_>) -> Option<BusinessHeader> {
        let child = |name: &str| part.node.children().find(|child| child.local() == name);
        let text = |name: &str| child(name).map(|node| node.text().trim().to_owned());
        let party = |name: &str| child(name).map(HeaderParty::read).unwrap_or_default();
        let (from, to) = (party("Fr"), party("To"));
        (!from.is_empty()).then(|| BusinessHeader {
            name: part.name,
            from,
            to,
            business_message_id: text("BizMsgIdr").unwrap_or_default(),
            message_definition: text("MsgDefIdr").unwrap_or_default(),
            business_service: text("BizSvc"),
            created: text("CreDt").and_then(|created| DateTime::parse(&created).ok()),
            possible_duplicate: matches!(text("PssblDplct").as_deref(), Some("true" | "1")),
            repeated: answer::repeated(part),
        })
    }
}

impl HeaderParty {
    /// Whether nothing names it.
    pub fn is_empty(&self) -> bool {
        *self == HeaderParty::default()
    }

    fn read(node: Node<'_>) -> HeaderParty {
        let institution = node.at(&["FIId", "FinInstnId"]);
        let organisation = node.at(&["OrgId", "Id", "OrgId"]);
        let member = institution.and_then(|institution| institution.child("ClrSysMmbId"));
        let identified = institution.or(organisation);
        HeaderParty {
            bic: identified.and_then(|id| {
                id.string("BICFI").or_else(|| id.string("AnyBIC")).or_else(|| id.string("BICOrBEI"))
            }),
            member_id: member.and_then(|member| member.string("MmbId")),
            clearing_system: member.and_then(|member| member.coded("ClrSysId")),
            lei: identified.and_then(|id| id.string("LEI")),
            other: identified.and_then(|id| id.child("Othr")).map(OtherId::read),
        }
    }
}
