//! What `causeway validate` reports: every part of a file held against its schema.

use crate::encoding::{self, Decoded};
use crate::envelope::Part;
use crate::read::schema_findings;
use crate::xml::{self, Node};
use crate::{Finding, Level, MessageName, Profile, envelope, profile, rules, schema};

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

impl Verdict {
    /// `valid`, `invalid` or `unsupported`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Valid => "valid",
            Verdict::Invalid => "invalid",
            Verdict::Unsupported => "unsupported",
        }
    }
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Headers and documents in document order.
    pub messages: Vec<MessageName>,
    /// Those of them whose versions are not served, so that nothing is said of them.
    pub unserved: Vec<MessageName>,
    /// By findings of level schema.
    pub verdict: Verdict,
    /// Of both levels; those of level rule do not touch the verdict.
    pub findings: Vec<Finding>,
}

/// Holds a file against the schemas of its parts and against the rules that hold everywhere.
///
/// Unlike [`read`](crate::read()), which takes UTF-8 alone, it judges files in every encoding of
/// [`encoding::decode`], and several parts in one file.
pub fn inspect(bytes: &[u8]) -> Inspection {
    inspect_for(bytes, None)
}

/// The same, and against the rules of a scheme.
pub fn inspect_for(bytes: &[u8], profile: Option<Profile>) -> Inspection {
    let decoded = encoding::decode(bytes).filter(|decoded| decoded.encoding != "UTF-8");
    let Some(Decoded { text, encoding }) = decoded else { return inspect_utf_8(bytes, profile) };
    let mut inspection = inspect_utf_8(text.as_bytes(), profile);
    let mend = format!("send it in UTF-8, the only encoding that is exchanged, not in {encoding}");
    let (path, rule, code) = ("/".to_owned(), "encoding", "FF01");
    let level = Level::Rule;
    let finding = Finding { level, path, line: 1, column: 1, rule, code, text: mend };
    inspection.findings.insert(0, finding);
    inspection
}

fn inspect_utf_8(bytes: &[u8], profile: Option<Profile>) -> Inspection {
    let tree = match xml::parse(bytes) {
        Ok(tree) => tree,
        Err(fault) => {
            let (messages, unserved, findings) = (Vec::new(), Vec::new(), vec![fault.finding()]);
            return Inspection { messages, unserved, verdict: Verdict::Invalid, findings };
        }
    };
    let parts = envelope::parts(tree.root());
    let (mut findings, mut kept, mut unserved) = (Vec::new(), Vec::new(), Vec::new());
    for part in &parts {
        let Some(schema) = schema::of(part.name.as_str()) else {
            unserved.push(part.name);
            continue;
        };
        let broken = schema_findings(part, schema);
        if broken.iter().all(|finding| finding.level == Level::Rule) {
            kept.push(*part);
        }
        findings.extend(broken);
    }
    let verdict = if findings.iter().any(|finding| finding.level == Level::Schema) {
        Verdict::Invalid
    } else if unserved.is_empty() && !parts.is_empty() {
        Verdict::Valid
    } else {
        Verdict::Unsupported
    };
    findings.extend(broken_rules(tree.root(), &parts, &kept, profile));
    let messages = parts.iter().map(|part| part.name).collect();
    Inspection { messages, unserved, verdict, findings }
}

/// Rules are only held against what keeps its schema.
fn broken_rules(
    root: Node<'_>,
    parts: &[Part<'_>],
    kept: &[Part<'_>],
    profile: Option<Profile>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in kept {
        findings.extend(rules::check(part));
        if part.is_header() {
            let document = envelope::document_of(parts, part);
            findings.extend(document.into_iter().flat_map(|document| {
                let definition = rules::header::definition(part, document);
                definition.into_iter().chain(rules::header::disagreements(part, document))
            }));
        } else if let Some(profile) = profile {
            findings.extend(profile::check(part, profile));
        }
    }
    findings.extend(envelope::network_header(root).and_then(|header| {
        let document = envelope::document_of(parts, &header)?;
        rules::header::network_definition(&header, document)
    }));
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
}
