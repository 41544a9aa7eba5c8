//! The request target: origin form, segments, percent encoding.

use crate::limits;
use crate::version::Resource;

/// The path and query of a target in origin form or, with the authority taken off, in absolute form.
pub fn origin_form(target: &str) -> Option<&str> {
    if target.starts_with('/') {
        return Some(target);
    }
    let (scheme, rest) = target.split_once("://")?;
    if !["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return None;
    }
    let (authority, path) = rest.split_at(rest.find('/')?);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    (!authority.is_empty() && authority.bytes().all(plain)).then_some(path)
}

/// What `FSPIOP-URI` is compared with (CONTRACTS section 2): the target, query included, from its first
/// segment that is a known resource, since a hub may serve the API under a prefix.
pub fn from_first_resource(target: &str) -> Option<&str> {
    let target = origin_form(target)?;
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let mut start = 0;
    for segment in path.split('/') {
        if start > 0 && Resource::parse(segment).is_ok() {
            return target.get(start - 1..);
        }
        start += segment.len() + 1;
    }
    None
}

/// The segments of the path, and the query. `None` for what is no plain path: empty and dot segments
/// (encoded ones as well), path parameters, backslashes, fragments, anything but visible ASCII.
pub(super) fn segments(target: &str) -> Option<(Vec<&str>, Option<&str>)> {
    if target.len() > limits::TARGET_BYTES || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let origin = origin_form(target)?;
    if origin.contains('#') {
        return None;
    }
    let (path, query) = match origin.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (origin, None),
    };
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    segments.iter().all(|segment| is_plain(segment)).then_some((segments, query))
}

fn is_plain(segment: &str) -> bool {
    let dots = segment.to_ascii_lowercase().replace("%2e", ".");
    !segment.is_empty() && !segment.contains([';', '\\']) && dots != "." && dots != ".."
}

/// Decodes `%XX`; `None` if it is malformed or not UTF-8.
pub(super) fn percent_decoded(raw: &str) -> Option<String> {
    let mut bytes = raw.bytes();
    let mut decoded = Vec::with_capacity(raw.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (high, low) = (hex(bytes.next()?)?, hex(bytes.next()?)?);
        decoded.push(high << 4 | low);
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
