//! Events for others (docs/events.md): what decisions and operators have changed, as outbox rows of
//! the batch that changed it, published on NATS JetStream. Nothing of this is on the way of money: with
//! NATS away the rows wait in the outbox, and without `[nats] url` there are none.
//!
//! * `witness`: which submissions cause events, inside their batch
//! * `transfers`: what became of transfers; `operators`: what operators have changed
//! * `nats`: connection, streams, publishing
//! * `look`: what an operator is told of the servers
//! * `forward`: what fraud screening says outside of any batch; `announce`: what counts there

mod announce;
mod forward;
pub mod look;
mod nats;
mod operators;
mod transfers;
mod witness;

use std::sync::Arc;

use bytes::Bytes;
use frms::token;
use serde::{Deserialize, Serialize};
use switch::{AccountKind, Posting, Timestamp};
use switch_store::{NewOutboxRow, NotRendered, OutboxId, Submission};

use crate::config::Config;
use crate::delivery::{Attempted, Item, Manner};
use crate::limits::{STREAM_IN_FLIGHT_MAX, STREAM_PAUSE_MS, STREAM_RETRIES_MS};
use crate::metrics::{Metrics, StreamLabels};
use crate::node::{Node, StartError};
use crate::outbound::{NotKept, Outbound, Urgency};
use nats::Nats;
pub(crate) use nats::{connect, prepare_screening};

/// A stream on JetStream, and the destination of its rows. No participant's name has a colon
/// (`fspiop::identifiers::FspId`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Stream {
    /// What auditors and other systems follow.
    Audit,
    /// Fraud screening's.
    Frm,
}

/// One event as it waits in the outbox. Stored: append only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamEvent {
    /// Where it is published.
    pub stream: Stream,
    /// Under which subject.
    pub subject: String,
    /// What makes a second one the same; without, its row and its content do.
    pub message_id: Option<String>,
    /// JSON.
    pub payload: Bytes,
}

/// What a node with `[nats] url` has.
pub struct Events {
    /// Whose events these are: the tenant in subjects and payloads.
    tenant: Arc<str>,
    nats: Arc<Nats>,
    metrics: Metrics,
}

impl Stream {
    /// All of them.
    pub const ALL: [Stream; 2] = [Stream::Audit, Stream::Frm];

    /// The destination of its outbox rows.
    pub fn destination(self) -> &'static str {
        match self {
            Stream::Audit => "stream:audit",
            Stream::Frm => "stream:frm",
        }
    }

    /// As metrics name it.
    pub fn label(self) -> &'static str {
        match self {
            Stream::Audit => "audit",
            Stream::Frm => "frm",
        }
    }
}

impl StreamEvent {
    /// Its row. Events about one resource are published in their order.
    ///
    /// # Errors
    /// [`NotKept`]
    pub fn row(self, resource: String) -> Result<NewOutboxRow, NotKept> {
        let destination = self.stream.destination();
        Outbound::Event(self).row(destination, &resource, Urgency::Final, None)
    }

    /// `Nats-Msg-Id`: the same for every attempt at this row, whichever run or node makes it. The
    /// content is part of it, since a store that was restored from a backup gives numbers out again.
    pub fn message_id(&self, row: Option<OutboxId>) -> String {
        if let Some(id) = &self.message_id {
            return id.clone();
        }
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        context.update(self.subject.as_bytes());
        context.update(&[0]);
        context.update(&self.payload);
        let digest = context.finish();
        let hash = digest.as_ref().iter().take(16).fold(0, |bits, b| bits << 8 | u128::from(*b));
        format!("{}-{hash:032x}", row.unwrap_or_default().0)
    }
}

impl Events {
    /// Begins to connect, where a server is configured; none where there is not. A server that is not
    /// there is no reason not to start.
    ///
    /// # Errors
    /// A URL, a file of credentials or a certificate that cannot be used.
    pub async fn start(config: &Config, metrics: &Metrics) -> Result<Option<Events>, StartError> {
        if config.nats.url.is_empty() {
            return Ok(None);
        }
        let unusable = |reason: String| StartError::Nats { reason };
        let nats = Nats::start(&config.nats).await.map_err(unusable)?;
        let tenant = config.screening.tenant.as_str().into();
        Ok(Some(Events { tenant, nats, metrics: metrics.clone() }))
    }

    /// The submission with the events that it causes.
    pub fn witnessed(&self, submission: Submission) -> Submission {
        witness::witnessed(&self.tenant, submission)
    }

    /// Whether NATS takes events, as far as is known.
    pub fn is_up(&self) -> bool {
        self.nats.is_up()
    }

    /// A row of [`Stream::Frm`] for what a submission of screening's own changes.
    ///
    /// # Errors
    /// It cannot be written into its stored form.
    pub fn screening(
        &self,
        event: &frms::Event,
        resource: String,
    ) -> Result<NewOutboxRow, NotRendered> {
        Ok(screening_event(&self.tenant, event)?.row(resource)?)
    }

    fn labels(stream: Stream) -> StreamLabels {
        StreamLabels { stream: stream.label() }
    }
}

/// One attempt at a row of a stream.
pub async fn attempt(node: &Node, item: &Item, event: &StreamEvent) -> Attempted {
    let Some(events) = &node.events else {
        let reason = "no [nats] url is set any more".to_owned();
        return Attempted::Failed { reason, may_have_left: false };
    };
    events.nats.publish(event, event.message_id(item.row)).await
}

/// A row has been handed to delivery.
pub fn taken(node: &Node, item: &Item) {
    if let (Outbound::Event(event), Some(events)) = (&*item.outbound, &node.events) {
        events.metrics.events_waiting.get_or_create(&Events::labels(event.stream)).inc();
    }
}

/// A row has been published.
pub fn published(node: &Node, item: &Item) {
    if let (Outbound::Event(event), Some(events)) = (&*item.outbound, &node.events) {
        let labels = Events::labels(event.stream);
        events.metrics.events_waiting.get_or_create(&labels).dec();
        events.metrics.events_published.get_or_create(&labels).inc();
    }
}

/// Starts what publishes the scorer's words, where there are both.
pub fn follow_screening(node: &Arc<Node>) {
    if let (Some(_), Some(screening)) = (&node.events, &node.screening) {
        forward::start(node, Arc::clone(screening.stream()));
        announce::start(node);
    }
}

/// How delivery deals with a destination, if it is a stream.
pub fn manner(destination: &str) -> Option<Manner> {
    let is_stream = Stream::ALL.iter().any(|stream| stream.destination() == destination);
    is_stream.then_some(Manner {
        in_flight_max: STREAM_IN_FLIGHT_MAX,
        final_retries_ms: &STREAM_RETRIES_MS,
        pause_ms: STREAM_PAUSE_MS,
    })
}

/// The subject of an audit event: `causeway.audit.{tenant}.{event}`, and the token of whom it is about
/// where that is one participant or condition.
fn subject(tenant: &str, event: &str, about: Option<&str>) -> String {
    let tenant = token(tenant);
    match about {
        Some(about) => format!("causeway.audit.{tenant}.{event}.{}", token(about)),
        None => format!("causeway.audit.{tenant}.{event}"),
    }
}

/// What screening says, under its documented subject.
fn screening_event(tenant: &str, event: &frms::Event) -> Result<StreamEvent, NotRendered> {
    Ok(StreamEvent {
        stream: Stream::Frm,
        subject: event.subject(tenant),
        message_id: event.message_id(),
        payload: payload(event)?,
    })
}

/// JSON, as it is published.
fn payload(event: &impl Serialize) -> Result<Bytes, NotRendered> {
    let json = serde_json::to_vec(event).map_err(|error| NotRendered(error.to_string()))?;
    Ok(Bytes::from(json))
}

/// An instant as RFC 3339 with milliseconds.
fn date_time(at: Timestamp) -> Option<String> {
    fspiop::time::DateTime::from_epoch_ms(at.0).map(|at| at.as_str().to_owned())
}

/// A movement on an account, as events show it.
#[derive(Serialize)]
struct Moved<'a> {
    participant: &'a str,
    account: &'static str,
    currency: &'a str,
    amount: String,
}

impl<'a> Moved<'a> {
    fn of(posting: &'a Posting) -> Moved<'a> {
        Moved {
            participant: posting.account.participant.as_str(),
            account: account_name(posting.account.kind),
            currency: posting.account.currency.as_str(),
            amount: posting.delta.to_string(),
        }
    }
}

fn account_name(kind: AccountKind) -> &'static str {
    crate::admin::account_kind(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_gets_out_of_its_token() {
        let hostile =
            ["a.b", "*", ">", "a.>", "x y", "a\r\nPUB evil 1", "=2e", "", "ü.", "$JS.API"];
        let subjects: Vec<String> =
            hostile.iter().map(|name| subject(name, "funds.in", Some(name))).collect();
        for one in &subjects {
            let tokens: Vec<&str> = one.split('.').collect();
            assert_eq!(tokens.len(), 6, "{one}");
            assert_eq!((tokens[0], tokens[1]), ("causeway", "audit"));
            assert_eq!((tokens[3], tokens[4]), ("funds", "in"));
            assert_eq!(tokens[2], tokens[5]);
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_@=".contains(&b);
            assert!(
                tokens.iter().all(|token| !token.is_empty() && token.bytes().all(plain)),
                "{one}"
            );
        }
        let different: std::collections::BTreeSet<_> = subjects.iter().collect();
        assert_eq!(different.len(), subjects.len(), "no two names share a token");
        assert!(frms::matches(
            "causeway.audit.*.funds.in.a=2eb",
            &subjects[0].replacen("a=2eb", "t", 1)
        ));
    }

    #[test]
    fn a_row_has_one_message_id_and_another_row_or_content_another_one() {
        let event = StreamEvent {
            stream: Stream::Audit,
            subject: "causeway.audit.t.funds.in".to_owned(),
            message_id: None,
            payload: Bytes::from_static(b"{}"),
        };
        let id = |event: &StreamEvent, row| event.message_id(Some(OutboxId(row)));
        assert_eq!(id(&event, 7), id(&event.clone(), 7));
        assert!(id(&event, 7).starts_with("7-"));
        assert_ne!(id(&event, 7), id(&event, 8));
        let other = StreamEvent { payload: Bytes::from_static(b"[]"), ..event.clone() };
        assert_ne!(id(&event, 7), id(&other, 7), "a number that is given out twice");
        let named = StreamEvent { message_id: Some("held-1".to_owned()), ..event };
        assert_eq!((id(&named, 7), id(&named, 8)), ("held-1".to_owned(), "held-1".to_owned()));
    }

    #[test]
    fn no_participant_can_be_named_like_a_stream() {
        for stream in Stream::ALL {
            assert!(fspiop::identifiers::FspId::parse(stream.destination()).is_err());
            assert!(manner(stream.destination()).is_some());
        }
        assert!(manner("greenwallet").is_none());
    }
}
