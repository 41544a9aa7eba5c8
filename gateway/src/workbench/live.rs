//! Decisions as they come, as server-sent events: each one is a row of the live page.

use askama::Template;
use bytes::Bytes;
use fspiop::error::Refusal;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};

use super::asked::Asked;
use super::board::Decided;
use super::{Desk, refused, views};
use crate::envelope::Answer;
use crate::node::Node;

/// How often a page hears that we are there, and we hear that it is.
const BEAT_MS: u64 = 1_000;
/// Events that wait for a slow page.
const WAITING_MAX: usize = 64;

#[derive(Template)]
#[template(path = "row.html")]
pub(super) struct RowTemplate {
    pub(super) row: views::Row,
}

impl Desk<'_> {
    /// GET live/events?after={number}: first what came since the page was made, or was connected last.
    pub(super) fn events(&self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let told = self.workbench.board.subscribe();
        let told = told.ok_or_else(|| refused(503, "too many pages are told already"))?;
        let after = asked.header("last-event-id").or(asked.query("after"));
        let after: u64 = after.and_then(|after| after.parse().ok()).unwrap_or(u64::MAX);
        let latest = self.workbench.board.latest().into_iter().rev();
        let missed: String =
            latest.filter(|one| one.number > after).map(|one| event(&one)).collect();
        let (feed, bytes) = mpsc::channel(WAITING_MAX);
        tokio::spawn(feeding(Arc::clone(self.node), missed, told, feed));
        Ok(Answer::with_feed(200, "text/event-stream", bytes))
    }
}

async fn feeding(
    node: Arc<Node>,
    missed: String,
    mut told: broadcast::Receiver<Arc<Decided>>,
    feed: mpsc::Sender<Bytes>,
) {
    let beat = Duration::from_millis(BEAT_MS);
    if !missed.is_empty() && feed.send(Bytes::from(missed)).await.is_err() {
        return;
    }
    loop {
        let text = match tokio::time::timeout(beat, told.recv()).await {
            Ok(Ok(decided)) => event(&decided),
            Ok(Err(RecvError::Lagged(missed))) => format!("event: missed\ndata: {missed}\n\n"),
            Ok(Err(RecvError::Closed)) => return,
            Err(_) if node.standing.is_draining() => return,
            Err(_) => ": here\n\n".to_owned(),
        };
        if feed.send(Bytes::from(text)).await.is_err() {
            return;
        }
    }
}

/// A line of data each line: HTML is escaped already, and no line of it ends the event.
fn event(decided: &Decided) -> String {
    let html = RowTemplate { row: views::row(decided) }.render().unwrap_or_default();
    let lines: String = html.lines().map(|line| format!("data: {line}\n")).collect();
    format!("event: decision\nid: {}\n{lines}\n", decided.number)
}
