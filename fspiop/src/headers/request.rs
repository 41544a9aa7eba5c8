//! The headers that every request must have, read in the order in which failures are answered.

use super::{HeaderList, TraceParent};
use crate::error::{ErrorCode, Refusal};
use crate::identifiers::FspId;
use crate::json::Unfit;
use crate::limits;
use crate::route::{Method, Operation};
use crate::time;
use crate::version::{Family, Version, accepted_versions, negotiate_content};

/// Method overrides: the method of the request line is the only one.
const METHOD_OVERRIDES: [&str; 3] =
    ["x-http-method-override", "x-http-method", "x-method-override"];

/// The headers of one request, parsed. Signature headers are left in the list for the verifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHeaders {
    /// `FSPIOP-Source`: who made the request first.
    pub source: FspId,
    /// `FSPIOP-Destination`; absent or empty where the initiator does not know it.
    pub destination: Option<FspId>,
    /// `Date`, in milliseconds since the Unix epoch.
    pub date_epoch_ms: i64,
    /// Plain FSPIOP or the ISO 20022 variant, by `Content-Type`.
    pub family: Family,
    /// The version of the body, by `Content-Type`.
    pub version: Version,
    /// The served versions that the sender takes for the callback, ascending; none on PUT and PATCH.
    pub accept: Vec<(Family, Version)>,
    /// `FSPIOP-Timeout`, raw.
    pub timeout: Option<String>,
    /// `FSPIOP-Timeout-Origin`, raw.
    pub timeout_origin: Option<String>,
    /// `traceparent`, if it is a valid one.
    pub trace_parent: Option<TraceParent>,
}

impl RequestHeaders {
    /// The version in which the sender is answered: that of its request, unless it takes others only.
    pub fn reply_version(&self) -> Version {
        let takes = |version| self.accept.iter().any(|(_, accepted)| *accepted == version);
        match self.accept.last() {
            Some((_, highest)) if !takes(self.version) => *highest,
            _ => self.version,
        }
    }

    /// Reads the headers of a request for `operation` with a body of `body_bytes`.
    ///
    /// # Errors
    /// First failure wins: 431 for the block's size; 3101 for a repeated `FSPIOP-*` header and for a
    /// method override; Accept 3102, 3101, 406; Date 3102, 3101; body 3104; content coding 415; body of
    /// a GET or DELETE 3101; Content-Type 3101 (3102 without body), 406; FSPIOP-Source 3102, 3100;
    /// FSPIOP-Destination 3100, and 3102 where POST /quotes lacks it.
    pub fn parse(
        list: &HeaderList,
        operation: Operation,
        body_bytes: usize,
    ) -> Result<Self, Refusal> {
        within_limits(list)?;
        unambiguous(list)?;
        let accept = accepted(list, operation)?;
        let date_epoch_ms = date(list)?;
        plain_body(list, operation, body_bytes)?;
        let (family, version) = content(list, operation, body_bytes)?;
        Ok(Self {
            source: source(list)?,
            destination: destination(list, operation)?,
            date_epoch_ms,
            family,
            version,
            accept,
            timeout: list.single("FSPIOP-Timeout")?.map(str::to_owned),
            timeout_origin: list.single("FSPIOP-Timeout-Origin")?.map(str::to_owned),
            trace_parent: list.first("traceparent").and_then(TraceParent::parse),
        })
    }
}

/// A header block over its limits: 431.
fn within_limits(list: &HeaderList) -> Result<(), Refusal> {
    // Four more bytes a line: colon, space, CR, LF.
    let bytes: usize = list.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    if bytes <= limits::HEADER_BLOCK_BYTES && list.len() <= limits::HEADER_LINES {
        return Ok(());
    }
    let detail = "the header block must not exceed 65536 bytes and 128 lines";
    Err(Refusal::new(ErrorCode::TooLargePayload, detail).with_status(431))
}

/// A header that two readers could take differently: one of the API's twice, another method.
fn unambiguous(list: &HeaderList) -> Result<(), Refusal> {
    let is_fspiop = |name: &str| name.get(..7).is_some_and(|n| n.eq_ignore_ascii_case("fspiop-"));
    let mut names: Vec<String> =
        list.iter().filter(|(n, _)| is_fspiop(n)).map(|(n, _)| n.to_ascii_lowercase()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(malformed("an FSPIOP header must be sent only once"));
    }
    if METHOD_OVERRIDES.iter().any(|name| list.first(name).is_some()) {
        return Err(malformed("method override headers are not taken"));
    }
    Ok(())
}

fn accepted(list: &HeaderList, operation: Operation) -> Result<Vec<(Family, Version)>, Refusal> {
    if operation.is_callback() {
        return Ok(Vec::new());
    }
    let lines: Vec<&str> = list.all("accept").collect();
    if lines.is_empty() {
        let detail = "Accept is required: /header must have required property 'accept'";
        return Err(missing(detail));
    }
    accepted_versions(&lines.join(","), operation.resource())
}

fn date(list: &HeaderList) -> Result<i64, Refusal> {
    let text = list.single("date")?.ok_or_else(|| missing("Missing required date header"))?;
    time::parse_http_date(text).ok_or_else(|| malformed("Invalid date header"))
}

fn plain_body(list: &HeaderList, operation: Operation, bytes: usize) -> Result<(), Refusal> {
    if bytes > limits::BODY_BYTES {
        let detail = "the body must not exceed 5242880 bytes";
        return Err(Refusal::new(ErrorCode::TooLargePayload, detail));
    }
    let coded = list.all("content-encoding").any(|c| !c.eq_ignore_ascii_case("identity"));
    if coded {
        let detail = "the body must be sent without content coding";
        return Err(Refusal::new(ErrorCode::ClientError, detail).with_status(415));
    }
    if bytes > 0 && matches!(operation.method(), Method::Get | Method::Delete) {
        return Err(malformed("GET and DELETE must not have a body"));
    }
    Ok(())
}

fn content(
    list: &HeaderList,
    operation: Operation,
    body_bytes: usize,
) -> Result<(Family, Version), Refusal> {
    match list.single("content-type")? {
        Some(text) => negotiate_content(text, operation.resource()),
        None if body_bytes > 0 => {
            Err(malformed("Content-type is required: no content-type header"))
        }
        None => Err(missing("Content-type is required")),
    }
}

fn source(list: &HeaderList) -> Result<FspId, Refusal> {
    match list.first("fspiop-source").unwrap_or_default() {
        "" => Err(missing("/header must have required property 'fspiop-source'")),
        text => FspId::parse(text).map_err(|unfit| unfit_header("fspiop-source", &unfit)),
    }
}

fn destination(list: &HeaderList, operation: Operation) -> Result<Option<FspId>, Refusal> {
    match list.first("fspiop-destination").unwrap_or_default() {
        "" if operation == Operation::PostQuote => {
            Err(missing("/header must have required property 'fspiop-destination'"))
        }
        "" => Ok(None),
        text => {
            FspId::parse(text).map(Some).map_err(|unfit| unfit_header("fspiop-destination", &unfit))
        }
    }
}

fn missing(detail: &'static str) -> Refusal {
    Refusal::new(ErrorCode::MissingElement, detail)
}

fn malformed(detail: &'static str) -> Refusal {
    Refusal::new(ErrorCode::MalformedSyntax, detail)
}

fn unfit_header(name: &str, unfit: &Unfit) -> Refusal {
    Refusal::new(ErrorCode::ValidationError, format!("{name} {unfit}"))
}
