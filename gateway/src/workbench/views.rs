//! What pages show, as texts: numbers as people read them, levels as class names.

use frms::{Catalogue, ConfiguredRule, Decision, Point, RuleResult, Verdict, on_rule};
use fspiop::time::DateTime;

use super::board::Decided;
use crate::cases::alerted::amount;

/// How loud something is: a class name.
pub(super) type Level = &'static str;
const OFF: Level = "off";
const LOW: Level = "low";
const HIGH: Level = "high";

/// A light: what it stands for, and how loud it is.
pub(super) struct Light {
    pub(super) name: String,
    pub(super) level: Level,
    pub(super) href: String,
}

/// A decision in a row.
pub(super) struct Row {
    pub(super) key: String,
    pub(super) href: String,
    pub(super) time: String,
    pub(super) payer: String,
    pub(super) payee: String,
    pub(super) amount: String,
    pub(super) currency: String,
    pub(super) point: &'static str,
    pub(super) decision: &'static str,
    pub(super) typologies: Vec<Light>,
    pub(super) rules: Vec<Light>,
    pub(super) lit: usize,
}

/// A rule's result in full.
pub(super) struct RuleView {
    pub(super) number: String,
    pub(super) outcome: String,
    pub(super) level: Level,
    pub(super) sentence: String,
    pub(super) is_silent: bool,
}

/// A typology's result in full.
pub(super) struct TypologyView {
    pub(super) id: String,
    pub(super) description: String,
    pub(super) level: Level,
    pub(super) score: String,
    pub(super) alert_at: String,
    pub(super) interdict_at: String,
    pub(super) said: &'static str,
    pub(super) terms: Vec<(String, String)>,
}

/// A decision in full.
pub(super) struct DecisionView {
    pub(super) row: Row,
    pub(super) id: String,
    pub(super) debtor: String,
    pub(super) creditor: String,
    pub(super) sequence: u64,
    pub(super) explanation: String,
    pub(super) missing: Vec<&'static str>,
    pub(super) typologies: Vec<TypologyView>,
    pub(super) rules: Vec<RuleView>,
}

/// `2026-01-01 12:00:00.000`
pub(super) fn date_time(at_ms: i64) -> String {
    let at = DateTime::from_epoch_ms(at_ms);
    at.map_or_else(String::new, |at| at.as_str().trim_end_matches('Z').replace('T', " "))
}

/// As in a path.
pub(super) fn point(point: Point) -> &'static str {
    match point {
        Point::BeforeQuote => "quote",
        Point::BeforeReserve => "reserve",
        Point::BeforeAuthorization => "authorization",
        Point::AfterCommit => "commit",
    }
}

/// From a path.
pub(super) fn point_named(name: &str) -> Option<Point> {
    let all =
        [Point::BeforeQuote, Point::BeforeReserve, Point::BeforeAuthorization, Point::AfterCommit];
    all.into_iter().find(|known| point(*known) == name)
}

/// The row of a decision.
pub(super) fn row(decided: &Decided) -> Row {
    let Decided { attempt, verdict, catalogue, .. } = decided;
    let href = format!("/workbench/decisions/{}/{}", verdict.id, point(verdict.point));
    let typologies: Vec<Light> = verdict
        .typologies
        .iter()
        .map(|score| {
            let level = typology_level(score.score, score.alert || score.interdicts);
            let name = format!("{}: {}", score.typology, score.score);
            Light { name, level, href: format!("{href}#typology-{}", score.typology) }
        })
        .collect();
    let rules: Vec<Light> = catalogue
        .rules()
        .iter()
        .zip(&verdict.rules)
        .enumerate()
        .map(|(place, (rule, result))| {
            let level = rule_level(place, rule, result, verdict, catalogue);
            let number = result.name.number();
            let name = format!("{number} {}", result.outcome);
            Light { name, level, href: format!("{href}#rule-{number}") }
        })
        .collect();
    let lit = typologies.iter().filter(|light| light.level != OFF).count();
    Row {
        key: format!("d-{}-{}", verdict.id, point(verdict.point)),
        time: date_time(verdict.at_ms).get(11..23).unwrap_or_default().to_owned(),
        payer: attempt.payer_fsp.clone(),
        payee: attempt.payee_fsp.clone(),
        amount: amount(attempt.units.0),
        currency: attempt.currency.clone(),
        point: if verdict.point == Point::AfterCommit { "paid" } else { "before" },
        decision: said(verdict),
        href,
        typologies,
        rules,
        lit,
    }
}

/// Everything of a decision.
pub(super) fn decision(decided: &Decided) -> DecisionView {
    let Decided { attempt, verdict, catalogue, .. } = decided;
    let account = |party: Option<frms::Party>| {
        party.map_or_else(|| "unknown".to_owned(), |party| party.account.to_string())
    };
    let explanation = match verdict.explanation.is_empty() {
        true => format!("Nothing was noticed (stream sequence {}).", verdict.sequence),
        false => verdict.explanation.clone(),
    };
    DecisionView {
        row: row(decided),
        id: verdict.id.to_string(),
        debtor: account(attempt.debtor),
        creditor: account(attempt.creditor),
        sequence: verdict.sequence,
        explanation,
        missing: verdict.missing.iter().map(|missing| missing.as_str()).collect(),
        typologies: typologies(verdict, catalogue),
        rules: rules(verdict, catalogue),
    }
}

fn rules(verdict: &Verdict, catalogue: &Catalogue) -> Vec<RuleView> {
    let results = catalogue.rules().iter().zip(&verdict.rules).enumerate();
    let mut views: Vec<RuleView> = results
        .map(|(place, (rule, result))| RuleView {
            number: result.name.number().to_owned(),
            outcome: result.outcome.to_string(),
            level: rule_level(place, rule, result, verdict, catalogue),
            sentence: on_rule(rule, result),
            is_silent: result.value.is_none(),
        })
        .collect();
    views.sort_by_key(|view| loudness(view.level));
    views
}

fn typologies(verdict: &Verdict, catalogue: &Catalogue) -> Vec<TypologyView> {
    let number = |number: Option<f64>| number.map_or_else(|| "–".to_owned(), |it| it.to_string());
    let scores = catalogue.typologies().iter().zip(&verdict.typologies);
    let mut views: Vec<TypologyView> = scores
        .map(|(typology, score)| TypologyView {
            id: score.typology.to_string(),
            description: typology.description.to_string(),
            level: typology_level(score.score, score.alert || score.interdicts),
            score: score.score.to_string(),
            alert_at: number(typology.alert_at),
            interdict_at: number(typology.interdict_at.map(|(from, _)| from)),
            said: match (score.interdicts, score.raised, score.alert) {
                (true, ..) => "stops",
                (_, true, _) => "alert raised",
                (.., true) => "counted, not raised",
                _ => "",
            },
            terms: terms(typology, verdict, catalogue),
        })
        .collect();
    views.sort_by_key(|view| loudness(view.level));
    views
}

/// What weighs in it: the sentence and the weight.
fn terms(
    typology: &frms::Typology,
    verdict: &Verdict,
    catalogue: &Catalogue,
) -> Vec<(String, String)> {
    let weighing = typology.terms.iter().filter_map(|term| {
        let rule = catalogue.rules().get(term.rule)?;
        let result = verdict.rules.get(term.rule)?;
        let weight = weight(term, rule, result).filter(|weight| *weight != 0.0)?;
        Some((on_rule(rule, result), format!("{weight:+}")))
    });
    weighing.collect()
}

fn weight(term: &frms::Term, rule: &ConfiguredRule, result: &RuleResult) -> Option<f64> {
    let place = rule.outcomes.iter().position(|(known, _)| *known == result.outcome)?;
    *term.weights.get(place)?
}

/// Loud where it weighs in a typology that alerts, low where it weighs in any.
fn rule_level(
    place: usize,
    rule: &ConfiguredRule,
    result: &RuleResult,
    verdict: &Verdict,
    catalogue: &Catalogue,
) -> Level {
    let mut level = OFF;
    for (typology, score) in catalogue.typologies().iter().zip(&verdict.typologies) {
        let mut terms = typology.terms.iter().filter(|term| term.rule == place);
        if terms.any(|term| weight(term, rule, result).is_some_and(|weight| weight > 0.0)) {
            if score.alert || score.interdicts {
                return HIGH;
            }
            level = LOW;
        }
    }
    level
}

fn typology_level(score: f64, speaks: bool) -> Level {
    match (speaks, score > 0.0) {
        (true, _) => HIGH,
        (false, true) => LOW,
        (false, false) => OFF,
    }
}

fn loudness(level: Level) -> u8 {
    match level {
        HIGH => 0,
        LOW => 1,
        _ => 2,
    }
}

fn said(verdict: &Verdict) -> &'static str {
    let alerts = verdict.typologies.iter().any(|score| score.alert);
    match (verdict.point, verdict.decision) {
        (Point::AfterCommit, _) if alerts => "alert",
        (Point::AfterCommit, _) => "paid",
        (_, Decision::Allow) => "allow",
        (_, decision) => decision.as_str(),
    }
}

/// A backtest's main numbers: what, of the draft, of the live one.
pub(super) fn numbers(
    draft: &serde_json::Value,
    live: &serde_json::Value,
) -> Vec<(&'static str, String, String)> {
    let count = |report: &serde_json::Value, name: &str| report[name].as_u64().unwrap_or(0);
    let per = |report: &serde_json::Value, name: &str, of: &str| {
        let tenths =
            (u128::from(count(report, name)) * 100_000).checked_div(u128::from(count(report, of)));
        tenths.map_or_else(|| "–".to_owned(), |it| format!("{}.{}", it / 10, it % 10))
    };
    let rows: [(&str, &str); 8] = [
        ("payments", "payments"),
        ("labelled as fraud, alerted", "trueAlerted"),
        ("genuine, alerted", "falseAlerted"),
        ("alerts raised", "alerts"),
        ("alerts raised by genuine payments", "falseAlerts"),
        ("would be stopped", "stopped"),
        ("genuine ones of them", "falseStopped"),
        ("genuine payments", "genuine"),
    ];
    let mut found: Vec<_> = rows
        .into_iter()
        .map(|(what, name)| (what, count(draft, name).to_string(), count(live, name).to_string()))
        .collect();
    let rate = |report| per(report, "alerts", "payments");
    found.push(("alerts per 10,000 payments", rate(draft), rate(live)));
    let value = |report: &serde_json::Value| {
        format!("{:.2}", report["valueStopped"].as_f64().unwrap_or(0.0))
    };
    found.push(("value stopped", value(draft), value(live)));
    found
}
