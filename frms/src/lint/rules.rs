//! Bands, cases, and what they say.

use super::{Findings, texts};
use crate::peer::entries::{BandEntry, RuleEntry};
use crate::peer::is_flow;
use crate::rules::Rule;
use crate::{RuleName, Semantics};

pub(super) fn lint(at: &str, rule: &RuleEntry, semantics: Semantics, findings: &mut Findings) {
    references(at, rule, semantics, findings);
    let name = RuleName::new(&rule.id, &rule.cfg);
    let is_known = rule.external || is_flow(&rule.id) || Rule::find(name.number()).is_some();
    if semantics == Semantics::Strict && !is_known {
        findings.error(
            at.to_owned(),
            "rule-unknown",
            format!("rule {} is none of ours: the strict semantics refuse it", rule.id),
            "add \"external\": true, if a processor elsewhere answers it",
        );
    }
    if rule.external {
        // Its processor answers with outcomes: limits and cases are for people.
        return;
    }
    if let Some(bands) = &rule.config.bands {
        let at = format!("{at}/config/bands");
        for (index, band) in bands.iter().enumerate() {
            limits(&format!("{at}/{index}"), &rule.id, band, findings);
            let before = bands.get(..index).unwrap_or_default();
            covered(&format!("{at}/{index}"), &rule.id, band, before, findings);
            texts::lint(&format!("{at}/{index}/reason"), &rule.id, band, findings);
        }
        gaps(&at, &rule.id, bands, findings);
    }
    if let Some(cases) = &rule.config.cases
        && cases.alternative.is_none()
    {
        findings.warning(
            format!("{at}/config/cases"),
            "case-gap",
            format!("rule {} has no outcome for a value that is in none of its cases", rule.id),
            "add an alternative, usually .00",
        );
    }
}

fn references(at: &str, rule: &RuleEntry, semantics: Semantics, findings: &mut Findings) {
    let mut outcomes = rule.outcomes();
    let may_have_any = rule.external && semantics == Semantics::Peer;
    if outcomes.is_empty() && !may_have_any {
        findings.error(
            format!("{at}/config"),
            "no-outcome",
            format!("rule {} has neither bands, cases nor exit conditions", rule.id),
            "say what its values mean",
        );
    }
    outcomes.sort_unstable();
    for pair in outcomes.windows(2) {
        if let [one, next] = pair
            && one == next
        {
            findings.error(
                format!("{at}/config"),
                "duplicate",
                format!("rule {} has the outcome {one} twice", rule.id),
                "give each band, case and exit condition a subRuleRef of its own",
            );
        }
    }
}

fn limits(at: &str, rule: &str, band: &BandEntry, findings: &mut Findings) {
    let limits = [("lowerLimit", band.lower_limit), ("upperLimit", band.upper_limit)];
    for (name, limit) in limits {
        if limit == Some(0.0) {
            findings.warning(
                format!("{at}/{name}"),
                "zero-limit",
                format!("rule {rule}, {}: the peer takes a limit of 0 for none", band.sub_rule_ref),
                "leave the limit out if none is meant, otherwise take the next value that can occur",
            );
        }
    }
    if let (Some(lower), Some(upper)) = (band.lower_limit, band.upper_limit)
        && upper != 0.0
        && lower >= upper
    {
        findings.error(
            at.to_owned(),
            "band-unreachable",
            format!(
                "rule {rule}, {}: no value is from {lower} to below {upper}",
                band.sub_rule_ref
            ),
            "the lower limit must be below the upper one",
        );
    }
}

/// The first band that holds a value counts: what lies wholly in earlier ones is never reached.
fn covered(at: &str, rule: &str, band: &BandEntry, before: &[BandEntry], findings: &mut Findings) {
    let (lower, upper) = (lower(band), upper(band));
    if lower >= upper {
        return;
    }
    let mut reached = lower;
    let mut spans: Vec<_> =
        before.iter().map(|band| (self::lower(band), self::upper(band))).collect();
    spans.sort_by(|one, two| one.0.total_cmp(&two.0));
    for (from, to) in &spans {
        if *from <= reached {
            reached = reached.max(*to);
        }
    }
    let reference = &band.sub_rule_ref;
    if reached >= upper {
        findings.error(
            at.to_owned(),
            "band-unreachable",
            format!("rule {rule}, {reference}: earlier bands hold all of its values"),
            "remove it, or end the earlier bands where it begins",
        );
    } else if spans.iter().any(|(from, to)| *from < upper && lower < *to) {
        findings.error(
            at.to_owned(),
            "band-overlap",
            format!("rule {rule}, {reference}: some of its values are in an earlier band, too"),
            "end each band where the next one begins",
        );
    }
}

/// What lies in no band: the peer reports .err for it.
fn gaps(at: &str, rule: &str, bands: &[BandEntry], findings: &mut Findings) {
    let mut spans: Vec<_> = bands.iter().map(|band| (lower(band), upper(band))).collect();
    spans.retain(|(from, to)| from < to);
    spans.sort_by(|one, two| one.0.total_cmp(&two.0));
    let mut reached = f64::NEG_INFINITY;
    let mut gap = |from: f64, to: f64| {
        let span = match (from.is_finite(), to.is_finite()) {
            (false, _) => format!("below {to}"),
            (true, false) => format!("from {from}"),
            (true, true) => format!("from {from} to below {to}"),
        };
        findings.error(
            at.to_owned(),
            "band-gap",
            format!("rule {rule}: values {span} are in no band"),
            "begin each band where the one before ends; leave the first lower and the last upper limit out",
        );
    };
    for (from, to) in &spans {
        if *from > reached {
            gap(reached, *from);
        }
        reached = reached.max(*to);
    }
    if reached.is_finite() {
        gap(reached, f64::INFINITY);
    }
}

/// As the peer reads it, 0 being none.
fn lower(band: &BandEntry) -> f64 {
    band.lower_limit.filter(|limit| *limit != 0.0).unwrap_or(f64::NEG_INFINITY)
}

fn upper(band: &BandEntry) -> f64 {
    band.upper_limit.filter(|limit| *limit != 0.0).unwrap_or(f64::INFINITY)
}
