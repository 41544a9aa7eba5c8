//! What is wrong with rules, typologies and network maps before anything runs by them: the defects of
//! frms.md §2.5, each of which has been seen in a real set.
//!
//! * `rules`: bands, cases, texts
//! * `typologies`: expressions, weights, thresholds; `cases`: weights against the description
//! * `maps`: what runs, and what does not

mod cases;
mod maps;
mod rules;
mod texts;
mod typologies;
mod waits;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::peer::entries::{RuleEntry, TermEntry};
use crate::peer::{Set, SetError};
use crate::rules::Rule;
use crate::{RuleName, Semantics};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Where: a JSON pointer into the file.
    pub path: String,
    /// How bad it is.
    pub severity: Severity,
    /// Which kind of defect, as `band-gap`.
    pub code: &'static str,
    /// What is wrong.
    pub wrong: String,
    /// How to mend it.
    pub mend: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work, or something else than is written.
    Error,
    /// It works, and is hardly meant.
    Warning,
}

/// What is wrong with the configurations in a file, in the order of their places. The semantics are
/// those that it is to be used with: with the peer's a rule that is none of ours needs no entry, since
/// a processor elsewhere answers it.
///
/// # Errors
/// A file that holds none.
pub fn lint(json: &[u8], semantics: Semantics) -> Result<Vec<Finding>, SetError> {
    let file = Linted { set: Set::read(json)?, semantics };
    let mut findings = Findings::default();
    duplicates(&file.set, &mut findings);
    for (at, rule) in &file.set.rules {
        rules::lint(at, rule, semantics, &mut findings);
    }
    for (at, typology) in &file.set.typologies {
        typologies::lint(at, typology, &file, &mut findings);
    }
    maps::lint(&file, &mut findings);
    waits::lint(&file, &mut findings);
    let mut findings = findings.0;
    findings.sort();
    findings.dedup();
    Ok(findings)
}

/// A file's entries, and how they are read.
struct Linted {
    set: Set,
    semantics: Semantics,
}

impl Linted {
    /// The entry of a rule that a typology weighs.
    fn rule_of(&self, term: &TermEntry, tenant: &str) -> Option<&RuleEntry> {
        let mut rules = self.set.rules.iter().map(|(_, rule)| rule);
        let same = |rule: &&RuleEntry| rule.id == term.id && rule.cfg == term.cfg;
        let of_tenant = rules.clone().find(|rule| same(rule) && rule.tenant_id == tenant);
        of_tenant.or_else(|| rules.find(same))
    }

    /// Whether a rule without an entry has a result: a processor elsewhere is asked for it.
    fn asks_elsewhere(&self, rule: &str) -> bool {
        let number = RuleName::new(rule, "");
        self.semantics == Semantics::Peer && Rule::find(number.number()).is_none()
    }

    /// Whether a rule may have any outcome that is weighed: its processor's are known to nobody else.
    fn is_open(&self, rule: &RuleEntry) -> bool {
        self.semantics == Semantics::Peer && rule.external
    }
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn error(&mut self, path: String, code: &'static str, wrong: String, mend: &str) {
        self.add(Severity::Error, path, code, wrong, mend);
    }

    fn warning(&mut self, path: String, code: &'static str, wrong: String, mend: &str) {
        self.add(Severity::Warning, path, code, wrong, mend);
    }

    fn add(
        &mut self,
        severity: Severity,
        path: String,
        code: &'static str,
        wrong: String,
        mend: &str,
    ) {
        self.0.push(Finding { path, severity, code, wrong, mend: mend.to_owned() });
    }
}

fn duplicates(set: &Set, findings: &mut Findings) {
    let rules = set.rules.iter();
    let rules = rules.map(|(at, rule)| (at, "rule", [&rule.id, &rule.cfg, &rule.tenant_id]));
    let typologies = set.typologies.iter();
    let typologies = typologies.map(|(at, it)| (at, "typology", [&it.id, &it.cfg, &it.tenant_id]));
    let mut seen = BTreeSet::new();
    for (at, what, key) in rules.chain(typologies) {
        if !seen.insert((what, key)) {
            let [id, cfg, tenant] = key;
            findings.error(
                at.clone(),
                "duplicate",
                format!("{what} {id}, configuration {cfg}, stands twice for tenant {tenant}"),
                "give the later one a cfg of its own, or remove it",
            );
        }
    }
}
