use super::locked;
use crate::{ToolkitError, limits};
use ::http::{HeaderMap, Method};
use bytes::Bytes;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// A message as a DFSP received it.
#[derive(Debug, Clone)]
pub struct Received {
    /// `GET`, `POST`, `PUT`, `PATCH`.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// All header lines.
    pub headers: HeaderMap,
    /// The exact body.
    pub body: Bytes,
    /// When its headers were read.
    pub arrived: Instant,
    /// The same by the wall clock, in milliseconds since the Unix epoch.
    pub arrived_epoch_ms: i64,
    /// What became of its signature.
    pub seen: Seen,
}

/// What became of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Signed by its FSPIOP-Source.
    Verified,
    /// Nothing to sign.
    Bodiless,
    /// Missing or wrong.
    Failed(String),
}

impl Received {
    /// The first line of that name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A header that is a number of milliseconds.
    pub fn header_ms(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Whether it is a `.../error` callback.
    pub fn is_error(&self) -> bool {
        self.path().ends_with("/error")
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The path of the object, without `/error`: what a callback is matched by.
    pub fn object(&self) -> &str {
        self.path().strip_suffix("/error").unwrap_or(self.path())
    }
}

/// All that was received, and who waits for what.
#[derive(Debug)]
pub(super) struct Inbox {
    kept: Mutex<Kept>,
    arrivals: watch::Sender<u64>,
    waiting: Mutex<HashMap<String, Vec<mpsc::UnboundedSender<Arc<Received>>>>>,
}

#[derive(Debug, Default)]
struct Kept {
    messages: VecDeque<Arc<Received>>,
    forgotten: u64,
}

impl Default for Inbox {
    fn default() -> Self {
        let (arrivals, _) = watch::channel(0);
        Self { kept: Mutex::default(), arrivals, waiting: Mutex::default() }
    }
}

impl Inbox {
    pub(super) fn all(&self) -> Vec<Arc<Received>> {
        locked(&self.kept).messages.iter().cloned().collect()
    }

    /// Keeps a message, and gives it to those who wait for its object.
    pub(super) fn add(&self, message: &Arc<Received>) {
        let mut kept = locked(&self.kept);
        kept.messages.push_back(message.clone());
        if kept.messages.len() > limits::MESSAGES_KEPT {
            kept.messages.pop_front();
            kept.forgotten += 1;
        }
        drop(kept);
        self.arrivals.send_modify(|count| *count += 1);
        self.hand_out(message);
    }

    fn hand_out(&self, message: &Arc<Received>) {
        let mut waiting = locked(&self.waiting);
        if let Some(waiters) = waiting.get_mut(message.object()) {
            waiters.retain(|waiter| waiter.send(message.clone()).is_ok());
            if waiters.is_empty() {
                waiting.remove(message.object());
            }
        }
    }

    /// Callbacks for an object from now on.
    pub(super) fn subscribe(&self, object: &str) -> mpsc::UnboundedReceiver<Arc<Received>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        locked(&self.waiting).entry(object.to_owned()).or_default().push(sender);
        receiver
    }

    pub(super) async fn wait_for(
        &self,
        fits: impl Fn(&Received) -> bool,
        timeout_ms: u64,
    ) -> Result<Arc<Received>, ToolkitError> {
        let mut arrivals = self.arrivals.subscribe();
        let waiting = async {
            let mut next = 0;
            loop {
                arrivals.mark_unchanged();
                let (found, seen) = self.find_from(next, &fits);
                next = seen;
                // The sender lives as long as this inbox: waiting cannot fail.
                match found {
                    Some(message) => return message,
                    None => drop(arrivals.changed().await),
                }
            }
        };
        let waited = tokio::time::timeout(Duration::from_millis(timeout_ms), waiting).await;
        let what = "message that fits".to_owned();
        waited.map_err(|_| ToolkitError::Silence { what, waited_ms: timeout_ms })
    }

    fn find_from(
        &self,
        next: u64,
        fits: impl Fn(&Received) -> bool,
    ) -> (Option<Arc<Received>>, u64) {
        let kept = locked(&self.kept);
        let skip = usize::try_from(next.saturating_sub(kept.forgotten)).unwrap_or(usize::MAX);
        let found = kept.messages.iter().skip(skip).find(|message| fits(message)).cloned();
        (found, kept.forgotten + kept.messages.len() as u64)
    }
}
