//! What the node knows of each participant beside the ledger: where it listens, its keys, what it
//! honours, and its record if it is a bank inside this process. Documents in the store; this is
//! the copy in memory that every message reads.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use causeway_translate::record::BankRecord;
use fspiop::jws::{self, KeyRing};
use fspiop::version::Spoken;
use serde::{Deserialize, Serialize};
use switch_store::{Document, DocumentKey, Store};

use crate::node::{HUB, StartError};
use crate::tls::Peer;

/// The kind under which participants' records are stored; the key is the FspId.
pub const PEER: &str = "peer";

/// The endpoint type whose value is the base URL of all callbacks without a type of their own.
pub const BASE_URL: &str = "FSPIOP_CALLBACK_URL";

/// One participant's record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PeerRecord {
    /// Endpoint type to URL template (switch-core.md §1.11).
    pub endpoints: BTreeMap<String, String>,
    /// Its public keys.
    pub keys: Vec<PublicKey>,
    /// Whether it gives up when `FSPIOP-Timeout` says so.
    pub honours_timeout: bool,
    /// Whether it takes messages translated from another dialect.
    pub accepts_translated: bool,
    /// The versions of FSPIOP that it speaks; nothing is known if it does not say.
    #[serde(default, skip_serializing_if = "Spoken::is_empty")]
    pub versions: Spoken,
    /// The name in its certificate; its FspId if there is none here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_identity: Option<String>,
    /// How many requests a second it may send; as configured for all if there is none here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_s: Option<u32>,
    /// Set for a bank that this process speaks FSPIOP for.
    pub bank: Option<BankRecord>,
}

/// A public key with its validity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublicKey {
    /// SubjectPublicKeyInfo, PEM.
    pub public_key_pem: String,
    /// First instant (RFC 3339) at which it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// First instant (RFC 3339) at which it no longer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
}

impl PublicKey {
    /// First instant at which it counts and first at which it no longer does, in milliseconds since the
    /// epoch; `None` where one cannot be read.
    fn validity_ms(&self) -> Option<(Option<i64>, Option<i64>)> {
        let instant = |text: &Option<String>| match text {
            Some(text) => unix_ms(text).map(Some),
            None => Some(None),
        };
        Some((instant(&self.valid_from)?, instant(&self.valid_until)?))
    }
}

/// All participants' records, and the keys by which their signatures are verified.
#[derive(Default)]
pub struct Peers {
    known: RwLock<Arc<Known>>,
}

/// One consistent state of all records.
#[derive(Default)]
pub struct Known {
    /// By FspId.
    pub records: HashMap<String, Arc<PeerRecord>>,
    /// The banks that this process speaks for, by name.
    pub banks: Vec<Arc<BankRecord>>,
    /// Keys of all participants.
    pub ring: KeyRing,
}

impl Peers {
    /// The records as they are now; what changes later is not seen through it.
    pub fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// One participant's record.
    pub fn record(&self, name: &str) -> Option<Arc<PeerRecord>> {
        self.known().records.get(name).cloned()
    }

    /// The bank that this process speaks for under that name.
    pub fn bank(&self, name: &str) -> Option<Arc<BankRecord>> {
        let known = self.known();
        let found = known.banks.binary_search_by(|bank| bank.fsp_id().cmp(name));
        found.ok().and_then(|index| known.banks.get(index).cloned())
    }

    /// Reads all records anew. `own` gives the public key that this process signs with as the hub or
    /// as one of its banks. Seen at once and as a whole.
    ///
    /// # Errors
    /// The store does not answer, or an own key cannot be had: nothing has changed then.
    pub async fn reload(
        &self,
        store: &dyn Store,
        own: impl Fn(&str) -> Result<String, StartError>,
    ) -> Result<(), StartError> {
        let mut records = HashMap::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = store.documents(PEER, after.as_deref(), PAGE).await?;
            for (key, document) in &page {
                if let Some((name, record)) = read(key, document) {
                    records.insert(name, Arc::new(record));
                }
            }
            match page.last() {
                Some((key, _)) if page.len() == PAGE => after = Some(key.key.to_vec()),
                _ => break,
            }
        }
        let mut banks: Vec<_> =
            records.values().filter_map(|record| record.bank.clone().map(Arc::new)).collect();
        banks.sort_by(|one, other| one.fsp_id().cmp(other.fsp_id()));
        let names = std::iter::once(HUB).chain(banks.iter().map(|bank| bank.fsp_id()));
        let own: Result<Vec<_>, StartError> = names.map(|name| Ok((name, own(name)?))).collect();
        let ring = ring(&records, &own?);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Known { records, banks, ring });
        Ok(())
    }
}

/// Records read from the store in one step.
const PAGE: usize = 1_000;

fn read(key: &DocumentKey, document: &Document) -> Option<(String, PeerRecord)> {
    let name = std::str::from_utf8(&key.key).ok()?.to_owned();
    match serde_json::from_slice(&document.body) {
        Ok(record) => Some((name, record)),
        Err(error) => {
            tracing::error!(participant = name, %error, "its record cannot be read");
            None
        }
    }
}

/// The ring of all registered keys, and of those that this process signs with itself (`own`).
fn ring(records: &HashMap<String, Arc<PeerRecord>>, own: &[(&str, String)]) -> KeyRing {
    let mut ring = KeyRing::default();
    let registered = records
        .iter()
        .flat_map(|(name, record)| record.keys.iter().map(move |key| (name.as_str(), key)));
    for (name, key) in registered {
        let Some((from_ms, until_ms)) = key.validity_ms() else {
            // A bound that cannot be read must not become none.
            tracing::error!(participant = name, "a key's validity cannot be read");
            continue;
        };
        match jws::PublicKey::from_pem(&key.public_key_pem) {
            // The ring counts the last instant in.
            Ok(parsed) => ring.add(name, parsed.valid(from_ms, until_ms.map(|ms| ms - 1))),
            Err(error) => tracing::error!(participant = name, %error, "a key cannot be used"),
        }
    }
    for (name, pem) in own {
        match jws::PublicKey::from_pem(pem) {
            Ok(parsed) => ring.add(*name, parsed),
            Err(error) => tracing::error!(participant = name, %error, "an own key is unusable"),
        }
    }
    ring
}

/// An RFC 3339 instant in milliseconds since the epoch.
pub fn unix_ms(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

impl PeerRecord {
    /// Whether `peer` may send FSPIOP messages in the name of this participant, `name`. A bank that
    /// this process speaks for sends none itself.
    pub fn speaks_through(&self, name: &str, peer: &Peer) -> bool {
        match (&self.bank, peer) {
            (Some(_), Peer::Certificate(_)) => false,
            _ => peer.is(self.tls_identity.as_deref().unwrap_or(name)),
        }
    }

    /// Where a callback of `endpoint_type` for `target` goes: the typed endpoint with its template
    /// filled from the target's segments, or the base URL and the target.
    pub fn url(&self, endpoint_type: &str, target: &str) -> Option<String> {
        if let Some(template) = self.endpoints.get(endpoint_type) {
            return Some(fill(template, target));
        }
        let base = self.endpoints.get(BASE_URL)?;
        Some(format!("{}{target}", base.trim_end_matches('/')))
    }
}

/// Fills a Mustache template from a target such as `/parties/MSISDN/123`. A template without
/// placeholders is a base URL, to which the target is appended.
fn fill(template: &str, target: &str) -> String {
    if !template.contains("{{") {
        return format!("{}{target}", template.trim_end_matches('/'));
    }
    let mut segments = target.trim_start_matches('/').split('/');
    let resource = segments.next().unwrap_or_default();
    let rest: Vec<&str> = segments.filter(|segment| *segment != "error").collect();
    let part = |index: usize| rest.get(index).copied().unwrap_or_default();
    let mut url = template.to_owned();
    let by_party = matches!(resource, "parties" | "participants") && rest.len() > 1;
    let values = if by_party {
        vec![("partyIdType", part(0)), ("partyIdentifier", part(1)), ("partySubIdOrType", part(2))]
    } else {
        vec![("transferId", part(0)), ("requestId", part(0)), ("id", part(0)), ("ID", part(0))]
    };
    for (name, value) in values {
        url = url.replace(&format!("{{{{{name}}}}}"), value);
    }
    url
}

/// The endpoint type (switch-core.md §1.11) of a message to a participant.
pub fn endpoint_type(method: &str, target: &str) -> &'static str {
    let path = target.split('?').next().unwrap_or_default();
    let error = path.ends_with("/error");
    let segments = path.split('/').filter(|segment| !segment.is_empty() && *segment != "error");
    let segments: Vec<&str> = segments.collect();
    match (segments.first().copied().unwrap_or_default(), method, error, segments.len()) {
        ("transfers", "POST", ..) => "FSPIOP_CALLBACK_URL_TRANSFER_POST",
        ("transfers", _, true, _) => "FSPIOP_CALLBACK_URL_TRANSFER_ERROR",
        ("transfers", ..) => "FSPIOP_CALLBACK_URL_TRANSFER_PUT",
        ("quotes", ..) => "FSPIOP_CALLBACK_URL_QUOTES",
        ("parties", "GET", _, 4) => "FSPIOP_CALLBACK_URL_PARTIES_SUB_ID_GET",
        ("parties", "GET", ..) => "FSPIOP_CALLBACK_URL_PARTIES_GET",
        ("parties", _, true, 4) => "FSPIOP_CALLBACK_URL_PARTIES_SUB_ID_PUT_ERROR",
        ("parties", _, true, _) => "FSPIOP_CALLBACK_URL_PARTIES_PUT_ERROR",
        ("parties", _, false, 4) => "FSPIOP_CALLBACK_URL_PARTIES_SUB_ID_PUT",
        ("parties", ..) => "FSPIOP_CALLBACK_URL_PARTIES_PUT",
        ("participants", _, true, 2) => "FSPIOP_CALLBACK_URL_PARTICIPANT_BATCH_PUT_ERROR",
        ("participants", _, false, 2) => "FSPIOP_CALLBACK_URL_PARTICIPANT_BATCH_PUT",
        ("participants", _, true, 4) => "FSPIOP_CALLBACK_URL_PARTICIPANT_SUB_ID_PUT_ERROR",
        ("participants", _, false, 4) => "FSPIOP_CALLBACK_URL_PARTICIPANT_SUB_ID_PUT",
        ("participants", _, true, _) => "FSPIOP_CALLBACK_URL_PARTICIPANT_PUT_ERROR",
        ("participants", ..) => "FSPIOP_CALLBACK_URL_PARTICIPANT_PUT",
        _ => BASE_URL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_endpoint_overrides_the_base_url() {
        let mut record = PeerRecord::default();
        record.endpoints.insert(BASE_URL.into(), "http://dfsp/fsp/".into());
        let typed = endpoint_type("PUT", "/transfers/7/error");
        assert_eq!(
            record.url(typed, "/transfers/7/error").unwrap(),
            "http://dfsp/fsp/transfers/7/error"
        );
        record.endpoints.insert(typed.into(), "http://other/x/{{transferId}}/error".into());
        assert_eq!(record.url(typed, "/transfers/7/error").unwrap(), "http://other/x/7/error");
        let quotes = endpoint_type("POST", "/quotes");
        record.endpoints.insert(quotes.into(), "http://q".into());
        assert_eq!(record.url(quotes, "/quotes").unwrap(), "http://q/quotes");
    }

    #[test]
    fn a_key_counts_from_its_first_instant_until_before_its_last() {
        let pem = jws::SigningKey::generate_p256().unwrap().public_key_pem().unwrap();
        let ring_of = |from: Option<&str>, until: Option<&str>| {
            let (valid_from, valid_until) = (from.map(str::to_owned), until.map(str::to_owned));
            let key = PublicKey { public_key_pem: pem.clone(), valid_from, valid_until };
            let record = PeerRecord { keys: vec![key], ..PeerRecord::default() };
            ring(&HashMap::from([("dfsp".to_owned(), Arc::new(record))]), &[])
        };
        let bounded = ring_of(Some("1970-01-01T00:00:01Z"), Some("1970-01-01T01:00:02+01:00"));
        for (now_ms, counts) in [(999, false), (1_000, true), (1_999, true), (2_000, false)] {
            assert_eq!(bounded.of("dfsp")[0].is_valid_at(now_ms), counts, "{now_ms}");
        }
        assert!(ring_of(None, None).of("dfsp")[0].is_valid_at(i64::MAX));
        assert!(ring_of(None, Some("soon")).of("dfsp").is_empty());
    }

    #[test]
    fn a_participant_speaks_through_its_own_certificate_only() {
        let peer = |name: &str| Peer::Certificate([name.to_owned()].into());
        let mut record = PeerRecord::default();
        assert!(record.speaks_through("green", &peer("green")));
        assert!(record.speaks_through("green", &Peer::Loopback));
        assert!(!record.speaks_through("green", &peer("blue")));
        record.tls_identity = Some("gw.green.example".to_owned());
        assert!(record.speaks_through("green", &peer("gw.green.example")));
        assert!(!record.speaks_through("green", &peer("green")));
        let bank = r#"{"fspId":"green","bics":["ALPNDEFF"],"url":"http://a"}"#;
        record.bank = serde_json::from_str(bank).ok();
        assert!(!record.speaks_through("green", &peer("gw.green.example")), "its side is here");
        assert!(record.speaks_through("green", &Peer::Inside));
    }

    #[test]
    fn templates_are_filled_from_the_target() {
        let template = "http://d/parties/{{partyIdType}}/{{partyIdentifier}}/{{partySubIdOrType}}";
        assert_eq!(fill(template, "/parties/MSISDN/12/HOME"), "http://d/parties/MSISDN/12/HOME");
        assert_eq!(
            endpoint_type("GET", "/parties/MSISDN/12/HOME"),
            "FSPIOP_CALLBACK_URL_PARTIES_SUB_ID_GET"
        );
        assert_eq!(PeerRecord::default().url(BASE_URL, "/quotes"), None);
    }
}
