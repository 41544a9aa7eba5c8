//! What a message becomes on the other side, for people who integrate: the requests of a bank's order,
//! the answer that a bank's status is, the status message that an FSPIOP answer is.
//!
//! Nothing is translated here. The journeys ([`crate::order`], [`crate::credit`]) are driven with answers
//! that are made up, and what was made up is taken out again: it is `null`. Participants are named by
//! what the message calls them ([`fsp_of`]), for there are no records of a scheme here; so whether the
//! sender may send is not judged either. A message arrives when it was created, and up to a second later
//! by the seed.

mod answer;
mod forward;
mod map;
mod status;

pub use answer::answer;
pub use forward::requests;
pub use map::{FieldRule, Mapped, PACS_008, PAIN_001, map};
pub use status::{Answering, status};

use fspiop::amount::CurrencyList;
use fspiop::json::Value;
use fspiop::route::Method;
use fspiop::version::Resource;
use iso20022::{Agent, DateTime, Inbound, Message};

use crate::FspiopRequest;
use crate::limits::CONVERTED_ARRIVAL_MS;

/// Stands for an FSP whom only the answer to the lookup, or the transfer itself, names.
const SOMEBODY: &str = "unknown-until-the-lookup-answers";

/// A request as a conversion shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The method.
    pub method: Method,
    /// The target in origin form.
    pub target: String,
    /// The resource, for the media types.
    pub resource: Resource,
    /// Who sends it; `None` where the message does not tell.
    pub source: Option<String>,
    /// Whom it is for: `Some(None)` where only the other side knows, `None` where it names nobody.
    pub destination: Option<Option<String>>,
    /// `FSPIOP-Timeout` when it is sent at once; `None` with an outcome.
    pub timeout_ms: Option<u64>,
    /// The body; `null` in it stands for what only the other side can give.
    pub body: Option<Value>,
}

/// What a message becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    /// When it arrives, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// The requests in the order in which they are sent.
    pub requests: Vec<Converted>,
}

/// Why nothing comes of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} {text}")]
pub struct NotConverted {
    /// Stable name: `unsupported`, `refused`, `interim`, `unmatched`, `request`.
    pub rule: &'static str,
    /// ISO external status reason, or an FSPIOP error code where the request is at fault.
    pub code: String,
    /// What to mend.
    pub text: String,
}

impl NotConverted {
    fn new(rule: &'static str, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self { rule, code: code.into(), text: text.into() }
    }

    fn unsupported(text: impl Into<String>) -> Self {
        Self::new("unsupported", "FF01", text)
    }
}

/// What a conversion is told beside the messages.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'s> {
    /// The currencies of the scheme.
    pub currencies: &'s CurrencyList,
    /// What would be chance in a run.
    pub seed: u64,
}

impl Setting<'_> {
    /// When a message that was created then arrives.
    fn arrival_ms(&self, created: DateTime) -> i64 {
        created.unix_ms().saturating_add_unsigned(self.seed % CONVERTED_ARRIVAL_MS)
    }
}

/// The FSP id of an agent: its BIC, its clearing member id or its other id, where that can be one.
pub fn fsp_of(agent: &Agent) -> Option<String> {
    let member = agent.clearing_member.as_ref().map(|member| &member.member_id);
    let other = agent.other.as_ref().map(|other| &other.id);
    let fits = |id: &&String| fspiop::identifiers::FspId::parse(id).is_ok();
    [agent.bicfi.as_ref(), member, other].into_iter().flatten().find(fits).cloned()
}

/// Whose message it is: who instructs, else the debtor's agent.
fn sender(inbound: &Inbound) -> Option<Agent> {
    match &inbound.message {
        Message::CustomerCreditTransferInitiation(order) => {
            order.payments.first().map(|payment| payment.debtor_agent.clone())
        }
        Message::FiToFiCustomerCreditTransfer(order) => {
            let first = order.transactions.first();
            let instructing = first.and_then(|transfer| transfer.instructing_agent.as_ref());
            let instructing = order.instructing_agent.as_ref().or(instructing);
            instructing.or_else(|| first.map(|transfer| &transfer.debtor_agent)).cloned()
        }
        Message::PaymentStatusReport(report) => report.instructing_agent.clone(),
        _ => None,
    }
}

/// A request of the journey with what was made up taken out.
fn shown(
    request: &FspiopRequest,
    source: Option<&str>,
    made_up: &[&str],
    now_ms: i64,
) -> Converted {
    let body = request.body.as_deref().and_then(|body| fspiop::json::parse(body).ok());
    let known = |name: &String| (name != SOMEBODY).then(|| name.clone());
    Converted {
        method: request.method,
        target: request.target.clone(),
        resource: request.resource,
        source: source.map(str::to_owned),
        destination: request.destination.as_ref().map(known),
        timeout_ms: request.timeout(now_ms).map(|timeout| timeout.ms()),
        body: body.map(|body| without(body, made_up)),
    }
}

/// `null` for the members of that name and for whoever is somebody.
fn without(value: Value, made_up: &[&str]) -> Value {
    match value {
        Value::String(text) if text == SOMEBODY => Value::Null,
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| without(item, made_up)).collect())
        }
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| match made_up.contains(&name.as_str()) {
                true => (name, Value::Null),
                false => (name, without(value, made_up)),
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        other => other,
    }
}
