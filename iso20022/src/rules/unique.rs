use std::collections::HashMap;

use super::at;
use crate::Finding;
use crate::xml::Node;

/// Ids that name one thing each within a message, with the reason of naming two.
const IDS: &[(&str, &str)] = &[
    ("PmtInfId", "DU02"),
    ("UETR", "DU03"),
    ("TxId", "DU03"),
    ("StsId", "DU03"),
    ("EndToEndId", "DU04"),
    ("InstrId", "DU05"),
];

/// What EndToEndId says where the payer gave none.
const NOT_PROVIDED: &str = "NOTPROVIDED";

/// Every id that stands in a message's body a second time.
pub(super) fn check(body: Node<'_>) -> Vec<Finding> {
    let mut seen = HashMap::new();
    let mut findings = Vec::new();
    for part in body.children() {
        match part.local() {
            "PmtInf" => {
                see(part.child("PmtInfId"), &mut seen, &mut findings);
                part.children_named("CdtTrfTxInf")
                    .for_each(|transaction| ids(transaction, &mut seen, &mut findings));
            }
            "CdtTrfTxInf" => ids(part, &mut seen, &mut findings),
            "TxInfAndSts" => see(part.child("StsId"), &mut seen, &mut findings),
            _ => {}
        }
    }
    findings
}

type Seen<'t> = HashMap<(&'t str, &'t str), Node<'t>>;

fn ids<'t>(transaction: Node<'t>, seen: &mut Seen<'t>, findings: &mut Vec<Finding>) {
    let ids = transaction.children_named("PmtId").flat_map(|ids| ids.children());
    ids.for_each(|id| see(Some(id), seen, findings));
}

fn see<'t>(id: Option<Node<'t>>, seen: &mut Seen<'t>, findings: &mut Vec<Finding>) {
    let Some(id) = id.filter(|id| id.text() != NOT_PROVIDED) else { return };
    let Some((name, code)) = IDS.iter().find(|(name, _)| *name == id.local()) else { return };
    if findings.len() >= crate::limits::FINDINGS {
        return;
    }
    match seen.get(&(*name, id.text())) {
        Some(first) => {
            let (line, _) = first.position();
            let text = format!("write another {name}: line {line} has this one");
            findings.push(at(id, "duplicateId", code, text));
        }
        None => drop(seen.insert((*name, id.text()), id)),
    }
}
