//! Rules that are not ours: each is asked over NATS, all at once and for a part of the budget, before
//! the payment is judged. What is answered in time becomes an event in front of the attempt, so that a
//! replay asks nobody; what is not is `.err` (docs/screening.md).

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use bytes::Bytes;
use frms::{
    Attempt, Catalogue, ConfiguredRule, Event, RuleName, Ruling, Source, SubRuleRef, token,
};
use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits::{REASON_CHARS_MAX, RULING_BYTES_MAX};

/// Asks the rule processors of a tenant.
#[derive(Debug, Clone)]
pub struct Processors {
    nats: Client,
    tenant: Arc<str>,
    budget: Duration,
}

/// What a processor is asked.
#[derive(Serialize)]
struct Question<'a> {
    rule: &'a RuleName,
    parameters: &'a Map<String, Value>,
    attempt: &'a Attempt,
}

/// What it answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    sub_rule_ref: String,
    #[serde(default)]
    indpdnt_varbl: Option<f64>,
    #[serde(default)]
    reason: Option<String>,
}

/// Where a rule's processor is asked.
pub fn rule_subject(tenant: &str, rule: &str) -> String {
    format!("causeway.frm.{}.rule.{}", token(tenant), token(rule))
}

impl Processors {
    /// Waits so long for each answer.
    pub fn new(nats: Client, tenant: &str, budget: Duration) -> Processors {
        Processors { nats, tenant: Arc::from(tenant), budget }
    }

    /// What they say of an attempt, in the catalogue's order; none if all its rules are ours.
    pub(crate) fn ask(
        &self,
        catalogue: &Arc<Catalogue>,
        attempt: Arc<Attempt>,
    ) -> Option<BoxFuture<'static, Vec<Event>>> {
        catalogue.rules().iter().find(|rule| is_external(rule))?;
        let (this, catalogue) = (self.clone(), Arc::clone(catalogue));
        let asked = async move {
            let rules = catalogue.rules().iter().filter(|rule| is_external(rule));
            let asked = rules.map(|rule| this.ask_one(rule, &attempt));
            let rulings = join_all(asked).await.into_iter().flatten();
            rulings.map(|ruling| Event::Ruling(Arc::new(ruling))).collect()
        };
        Some(asked.boxed())
    }

    async fn ask_one(&self, rule: &ConfiguredRule, attempt: &Attempt) -> Option<Ruling> {
        let question = Question { rule: &rule.name, parameters: &rule.handed, attempt };
        let payload = Bytes::from(serde_json::to_vec(&question).ok()?);
        let request = async_nats::Request::new().payload(payload).timeout(Some(self.budget));
        let subject = rule_subject(&self.tenant, &rule.name.id);
        let answer = self.nats.send_request(subject, request).await.ok()?;
        let is_bounded = answer.payload.len() <= RULING_BYTES_MAX;
        let answer: Answer =
            is_bounded.then(|| serde_json::from_slice(&answer.payload).ok()).flatten()?;
        let reason = answer.reason.map(|text| text.chars().take(REASON_CHARS_MAX).collect());
        Some(Ruling {
            payment: attempt.id,
            hash: attempt.hash,
            rule: RuleName::clone(&rule.name),
            outcome: SubRuleRef::new(&answer.sub_rule_ref),
            value: answer.indpdnt_varbl,
            reason,
        })
    }
}

fn is_external(rule: &ConfiguredRule) -> bool {
    matches!(rule.source, Source::External)
}
