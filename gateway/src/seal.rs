//! From a message's meaning to the request as it is sent: media types, Date, source and signature.

use causeway_translate::FspiopRequest;
use fspiop::identifiers::FspId;
use fspiop::jws::{self, Draft};
use fspiop::outbound::{MediaKind, callback_headers, request_headers};
use fspiop::route::Method;
use fspiop::version::Version;
use switch::Timestamp;

use crate::keys::{Keys, KeysError};
use crate::node::HUB;
use crate::outbound::{HopBudget, Originated, Outbound, Translated, Unsigned};

/// The hub's own message, in the version of its receiver.
pub fn originated(
    request: &FspiopRequest,
    version: Version,
    now: Timestamp,
    keys: &Keys,
) -> Outbound {
    let request = unsigned(HUB, request, version, now);
    let signature = early(keys, HUB, &request);
    Outbound::Originated(Originated { request, signature, budget: None })
}

/// A message of `party`, whose key this process holds, in the version of its receiver.
pub fn translated(
    party: &str,
    (request, version): (&FspiopRequest, Version),
    budget: Option<HopBudget>,
    now: Timestamp,
    keys: &Keys,
) -> Outbound {
    let request = unsigned(party, request, version, now);
    let signature = early(keys, party, &request);
    Outbound::Translated(Translated { party: party.to_owned(), request, signature, budget })
}

/// The signature headers of a message; none for one without a body, which FSPIOP does not sign.
///
/// # Errors
/// The party's key cannot be had or used.
pub fn signature(
    keys: &Keys,
    party: &str,
    request: &Unsigned,
) -> Result<Vec<(String, String)>, KeysError> {
    if request.body.is_empty() {
        return Ok(Vec::new());
    }
    let header = |wanted: &str| {
        let line = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        line.map(|(_, value)| value.as_str())
    };
    let draft = Draft {
        method: &request.method,
        target: &request.target,
        source: party,
        destination: header(jws::DESTINATION),
        date: header("Date"),
        also: &[],
        body: &request.body,
    };
    let signed = keys.sign(party, &draft)?;
    Ok(vec![
        (jws::SIGNATURE.to_owned(), signed.signature),
        (jws::URI.to_owned(), signed.uri),
        (jws::HTTP_METHOD.to_owned(), signed.method),
    ])
}

/// Signs now what would look different when signed again: after a crash the same message must
/// leave. RSA signatures are always the same and are made off the commit's way.
fn early(keys: &Keys, party: &str, request: &Unsigned) -> Vec<(String, String)> {
    match keys.key(party) {
        Ok(key) if !key.is_deterministic() => signature(keys, party, request).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn unsigned(source: &str, request: &FspiopRequest, version: Version, now: Timestamp) -> Unsigned {
    let media = MediaKind::fspiop(request.resource, version);
    let date = fspiop::time::format_http_date(now.0).unwrap_or_default();
    // Names of participants are FspIds by the time they get here; an empty list is refused by
    // whoever receives it, which is better than a panic.
    let parse = |name: &str| FspId::parse(name).ok();
    let destination = request.destination.as_deref().and_then(parse);
    let headers = match (parse(source), request.method, &destination) {
        (Some(source), Method::Put | Method::Patch, Some(destination)) => {
            callback_headers(&source, destination, media, &date)
        }
        (Some(source), ..) => request_headers(&source, destination.as_ref(), media, &date),
        (None, ..) => fspiop::headers::HeaderList::new(),
    };
    Unsigned {
        method: request.method.as_str().to_owned(),
        target: request.target.clone(),
        headers: headers.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        body: request.body.clone().unwrap_or_default(),
    }
}
