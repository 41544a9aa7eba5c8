//! How a message reaches its destination: over HTTP, or into a peer that lives in this process; and
//! what follows when it does not.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use fspiop::deadline::TimeoutStage;
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::headers::HeaderList;
use switch::{Command, TransferId};
use switch_store::{CommitError, OutboxId, OutboxRows};

use crate::client::{PeerAnswer, SendError};
use crate::delivery::{Attempted, Carrier, Ending, Item, Manner};
use crate::envelope::Envelope;
use crate::limits::{ANSWER_TIMEOUT_MS, GIVEN_UP_AGAIN_MS};
use crate::metrics::AttemptLabels;
use crate::node::{HUB, Node};
use crate::outbound::{BankMessage, Down, Outbound, Unsigned};
use crate::tls::Peer;
use crate::{bank, events, hub, peers, seal, telemetry};

/// The node's own [`Carrier`].
pub struct NodeCarrier {
    node: Weak<Node>,
}

/// A request with all its header lines.
struct Assembled {
    method: String,
    target: String,
    headers: HeaderList,
    body: Bytes,
}

impl NodeCarrier {
    /// Carries for `node`.
    pub fn new(node: Weak<Node>) -> NodeCarrier {
        NodeCarrier { node }
    }
}

impl Carrier for NodeCarrier {
    fn attempt(&self, item: Item) -> Pin<Box<dyn Future<Output = Attempted> + Send + '_>> {
        Box::pin(async move {
            let Some(node) = self.node.upgrade() else { return failed("stopping", false) };
            if let Outbound::Event(event) = &*item.outbound {
                return events::attempt(&node, &item, event).await;
            }
            let at = node.now();
            let attempted = attempt(&node, &item).await;
            node.watch.went(at, &item, &attempted);
            let outcome = match &attempted {
                Attempted::Delivered => "delivered",
                Attempted::Refused { .. } => "refused",
                Attempted::Failed { .. } | Attempted::Again { .. } => "failed",
                Attempted::TooLate => "too-late",
            };
            node.metrics.attempts.get_or_create(&AttemptLabels { outcome }).inc();
            attempted
        })
    }

    fn may_send_stored(&self) -> bool {
        self.node
            .upgrade()
            .is_some_and(|node| node.store.holds_lease() && !node.standing.is_leaving())
    }

    fn stored(
        &self,
        rows: Vec<OutboxId>,
    ) -> Pin<Box<dyn Future<Output = Option<Vec<Item>>> + Send + '_>> {
        Box::pin(async move { stored(&*self.node.upgrade()?, &rows).await })
    }

    fn manner(&self, destination: &str) -> Manner {
        events::manner(destination).unwrap_or_default()
    }

    fn taken(&self, item: &Item) {
        if let Some(node) = self.node.upgrade() {
            events::taken(&node, item);
        }
    }

    fn delivered(&self, item: &Item) {
        if let Some(node) = self.node.upgrade() {
            events::published(&node, item);
            node.acknowledge(item.row);
        }
    }

    fn ended(&self, item: Item, how: Ending) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            // What cannot be recorded keeps its row, and is taken up at the next start.
            loop {
                let Some(node) = self.node.upgrade() else { return };
                match given_up(&node, &item, &how).await {
                    Ok(()) => return node.acknowledge(item.row),
                    Err(CommitError::Busy | CommitError::Unavailable) => {}
                    Err(_) => return,
                }
                drop(node);
                tokio::time::sleep(Duration::from_millis(GIVEN_UP_AGAIN_MS)).await;
            }
        })
    }

    fn alert(&self, item: &Item, reason: &str) {
        if matches!(&*item.outbound, Outbound::Event(_)) {
            // Said once for all of them, where NATS goes away.
            return;
        }
        if let Some(node) = self.node.upgrade() {
            node.metrics.unacknowledged.inc();
        }
        tracing::error!(
            destination = &*item.destination,
            row = item.row.map(|row| row.0),
            attempts = item.attempts,
            reason,
            "a final status is not acknowledged: see GET /outbox"
        );
    }
}

async fn stored(node: &Node, wanted: &[OutboxId]) -> Option<Vec<Item>> {
    const PAGE: usize = 1_000;
    let mut items = Vec::new();
    let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Some(items) };
    let mut after = OutboxId(first.0.saturating_sub(1));
    while after < *last {
        let rows = match node.store.outbox(OutboxRows::All, after, PAGE).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                return None;
            }
        };
        let Some(read) = rows.last() else { break };
        after = read.id;
        let ours = rows.into_iter().filter(|row| wanted.binary_search(&row.id).is_ok());
        items.extend(ours.filter_map(Item::of_row));
    }
    Some(items)
}

async fn attempt(node: &Arc<Node>, item: &Item) -> Attempted {
    if let Outbound::Bank(message) = &*item.outbound {
        return to_bank(node, item, message).await;
    }
    let request = match assemble(node, item).await {
        Ok(request) => request,
        Err(attempted) => return attempted,
    };
    let hub_url = &node.config.hub.url;
    if &*item.destination == HUB && hub_url.is_empty() {
        let answer = hub::receive(node, envelope(node, request)).await;
        return in_process(answer.status, &answer.body);
    }
    if &*item.destination == HUB {
        let url = format!("{}{}", hub_url.trim_end_matches('/'), request.target);
        return over_http(node, item, &url, request).await;
    }
    let Some(record) = node.peers.record(&item.destination) else {
        return failed("no such participant", false);
    };
    if let Some(bank) = &record.bank {
        let answer = bank::receive(node, bank, envelope(node, request), item.row).await;
        return in_process(answer.status, &answer.body);
    }
    let endpoint_type = peers::endpoint_type(&request.method, &request.target);
    match record.url(endpoint_type, &request.target) {
        Some(url) => over_http(node, item, &url, request).await,
        None => failed("no endpoint is registered", false),
    }
}

/// All header lines of this attempt: what was signed stays, what belongs to the hop is made anew.
async fn assemble(node: &Arc<Node>, item: &Item) -> Result<Assembled, Attempted> {
    let mut request = match &*item.outbound {
        Outbound::Forwarded(forwarded) => {
            let (method, target, headers, body) = forwarded.parts();
            Assembled {
                method: method.to_owned(),
                target: target.to_owned(),
                headers: headers.clone(),
                body: body.clone(),
            }
        }
        Outbound::Originated(own) => signed(node, HUB, &own.request, &own.signature).await?,
        Outbound::Translated(own) => signed(node, &own.party, &own.request, &own.signature).await?,
        Outbound::Bank(_) => return Err(failed("XML goes to banks only", false)),
        Outbound::Event(_) => return Err(failed("events go to streams only", false)),
    };
    if let Some(budget) = item.outbound.budget() {
        match budget.down(node.now().0) {
            Down::With(ms) => request.headers.push("FSPIOP-Timeout", ms.to_string()),
            Down::Without => {}
            Down::TooLate => return Err(Attempted::TooLate),
        }
        if let Some(origin_ms) = budget.origin_ms {
            request.headers.push("FSPIOP-Timeout-Origin", origin_ms.to_string());
        }
    }
    let span = item.row.map_or(1, |row| row.0);
    let traceparent =
        telemetry::next_hop(request.headers.first("traceparent"), trace_of(item), span);
    request.headers.replace("traceparent", traceparent);
    Ok(request)
}

/// A message of ours with its signature. RSA takes long enough to be kept off the threads that
/// serve sockets.
async fn signed(
    node: &Arc<Node>,
    party: &str,
    request: &Unsigned,
    signature: &[(String, String)],
) -> Result<Assembled, Attempted> {
    let mut headers: HeaderList = lines(&request.headers).collect();
    if signature.is_empty() && !request.body.is_empty() {
        let (keys, party, unsigned) = (Arc::clone(&node.keys), party.to_owned(), request.clone());
        let made = tokio::task::spawn_blocking(move || seal::signature(&keys, &party, &unsigned));
        match made.await {
            Ok(Ok(made)) => headers.extend(made),
            Ok(Err(error)) => return Err(failed(&error.to_string(), false)),
            Err(_) => return Err(failed("signing was interrupted", false)),
        }
    } else {
        headers.extend(lines(signature));
    }
    Ok(Assembled {
        method: request.method.clone(),
        target: request.target.clone(),
        headers,
        body: Bytes::copy_from_slice(&request.body),
    })
}

fn lines(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

async fn over_http(node: &Node, item: &Item, url: &str, request: Assembled) -> Attempted {
    let Assembled { method, headers, body, .. } = request;
    match node.client.send(&method, url, &headers, body, patience(node, item)).await {
        Ok(PeerAnswer { status, body }) => judged(status, &body.unwrap_or_default()),
        Err(error) => unsent(&error),
    }
}

/// XML to a bank's URL. What it answers at once is taken in before the message counts as delivered.
async fn to_bank(node: &Arc<Node>, item: &Item, message: &BankMessage) -> Attempted {
    if let Some(order) = bank::final_order_of(item)
        && node.waiters.answered(order).await
    {
        return Attempted::Delivered;
    }
    let Some(record) = node.peers.bank(&message.bank) else {
        return failed("no such bank", false);
    };
    let timeout_ms = match message.budget.as_ref().map(|budget| budget.down(node.now().0)) {
        Some(Down::TooLate) => return Attempted::TooLate,
        Some(Down::With(ms)) => Some(ms),
        Some(Down::Without) | None => None,
    };
    let headers = lines(&bank::message_headers(&message.message, timeout_ms)).collect();
    let body = Bytes::copy_from_slice(message.xml.as_bytes());
    let sent = node.client.send("POST", record.url(), &headers, body, patience(node, item)).await;
    match sent {
        Ok(PeerAnswer { status: 200..=299, body }) => match body {
            Some(body) if body.is_empty() => Attempted::Delivered,
            Some(body) => match bank::inline_answer(node, &message.bank, &body).await {
                Ok(()) => Attempted::Delivered,
                Err(reason) => Attempted::Again { reason },
            },
            None => failed("the answer broke off", true),
        },
        // A bank is asked again whatever it says (CONTRACTS §1).
        Ok(PeerAnswer { status: status @ 500.., .. }) => {
            failed(&format!("answered {status}"), true)
        }
        Ok(PeerAnswer { status, .. }) => Attempted::Again { reason: format!("answered {status}") },
        Err(error) => unsent(&error),
    }
}

/// How long an answer is waited for: half of what is left, so that there is time for another try.
fn patience(node: &Node, item: &Item) -> Duration {
    let left_ms = item.deadline.map(|deadline| deadline.0.saturating_sub(node.now().0) / 2);
    let left_ms = left_ms.map_or(ANSWER_TIMEOUT_MS, |left| u64::try_from(left).unwrap_or(0));
    Duration::from_millis(left_ms.clamp(1, ANSWER_TIMEOUT_MS))
}

/// The request as an in-process peer receives it.
fn envelope(node: &Node, request: Assembled) -> Envelope {
    Envelope {
        method: request.method,
        target: request.target,
        headers: request.headers,
        body: request.body,
        peer: Peer::Inside,
        arrival: node.now(),
    }
}

/// What a status means for the next attempt.
fn judged(status: u16, body: &[u8]) -> Attempted {
    match status {
        200..=299 => Attempted::Delivered,
        408 | 429 | 500 | 502..=599 => failed(&format!("answered {status}"), true),
        _ => Attempted::Refused { status, code: error_code(body) },
    }
}

/// What a peer in this process says of a message: it is never down, only busy.
fn in_process(status: u16, body: &[u8]) -> Attempted {
    match judged(status, body) {
        Attempted::Failed { reason, .. } => Attempted::Again { reason },
        judged => judged,
    }
}

fn error_code(body: &[u8]) -> Option<ErrorCode> {
    let value = fspiop::json::parse(body).ok()?;
    let code = value.member("errorInformation")?.member("errorCode")?.as_str()?;
    code.parse().ok().and_then(ErrorCode::from_number)
}

fn unsent(error: &SendError) -> Attempted {
    failed(&error.to_string(), error.may_have_left())
}

fn failed(reason: &str, may_have_left: bool) -> Attempted {
    Attempted::Failed { reason: reason.to_owned(), may_have_left }
}

/// Somebody waits for what could not be delivered: that is recorded.
async fn given_up(node: &Arc<Node>, item: &Item, how: &Ending) -> Result<(), CommitError> {
    tracing::warn!(
        destination = &*item.destination,
        row = item.row.map(|row| row.0),
        attempts = item.attempts,
        how = ?how,
        "a message was given up"
    );
    // A refusal now says nothing of an earlier attempt whose answer was lost.
    let may_have_left = item.may_have_left;
    let error = ending_error(how);
    let done = match &*item.outbound {
        Outbound::Forwarded(forwarded) => {
            let (method, target, ..) = forwarded.parts();
            match (method, transfer_of(item)) {
                ("POST", Some(id)) if *how == Ending::TooLate && !item.may_have_left => {
                    hub::end(node, Command::NeverSent { id }).await
                }
                ("GET" | "POST", None) => {
                    let stage = (*how == Ending::TooLate).then_some(TimeoutStage::Egress);
                    let how = (stage, may_have_left);
                    hub::unanswerable(node, forwarded, target, error, how).await;
                    Ok(())
                }
                _ => Ok(()),
            }
        }
        Outbound::Translated(_) | Outbound::Bank(_) => {
            bank::undelivered(node, item, may_have_left, error).await
        }
        Outbound::Originated(_) | Outbound::Event(_) => Ok(()),
    };
    if let Err(error) = &done {
        tracing::error!(%error, "giving a message up could not be recorded");
    }
    done
}

/// How a message's end is told to who waits for its answer.
fn ending_error(how: &Ending) -> ErrorInformation {
    match how {
        Ending::Refused { status, code } => {
            let code = code.unwrap_or(ErrorCode::DestinationCommunicationError);
            ErrorInformation::with_detail(code, &format!("the other party answered {status}"))
        }
        Ending::Delivered | Ending::TooLate | Ending::Superseded => {
            let detail = "the other party could not be reached in time";
            ErrorInformation::with_detail(ErrorCode::DestinationCommunicationError, detail)
        }
    }
}

fn transfer_of(item: &Item) -> Option<TransferId> {
    let id = item.resource.strip_prefix("transfers/")?;
    causeway_translate::PaymentId::parse(id).ok().map(TransferId::from)
}

/// The 128 bits that a trace is named after where the sender named none: the same for all messages
/// about one resource.
fn trace_of(item: &Item) -> u128 {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, item.resource.as_bytes());
    let hashed = digest.as_ref().iter().take(16).fold(0, |bits, b| bits << 8 | u128::from(*b));
    transfer_of(item).map_or(hashed, |id| id.0)
}
