//! Network maps: what runs, and what does not.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Linted};
use crate::peer::entries::{
    MapEntry, MapRuleEntry, MapTypologyEntry, MessageEntry, TermEntry, TypologyEntry,
};
use crate::peer::{Set, is_flow};

pub(super) fn lint(file: &Linted, findings: &mut Findings) {
    active(&file.set, findings);
    let mut used = Used::default();
    for (at, map) in &file.set.maps {
        for (path, typology) in typologies(at, map) {
            used.typology(&path, map, typology, file, findings);
        }
    }
    used.unused(&file.set, findings);
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
pub(super) fn typologies<'a>(at: &str, map: &'a MapEntry) -> Vec<(String, &'a MapTypologyEntry)> {
    let messages = map.messages.iter().enumerate();
    let of = |(number, message)| typologies_of(&format!("{at}/messages/{number}"), message);
    messages.flat_map(of).collect()
}

/// Those of a message.
pub(super) fn typologies_of<'a>(
    at: &str,
    message: &'a MessageEntry,
) -> Vec<(String, &'a MapTypologyEntry)> {
    let mut found = Vec::new();
    for (index, typology) in message.typologies.iter().enumerate() {
        found.push((format!("{at}/typologies/{index}"), typology));
    }
    for (channel, entry) in message.channels.iter().enumerate() {
        for (index, typology) in entry.typologies.iter().enumerate() {
            found.push((format!("{at}/channels/{channel}/typologies/{index}"), typology));
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
        file: &Linted,
        findings: &mut Findings,
    ) {
        self.typologies.insert(&typology.cfg);
        self.rules.extend(typology.rules.iter().map(|rule| (rule.id.as_str(), rule.cfg.as_str())));
        let typologies = &file.set.typologies;
        let same = typologies.iter().filter(|(_, entry)| entry.cfg == typology.cfg);
        let configured =
            same.map(|(_, entry)| entry).max_by_key(|it| it.tenant_id == map.tenant_id);
        if configured.is_none() && !typologies.is_empty() {
            findings.error(
                at.to_owned(),
                "typology-unconfigured",
                format!("typology {} is in the map and not configured", typology.cfg),
                "add its configuration, or remove it from the map",
            );
        }
        for (index, rule) in typology.rules.iter().enumerate() {
            if !is_flow(&rule.id) {
                runs(&format!("{at}/rules/{index}"), rule, configured, file, findings);
            }
        }
        for term in configured.into_iter().flat_map(|entry| &entry.rules) {
            if !is_flow(&term.id) && !typology.rules.iter().any(|rule| is_same(rule, term)) {
                findings.error(
                    format!("{at}/rules"),
                    "rule-not-mapped",
                    format!(
                        "typology {} weighs rule {}, {}, and the map does not run it",
                        typology.cfg, term.id, term.cfg
                    ),
                    "add the rule to the typology in the map: without its result the peer scores 0",
                );
            }
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

fn is_same(rule: &MapRuleEntry, term: &TermEntry) -> bool {
    rule.id == term.id && rule.cfg == term.cfg
}

/// A rule that the map runs for a typology: somebody has to answer it, and the typology to weigh it.
fn runs(
    at: &str,
    rule: &MapRuleEntry,
    typology: Option<&TypologyEntry>,
    file: &Linted,
    findings: &mut Findings,
) {
    let weighed = typology.map(|entry| entry.rules.iter().any(|term| is_same(rule, term)));
    let mut rules = file.set.rules.iter();
    let is_configured = rules.any(|(_, entry)| entry.id == rule.id && entry.cfg == rule.cfg);
    // Whoever weighs a rule that is none of ours means a processor elsewhere.
    let is_elsewhere = file.asks_elsewhere(&rule.id) && weighed == Some(true);
    if !file.set.rules.is_empty() && !is_configured && !is_elsewhere {
        findings.error(
            at.to_owned(),
            "rule-unconfigured",
            format!("rule {}, {}, is in the map and not configured", rule.id, rule.cfg),
            "add its configuration (with \"external\": true, if a processor elsewhere answers it): the \
             peer waits for its result for ever",
        );
    }
    if let (Some(false), Some(typology)) = (weighed, typology) {
        findings.warning(
            at.to_owned(),
            "rule-not-weighed",
            format!(
                "the map runs rule {}, {}, for typology {}, which does not weigh it",
                rule.id, rule.cfg, typology.cfg
            ),
            "add it to the typology, or remove it from the map",
        );
    }
}
