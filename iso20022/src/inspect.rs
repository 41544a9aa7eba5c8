//! What `causeway validate` reports: every part of a file held against its schema.

use crate::read::schema_findings;
use crate::{Finding, Level, MessageName, envelope, rules, schema, xml};

/// The verdict on a file, by structure and facets alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Every part keeps its schema.
    Valid,
    /// Not well-formed, or a part breaks its schema.
    Invalid,
    /// No part is of a served version, or one is not and none breaks its schema.
    Unsupported,
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Headers and documents in document order.
    pub messages: Vec<MessageName>,
    /// By findings of level schema.
    pub verdict: Verdict,
    /// Of both levels; those of level rule do not touch the verdict.
    pub findings: Vec<Finding>,
}

/// Holds a file against the schemas of its parts and against the rules.
pub fn inspect(bytes: &[u8]) -> Inspection {
    let tree = match xml::parse(bytes) {
        Ok(tree) => tree,
        Err(fault) => {
            let (messages, findings) = (Vec::new(), vec![fault.finding()]);
            return Inspection { messages, verdict: Verdict::Invalid, findings };
        }
    };
    let parts = envelope::parts(tree.root());
    let document = parts.iter().find(|part| !part.is_header());
    let mut findings = Vec::new();
    let mut supported = !parts.is_empty();
    for part in &parts {
        let Some(schema) = schema::of(part.name.as_str()) else {
            supported = false;
            continue;
        };
        let broken = schema_findings(part, schema);
        if broken.is_empty() {
            findings.extend(rules::check(part.node));
            let document = document.filter(|_| part.is_header());
            findings.extend(document.and_then(|d| envelope::definition_finding(part.node, d.name)));
        }
        findings.extend(broken);
    }
    let verdict = if findings.iter().any(|finding| finding.level == Level::Schema) {
        Verdict::Invalid
    } else if supported {
        Verdict::Valid
    } else {
        Verdict::Unsupported
    };
    Inspection { messages: parts.iter().map(|part| part.name).collect(), verdict, findings }
}
