//! Messages of the stream as events. Whoever may write there could write anything: what does not stand
//! under the subject that it must have, or is no event, is passed over, by every reader alike.

use std::sync::Arc;

use frms::{Event, token};

use crate::limits::EVENT_BYTES_MAX;

/// What a message is.
#[derive(Debug, PartialEq)]
pub enum Decoded {
    /// This event.
    Event(Box<Event>),
    /// None of this tenant's.
    NotOurs,
}

/// Reads a message of a tenant's stream.
pub fn decode(tenant: &str, subject: &str, payload: &[u8]) -> Decoded {
    let event = event(tenant, subject, payload);
    // A name that is no plain token, a currency or a decision that is not the payload's: forged.
    match event.filter(|event| event.subject(tenant) == subject) {
        Some(event) => Decoded::Event(Box::new(event)),
        None => Decoded::NotOurs,
    }
}

fn event(tenant: &str, subject: &str, payload: &[u8]) -> Option<Event> {
    if payload.len() > EVENT_BYTES_MAX {
        return None;
    }
    let rest = subject.strip_prefix("frm.")?.strip_prefix(token(tenant).as_str())?;
    let kind = rest.strip_prefix('.')?.split('.').next()?;
    Some(match kind {
        "tx" => Event::Attempt(Arc::new(serde_json::from_slice(payload).ok()?)),
        "outcome" => Event::Outcome(serde_json::from_slice(payload).ok()?),
        "condition" => Event::Condition(Arc::new(serde_json::from_slice(payload).ok()?)),
        "book" => Event::ConditionBook(serde_json::from_slice(payload).ok()?),
        "catalogue" => Event::Catalogue(Arc::new(serde_json::from_slice(payload).ok()?)),
        "rule" => Event::Ruling(Arc::new(serde_json::from_slice(payload).ok()?)),
        "verdict" => Event::Verdict(Arc::new(serde_json::from_slice(payload).ok()?)),
        _ => return None,
    })
}
