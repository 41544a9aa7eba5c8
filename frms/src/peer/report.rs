//! Our verdict in the shape of the peer's evaluation report (frms.md §1.6), for whoever reads those.

use serde_json::{Map, Value, json};

use super::is_flow;
use crate::{Catalogue, RuleResult, Term, Typology, TypologyScore, Verdict};

/// What a report says beside the verdict.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation<'a> {
    /// Its own id: a UUID of version 7.
    pub id: &'a str,
    /// When it was made, as `2026-01-01T00:00:00.000Z`.
    pub timestamp: &'a str,
    /// Whose configuration it was.
    pub tenant: &'a str,
    /// Number and version of the network map's message, as `004@1.0.0`.
    pub message: (&'a str, &'a str),
    /// How long it took, in nanoseconds.
    pub elapsed_ns: u64,
    /// Handed through.
    pub meta_data: &'a Value,
}

/// The report: `ALRT` if any typology is to be looked at.
pub fn report(verdict: &Verdict, catalogue: &Catalogue, evaluation: &Evaluation<'_>) -> Value {
    let typologies = catalogue.typologies().iter().zip(&verdict.typologies);
    let results: Vec<Value> = typologies
        .map(|(typology, score)| result(typology, score, verdict, catalogue, evaluation.tenant))
        .collect();
    let alerts = verdict.typologies.iter().any(|score| score.alert);
    let (id, cfg) = evaluation.message;
    json!({
        "evaluationID": evaluation.id,
        "metaData": evaluation.meta_data,
        "status": if alerts { "ALRT" } else { "NALT" },
        "timestamp": evaluation.timestamp,
        "tadpResult": {
            "id": id,
            "cfg": cfg,
            "prcgTm": evaluation.elapsed_ns,
            "typologyResult": results,
        },
    })
}

fn result(
    typology: &Typology,
    score: &TypologyScore,
    verdict: &Verdict,
    catalogue: &Catalogue,
    tenant: &str,
) -> Value {
    let rules: Vec<Value> = typology
        .terms
        .iter()
        .filter_map(|term| {
            let result = verdict.rules.get(term.rule)?;
            let rule = catalogue.rules().get(term.rule)?;
            let outcome = rule.outcomes.iter().position(|(known, _)| *known == result.outcome);
            Some(rule_result(result, term, outcome, tenant))
        })
        .collect();
    let mut workflow = Map::new();
    let mut threshold = |name: &str, at: Option<f64>| {
        at.map(|at| workflow.insert(name.to_owned(), number(at)));
    };
    threshold("alertThreshold", typology.alert_at);
    threshold("interdictionThreshold", typology.interdict_at.map(|(at, _)| at));
    let terms = typology.terms.iter().filter_map(|term| catalogue.rules().get(term.rule));
    if let Some(flow) = terms.map(|rule| &rule.name.id).find(|id| is_flow(id)) {
        workflow.insert("flowProcessor".to_owned(), json!(flow));
    }
    json!({
        "id": "typology-processor",
        "cfg": &*typology.id,
        "tenantId": tenant,
        "result": number(score.score),
        "review": score.alert,
        "ruleResults": rules,
        "workflow": workflow,
    })
}

fn rule_result(result: &RuleResult, term: &Term, outcome: Option<usize>, tenant: &str) -> Value {
    let weight = outcome.and_then(|place| *term.weights.get(place)?);
    let mut value = json!({
        "id": result.name.id,
        "cfg": result.name.cfg,
        "subRuleRef": result.outcome,
        "tenantId": tenant,
        "indpdntVarbl": number(result.value.unwrap_or(0.0)),
    });
    if let (Some(weight), Some(members)) = (weight, value.as_object_mut()) {
        members.insert("wght".to_owned(), number(weight));
    }
    value
}

/// A whole number without a fraction, as the peer writes them; what is not finite is null.
fn number(value: f64) -> Value {
    match value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
        true => value.to_string().parse::<i64>().map_or(Value::Null, Value::from),
        false => json!(value),
    }
}
