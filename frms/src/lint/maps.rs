//! Network maps: what runs, and what does not.

use std::collections::{BTreeMap, BTreeSet};

use super::Findings;
use crate::peer::entries::{MapEntry, MapTypologyEntry};
use crate::peer::{Set, is_flow};

pub(super) fn lint(set: &Set, findings: &mut Findings) {
    active(set, findings);
    let mut used = Used::default();
    for (at, map) in &set.maps {
        for (path, typology) in typologies(at, map) {
            used.typology(&path, map, typology, set, findings);
        }
    }
    used.unused(set, findings);
}

fn active(set: &Set, findings: &mut Findings) {
    let mut tenants: BTreeMap<&str, &str> = BTreeMap::new();
    for (at, map) in set.maps.iter().filter(|(_, map)| map.active) {
        if let Some(first) = tenants.get(map.tenant_id.as_str()) {
            findings.error(
                format!("{at}/active"),
                "two-active-maps",
                format!("tenant {} has an active network map already, at {first}", map.tenant_id),
                "let one of them be active",
            );
        } else {
            tenants.insert(&map.tenant_id, at);
        }
    }
}

/// The typologies of a map, in either form, with their places.
fn typologies<'a>(at: &str, map: &'a MapEntry) -> Vec<(String, &'a MapTypologyEntry)> {
    let mut found = Vec::new();
    for (number, message) in map.messages.iter().enumerate() {
        let at = format!("{at}/messages/{number}");
        for (index, typology) in message.typologies.iter().enumerate() {
            found.push((format!("{at}/typologies/{index}"), typology));
        }
        for (channel, entry) in message.channels.iter().enumerate() {
            for (index, typology) in entry.typologies.iter().enumerate() {
                found.push((format!("{at}/channels/{channel}/typologies/{index}"), typology));
            }
        }
    }
    found
}

/// What the maps name.
#[derive(Default)]
struct Used<'a> {
    typologies: BTreeSet<&'a str>,
    rules: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Used<'a> {
    fn typology(
        &mut self,
        at: &str,
        map: &MapEntry,
        typology: &'a MapTypologyEntry,
        set: &Set,
        findings: &mut Findings,
    ) {
        self.typologies.insert(&typology.cfg);
        let same = set.typologies.iter().filter(|(_, entry)| entry.cfg == typology.cfg);
        let configured =
            same.map(|(_, entry)| entry).max_by_key(|it| it.tenant_id == map.tenant_id);
        if configured.is_none() && !set.typologies.is_empty() {
            findings.error(
                at.to_owned(),
                "typology-unconfigured",
                format!("typology {} is in the map and not configured", typology.cfg),
                "add its configuration, or remove it from the map",
            );
        }
        for (index, rule) in typology.rules.iter().enumerate() {
            self.rules.insert((&rule.id, &rule.cfg));
            let known = |id: &str, cfg: &str| id == rule.id && cfg == rule.cfg;
            let mut rules = set.rules.iter();
            if !set.rules.is_empty()
                && !is_flow(&rule.id)
                && !rules.any(|(_, entry)| known(&entry.id, &entry.cfg))
            {
                findings.error(
                    format!("{at}/rules/{index}"),
                    "rule-unconfigured",
                    format!("rule {}, {}, is in the map and not configured", rule.id, rule.cfg),
                    "add its configuration: the peer waits for its result for ever",
                );
            }
            let weighed = configured
                .is_none_or(|entry| entry.rules.iter().any(|term| known(&term.id, &term.cfg)));
            if !weighed && !is_flow(&rule.id) {
                findings.warning(
                    format!("{at}/rules/{index}"),
                    "rule-unused",
                    format!("typology {} does not weigh rule {}", typology.cfg, rule.id),
                    "add it to the typology, or remove it from the map",
                );
            }
        }
        let absent = configured.into_iter().flat_map(|entry| &entry.rules).filter(|term| {
            !typology.rules.iter().any(|rule| rule.id == term.id && rule.cfg == term.cfg)
        });
        for term in absent.filter(|term| !is_flow(&term.id)) {
            findings.error(
                format!("{at}/rules"),
                "rule-not-mapped",
                format!("typology {} weighs rule {}, which does not run", typology.cfg, term.id),
                "add the rule to the map: without its result the peer scores 0",
            );
        }
    }

    fn unused(&self, set: &Set, findings: &mut Findings) {
        if set.maps.is_empty() {
            return;
        }
        for (at, typology) in &set.typologies {
            if !self.typologies.contains(typology.cfg.as_str()) {
                findings.warning(
                    at.clone(),
                    "typology-unused",
                    format!("no network map names typology {}", typology.cfg),
                    "add it to the map, or remove it",
                );
            }
        }
        for (at, rule) in set.rules.iter().filter(|(_, rule)| !is_flow(&rule.id)) {
            if !self.rules.contains(&(rule.id.as_str(), rule.cfg.as_str())) {
                findings.warning(
                    at.clone(),
                    "rule-unused",
                    format!("no network map names rule {}, {}", rule.id, rule.cfg),
                    "add it to the map, or remove it",
                );
            }
        }
    }
}
