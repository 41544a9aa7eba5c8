//! What the peer's processors wait for, for ever: a typology that they never score.

use std::collections::BTreeMap;

use super::{Findings, Linted};
use crate::peer::entries::{MapTypologyEntry, MessageEntry};
use crate::peer::is_flow;

const CODE: &str = "never-scored";
/// The configuration that the peer's event flow processor names in its results, whatever the map says.
const FLOW_CFG: &str = "none";

pub(super) fn lint(file: &Linted, findings: &mut Findings) {
    for (at, map) in &file.set.maps {
        for (number, message) in map.messages.iter().enumerate() {
            rules(&format!("{at}/messages/{number}"), message, findings);
        }
        for (path, typology) in super::maps::typologies(at, map) {
            processor(&path, typology, file, findings);
        }
    }
}

/// A typology is scored once as many rules have answered as the map names for it; a rule answers once a
/// message, under the first configuration that the map names for it.
fn rules(at: &str, message: &MessageEntry, findings: &mut Findings) {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for (path, typology) in super::maps::typologies_of(at, message) {
        for (index, rule) in typology.rules.iter().enumerate() {
            let named = *first.entry(&rule.id).or_insert(&rule.cfg);
            let earlier = typology.rules.iter().take(index);
            let (wrong, mend) = if earlier.into_iter().any(|other| other == rule) {
                ("stands twice for the typology and answers once", "name it once")
            } else if is_flow(&rule.id) && rule.cfg != FLOW_CFG {
                ("answers under the configuration none alone", "give it the cfg none")
            } else if named != rule.cfg {
                let mend = "run one configuration of it, or the other as a version of its own";
                ("answers under the message's first configuration of it alone", mend)
            } else {
                continue;
            };
            findings.warning(
                format!("{path}/rules/{index}"),
                CODE,
                format!("rule {}, {}, {wrong}: the peer waits for ever", rule.id, rule.cfg),
                mend,
            );
        }
    }
}

/// The peer finds a typology's configuration by the processor, too.
fn processor(at: &str, typology: &MapTypologyEntry, file: &Linted, findings: &mut Findings) {
    let same = || file.set.typologies.iter().filter(|(_, entry)| entry.cfg == typology.cfg);
    let fits = |id: &str| id.is_empty() || id == typology.id;
    if same().next().is_some() && !same().any(|(_, entry)| fits(&entry.id)) {
        findings.warning(
            format!("{at}/id"),
            CODE,
            format!(
                "typology {} is configured under another id than {}",
                typology.cfg, typology.id
            ),
            "give both the same id: the peer finds it by id and cfg",
        );
    }
}
