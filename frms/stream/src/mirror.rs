//! The stream between machines as a copy in this process's memory, for whoever shows it and writes
//! nothing there. Numbers are the copy's own; what it does not keep any more is still on the stream.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::pull::Ordered;
use futures_util::stream::StreamExt;

use crate::Stream;
use crate::decode::{Decoded, decode};
use crate::jetstream::{Place, context, opened};
use crate::limits::{REOPEN_MS, RETAINED_EVENTS_MAX};

/// How often it is looked whether somebody still holds the copy.
const LOOK: Duration = Duration::from_secs(1);

/// Has `copy` grow with the stream for as long as somebody holds it. It begins with as many of the newest
/// events as a copy keeps.
pub fn mirror(client: Client, place: Place, copy: &Arc<Stream>) {
    tokio::spawn(follow(client, place, Arc::downgrade(copy)));
}

async fn follow(client: Client, place: Place, copy: Weak<Stream>) {
    let context = context(&client);
    let (mut position, mut said) = (None, String::new());
    while copy.strong_count() > 0 {
        match begin(&context, &place, position).await {
            Ok((messages, from)) => {
                said.clear();
                position = Some(read_on(&place, messages, from, &copy).await);
            }
            Err(reason) if reason != said => {
                tracing::warn!(stream = place.stream, reason, "the stream cannot be shown");
                said = reason;
            }
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(REOPEN_MS)).await;
    }
}

async fn begin(
    context: &Context,
    place: &Place,
    position: Option<u64>,
) -> Result<(Ordered, u64), String> {
    let stream = context.get_stream(&place.stream).await.map_err(|error| error.to_string())?;
    let most = u64::try_from(RETAINED_EVENTS_MAX).unwrap_or(u64::MAX);
    let newest = || stream.cached_info().state.last_sequence.saturating_sub(most);
    let from = position.unwrap_or_else(newest);
    let (messages, _) = opened(&stream, place, from).await?;
    Ok((messages, from))
}

/// Reads until something is wrong or nobody holds the copy; gives back how far it came.
async fn read_on(
    place: &Place,
    mut messages: Ordered,
    mut position: u64,
    copy: &Weak<Stream>,
) -> u64 {
    loop {
        let next = tokio::time::timeout(LOOK, messages.next()).await;
        let Some(copy) = copy.upgrade() else { return position };
        let message = match next {
            Err(_) => continue,
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(_)) | None) => return position,
        };
        let Ok(info) = message.info() else { return position };
        if info.stream_sequence <= position {
            continue;
        }
        position = info.stream_sequence;
        // What is none of ours, and terms, are not shown.
        if let Decoded::Event(event) = decode(&place.tenant, &message.subject, &message.payload) {
            copy.append(*event);
        }
    }
}
