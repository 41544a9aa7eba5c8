//! Incoming: is this request, byte for byte, what its source signed?

use super::fault::{Fault, JwsRefusal};
use super::key_ring::KeyRing;
use super::protected::{Envelope, ProtectedHeader, signing_input};
use super::target::{may_learn_its_destination, signed_uri};
use super::{DESTINATION, ENCRYPTION, HTTP_METHOD, SIGNATURE, SOURCE, URI};
use crate::headers::HeaderList;
use crate::time::parse_http_date;

/// A request as it came, nothing decoded, nothing normalised.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method of the request line.
    pub method: &'a str,
    /// The target of the request line, with its base path and query.
    pub target: &'a str,
    /// All header lines.
    pub headers: &'a HeaderList,
    /// The body's bytes.
    pub body: &'a [u8],
}

/// The time against which keys and the Date are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Milliseconds since 1970.
    pub now_ms: i64,
    /// How far the Date may be from now, in either direction; `None`: any, which the caller may warn of.
    pub date_window_ms: Option<u64>,
}

/// A request whose signature is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who signed it: the FSPIOP-Source.
    pub source: String,
    /// What the signature covers besides the body.
    pub protected: ProtectedHeader,
    /// Now less the Date, if there is a clock and a readable Date. Negative: the sender's clock is ahead.
    pub date_age_ms: Option<i64>,
}

/// Verifies a signed request. Without a `clock`, neither Date nor the validity of keys is judged.
///
/// # Errors
/// [`JwsRefusal`]: 3102 for a missing header, 3101 for one that is there twice, 3105 for anything wrong in or with the
/// signature. The reason is for the operator; its text for the sender does not depend on what the hub knows.
pub fn verify(
    request: &Request<'_>,
    keys: &KeyRing,
    clock: Option<Clock>,
) -> Result<Verified, JwsRefusal> {
    refuse_doubles(request.headers)?;
    let required = |name| request.headers.first(name).ok_or(Fault::Missing(name));
    let (header, source) = (required(SIGNATURE)?, required(SOURCE)?);
    let (uri, method) = (required(URI)?, required(HTTP_METHOD)?);
    let envelope = Envelope::parse(header)?;
    compare_headers(&envelope.protected, request.headers)?;
    if signed_uri(request.target) != Some(uri) {
        return Err(Fault::NotTheTarget.into());
    }
    if request.method != method {
        return Err(Fault::NotTheMethod.into());
    }
    check_destination(&envelope.protected, request.headers, method, uri)?;
    let date_age_ms = check_date(request.headers, clock)?;
    check_signature(&envelope, request.body, keys, source, clock)?;
    Ok(Verified { source: source.to_owned(), protected: envelope.protected, date_age_ms })
}

/// A header that the profile reads, or that might be protected, must be there once.
fn refuse_doubles(headers: &HeaderList) -> Result<(), Fault> {
    for name in [SIGNATURE, SOURCE, URI, HTTP_METHOD, DESTINATION, ENCRYPTION, "Date"] {
        if headers.all(name).nth(1).is_some() {
            return Err(Fault::Twice(name.to_owned()));
        }
    }
    Ok(())
}

/// What must be protected is, and everything protected is what the HTTP header of the name says.
fn compare_headers(protected: &ProtectedHeader, headers: &HeaderList) -> Result<(), Fault> {
    for name in [URI, HTTP_METHOD, SOURCE] {
        protected.value(name).ok_or(Fault::Unprotected(name))?;
    }
    if headers.first(ENCRYPTION).is_some() && protected.value(ENCRYPTION).is_none() {
        return Err(Fault::Unprotected(ENCRYPTION));
    }
    for (name, value) in protected.iter() {
        let mut lines = headers.all(name);
        let line = lines.next();
        if lines.next().is_some() {
            return Err(Fault::Twice(name.to_owned()));
        }
        if line != Some(value) {
            return Err(Fault::HeaderDiffers(name.to_owned()));
        }
    }
    Ok(())
}

/// A destination that the initiator knew is signed. That a protected one is there at all, and the same, was compared.
fn check_destination(
    protected: &ProtectedHeader,
    headers: &HeaderList,
    method: &str,
    uri: &str,
) -> Result<(), Fault> {
    let is_unsigned =
        headers.first(DESTINATION).is_some() && protected.value(DESTINATION).is_none();
    match is_unsigned && !may_learn_its_destination(method, uri) {
        true => Err(Fault::Unprotected(DESTINATION)),
        false => Ok(()),
    }
}

fn check_date(headers: &HeaderList, clock: Option<Clock>) -> Result<Option<i64>, Fault> {
    let Some(clock) = clock else {
        return Ok(None);
    };
    let date_ms = headers.first("Date").and_then(parse_http_date);
    let age_ms = date_ms.map(|date_ms| clock.now_ms.saturating_sub(date_ms));
    let is_inside = |window_ms| age_ms.is_some_and(|age_ms| age_ms.unsigned_abs() <= window_ms);
    match clock.date_window_ms {
        Some(window_ms) if !is_inside(window_ms) => Err(Fault::Date),
        _ => Ok(age_ms),
    }
}

fn check_signature(
    envelope: &Envelope,
    body: &[u8],
    keys: &KeyRing,
    source: &str,
    clock: Option<Clock>,
) -> Result<(), Fault> {
    let is_valid = |now_ms: Option<i64>| move |key: &&_| is_valid_at(key, now_ms);
    let mut valid =
        keys.of(source).iter().filter(is_valid(clock.map(|clock| clock.now_ms))).peekable();
    valid.peek().ok_or(Fault::NoKey)?;
    let input = signing_input(&envelope.protected_text, body);
    let mut fault = Fault::KeyMismatch;
    for key in valid {
        match key.verifies(envelope.protected.algorithm, &input, &envelope.signature) {
            Some(true) => return Ok(()),
            Some(false) => fault = Fault::Signature,
            None => {}
        }
    }
    Err(fault)
}

fn is_valid_at(key: &super::PublicKey, now_ms: Option<i64>) -> bool {
    now_ms.is_none_or(|now_ms| key.is_valid_at(now_ms))
}
