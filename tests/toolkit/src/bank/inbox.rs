use super::locked;
use crate::{ToolkitError, limits};
use ::http::HeaderMap;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A message as a bank received it.
#[derive(Debug, Clone)]
pub struct BankMessage {
    /// What the header `ISO20022-Message` names: `pacs.008.001.08`; empty without.
    pub name: String,
    /// All header lines.
    pub headers: HeaderMap,
    /// The exact XML.
    pub body: Bytes,
    /// When its headers were read.
    pub arrived: Instant,
    /// The same by the wall clock, in milliseconds since the Unix epoch.
    pub arrived_epoch_ms: i64,
    /// The message, or why it cannot be read.
    pub read: Result<iso20022::Inbound, String>,
}

impl BankMessage {
    /// The first line of that name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The XML as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

#[derive(Debug)]
pub(super) struct BankInbox {
    messages: Mutex<VecDeque<Arc<BankMessage>>>,
    arrivals: watch::Sender<u64>,
}

impl Default for BankInbox {
    fn default() -> Self {
        let (arrivals, _) = watch::channel(0);
        Self { messages: Mutex::default(), arrivals }
    }
}

impl BankInbox {
    pub(super) fn all(&self) -> Vec<Arc<BankMessage>> {
        locked(&self.messages).iter().cloned().collect()
    }

    pub(super) fn add(&self, message: Arc<BankMessage>) {
        let mut messages = locked(&self.messages);
        messages.push_back(message);
        if messages.len() > limits::MESSAGES_KEPT {
            messages.pop_front();
        }
        drop(messages);
        self.arrivals.send_modify(|count| *count += 1);
    }

    pub(super) async fn wait_for(
        &self,
        fits: impl Fn(&BankMessage) -> bool,
        timeout_ms: u64,
    ) -> Result<Arc<BankMessage>, ToolkitError> {
        let mut arrivals = self.arrivals.subscribe();
        let waiting = async {
            loop {
                arrivals.mark_unchanged();
                let found = locked(&self.messages).iter().find(|message| fits(message)).cloned();
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
}
