//! Our verdict in the shape of the peer's evaluation report (frms.md §1.6), for whoever reads those.

use serde_json::{Map, Value, json};

use super::entries::{MapEntry, MapRuleEntry, MessageEntry};
use super::is_flow;
use crate::configured::Source;
use crate::{Catalogue, ConfiguredRule, RuleResult, Typology, TypologyScore, Verdict};

/// The peer's word for a rule that came to no outcome.
const UNDECIDED: &str = "Unhandled rule result outcome";
/// The peer's word for a rule in the network map that is not configured.
const UNCONFIGURED: &str = "Rule processor configuration not retrievable";
/// The peer's word for a rule that does not take its configuration.
const REFUSED: &str = "Error while getting rule configuration";

/// What a report says beside the verdict.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation<'a> {
    /// Its own id: a UUID of version 7.
    pub id: &'a str,
    /// When it was made, as `2026-01-01T00:00:00.000Z`.
    pub timestamp: &'a str,
    /// Whose configuration it was.
    pub tenant: &'a str,
    /// The message that was evaluated, as `pacs.002.001.12`.
    pub message: &'a str,
    /// How long it took, in nanoseconds.
    pub elapsed_ns: u64,
    /// Handed through.
    pub meta_data: &'a Value,
}

/// The report: `ALRT` if any typology is to be looked at. None if the network map runs nothing on the
/// message, or there is nothing to run; without a map all typologies run on all.
pub fn report(
    verdict: &Verdict,
    catalogue: &Catalogue,
    evaluation: &Evaluation<'_>,
) -> Option<Value> {
    let sheet = Sheet { verdict, catalogue, tenant: evaluation.tenant };
    let (id, cfg, results) = match catalogue.map() {
        Some(map) => {
            let message = map.message(evaluation.message)?;
            let mapped = message.all_typologies();
            let results = mapped.filter_map(|mapped| {
                sheet.typology(&mapped.cfg, &mapped.id, Some(mapped.rules.as_slice()))
            });
            (message.id.as_str(), message.cfg.as_str(), results.collect::<Vec<_>>())
        }
        None if catalogue.typologies().is_empty() => return None,
        None => {
            let typologies = catalogue.typologies().iter();
            let results = typologies.filter_map(|one| sheet.typology(&one.id, PROCESSOR, None));
            (evaluation.message, "", results.collect())
        }
    };
    let alerts = results.iter().any(|result| result["review"] == true);
    Some(json!({
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
    }))
}

/// What of the network map runs on a message, as reports have it beside them.
pub fn network_map(catalogue: &Catalogue, message: &str) -> Option<Value> {
    let map = catalogue.map()?;
    let MapEntry { active, cfg, tenant_id, .. } = map;
    let message = shown(map.message(message)?);
    Some(json!({ "active": active, "cfg": cfg, "tenantId": tenant_id, "messages": [message] }))
}

fn shown(message: &MessageEntry) -> Value {
    let rule = |rule: &MapRuleEntry| json!({ "id": rule.id, "cfg": rule.cfg });
    let typologies: Vec<Value> = message
        .all_typologies()
        .map(|typology| {
            let rules: Vec<Value> = typology.rules.iter().map(rule).collect();
            json!({ "id": typology.id, "cfg": typology.cfg, "rules": rules })
        })
        .collect();
    let MessageEntry { id, cfg, tx_tp, .. } = message;
    json!({ "id": id, "cfg": cfg, "txTp": tx_tp, "typologies": typologies })
}

/// The processor of typologies without a map.
const PROCESSOR: &str = "typology-processor";

/// What results are read from. By name: the catalogue may have changed since.
struct Sheet<'a> {
    verdict: &'a Verdict,
    catalogue: &'a Catalogue,
    tenant: &'a str,
}

impl Sheet<'_> {
    fn typology(
        &self,
        cfg: &str,
        processor: &str,
        mapped: Option<&[MapRuleEntry]>,
    ) -> Option<Value> {
        let typology = self.catalogue.typologies().iter().find(|known| &*known.id == cfg)?;
        let score = self.verdict.typologies.iter().find(|score| &*score.typology == cfg)?;
        let rules: Vec<Value> = match mapped {
            Some(rules) => {
                rules.iter().filter_map(|rule| self.rule(typology, &rule.id, &rule.cfg)).collect()
            }
            None => {
                let terms = typology.terms.iter();
                let rules = terms.filter_map(|term| self.catalogue.rules().get(term.rule));
                rules
                    .filter_map(|rule| self.rule(typology, &rule.name.id, &rule.name.cfg))
                    .collect()
            }
        };
        let TypologyScore { score, alert, .. } = score;
        Some(json!({
            "id": processor,
            "cfg": cfg,
            "tenantId": self.tenant,
            "result": number(*score),
            "review": alert,
            "ruleResults": rules,
            "workflow": workflow(typology),
        }))
    }

    fn rule(&self, typology: &Typology, id: &str, cfg: &str) -> Option<Value> {
        let is_it = |name: &crate::RuleName| name.id == id && name.cfg == cfg;
        let result = self.verdict.rules.iter().find(|result| is_it(&result.name))?;
        let rules = self.catalogue.rules().iter().enumerate();
        let (place, rule) = rules.into_iter().find(|(_, rule)| is_it(&rule.name))?;
        let mut value = json!({
            "id": id,
            "cfg": cfg,
            "subRuleRef": result.outcome,
            "tenantId": self.tenant,
            "indpdntVarbl": number(result.value.unwrap_or(0.0)),
        });
        let members = value.as_object_mut()?;
        let reason = reason(rule, result);
        reason.map(|reason| members.insert("reason".to_owned(), json!(reason)));
        let outcome = rule.outcomes.iter().position(|(known, _)| *known == result.outcome);
        // Of two terms the peer knows the later one's weight.
        let weights = typology.terms.iter().rev().filter(|term| term.rule == place);
        let mut weights = weights.filter_map(|term| *term.weights.get(outcome?)?);
        weights.next().map(|weight| members.insert("wght".to_owned(), number(weight)));
        Some(value)
    }
}

/// Why there is no outcome; nothing else has a reason.
fn reason(rule: &ConfiguredRule, result: &RuleResult) -> Option<&'static str> {
    match (result.outcome.as_str(), rule.source) {
        (".err", Source::Unconfigured) => Some(UNCONFIGURED),
        (".err", Source::Refused) => Some(REFUSED),
        (".err", _) if !is_flow(&rule.name.id) => Some(UNDECIDED),
        _ => None,
    }
}

/// As the configuration has it.
fn workflow(typology: &Typology) -> Map<String, Value> {
    let workflow = &typology.workflow;
    let members = [
        ("alertThreshold", workflow.alert_threshold.clone()),
        ("interdictionThreshold", workflow.interdiction_threshold.clone()),
        ("flowProcessor", workflow.flow_processor.clone().map(Value::from)),
    ];
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    members.collect()
}

/// A whole number without a fraction, as the peer writes them; what is not finite is null.
fn number(value: f64) -> Value {
    match value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
        true => value.to_string().parse::<i64>().map_or(Value::Null, Value::from),
        false => json!(value),
    }
}
