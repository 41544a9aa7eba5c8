//! Typologies that weigh least what they are about: a `Cash withdrawal` in which CASH weighs 0.

use super::typologies::number;
use super::{Findings, Linted};
use crate::peer::entries::{TermEntry, TypologyEntry};
use crate::rules::Rule;
use crate::{RuleName, Split};

pub(super) fn lint(
    at: &str,
    typology: &TypologyEntry,
    term: &TermEntry,
    file: &Linted,
    findings: &mut Findings,
) {
    let description = typology.desc.to_lowercase();
    let words: Vec<&str> = description.split(|one: char| !one.is_alphanumeric()).collect();
    let cases = cases(term, &typology.tenant_id, file);
    let is_named = |value: &str| words.contains(&value.to_lowercase().as_str());
    let (named, others): (Vec<_>, Vec<_>) =
        cases.iter().partition(|(_, value)| is_named(value.as_str()));
    let weighed = |cases: Vec<&'_ (String, String)>| {
        let weights = cases.into_iter().filter_map(|case| Some((weight(term, &case.0)?, case)));
        let most = weights.max_by(|one, other| one.0.total_cmp(&other.0));
        most.map(|(weight, (reference, value))| (weight, reference.clone(), value.clone()))
    };
    if let (Some((least, reference, value)), Some((most, other, instead))) =
        (weighed(named), weighed(others))
        && least < most
    {
        findings.warning(
            format!("{at}/wghts"),
            "case-weights",
            format!(
                "typology {} is about {value} by its description, and weighs it ({reference}: {least}) \
                 less than {instead} ({other}: {most})",
                typology.cfg
            ),
            "give the outcome that the typology is about the largest weight",
        );
    }
}

/// The outcomes of a rule that tells cases apart, each with its value.
fn cases(term: &TermEntry, tenant: &str, file: &Linted) -> Vec<(String, String)> {
    if let Some(rule) = file.rule_of(term, tenant) {
        let cases = rule.config.cases.iter().flat_map(|cases| &cases.expressions);
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let cases =
            cases.map(|case| Some((case.sub_rule_ref.clone(), text(case.value.as_ref()?)?)));
        return cases.flatten().collect();
    }
    let name = RuleName::new(&term.id, &term.cfg);
    match Rule::find(name.number()).map(Rule::split) {
        Some(Split::Cases(cases, _)) => {
            cases.into_iter().map(|case| (case.reference.to_string(), case.value)).collect()
        }
        _ => Vec::new(),
    }
}

fn weight(term: &TermEntry, reference: &str) -> Option<f64> {
    let weight = term.wghts.iter().find(|weight| weight.reference == reference)?;
    number(weight).map(|number| number.to_float())
}
