//! Hops as they happen, for whoever watches this node: the demo's table. Nobody watches by default.

use std::sync::OnceLock;

use switch::Timestamp;
use tokio::sync::mpsc;

use crate::delivery::{Attempted, Item};
use crate::envelope::{Answer, Envelope};
use crate::outbound::Outbound;

/// One message that came in or went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Hub time when it left its sender's side of this process, or arrived.
    pub at: Timestamp,
    /// Who sent it.
    pub from: String,
    /// Who gets it.
    pub to: String,
    /// `POST /transfers`, `pacs.008.001.08`.
    pub what: String,
    /// What its receiver may take.
    pub remaining_ms: Option<u64>,
    /// What came of it.
    pub note: String,
}

/// Where sightings go.
#[derive(Debug, Default)]
pub struct Watch {
    watcher: OnceLock<mpsc::UnboundedSender<Sighting>>,
}

impl Watch {
    /// Sends all sightings to `watcher` from now on; the first one called stays.
    pub fn by(&self, watcher: mpsc::UnboundedSender<Sighting>) {
        let _ = self.watcher.set(watcher);
    }

    /// A request that came over a socket.
    pub fn came(&self, door: &'static str, envelope: &Envelope, answer: &Answer) {
        let Some(watcher) = self.watcher.get().filter(|_| door != "admin") else { return };
        let header = |name| envelope.headers.first(name);
        let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        let effective = answer.headers.iter().find(|(name, _)| *name == "fspiop-timeout-effective");
        let effective = number(effective.map(|(_, value)| value.as_str()));
        // Nobody is told when the watcher has gone.
        let _ = watcher.send(Sighting {
            at: envelope.arrival,
            from: header("fspiop-source").unwrap_or("a bank").to_owned(),
            to: "causeway".to_owned(),
            what: format!("{} {}", envelope.method, envelope.target),
            remaining_ms: number(header("fspiop-timeout")).or(effective),
            note: answer.status.to_string(),
        });
    }

    /// A message that went out, with what came of it.
    pub fn went(&self, at: Timestamp, item: &Item, attempted: &Attempted) {
        let Some(watcher) = self.watcher.get() else { return };
        let (from, what) = match &*item.outbound {
            Outbound::Forwarded(forwarded) => {
                let (method, target, headers, _) = forwarded.parts();
                let source = headers.first("fspiop-source").unwrap_or("causeway");
                (source.to_owned(), format!("{method} {target}"))
            }
            Outbound::Originated(own) => {
                ("causeway".to_owned(), format!("{} {}", own.request.method, own.request.target))
            }
            Outbound::Translated(own) => (
                format!("{} (side)", own.party),
                format!("{} {}", own.request.method, own.request.target),
            ),
            Outbound::Bank(message) => ("causeway".to_owned(), message.message.clone()),
            Outbound::Event(event) => ("causeway".to_owned(), event.subject.clone()),
        };
        let remaining_ms = item.outbound.budget().and_then(|budget| match budget.down(at.0) {
            crate::outbound::Down::With(ms) => Some(ms),
            _ => None,
        });
        let note = match attempted {
            Attempted::Delivered => String::new(),
            Attempted::Refused { status, .. } => format!("refused with {status}"),
            Attempted::Failed { reason, .. } | Attempted::Again { reason } => reason.clone(),
            Attempted::TooLate => "too late".to_owned(),
        };
        let to = item.destination.strip_prefix("bank:").unwrap_or(&item.destination).to_owned();
        let _ = watcher.send(Sighting { at, from, to, what, remaining_ms, note });
    }
}
