//! The messages that leave, in the form in which the outbox keeps them (DESIGN §2): a forwarded
//! message is the sender's bytes and cannot be written anew; an originated one is the hub's own; a
//! translated one speaks for the party whose key it is signed with; a bank message is XML.

use bytes::Bytes;
use fspiop::deadline::Timeout;
use fspiop::headers::HeaderList;
use serde::{Deserialize, Serialize};
use switch_store::{CommitError, NewOutboxRow, NotRendered, OutboxRow};
use thiserror::Error;

use crate::events::StreamEvent;

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
    /// An event for a stream.
    Event(StreamEvent),
}

/// The received request: signature, signed headers and body as they came. There is no way to
/// change them here; only the hop's own headers are added when it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forwarded {
    method: String,
    target: String,
    #[serde(with = "lines")]
    headers: HeaderList,
    body: Bytes,
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
    /// What is left for whoever asked; advice.
    pub budget: Option<HopBudget>,
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
    /// The last word about its resource: like a final status, and a request that still waits in
    /// its lane is pointless.
    Closing,
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
const HOP_HEADERS: [&str; 17] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "fspiop-timeout",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-client-id",
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
            headers: lines.collect(),
            body: envelope.body.clone(),
            budget: None,
        }
    }

    /// The same with the destination that a lookup's initiator did not know. A message that names
    /// one, or has a body and so a signature over its headers, is left as it is.
    #[must_use]
    pub fn to(mut self, destination: &str) -> Forwarded {
        let name = "FSPIOP-Destination";
        if self.headers.first(name).is_none() && self.body.is_empty() {
            self.headers.push(name, destination);
        }
        self
    }

    /// The same question in another version. `None` where there is a body or a signature: what was
    /// signed stays as it is.
    pub fn restated(mut self, content_type: String) -> Option<Forwarded> {
        let signed = self.headers.first(fspiop::jws::SIGNATURE).is_some();
        if signed || !self.body.is_empty() {
            return None;
        }
        self.headers.first("content-type")?;
        self.headers.replace("content-type", content_type);
        Some(self)
    }

    /// The same with a budget for the next hop.
    #[must_use]
    pub fn within(mut self, budget: Option<HopBudget>) -> Forwarded {
        self.budget = budget;
        self
    }

    /// The request's parts, to be sent and not to be changed.
    pub fn parts(&self) -> (&str, &str, &HeaderList, &Bytes) {
        (&self.method, &self.target, &self.headers, &self.body)
    }
}

impl HopBudget {
    /// The last moment (hub time, ms) at which the floor is still left for the next hop; none
    /// where there is no floor.
    pub fn latest_ms(&self) -> Option<i64> {
        let needed = self.link_ms.saturating_add(self.floor_ms?);
        let needed = i64::try_from(needed).unwrap_or(i64::MAX);
        Some(self.until_ms.saturating_sub(needed))
    }

    /// What is left for the next hop at `now_ms`.
    pub fn down(&self, now_ms: i64) -> Down {
        let left = i128::from(self.until_ms) - i128::from(now_ms) - i128::from(self.link_ms);
        if self.floor_ms.is_some_and(|floor_ms| left < i128::from(floor_ms)) {
            return Down::TooLate;
        }
        // An expiration may lie further ahead than the header's nine digits can say.
        let left_ms = u64::try_from(left.max(0)).unwrap_or(u64::MAX);
        Timeout::at_most(left_ms).map_or(Down::Without, |timeout| Down::With(timeout.ms()))
    }
}

impl Urgency {
    /// The form in which the store keeps it.
    pub fn code(self) -> u8 {
        match self {
            Urgency::Request => 1,
            Urgency::Final => 2,
            Urgency::Closing => 3,
        }
    }

    /// Back from the store's form; what is unknown is sent until acknowledged.
    pub fn of(code: u8) -> Urgency {
        match code {
            1 => Urgency::Request,
            3 => Urgency::Closing,
            _ => Urgency::Final,
        }
    }
}

impl Outbound {
    /// The outbox row that keeps this message. `deadline` ends requests.
    ///
    /// # Errors
    /// [`NotKept`]
    pub fn row(
        &self,
        destination: &str,
        resource: &str,
        urgency: Urgency,
        deadline: Option<switch::Timestamp>,
    ) -> Result<NewOutboxRow, NotKept> {
        Ok(NewOutboxRow {
            destination: destination.to_owned(),
            resource: resource.to_owned(),
            deadline,
            kind: urgency.code(),
            body: kept(self)?,
        })
    }

    /// The message of a stored row; none if another version wrote it.
    pub fn of(row: &OutboxRow) -> Option<Outbound> {
        read_kept(&row.body)
    }

    /// What the next hop may take.
    pub fn budget(&self) -> Option<&HopBudget> {
        match self {
            Outbound::Forwarded(forwarded) => forwarded.budget.as_ref(),
            Outbound::Translated(translated) => translated.budget.as_ref(),
            Outbound::Bank(message) => message.budget.as_ref(),
            Outbound::Originated(originated) => originated.budget.as_ref(),
            Outbound::Event(_) => None,
        }
    }

    /// The same with another budget for its receiver.
    #[must_use]
    pub fn within(mut self, budget: Option<HopBudget>) -> Outbound {
        match &mut self {
            Outbound::Forwarded(forwarded) => forwarded.budget = budget,
            Outbound::Translated(translated) => translated.budget = budget,
            Outbound::Bank(message) => message.budget = budget,
            Outbound::Originated(originated) => originated.budget = budget,
            Outbound::Event(_) => {}
        }
        self
    }
}

/// Header lines as pairs, which is how they have always been stored.
mod lines {
    use std::fmt;

    use fspiop::headers::HeaderList;
    use serde::de::{SeqAccess, Visitor};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(list: &HeaderList, to: S) -> Result<S::Ok, S::Error> {
        // A sequence's length comes first.
        to.collect_seq(list.iter().collect::<Vec<_>>())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<HeaderList, D::Error> {
        from.deserialize_seq(Pairs)
    }

    struct Pairs;

    impl<'de> Visitor<'de> for Pairs {
        type Value = HeaderList;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("header lines")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<HeaderList, A::Error> {
            let mut list = HeaderList::new();
            while let Some((name, value)) = pairs.next_element::<(&str, &str)>()? {
                list.push(name, value);
            }
            Ok(list)
        }
    }
}

/// The form of stored messages. A change of the types above needs a new one, and a reader for the
/// old.
const FORM: u8 = 1;

/// A message that cannot be written into its stored form. Ours: what it belongs to is refused (2001),
/// for half a row would be sent to nobody and say nothing.
#[derive(Debug, Error)]
#[error("a message cannot be written into its stored form: {0}")]
pub struct NotKept(#[from] postcard::Error);

impl From<NotKept> for CommitError {
    fn from(error: NotKept) -> Self {
        tracing::error!(%error, "work is refused");
        CommitError::Internal
    }
}

impl From<NotKept> for NotRendered {
    fn from(error: NotKept) -> Self {
        NotRendered(error.to_string())
    }
}

/// A message as it is stored: a form and its bytes.
///
/// # Errors
/// [`NotKept`]
pub fn kept<T: Serialize>(message: &T) -> Result<Bytes, NotKept> {
    Ok(Bytes::from(postcard::to_extend(message, vec![FORM])?))
}

/// Back from the stored form; none if another version wrote it.
pub fn read_kept<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (form, body) = bytes.split_first()?;
    (*form == FORM).then(|| postcard::from_bytes(body).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows that are in a store stay readable: the same bytes as pairs of strings and a vector gave.
    #[test]
    fn a_forwarded_message_is_stored_as_ever() {
        let forwarded = Forwarded {
            method: "PUT".to_owned(),
            target: "/x".to_owned(),
            headers: HeaderList::new().with("Date", "d").with("A", ""),
            body: Bytes::from_static(b"\x00\xff{}"),
            budget: None,
        };
        let pairs = vec![("Date".to_owned(), "d".to_owned()), ("A".to_owned(), String::new())];
        let before = ("PUT", "/x", pairs, b"\x00\xff{}".to_vec(), None::<HopBudget>);
        let stored = kept(&forwarded).unwrap();
        assert_eq!(stored, kept(&before).unwrap());
        assert_eq!(read_kept::<Forwarded>(&stored), Some(forwarded));
    }

    /// A sequence that does not know its length has no place in the form.
    #[test]
    fn what_cannot_be_written_is_refused_and_not_kept_empty() {
        struct Unwritable;
        impl Serialize for Unwritable {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                serde::ser::SerializeSeq::end(to.serialize_seq(None)?)
            }
        }
        let error = kept(&Unwritable).unwrap_err();
        assert_eq!(CommitError::from(error), CommitError::Internal);
        let error = NotRendered::from(kept(&Unwritable).unwrap_err());
        assert!(error.to_string().contains("cannot be written"), "{error}");
    }

    /// T26 of security-and-timeouts.md §4.4: whatever the numbers, nothing wraps.
    fn any_budget() -> impl Strategy<Value = HopBudget> {
        let edge = prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), Just(0)];
        let span = prop_oneof![any::<u64>(), Just(u64::MAX), 0..10_000_u64];
        (edge, span.clone(), proptest::option::of(span)).prop_map(
            |(until_ms, link_ms, floor_ms)| HopBudget {
                until_ms,
                link_ms,
                floor_ms,
                origin_ms: None,
            },
        )
    }

    fn exactly(budget: &HopBudget, now_ms: i64) -> i128 {
        i128::from(budget.until_ms) - i128::from(now_ms) - i128::from(budget.link_ms)
    }

    proptest! {
        #[test]
        fn what_is_left_never_wraps_and_is_never_more_than_there_is(
            budget in any_budget(),
            now_ms in any::<i64>(),
        ) {
            let exact = exactly(&budget, now_ms);
            let floor = budget.floor_ms.map(i128::from);
            match budget.down(now_ms) {
                Down::With(ms) => {
                    prop_assert!(i128::from(ms) <= exact, "more than there is: {exact}");
                    prop_assert!(Timeout::parse(ms.to_string().as_bytes()).is_some());
                }
                Down::Without => prop_assert!(floor.is_none() && exact < 1),
                Down::TooLate => prop_assert!(floor.is_some_and(|floor| exact < floor)),
            }
        }

        #[test]
        fn time_only_shortens_it(budget in any_budget(), now_ms in any::<i64>(), later in any::<u32>()) {
            let left = |now_ms| match budget.down(now_ms) {
                Down::With(ms) => ms,
                Down::Without | Down::TooLate => 0,
            };
            prop_assert!(left(now_ms.saturating_add(i64::from(later))) <= left(now_ms));
        }

        #[test]
        fn in_the_range_of_clocks_it_is_exact(
            now_ms in 0..4_000_000_000_000_i64,
            left_ms in 0..10_000_000_i64,
            link_ms in 0..10_000_u64,
        ) {
            let until_ms = now_ms + left_ms;
            let budget = HopBudget { until_ms, link_ms, floor_ms: None, origin_ms: None };
            let expected = u64::try_from(exactly(&budget, now_ms)).unwrap_or(0);
            let down = if expected == 0 { Down::Without } else { Down::With(expected) };
            prop_assert_eq!(budget.down(now_ms), down);
        }
    }
}
