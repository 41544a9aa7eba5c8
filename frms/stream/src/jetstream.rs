//! The stream between machines: NATS JetStream. Every scorer of a tenant reads it; the active one
//! alone can write.
//!
//! * **Terms.** To become active a scorer writes `frm.{tenant}.scorer.term...`, expecting that the one it
//!   knows is still the last there (`Nats-Expected-Last-Subject-Sequence`). It is active from where it
//!   reads its own term back: then it knows everything that was written before. Each of its writes
//!   carries the expectation that this very term is still the last (`...-Subject` names another subject
//!   than the one that is written): the server refuses what a deposed scorer writes, whatever that one
//!   believes and however long it slept. Others' events in between do not matter, so that writes need
//!   not wait for each other ([`Lanes`]).
//! * **Lease.** Who is active says so on `causeway.frm.{tenant}.alive` (not kept), as long as its thread
//!   has turns ([`HANGS_MS`]) and it can read the stream. A standby of which the same holds, that is up
//!   to date and hears nothing for [`LEASE_MS`] writes a term. A wrong guess costs a change of roles
//!   and nothing else; no clocks are compared.
//! * **Reading.** A consumer may be gone with its server, and its client wait for it half a minute and
//!   more. The sign of life says how far its sender has read, and an acknowledgement where an event is:
//!   who knows of events that do not come to it within [`STUCK_MS`] opens the stream anew.
//!
//! A key-value bucket with a lease would be a second truth beside the stream, and could not make a
//! write fail.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use async_nats::jetstream::consumer::{DeliverPolicy, ReplayPolicy};
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{self, LastRawMessageErrorKind};
use bytes::Bytes;
use frms::{Event, token};
use futures_util::future::{FutureExt, ready};
use futures_util::stream::StreamExt;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use crate::Entry;
use crate::decode::{Decoded, decode};
use crate::journal::{Appending, Journal, NotAppended, Read};
use crate::lanes::{self, Lanes};
use crate::limits::{
    ACK_MS, ALIVE_MS, BEHIND_MAX, HANGS_MS, LEASE_MS, LOOK_MS, READ_AT_ONCE, RENEW_MS, REOPEN_MS,
    STUCK_MS,
};
use crate::standing::Standing;

/// Batches of events that are read ahead.
const AHEAD: usize = 16;
/// Names the subject that a write's expectation is about.
const EXPECTED_SUBJECT: &str = "Nats-Expected-Last-Subject-Sequence-Subject";

/// See the module.
pub struct JetStream {
    link: Arc<Link>,
    pumped: mpsc::Receiver<Pumped>,
    /// The number of our term, while it is the last one that was read.
    term: Option<u64>,
    lanes: Lanes,
}

/// Which stream, and whose.
#[derive(Debug, Clone)]
pub struct Place {
    /// The stream's name on the servers.
    pub stream: String,
    /// Whose events.
    pub tenant: String,
}

/// Why a stream cannot be followed.
#[derive(Debug, Error)]
#[error("the stream {stream}: {reason}")]
pub struct Unreachable {
    stream: String,
    reason: String,
}

/// What reading gives, in the order of the stream.
enum Pumped {
    Events(Vec<Entry>),
    Term { sequence: u64, is_ours: bool },
}

/// Shared by whoever reads, writes and keeps the lease.
struct Link {
    client: Client,
    context: Context,
    place: Place,
    term_subject: String,
    alive_subject: String,
    /// Which run of which program this is.
    me: String,
    standing: Arc<Standing>,
    /// The number of the last term that was read; 0 before the first.
    term: AtomicU64,
    /// The number of the last message that was read, or was in the snapshot.
    read: AtomicU64,
    /// The highest number that is known to be on the stream, among what is to be read.
    known: Arc<AtomicU64>,
    heard: Mutex<Instant>,
}

/// A term, and the sign of life within it.
#[derive(Debug, Serialize, Deserialize)]
struct Term {
    scorer: String,
    /// The number of the term; 0 in the term itself.
    #[serde(default)]
    term: u64,
    /// How far its sender has read.
    #[serde(default)]
    read: u64,
}

/// The name that no other stream ever had: whoever deletes a stream and makes it anew starts its
/// numbers anew.
///
/// # Errors
/// The stream is not there, or its servers are not.
pub async fn name_of(client: &Client, place: &Place) -> Result<String, Unreachable> {
    let context = context(client);
    let unreachable = |reason: String| Unreachable { stream: place.stream.clone(), reason };
    let found = context.get_stream(&place.stream).await;
    let found = found.map_err(|error| unreachable(error.to_string()))?;
    let created = found.cached_info().created;
    Ok(format!("{}/{}/{created:?}", place.tenant, place.stream))
}

impl JetStream {
    /// Follows the stream from behind a position.
    pub fn follow(
        client: Client,
        place: Place,
        position: u64,
        standing: &Arc<Standing>,
    ) -> JetStream {
        let tenant = token(&place.tenant);
        let stem = format!("frm.{tenant}.scorer.term");
        let link = Arc::new(Link {
            context: context(&client),
            // An inbox is a name that nobody else has.
            me: client.new_inbox(),
            client,
            term_subject: lanes::subject(&stem),
            alive_subject: format!("causeway.frm.{tenant}.alive"),
            place,
            standing: Arc::clone(standing),
            term: AtomicU64::new(0),
            read: AtomicU64::new(position),
            known: Arc::new(AtomicU64::new(position)),
            heard: Mutex::new(Instant::now()),
        });
        standing.set_behind(u64::MAX);
        let (out, pumped) = mpsc::channel(AHEAD);
        tokio::spawn(pump(Arc::clone(&link), position, out.clone()));
        tokio::spawn(keep_lease(Arc::clone(&link), out));
        JetStream { link, pumped, term: None, lanes: Lanes::new(&stem) }
    }
}

impl Journal for JetStream {
    async fn read(&mut self) -> Option<Read> {
        Some(match self.pumped.recv().await? {
            Pumped::Events(entries) => Read::Events(entries),
            Pumped::Term { sequence, is_ours } => {
                self.term = is_ours.then_some(sequence);
                Read::Term
            }
        })
    }

    async fn append(&mut self, event: &Event) -> Appending {
        let Some(term) = self.term else { return ready(Err(NotAppended)).boxed() };
        let Ok(payload) = serde_json::to_vec(event) else {
            return ready(Err(NotAppended)).boxed();
        };
        if self.link.client.connection_state() != State::Connected {
            // Without this the client would keep the event until it is connected again.
            return ready(Err(NotAppended)).boxed();
        }
        let (lane, pattern) = self.lanes.take().await;
        let mut message = self.link.message(Bytes::from(payload), term);
        message = message.header(EXPECTED_SUBJECT, pattern);
        if let Some(id) = event.message_id() {
            message = message.message_id(id);
        }
        let subject = event.subject(&self.link.place.tenant);
        // Alerts are for others: they are not read back.
        let known = (!matches!(event, Event::Alert { .. })).then(|| Arc::clone(&self.link.known));
        let Ok(sent) = self.link.context.send_publish(subject, message).await else {
            return ready(Err(NotAppended)).boxed();
        };
        // Whoever waits for a lane waits for this, not for somebody who looks after it.
        let written = tokio::spawn(async move {
            let acknowledged = sent.await;
            drop(lane);
            let sequence = acknowledged.map_err(|_| NotAppended)?.sequence;
            if let Some(known) = known {
                known.fetch_max(sequence, Ordering::AcqRel);
            }
            Ok(sequence)
        });
        written.map(|written| written.unwrap_or(Err(NotAppended))).boxed()
    }

    fn is_active(&self) -> bool {
        self.term.is_some()
    }
}

impl Link {
    fn message(&self, payload: Bytes, expected: u64) -> PublishMessage {
        PublishMessage::build()
            .payload(payload)
            .expected_stream(&self.place.stream)
            .expected_last_subject_sequence(expected)
    }

    /// Tries to become active, or to renew the term.
    async fn claim(&self) {
        let Ok(stream) = self.context.get_stream_no_info(&self.place.stream).await else { return };
        let last = match stream.get_last_raw_message_by_subject(&self.term_subject).await {
            Ok(message) => message.sequence,
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => 0,
            Err(_) => return,
        };
        if last > self.read.load(Ordering::Acquire) {
            // Somebody was faster: its term is on its way to us.
            return self.hear();
        }
        let term = Term { scorer: self.me.clone(), term: 0, read: 0 };
        let Ok(payload) = serde_json::to_vec(&term) else { return };
        let message = self.message(Bytes::from(payload), last);
        let sent = self.context.send_publish(self.term_subject.clone(), message).await;
        // Whether it was taken is read from the stream.
        if let Ok(acknowledgement) = sent
            && let Ok(acknowledged) = acknowledgement.await
        {
            self.known.fetch_max(acknowledged.sequence, Ordering::AcqRel);
        }
    }

    /// Whether the scorer can do its work: its thread has turns, and the stream is there.
    fn is_fit(&self) -> bool {
        let hangs = self.standing.idle() > Duration::from_millis(HANGS_MS);
        !hangs && self.standing.is_connected()
    }

    fn hear(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn silence(&self) -> Duration {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// What a message of the stream means, if it is one of ours.
    fn decoded(&self, message: &async_nats::jetstream::Message, sequence: u64) -> Option<Pumped> {
        if *message.subject == *self.term_subject {
            let term: Option<Term> = serde_json::from_slice(&message.payload).ok();
            let is_ours = term.is_some_and(|term| term.scorer == self.me);
            self.term.store(sequence, Ordering::Release);
            self.hear();
            return Some(Pumped::Term { sequence, is_ours });
        }
        match decode(&self.place.tenant, &message.subject, &message.payload) {
            Decoded::Event(event) => Some(Pumped::Events(vec![Entry { sequence, event: *event }])),
            Decoded::NotOurs => {
                tracing::warn!(sequence, subject = %message.subject, "no event of screening");
                self.standing.unreadable();
                None
            }
        }
    }

    async fn open(&self, position: u64) -> Result<Ordered, String> {
        let stream = self.context.get_stream(&self.place.stream).await;
        let stream = stream.map_err(|error| error.to_string())?;
        // Others' word is not taken for more than there is.
        let last = stream.cached_info().state.last_sequence;
        self.known.fetch_min(last.max(position), Ordering::AcqRel);
        let (messages, pending) = opened(&stream, &self.place, position).await?;
        self.standing.set_behind(pending);
        Ok(messages)
    }
}

/// A tenant's messages from behind a position, and how many of them there are already.
///
/// # Errors
/// Why not.
pub(crate) async fn opened(
    stream: &stream::Stream,
    place: &Place,
    position: u64,
) -> Result<(Ordered, u64), String> {
    let tenant = token(&place.tenant);
    let kinds = ["tx", "outcome", "condition", "book", "catalogue", "rule", "verdict", "scorer"];
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let first = stream.cached_info().state.first_sequence;
    if first > position.saturating_add(1) && position > 0 {
        tracing::warn!(first, position, "events may have aged out before they were read");
    }
    let config = OrderedConfig {
        filter_subjects: kinds.map(|kind| format!("frm.{tenant}.{kind}.>")).to_vec(),
        deliver_policy: DeliverPolicy::ByStartSequence {
            start_sequence: position.saturating_add(1),
        },
        replay_policy: ReplayPolicy::Instant,
        ..OrderedConfig::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(|error| said(&error))?;
    let pending = consumer.cached_info().num_pending;
    Ok((consumer.messages().await.map_err(|error| said(&error))?, pending))
}

/// Reads the stream for as long as somebody wants it.
async fn pump(link: Arc<Link>, mut position: u64, out: mpsc::Sender<Pumped>) {
    let mut said = String::new();
    while !out.is_closed() {
        match link.open(position).await {
            Ok(messages) => {
                said.clear();
                link.standing.set_connected(true);
                position = read_on(&link, messages, position, &out).await;
            }
            Err(reason) if reason != said => {
                tracing::warn!(stream = link.place.stream, reason, "the stream cannot be read");
                said = reason;
            }
            Err(_) => {}
        }
        link.standing.set_connected(false);
        tokio::time::sleep(Duration::from_millis(REOPEN_MS)).await;
    }
}

/// Reads until something is wrong; gives back how far it came.
async fn read_on(
    link: &Link,
    mut messages: Ordered,
    mut position: u64,
    out: &mpsc::Sender<Pumped>,
) -> u64 {
    let mut looks = tokio::time::interval(Duration::from_millis(LOOK_MS));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut current = Instant::now();
    loop {
        let mut next = tokio::select! {
            biased;
            next = messages.next() => match next {
                None => return position,
                next => next,
            },
            () = out.closed() => return position,
            _ = looks.tick() => {
                if position >= link.known.load(Ordering::Acquire) {
                    current = Instant::now();
                } else if current.elapsed() > Duration::from_millis(STUCK_MS) {
                    tracing::warn!(position, "events of the stream do not come: it is opened anew");
                    return position;
                }
                continue;
            }
        };
        let mut batch: Vec<Pumped> = Vec::new();
        while let Some(read) = next {
            let Ok(message) = read else {
                tracing::debug!("reading the stream was interrupted");
                return forward(batch, position, out).await;
            };
            let Ok(info) = message.info() else { return forward(batch, position, out).await };
            let (sequence, pending) = (info.stream_sequence, info.pending);
            link.standing.set_behind(pending);
            if sequence > position {
                position = sequence;
                batch.extend(link.decoded(&message, sequence));
                link.read.store(sequence, Ordering::Release);
            }
            if batch.len() >= READ_AT_ONCE {
                break;
            }
            next = messages.next().now_or_never().flatten();
        }
        position = forward(batch, position, out).await;
        // It may have waited for its reader.
        current = Instant::now();
    }
}

/// Hands a batch over: events together, terms in between.
async fn forward(batch: Vec<Pumped>, position: u64, out: &mpsc::Sender<Pumped>) -> u64 {
    let mut events: Vec<Entry> = Vec::new();
    for one in batch {
        match one {
            Pumped::Events(more) => events.extend(more),
            term @ Pumped::Term { .. } => {
                let before = Pumped::Events(std::mem::take(&mut events));
                let _ = out.send(before).await;
                let _ = out.send(term).await;
            }
        }
    }
    if !events.is_empty() {
        let _ = out.send(Pumped::Events(events)).await;
    }
    position
}

/// Says that it is there while it is active; takes over when nobody else says so.
async fn keep_lease(link: Arc<Link>, out: mpsc::Sender<Pumped>) {
    let mut ticks = tokio::time::interval(Duration::from_millis(ALIVE_MS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let lease = Duration::from_millis(LEASE_MS);
    let mut claimed = Instant::now();
    // Whoever cannot subscribe tries again: it is not connected then, and claims nothing.
    while !out.is_closed() {
        let Ok(mut signs) = link.client.subscribe(link.alive_subject.clone()).await else {
            ticks.tick().await;
            continue;
        };
        while !out.is_closed() {
            tokio::select! {
                sign = signs.next() => {
                    let Some(sign) = sign else { break };
                    let of: Option<Term> = serde_json::from_slice(&sign.payload).ok();
                    let known = link.term.load(Ordering::Acquire);
                    if let Some(of) = of.filter(|of| of.term >= known && of.scorer != link.me) {
                        link.known.fetch_max(of.read, Ordering::AcqRel);
                        link.hear();
                    }
                }
                _ = ticks.tick() => {
                    if !link.is_fit() {
                        continue;
                    }
                    let is_active = link.standing.is_active();
                    let is_due = claimed.elapsed() > Duration::from_millis(RENEW_MS);
                    if is_active {
                        say(&link).await;
                    }
                    let may = link.standing.behind() <= BEHIND_MAX && link.silence() > lease;
                    if (is_active && is_due) || (!is_active && may) {
                        claimed = Instant::now();
                        link.claim().await;
                    }
                }
            }
        }
    }
}

async fn say(link: &Link) {
    let term = link.term.load(Ordering::Acquire);
    let read = link.read.load(Ordering::Acquire);
    let sign = Term { scorer: link.me.clone(), term, read };
    if let (Ok(payload), State::Connected) =
        (serde_json::to_vec(&sign), link.client.connection_state())
    {
        let _ = link.client.publish(link.alive_subject.clone(), Bytes::from(payload)).await;
    }
}

pub(crate) fn context(client: &Client) -> Context {
    let ack = Duration::from_millis(ACK_MS);
    ContextBuilder::new().timeout(ack).ack_timeout(ack).build(client.clone())
}
