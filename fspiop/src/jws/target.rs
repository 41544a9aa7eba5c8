//! Where the signed part of a request target begins.

/// The first segments of all FSPIOP, FX and third-party resources.
const RESOURCES: [&str; 18] = [
    "accounts",
    "authorizations",
    "bulkQuotes",
    "bulkTransfers",
    "consentRequests",
    "consents",
    "fxQuotes",
    "fxTransfers",
    "linking",
    "participants",
    "parties",
    "quotes",
    "services",
    "thirdpartyRequests",
    "transactionRequests",
    "transactions",
    "transfers",
    "verifications",
];

/// Resources that are asked for by somebody who does not know yet who will answer.
const LOOKUPS: [&str; 3] = ["participants", "parties", "services"];

/// The FSPIOP-URI of a request target: path and query from the first segment that is a known resource, so that a base
/// path (`/payerfsp/inbound/transfers`) is not part of it. `None`: no such segment, or not an origin-form target.
pub fn signed_uri(target: &str) -> Option<&str> {
    let path_len = target.find('?').unwrap_or(target.len());
    let path = target.get(..path_len).filter(|path| path.starts_with('/'))?;
    let mut start = 0;
    for segment in path.split('/').skip(1) {
        if RESOURCES.contains(&segment) {
            return target.get(start..);
        }
        start += 1 + segment.len();
    }
    None
}

/// Whether a request may carry an FSPIOP-Destination that its initiator could not sign, because a hop filled it in.
pub(super) fn may_learn_its_destination(method: &str, uri: &str) -> bool {
    let first = uri.split(['/', '?']).nth(1).unwrap_or_default();
    method == "GET" && LOOKUPS.contains(&first)
}
