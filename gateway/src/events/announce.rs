//! What counts as fraud screening's conditions and catalogue, told to scorers elsewhere: at a node's start
//! and each day, so that one whose stream no longer has it knows it all the same, and none keeps what was
//! taken out of a file. It is read from the store for each telling, and again if NATS goes away over it:
//! nothing waits in memory and grows old.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{Events, Stream, screening_event};
use crate::limits::{ANNOUNCED_EVERY_MS, FORWARDED_AT_ONCE, STREAM_PAUSE_MS};
use crate::node::Node;
use crate::screening::Screening;

/// Starts telling.
pub(super) fn start(node: &Arc<Node>) {
    tokio::spawn(tell_again(Arc::downgrade(node)));
}

async fn tell_again(node: Weak<Node>) {
    let mut said = String::new();
    loop {
        let Some(here) = node.upgrade() else { return };
        let (Some(events), Some(screening)) = (&here.events, &here.screening) else { return };
        let told = match events.nats.is_ready() {
            true => tell(&here, events, screening).await,
            false => Err(String::new()),
        };
        let pause_ms = if told.is_ok() { ANNOUNCED_EVERY_MS } else { STREAM_PAUSE_MS.0 };
        let reason = told.err().unwrap_or_default();
        if !reason.is_empty() && reason != said {
            tracing::warn!(reason, "scorers elsewhere cannot be told the conditions yet");
        }
        said = reason;
        drop(here);
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    }
}

async fn tell(node: &Node, events: &Events, screening: &Screening) -> Result<(), String> {
    let announced = screening.announced(node).await.map_err(|error| error.to_string())?;
    // The book closes when all that is in it has arrived.
    let chunks = announced.events.chunks(FORWARDED_AT_ONCE);
    for some in chunks.chain([std::slice::from_ref(&announced.book)]) {
        let mut sent = Vec::with_capacity(some.len());
        for event in some {
            let event =
                screening_event(&events.tenant, event).map_err(|error| error.to_string())?;
            // Told again later, with the same content, it is another message.
            let id = format!("{}-{}", announced.version, event.message_id(None));
            sent.push(events.nats.send(&event, id, None).await?);
        }
        for sent in sent {
            events.nats.acknowledged(sent).await?;
            let labels = Events::labels(Stream::Frm);
            events.metrics.events_published.get_or_create(&labels).inc();
        }
    }
    Ok(())
}
