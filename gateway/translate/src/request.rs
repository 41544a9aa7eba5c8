//! An FSPIOP message to send: everything but source, date, media type version and signature, which are
//! the sender's to add, and the timeout header, which is computed at each attempt.

use fspiop::deadline::Timeout;
use fspiop::route::Method;
use fspiop::version::Resource;
use serde::{Deserialize, Serialize};

use crate::document;
use crate::party::PartyKey;

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FspiopRequest {
    /// The method.
    #[serde(with = "document::method")]
    pub method: Method,
    /// The target in origin form: `/transfers/{id}`.
    pub target: String,
    /// The resource, for the media types.
    #[serde(with = "document::resource")]
    pub resource: Resource,
    /// Canonical JSON; `None` with GET.
    pub body: Option<Vec<u8>>,
    /// `FSPIOP-Destination`; `None` where it is not known (a lookup).
    pub destination: Option<String>,
    /// Until when an attempt may be made and an answer counts, in milliseconds since the Unix epoch.
    /// `None`: an outcome, sent until it is acknowledged.
    pub until_ms: Option<i64>,
}

impl FspiopRequest {
    /// `FSPIOP-Timeout` of an attempt at `now_ms`; `None` where there is none to name or nothing is
    /// left. What a bank's order begins gives the next hop all that its stage has left (DESIGN §5).
    pub fn timeout(&self, now_ms: i64) -> Option<Timeout> {
        let left_ms = self.until_ms?.saturating_sub(now_ms);
        u64::try_from(left_ms).ok().and_then(Timeout::at_most)
    }
}

/// `/{resource}/{Type}/{ID}[/{SubId}]`, percent-encoded.
pub fn party_target(resource: Resource, party: &PartyKey) -> String {
    let mut target = format!("/{resource}/{}/{}", party.id_type, encoded(&party.identifier));
    if let Some(sub_id) = &party.sub_id {
        target.push('/');
        target.push_str(&encoded(sub_id));
    }
    target
}

/// Percent-encodes whatever is not unreserved (RFC 3986 §2.3), but leaves `+` and `@`, which stand in
/// telephone numbers and addresses as they are.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'-' | b'.' | b'_' | b'~' | b'+' | b'@' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}
