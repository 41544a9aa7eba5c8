//! Rules that are not ours: each is asked over NATS, all at once and for a part of the budget, before
//! the payment is judged. What is answered in time becomes an event in front of the attempt, so that a
//! replay asks nobody; what is not is `.err` (docs/screening.md).

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use bytes::Bytes;
use frms::rules::Parameter;
use frms::{Attempt, Catalogue, Event, RuleName, Ruling, Source, SubRuleRef, token};
use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits::{REASON_CHARS_MAX, RULING_BYTES_MAX};

/// The rule processors of a tenant's catalogue.
#[derive(Debug, Clone)]
pub struct Processors {
    nats: Client,
    rules: Arc<[Processor]>,
    budget: Duration,
}

#[derive(Debug)]
struct Processor {
    subject: String,
    name: Arc<RuleName>,
    parameters: Map<String, Value>,
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
    /// Those that the catalogue names; none if all its rules are ours.
    pub fn new(
        nats: Client,
        tenant: &str,
        catalogue: &Catalogue,
        budget: Duration,
    ) -> Option<Processors> {
        let external = catalogue.rules().iter();
        let external = external.filter(|rule| matches!(rule.source, Source::External));
        let rules: Arc<[Processor]> = external
            .map(|rule| Processor {
                subject: rule_subject(tenant, &rule.name.id),
                name: Arc::clone(&rule.name),
                parameters: Parameter::ALL
                    .into_iter()
                    .map(|one| (one.as_str().to_owned(), rule.parameters.number(one)))
                    .filter(|(_, value)| *value != 0.0)
                    .map(|(name, value)| (name, Value::from(value)))
                    .collect(),
            })
            .collect();
        (!rules.is_empty()).then_some(Processors { nats, rules, budget })
    }

    /// What they say of an attempt, in the catalogue's order.
    pub(crate) fn ask(&self, attempt: Arc<Attempt>) -> BoxFuture<'static, Vec<Event>> {
        let this = self.clone();
        async move {
            let asked = this.rules.iter().map(|rule| this.ask_one(rule, &attempt));
            let rulings = join_all(asked).await.into_iter().flatten();
            rulings.map(|ruling| Event::Ruling(Arc::new(ruling))).collect()
        }
        .boxed()
    }

    async fn ask_one(&self, rule: &Processor, attempt: &Attempt) -> Option<Ruling> {
        let question = Question { rule: &rule.name, parameters: &rule.parameters, attempt };
        let payload = Bytes::from(serde_json::to_vec(&question).ok()?);
        let request = async_nats::Request::new().payload(payload).timeout(Some(self.budget));
        let answer = self.nats.send_request(rule.subject.clone(), request).await.ok()?;
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
