//! What fraud screening says outside of any batch (attempts, verdicts, alerts), from the stream in this
//! process to JetStream. Best effort: the queue is that stream itself, which keeps its last events and
//! is lost with the process. What a batch causes (outcomes, changed conditions) comes from the outbox,
//! what counts at a start is told by `announce`, and both are left out here.

use std::sync::{Arc, Weak};
use std::time::Duration;

use frms::Event;
use frms_stream::{Entry, Stream as InProcess};

use super::{Events, screening_event};
use crate::limits::{FORWARDED_AT_ONCE, STREAM_PAUSE_MS};
use crate::node::Node;

/// How often it is looked whether the node is still there.
const LOOK_MS: u64 = 1_000;

/// Starts following the stream from its beginning.
pub(super) fn start(node: &Arc<Node>, stream: Arc<InProcess>) {
    tokio::spawn(follow(Arc::downgrade(node), stream));
}

async fn follow(node: Weak<Node>, stream: Arc<InProcess>) {
    let mut growth = stream.growth();
    let mut position = 0;
    loop {
        growth.borrow_and_update();
        let Some(node) = node.upgrade() else { return };
        let Some(events) = &node.events else { return };
        let entries = match stream.read(position, FORWARDED_AT_ONCE) {
            Ok(entries) => entries,
            Err(missed) => {
                tracing::warn!(missed = missed.0, "screening's events were not kept for NATS");
                events.metrics.events_lost.inc_by(missed.0);
                position = position.saturating_add(missed.0);
                continue;
            }
        };
        let count = entries.len();
        let wanted = entries.into_iter().filter(is_ours).collect();
        if let Some(last) = forward(events, wanted).await {
            // Sent again from there; what is known already is known by its message id.
            position = last;
            drop(node);
            tokio::time::sleep(Duration::from_millis(STREAM_PAUSE_MS.0)).await;
            continue;
        }
        position = position.saturating_add(u64::try_from(count).unwrap_or(0));
        drop(node);
        if count < FORWARDED_AT_ONCE {
            let _ = tokio::time::timeout(Duration::from_millis(LOOK_MS), growth.changed()).await;
        }
    }
}

/// Whether nothing else publishes the event.
fn is_ours(entry: &Entry) -> bool {
    match &entry.event {
        Event::Attempt(_) | Event::Verdict(_) | Event::Alert { .. } | Event::Ruling(_) => true,
        Event::Outcome(_) => false,
        Event::Condition(_) | Event::ConditionBook(_) | Event::Catalogue(_) => false,
    }
}

/// Publishes in order. Gives back the number before the first one that did not arrive.
async fn forward(events: &Events, entries: Vec<Entry>) -> Option<u64> {
    let mut sent = Vec::with_capacity(entries.len());
    let mut failed = None;
    for entry in entries {
        let event = match screening_event(&events.tenant, &entry.event) {
            Ok(event) => event,
            Err(error) => {
                tracing::error!(%error, "an event of screening cannot be written");
                continue;
            }
        };
        let id = event.message_id(None);
        match events.nats.send(&event, id, Some(entry.sequence)).await {
            Ok(acknowledgement) => sent.push((entry.sequence, acknowledgement)),
            Err(_) => {
                failed = Some(entry.sequence);
                break;
            }
        }
    }
    for (sequence, acknowledgement) in sent {
        if events.nats.acknowledged(acknowledgement).await.is_err() {
            failed = Some(failed.map_or(sequence, |first| first.min(sequence)));
        } else {
            let labels = Events::labels(super::Stream::Frm);
            events.metrics.events_published.get_or_create(&labels).inc();
        }
    }
    failed.map(|sequence| sequence.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use frms::{ConditionChange, Outcome, OutcomeKind, PaymentId};

    #[test]
    fn what_has_a_row_is_not_sent_twice_and_what_counts_is_not_sent_from_memory() {
        let change = ConditionChange { name: "a".to_owned(), condition: None, version: 1 };
        let outcome = Outcome { id: PaymentId(7), kind: OutcomeKind::Committed, at_ms: 1 };
        for event in [Event::Condition(Arc::new(change)), Event::Outcome(outcome)] {
            assert!(!is_ours(&Entry { sequence: 1, event }));
        }
    }
}
