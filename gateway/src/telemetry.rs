//! Structured logs: one line a request, with the trace it belongs to and without anybody's data.

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};
use crate::envelope::{Answer, Envelope};

/// Starts logging to standard error. A second call does nothing.
pub fn start(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A subscriber that is set already (a test's, an embedding program's) stays.
    let _ = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_target(false).try_init(),
    };
}

/// Logs one exchange: the route's name instead of the path, which may hold a telephone number.
pub fn exchange(door: &'static str, envelope: &Envelope, answer: &Answer, elapsed_ms: i64) {
    let header = |name| envelope.headers.first(name).unwrap_or_default();
    tracing::info!(
        door,
        route = answer.route,
        status = answer.status,
        source = plain(header("fspiop-source")),
        destination = plain(header("fspiop-destination")),
        trace_id = trace_id(header("traceparent")).unwrap_or_default(),
        elapsed_ms,
        "exchange"
    );
}

/// The trace id of a W3C `traceparent`; none if it is not one.
pub fn trace_id(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let is_hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let known = is_hex(version, 2) && is_hex(trace, 32) && trace.bytes().any(|b| b != b'0');
    known.then_some(trace)
}

/// The `traceparent` of the next hop: the same trace, this hop's span. A message without one
/// starts a trace whose id is its resource's 128 bits, so that all its hops are found together.
pub fn next_hop(traceparent: Option<&str>, resource: u128, span: u64) -> String {
    let flags = traceparent.and_then(|t| t.rsplit('-').next()).filter(|f| f.len() == 2);
    let span = span.max(1);
    match traceparent.and_then(trace_id) {
        Some(trace) => format!("00-{trace}-{span:016x}-{}", flags.unwrap_or("01")),
        None => format!("00-{:032x}-{span:016x}-01", resource.max(1)),
    }
}

/// A participant's name as it may stand in a log: anything else becomes `?`.
fn plain(name: &str) -> &str {
    let is_plain = name.len() <= 32 && name.bytes().all(|b| b.is_ascii_graphic());
    if is_plain { name } else { "?" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_goes_on_under_its_own_id() {
        let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
        let next = next_hop(Some(given), 7, 9);
        assert_eq!(next, "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000009-00");
        assert_eq!(next_hop(None, 7, 9), format!("00-{:032x}-0000000000000009-01", 7));
        assert_eq!(next_hop(Some("garbage\r\nX: y"), 7, 9), next_hop(None, 7, 9));
    }

    #[test]
    fn a_log_line_cannot_be_forged_through_a_name() {
        assert_eq!(plain("payer\n{\"x\":1}"), "?");
        assert_eq!(plain("payerfsp"), "payerfsp");
    }
}
