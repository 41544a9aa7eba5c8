use super::at;
use crate::envelope::Part;
use crate::fields::Fields;
use crate::xml::Node;
use crate::{Finding, MessageName};

/// The rule of [`Inbound::wrong_sender`](crate::Inbound::wrong_sender).
pub(crate) const FROM: &str = "headerFrom";

/// `MsgDefIdr` names the document: a message with another header is not read at all.
pub(crate) fn definition(header: &Part<'_>, document: &Part<'_>) -> Option<Finding> {
    let named = header.node.child("MsgDefIdr")?;
    (named.text() != document.name.as_str()).then(|| wrong_definition(named, document.name))
}

/// What else the header says that the document does not: `Fr` is its instructing agent (CBPR+ R2), `To`
/// its instructed agent (R3), `BizMsgIdr` its MsgId (R1); and `CreDt` has an offset from UTC.
pub(crate) fn disagreements(header: &Part<'_>, document: &Part<'_>) -> Vec<Finding> {
    let node = header.node;
    let from = agreement(node, document, Side::From);
    let to = agreement(node, document, Side::To);
    let id = message_id(node, document);
    from.into_iter().chain(to).chain(id).chain(created(node)).collect()
}

/// What of a network's own header can be held against the document. RTP's `BizMsgIdr` is its own.
pub(crate) fn network_definition(header: &Part<'_>, document: &Part<'_>) -> Option<Finding> {
    let named = kin(header.node, "MsgDefIdr").filter(|named| !named.text().trim().is_empty())?;
    (named.text().trim() != document.name.as_str()).then(|| wrong_definition(named, document.name))
}

/// A child in whatever namespace: a network's header has its children in another one than itself.
fn kin<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.children().find(|child| child.local() == name)
}

fn wrong_definition(named: Node<'_>, document: MessageName) -> Finding {
    let text = format!("write {document}, the version of the document, as MsgDefIdr");
    at(named, "messageDefinition", "FF01", text)
}

fn message_id(header: Node<'_>, document: &Part<'_>) -> Option<Finding> {
    let own =
        document.body()?.children().find(|child| child.local() == "GrpHdr")?.child("MsgId")?;
    let named = header.child("BizMsgIdr")?;
    let text = "write the MsgId of the document as BizMsgIdr";
    (named.text() != own.text()).then(|| at(named, "headerMessageId", "FF01", text))
}

/// head.001.001.01 wants UTC by its schema; a later version's time without an offset is anyone's guess.
fn created(header: Node<'_>) -> Option<Finding> {
    let created = header.child("CreDt")?;
    let read = crate::DateTime::parse(created.text()).ok()?;
    let text = "write CreDt with Z or its offset from UTC";
    read.offset_minutes().is_none().then(|| at(created, "headerCreated", "DT01", text))
}

/// The ends of a message, as header and document name them.
#[derive(Clone, Copy)]
enum Side {
    From,
    To,
}

/// Both name the end by BIC, and not the same. What is relayed or a test may have other ends.
fn agreement(header: Node<'_>, document: &Part<'_>, side: Side) -> Option<Finding> {
    let (end, agent, rule, text) = match side {
        Side::From => (
            "Fr",
            "InstgAgt",
            "headerFrom",
            "write the document's InstgAgt as Fr, or the other way",
        ),
        Side::To => {
            ("To", "InstdAgt", "headerTo", "write the document's InstdAgt as To, or the other way")
        }
    };
    let service = header.child("BizSvc").map(|service| service.text().to_ascii_lowercase());
    if service.is_some_and(|name| ["test", "tst", "relay", "rly"].iter().any(|w| name.contains(w)))
    {
        return None;
    }
    let end = header.child(end)?;
    let bic = end.at(&["FIId", "FinInstnId"])?.string("BICFI")?;
    let agent = agent_of(document, agent)?.child("FinInstnId")?;
    let named = agent.string("BICFI").or_else(|| agent.string("BIC"))?;
    let code = if rule == FROM { "FF01" } else { "RC01" };
    (bank_and_branch(&bic) != bank_and_branch(&named)).then(|| at(end, rule, code, text))
}

/// The group's agent, or in pacs.008 the first transaction's. In pacs.002 a transaction's own is often
/// the original's.
fn agent_of<'t>(document: &Part<'t>, name: &str) -> Option<Node<'t>> {
    let body = document.body()?;
    let group = body.child("GrpHdr").and_then(|group| group.child(name));
    group.or_else(|| body.child("CdtTrfTxInf")?.child(name))
}

/// A BIC of 8 characters is the head office, as with branch XXX.
fn bank_and_branch(bic: &str) -> (&str, &str) {
    match bic.split_at_checked(8) {
        Some((bank, "")) => (bank, "XXX"),
        Some(split) => split,
        None => (bic, "XXX"),
    }
}
