//! The messages that leave, in the form in which the outbox keeps them (DESIGN §2): a forwarded
//! message is the sender's bytes and cannot be written anew; an originated one is the hub's own; a
//! translated one speaks for the party whose key it is signed with; a bank message is XML.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use switch_store::{NewOutboxRow, OutboxRow};

/// One message that leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outbound {
    /// Somebody's message, passed on as received.
    Forwarded(Forwarded),
    /// The hub's own message: errors, confirmations, answers to GET.
    Originated(Originated),
    /// A message that speaks for a party which delegated its key.
    Translated(Translated),
    /// XML for a bank.
    Bank(BankMessage),
}

/// The received request: signature, signed headers and body as they came. There is no way to
/// change them here; only the hop's own headers are added when it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forwarded {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// What the next hop may take.
    pub budget: Option<HopBudget>,
}

/// What the hub says in its own name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Originated {
    /// The request as it is sent, without signature headers.
    pub request: Unsigned,
    /// Signature headers, when they were made before the row was stored.
    pub signature: Vec<(String, String)>,
}

/// What the bank side says for a party whose key it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Translated {
    /// The party: `FSPIOP-Source`, and whose key signs.
    pub party: String,
    /// The request as it is sent, without signature headers.
    pub request: Unsigned,
    /// Signature headers, when they were made before the row was stored.
    pub signature: Vec<(String, String)>,
    /// What the next hop may take.
    pub budget: Option<HopBudget>,
}

/// A request whose signature is still to be made. Its Date is set when the row is made, so that
/// every attempt is the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unsigned {
    /// Upper-case method.
    pub method: String,
    /// Path and query from the resource on: also what FSPIOP-URI says.
    pub target: String,
    /// Headers in the order in which they are sent.
    pub headers: Vec<(String, String)>,
    /// Canonical JSON, or empty.
    pub body: Vec<u8>,
}

/// An XML message for a bank's URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BankMessage {
    /// The bank's FspId.
    pub bank: String,
    /// The message, e.g. `pacs.008.001.08`.
    pub message: String,
    /// The document.
    pub xml: String,
    /// What the bank may take; none for final statuses.
    pub budget: Option<HopBudget>,
}

/// How long the next hop may take, in a form that every attempt can turn into a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HopBudget {
    /// Hub time (ms) by which this hop must have its answer.
    pub until_ms: i64,
    /// Link allowance.
    pub link_ms: u64,
    /// Below this nothing is sent, if the sender's budget came in a header.
    pub floor_ms: Option<u64>,
    /// `FSPIOP-Timeout-Origin`, of messages that we start; forwarded ones carry the sender's.
    pub origin_ms: Option<u64>,
}

/// How long delivery goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// A request: sent again while its deadline allows.
    Request,
    /// A final status or confirmation: sent again until it is acknowledged.
    Final,
}

/// What a hop that has a budget does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Down {
    /// Send with this many milliseconds in the header.
    With(u64),
    /// Send without the header: nothing to promise, nothing promised to us.
    Without,
    /// Do not send: too little is left for an answer.
    TooLate,
}

/// Headers that belong to one hop and are set anew by each; all others are the sender's.
const HOP_HEADERS: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "fspiop-timeout",
    "host",
    "keep-alive",
    "te",
    "traceparent",
    "transfer-encoding",
    "x-forwarded-for",
];

impl Forwarded {
    /// The envelope's request as it came, less the headers of the hop it came over.
    pub fn of(envelope: &crate::envelope::Envelope, target: &str) -> Forwarded {
        let keep = |name: &str| !HOP_HEADERS.iter().any(|hop| name.eq_ignore_ascii_case(hop));
        let lines = envelope.headers.iter().filter(|(name, _)| keep(name));
        Forwarded {
            method: envelope.method.clone(),
            target: target.to_owned(),
            headers: lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: envelope.body.to_vec(),
            budget: None,
        }
    }

    /// The same with the destination that a lookup's initiator did not know. A message that names
    /// one, or has a body and so a signature over its headers, is left as it is.
    #[must_use]
    pub fn to(mut self, destination: &str) -> Forwarded {
        let name = "FSPIOP-Destination";
        let named = self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if !named && self.body.is_empty() {
            self.headers.push((name.to_owned(), destination.to_owned()));
        }
        self
    }

    /// The same with a budget for the next hop.
    #[must_use]
    pub fn within(mut self, budget: Option<HopBudget>) -> Forwarded {
        self.budget = budget;
        self
    }

    /// The request's parts, to be sent and not to be changed.
    pub fn parts(&self) -> (&str, &str, &[(String, String)], &[u8]) {
        (&self.method, &self.target, &self.headers, &self.body)
    }
}

impl HopBudget {
    /// What is left for the next hop at `now_ms`.
    pub fn down(&self, now_ms: i64) -> Down {
        let link = i64::try_from(self.link_ms).unwrap_or(i64::MAX);
        let left = self.until_ms.saturating_sub(now_ms).saturating_sub(link);
        let floor = self.floor_ms.map(|floor| i64::try_from(floor).unwrap_or(i64::MAX));
        match (u64::try_from(left), floor) {
            (_, Some(floor)) if left < floor => Down::TooLate,
            (Ok(left), _) if left >= 1 => Down::With(left),
            _ => Down::Without,
        }
    }
}

impl Urgency {
    /// The form in which the store keeps it.
    pub fn code(self) -> u8 {
        match self {
            Urgency::Request => 1,
            Urgency::Final => 2,
        }
    }

    /// Back from the store's form; what is unknown is sent until acknowledged.
    pub fn of(code: u8) -> Urgency {
        if code == 1 { Urgency::Request } else { Urgency::Final }
    }
}

impl Outbound {
    /// The outbox row that keeps this message. `deadline` ends requests.
    pub fn row(
        &self,
        destination: &str,
        resource: &str,
        urgency: Urgency,
        deadline: Option<switch::Timestamp>,
    ) -> NewOutboxRow {
        NewOutboxRow {
            destination: destination.to_owned(),
            resource: resource.to_owned(),
            deadline,
            kind: urgency.code(),
            // The types hold nothing that postcard cannot write.
            body: Bytes::from(postcard::to_stdvec(self).unwrap_or_default()),
        }
    }

    /// The message of a stored row; none if another version wrote it.
    pub fn of(row: &OutboxRow) -> Option<Outbound> {
        postcard::from_bytes(&row.body).ok()
    }

    /// What the next hop may take.
    pub fn budget(&self) -> Option<&HopBudget> {
        match self {
            Outbound::Forwarded(forwarded) => forwarded.budget.as_ref(),
            Outbound::Translated(translated) => translated.budget.as_ref(),
            Outbound::Bank(message) => message.budget.as_ref(),
            Outbound::Originated(_) => None,
        }
    }
}
