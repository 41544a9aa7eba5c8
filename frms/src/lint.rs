//! What is wrong with rules, typologies and network maps before anything runs by them: the defects of
//! frms.md §2.5, each of which has been seen in a real set.
//!
//! * `rules`: bands, cases, texts
//! * `typologies`: expressions, weights, thresholds
//! * `maps`: what runs, and what does not

mod maps;
mod rules;
mod texts;
mod typologies;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::peer::{Set, SetError};

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

/// What is wrong with the configurations in a file, in the order of their places.
///
/// # Errors
/// A file that holds none.
pub fn lint(json: &[u8]) -> Result<Vec<Finding>, SetError> {
    let set = Set::read(json)?;
    let mut findings = Findings::default();
    duplicates(&set, &mut findings);
    for (at, rule) in &set.rules {
        rules::lint(at, rule, &mut findings);
    }
    for (at, typology) in &set.typologies {
        typologies::lint(at, typology, &set, &mut findings);
    }
    maps::lint(&set, &mut findings);
    let mut findings = findings.0;
    findings.sort();
    findings.dedup();
    Ok(findings)
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
