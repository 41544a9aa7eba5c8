//! Bytes to a typed message, or the findings that say why not.

use crate::envelope::{self, Part};
use crate::fields::finding;
use crate::xml::{self, Node};
use crate::{
    BusinessHeader, Finding, MessageName, admi002, answer, pacs002, pacs008, pain001, pain002,
    rules, schema, terms,
};

/// A message that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The business header, where the envelope has one.
    pub header: Option<BusinessHeader>,
    /// Family and version.
    pub name: MessageName,
    /// What it says.
    pub message: Message,
    /// Local name of the root element when the message came in a wrapper: `BusinessMessage`.
    pub wrapper: Option<String>,
    /// Findings of level rule: check digits, currency digits, counts. The message was read all the same.
    pub findings: Vec<Finding>,
    /// Every term of an order in one canonical form: of two messages the same only if no term differs,
    /// be it read into `message` or not. Empty for messages that are no orders.
    pub terms: Vec<u8>,
}

/// The messages that are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// pain.001
    CustomerCreditTransferInitiation(pain001::CustomerCreditTransferInitiation),
    /// pacs.008
    FiToFiCustomerCreditTransfer(pacs008::FiToFiCustomerCreditTransfer),
    /// pacs.002
    PaymentStatusReport(pacs002::PaymentStatusReport),
    /// pain.002
    CustomerPaymentStatusReport(pain002::CustomerPaymentStatusReport),
    /// admi.002
    MessageReject(admi002::MessageReject),
}

/// Why a message was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {}", findings.first().map(ToString::to_string).unwrap_or_default())]
pub struct Refused {
    /// At least one, in document order.
    pub findings: Vec<Finding>,
    /// The MsgId, if one of at most 35 characters could be made out.
    pub message_id: Option<String>,
    /// The document's version, if it could be made out.
    pub name: Option<MessageName>,
    /// The header as its answer repeats it, if one that keeps its schema could be made out.
    pub header: Option<String>,
    /// Which step refused.
    pub kind: RefusedKind,
}

/// The step that refused a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RefusedKind {
    /// Larger than [`limits`](crate::limits) allow (HTTP 413).
    #[error("too large")]
    TooLarge,
    /// Not XML 1.0 with namespaces, in UTF-8, without DOCTYPE.
    #[error("not well-formed")]
    NotWellFormed,
    /// Not the published schema of its version, or no single document in it.
    #[error("not the schema")]
    NotSchema,
    /// A message or version that is not served.
    #[error("message version not supported")]
    UnsupportedVersion,
    /// The business header breaks its schema or names another message.
    #[error("wrong business header")]
    Header,
}

/// Reads one message, bare or in an envelope.
///
/// # Errors
/// Everything wrong that was found, up to [`limits::FINDINGS`](crate::limits::FINDINGS).
pub fn read(bytes: &[u8]) -> Result<Inbound, Refused> {
    let (tree, fault) = xml::parse_partly(bytes);
    let parts = tree.first().map(envelope::parts).unwrap_or_default();
    let documents: Vec<&Part<'_>> = parts.iter().filter(|part| !part.is_header()).collect();
    let refused = |kind, findings| Refused {
        findings,
        message_id: documents.first().and_then(|part| message_id(part)),
        name: documents.first().map(|part| part.name),
        header: answerable(&parts, fault.is_some()),
        kind,
    };
    if let Some(fault) = &fault {
        let kind = if fault.too_large { RefusedKind::TooLarge } else { RefusedKind::NotWellFormed };
        return Err(refused(kind, vec![fault.finding()]));
    }
    let document = only_document(tree.root(), &documents)
        .map_err(|finding| refused(RefusedKind::NotSchema, vec![finding]))?;
    let header = header(tree.root(), &parts, document)
        .map_err(|findings| refused(RefusedKind::Header, findings))?;
    let Some(schema) = schema::of(document.name.as_str()).filter(|_| is_read(document.name)) else {
        let finding = unsupported(document);
        return Err(refused(RefusedKind::UnsupportedVersion, vec![finding]));
    };
    let findings = schema_findings(document, schema);
    if !findings.is_empty() {
        return Err(refused(RefusedKind::NotSchema, findings));
    }
    let message = document
        .body()
        .ok_or_else(|| finding(document.node, "missing", "FF01", "add the message body"))
        .and_then(|body| Message::read(document.name, body))
        .map_err(|finding| refused(RefusedKind::NotSchema, vec![finding]))?;
    let root = tree.root();
    let wrapper = (root.offset() != document.node.offset()).then(|| xml::echo(root.local()));
    let (header, mut findings) =
        header.map_or((None, Vec::new()), |(header, findings)| (Some(header), findings));
    findings.extend(rules::check(document));
    let terms = terms::canonical(document, schema);
    Ok(Inbound { header, name: document.name, message, wrapper, findings, terms })
}

impl Inbound {
    /// The finding that the header's `Fr` and the document's instructing agent are not the same.
    pub fn wrong_sender(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.rule == rules::header::FROM)
    }
}

impl Message {
    fn read(name: MessageName, body: Node<'_>) -> Result<Message, Finding> {
        match name.family() {
            "admi.002" => admi002::MessageReject::read(body).map(Message::MessageReject),
            "pacs.002" => {
                pacs002::PaymentStatusReport::read(body).map(Message::PaymentStatusReport)
            }
            "pacs.008" => pacs008::FiToFiCustomerCreditTransfer::read(body)
                .map(Message::FiToFiCustomerCreditTransfer),
            "pain.001" => pain001::CustomerCreditTransferInitiation::read(body)
                .map(Message::CustomerCreditTransferInitiation),
            "pain.002" => pain002::CustomerPaymentStatusReport::read(body)
                .map(Message::CustomerPaymentStatusReport),
            _ => Err(finding(body, "version", "FF01", "send a message that is served here")),
        }
    }
}

fn is_read(name: MessageName) -> bool {
    matches!(name.family(), "admi.002" | "pacs.002" | "pacs.008" | "pain.001" | "pain.002")
}

fn only_document<'p, 't>(
    root: Node<'_>,
    documents: &[&'p Part<'t>],
) -> Result<&'p Part<'t>, Finding> {
    match documents {
        [] => Err(finding(root, "document", "FF01", "send a Document in an ISO 20022 namespace")),
        [document] => Ok(document),
        [_, second, ..] => {
            Err(finding(second.node, "secondDocument", "FF01", "send one Document in one message"))
        }
    }
}

/// The business header, held against its schema and against the document that it stands with, and the
/// findings for which a payment is rejected.
fn header(
    root: Node<'_>,
    parts: &[Part<'_>],
    document: &Part<'_>,
) -> Result<Option<(BusinessHeader, Vec<Finding>)>, Vec<Finding>> {
    let headers: Vec<_> = parts.iter().filter(|part| part.is_header()).collect();
    let part = match headers.as_slice() {
        [] => return network_header(root, document),
        [part] => part,
        [_, second, ..] => {
            let text = "send one AppHdr with one Document";
            return Err(vec![finding(second.node, "secondHeader", "FF01", text)]);
        }
    };
    let Some(schema) = schema::of(part.name.as_str()) else {
        return Err(vec![unsupported(part)]);
    };
    let findings = schema::check(part.node, schema);
    if !findings.is_empty() {
        return Err(findings);
    }
    if let Some(wrong) = rules::header::definition(part, document) {
        return Err(vec![wrong]);
    }
    let read = BusinessHeader::read(part).map_err(|finding| vec![finding])?;
    Ok(Some((read, rules::header::disagreements(part, document))))
}

/// The only header, if it keeps its schema, as its answer repeats it. Of a text that breaks off only
/// what another part follows is known to be whole.
fn answerable(parts: &[Part<'_>], broken_off: bool) -> Option<String> {
    let mut headers = parts.iter().filter(|part| part.is_header());
    let (Some(header), None) = (headers.next(), headers.next()) else { return None };
    let followed = parts.iter().any(|part| part.node.offset() > header.node.offset());
    let schema = schema::of(header.name.as_str()).filter(|_| followed || !broken_off)?;
    schema::check(header.node, schema).is_empty().then(|| answer::repeated(header)).flatten()
}

fn network_header(
    root: Node<'_>,
    document: &Part<'_>,
) -> Result<Option<(BusinessHeader, Vec<Finding>)>, Vec<Finding>> {
    let Some(part) = envelope::network_header(root) else { return Ok(None) };
    if let Some(wrong) = rules::header::network_definition(&part, document) {
        return Err(vec![wrong]);
    }
    Ok(BusinessHeader::of_network(&part).map(|header| (header, Vec::new())))
}

fn unsupported(part: &Part<'_>) -> Finding {
    let text = format!("send a version that is served here; {} is not", part.name);
    finding(part.node, "version", "FF01", text)
}

pub(crate) fn schema_findings(part: &Part<'_>, schema: &schema::Schema) -> Vec<Finding> {
    if part.is_bare_body {
        schema::check_body(part.node, schema)
    } else {
        schema::check(part.node, schema)
    }
}

/// The MsgId wherever it can be made out, if it could be repeated in an answer.
fn message_id(document: &Part<'_>) -> Option<String> {
    let body = document.body()?;
    let group = body.children().find(|child| matches!(child.local(), "GrpHdr" | "Assgnmt"))?;
    let id = group.children().find(|child| child.local() == "MsgId")?.text().trim();
    (1..=35).contains(&id.chars().count()).then(|| id.to_owned())
}
