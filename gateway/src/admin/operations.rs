//! What operators watch: cases, the outbox, health, metrics.

use std::sync::Arc;

use fspiop::error::{ErrorCode, Refusal};
use serde::Serialize;
use serde_json::value::RawValue;
use switch::Timestamp;
use switch_store::{OutboxId, OutboxRow, OutboxRows};

use super::bounds::{HELD_PAGE_ITEMS, PAGE_ITEMS};
use super::participants::encoded;
use super::request::Request;
use super::{audit, json, ledger};
use crate::effects::RECONCILIATION;
use crate::envelope::Answer;
use crate::events::Events;
use crate::holds::HELD;
use crate::hub::read_failed;
use crate::node::Node;
use crate::outbound::Urgency;
use crate::{fellows, standing};

/// A row of the outbox without its body.
#[derive(Serialize)]
struct Row {
    id: u64,
    destination: String,
    resource: String,
    attempts: u32,
    deadline: Option<String>,
    kind: &'static str,
}

/// Health in the peer's shape.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    status: &'static str,
    uptime: u64,
    start_time: Option<String>,
    version_number: &'static str,
    services: Vec<Service>,
    /// Why it is not to be given work; not shown when it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_ready: Vec<String>,
    /// What an operator is to know although it works; not shown when there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Service {
    name: &'static str,
    status: &'static str,
}

/// GET /reconciliation?limit=&after=: the cases by transfer, then by the side that found them.
pub(super) async fn reconciliation(
    node: &Arc<Node>,
    request: &Request<'_>,
) -> Result<Answer, Refusal> {
    let limit = page_items(request)?;
    let after = request.query("after");
    let after_key = after.as_deref().map(str::as_bytes);
    let found =
        node.store.documents(RECONCILIATION, after_key, limit).await.map_err(read_failed)?;
    let cases = found.iter().filter_map(|(key, document)| {
        let case: Result<Box<RawValue>, _> = serde_json::from_slice(&document.body);
        case.inspect_err(|error| {
            let case = String::from_utf8_lossy(&key.key);
            tracing::error!(%case, %error, "a case cannot be read");
        })
        .ok()
    });
    let answer = json(200, &cases.collect::<Vec<_>>());
    let last = found.last().map(|(key, _)| encoded(&String::from_utf8_lossy(&key.key)));
    Ok(paged(answer, "/reconciliation", last.filter(|_| found.len() == limit), limit))
}

/// GET /outbox?limit=&after=: what has not been acknowledged, the oldest first.
pub(super) async fn outbox(node: &Arc<Node>, request: &Request<'_>) -> Result<Answer, Refusal> {
    let limit = page_items(request)?;
    let after = OutboxId(request.query_number("after")?.unwrap_or(0));
    let rows = node.store.outbox(OutboxRows::All, after, limit).await.map_err(read_failed)?;
    let last = rows.last().map(|row| row.id.0.to_string()).filter(|_| rows.len() == limit);
    let answer = json(200, &rows.into_iter().map(shape).collect::<Vec<_>>());
    Ok(paged(answer, "/outbox", last, limit))
}

/// POST /outbox/{id}/retry: the row is tried again now if it waits; one that is under way, or has arrived
/// and is about to be removed, is left alone.
pub(super) async fn retry(node: &Arc<Node>, id: &str) -> Result<Answer, Refusal> {
    let unknown = || Refusal::new(ErrorCode::IdNotFound, "no such row").with_status(404);
    let before = id.parse::<u64>().ok().and_then(|id| id.checked_sub(1)).ok_or_else(unknown)?;
    let rows = node.store.outbox(OutboxRows::All, OutboxId(before), 1);
    let rows = rows.await.map_err(read_failed)?;
    let row = rows.into_iter().find(|row| row.id.0 == before + 1).ok_or_else(unknown)?;
    let destination = row.destination.clone();
    fellows::retry(node, row);
    audit("retry outbox row", &destination);
    Ok(Answer::empty(202))
}

/// GET /health: 200, or 503 with the reasons when this node is not to be given work.
pub(super) async fn health(node: &Arc<Node>) -> Result<Answer, Refusal> {
    let health = standing::health(node).await;
    let beside = Beside {
        redis: node.shared.link.as_ref().map(|link| link.is_there()),
        nats: node.events.as_ref().map(Events::is_up),
    };
    Ok(health_answer(health, beside, node.clock.monotonic_ms(), node.now()))
}

/// GET /metrics
pub(super) async fn metrics(node: &Arc<Node>) -> Answer {
    let gauge = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    node.metrics.pending.set(gauge(u64::try_from(node.pending.len()).unwrap_or(u64::MAX)));
    node.metrics.wait_us.set(gauge(node.admission.wait_us()));
    node.metrics.syncs.set(gauge(node.store.syncs()));
    node.metrics.conflicts.set(gauge(node.committer.conflicts()));
    // More than a page of them is as bad as any number.
    if let Ok(held) = node.store.documents(HELD, None, HELD_PAGE_ITEMS.1).await {
        node.metrics.held.set(i64::try_from(held.len()).unwrap_or(i64::MAX));
    }
    Answer::with_body(200, "text/plain; charset=utf-8", node.metrics.text())
}

/// What stands beside the store, where it is configured: whether it is there. All goes on without it.
#[derive(Clone, Copy, Default)]
struct Beside {
    redis: Option<bool>,
    nats: Option<bool>,
}

/// `broker` is what the peer's operators look for: here, that batches are committed and sent. Redis,
/// where it is configured, is shown and not counted; without NATS, events are late.
fn health_answer(
    health: standing::Health,
    beside: Beside,
    uptime_ms: u64,
    now: Timestamp,
) -> Answer {
    let word = |up| if up { "OK" } else { "DOWN" };
    let is_ready = health.reasons.is_empty();
    let service = |name, up| Service { name, status: word(up) };
    let mut services =
        vec![service("datastore", health.store_answers), service("broker", health.commits)];
    services.extend(beside.redis.map(|is_up| service("redis", is_up)));
    services.extend(beside.nats.map(|is_up| service("nats", is_up)));
    let started = i64::try_from(uptime_ms).map_or(Timestamp(0), |ms| now.plus_ms(-ms));
    let shown = Health {
        status: match beside.nats {
            Some(false) if is_ready => "DEGRADED",
            _ => word(is_ready),
        },
        uptime: uptime_ms / 1_000,
        start_time: ledger::date_time(started),
        version_number: env!("CARGO_PKG_VERSION"),
        services,
        not_ready: health.reasons,
        warnings: health.warnings,
    };
    json(if is_ready { 200 } else { 503 }, &shown)
}

fn page_items(request: &Request<'_>) -> Result<usize, Refusal> {
    page(request, PAGE_ITEMS)
}

/// How many items a page is to have: as wished, within what is offered.
pub(super) fn page(
    request: &Request<'_>,
    (default, most): (usize, usize),
) -> Result<usize, Refusal> {
    let wished = request.query_number("limit")?;
    let items = wished.map(|wished| usize::try_from(wished).unwrap_or(most).clamp(1, most));
    Ok(items.unwrap_or(default))
}

/// Says where the next page is, if there may be one (RFC 8288).
pub(super) fn paged(answer: Answer, path: &str, last: Option<String>, limit: usize) -> Answer {
    let sign = if path.contains('?') { '&' } else { '?' };
    match last {
        Some(last) => {
            let next = format!("<{path}{sign}after={last}&limit={limit}>; rel=\"next\"");
            answer.header("link", next)
        }
        None => answer,
    }
}

fn shape(row: OutboxRow) -> Row {
    Row {
        id: row.id.0,
        destination: row.destination,
        resource: row.resource,
        attempts: row.attempts,
        deadline: row.deadline.and_then(ledger::date_time),
        kind: match Urgency::of(row.kind) {
            Urgency::Request => "request",
            Urgency::Final | Urgency::Closing => "final",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_down_as_soon_as_there_is_a_reason_and_says_it() {
        for (store_answers, commits, reason, status) in [
            (true, true, None, 200),
            (true, false, Some("halted"), 503),
            (false, true, Some("away"), 503),
            (true, true, Some("draining"), 503),
        ] {
            let reasons: Vec<String> = reason.into_iter().map(str::to_owned).collect();
            let warnings = vec!["no standby".to_owned()];
            let beside = Beside { redis: Some(false), nats: None };
            let health = standing::Health { store_answers, commits, reasons, warnings };
            let answer = health_answer(health, beside, 2_500, Timestamp(1_000_002_500));
            assert_eq!(answer.status, status);
            let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            let word = |up| if up { "OK" } else { "DOWN" };
            assert_eq!(body["status"], word(status == 200));
            assert_eq!(body["services"][0]["status"], word(store_answers));
            assert_eq!(body["services"][1]["status"], word(commits));
            assert_eq!(body["notReady"][0].as_str(), reason);
            assert_eq!(body["services"][2]["status"], "DOWN");
            assert_eq!(body["warnings"][0], "no standby");
            assert_eq!(
                (&body["uptime"], body["startTime"].as_str()),
                (&2.into(), Some("1970-01-12T13:46:40.000Z"))
            );
        }
    }

    #[test]
    fn without_nats_it_is_degraded_and_still_takes_payments() {
        for (nats, status, word) in [(true, "OK", "OK"), (false, "DEGRADED", "DOWN")] {
            let (store_answers, commits) = (true, true);
            let health = standing::Health { store_answers, commits, ..Default::default() };
            let beside = Beside { nats: Some(nats), ..Beside::default() };
            let answer = health_answer(health, beside, 0, Timestamp(0));
            let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!((answer.status, body["status"].as_str()), (200, Some(status)));
            assert_eq!(
                (&body["services"][2]["name"], &body["services"][2]["status"]),
                (&"nats".into(), &word.into())
            );
        }
    }
}
