//! Structured logs: one line a request, with the trace it belongs to and without anybody's data.

use std::io::{self, Write};

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Log, LogFormat};
use crate::envelope::{Answer, Envelope};
use crate::log_lines;

/// Starts logging to standard error. A second call does nothing.
pub fn start(log: &Log) {
    // A subscriber that is set already (a test's, an embedding program's) stays.
    match log_lines::writer() {
        Ok(lines) => drop(subscriber(log, lines).try_init()),
        Err(error) => eprintln!("causeway: no thread for log lines, so there are none: {error}"),
    }
}

/// What logs, one line an event whatever the event says (row L01).
pub fn subscriber<W>(log: &Log, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    let lines = lines.with_writer(OneLine(writer));
    match log.format {
        LogFormat::Json => Box::new(lines.json().flatten_event(true).finish()),
        LogFormat::Text => Box::new(lines.with_target(false).finish()),
    }
}

/// Writes each event with its control characters escaped but for the last, which ends its line.
struct OneLine<W>(W);

impl<'w, W: MakeWriter<'w>> MakeWriter<'w> for OneLine<W> {
    type Writer = OneLine<W::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        OneLine(self.0.make_writer())
    }
}

impl<W: Write> Write for OneLine<W> {
    /// An event comes in one call.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = event.strip_suffix(b"\n").unwrap_or(event);
        // What is below takes one call for one line.
        match std::str::from_utf8(text) {
            Ok(plain) if !plain.contains(breaks) => self.0.write_all(event)?,
            _ => {
                let text = String::from_utf8_lossy(text);
                let mut line = text.chars().fold(String::with_capacity(event.len()), escaped);
                line.push('\n');
                self.0.write_all(line.as_bytes())?;
            }
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn escaped(mut line: String, c: char) -> String {
    match breaks(c) {
        // As JSON has it, so that a line in that format stays JSON.
        true => line.push_str(&format!("\\u{:04x}", u32::from(c))),
        false => line.push(c),
    }
    line
}

/// What a terminal, a pager or another reader may take for the end of a line, or for a command.
fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
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
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_trace_goes_on_under_its_own_id() {
        let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
        let next = next_hop(Some(given), 7, 9);
        assert_eq!(next, "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000009-00");
        assert_eq!(next_hop(None, 7, 9), format!("00-{:032x}-0000000000000009-01", 7));
        assert_eq!(next_hop(Some("garbage\r\nX: y"), 7, 9), next_hop(None, 7, 9));
    }

    /// What one event with hostile names in every place looks like in `format`.
    fn logged(format: LogFormat) -> String {
        #[derive(Clone, Default)]
        struct Lines(Arc<Mutex<Vec<u8>>>);

        impl Write for Lines {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(bytes);
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let lines = Lines::default();
        let writer = lines.clone();
        let log = Log { filter: "info".to_owned(), format };
        let name = "Zo\u{eb}\n{\"level\":\"ERROR\"}\r\u{1b}[2K\u{2028}FORGED";
        tracing::subscriber::with_default(subscriber(&log, move || writer.clone()), || {
            tracing::info!(text = name, shown = %name, debugged = ?name, "a note: {name}");
            tracing::info!("the next");
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn l01_an_event_is_one_line_in_both_formats() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let text = logged(format);
            assert_eq!(text.lines().count(), 2, "{text}");
            assert!(text.ends_with('\n') && text.contains("Zo\u{eb}"), "{text}");
            let inside = text.replace('\n', "");
            assert!(!inside.contains(breaks), "{text}");
        }
        for line in logged(LogFormat::Json).lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(event["level"], "INFO");
        }
    }

    #[test]
    fn a_log_line_cannot_be_forged_through_a_name() {
        assert_eq!(plain("payer\n{\"x\":1}"), "?");
        assert_eq!(plain("payerfsp"), "payerfsp");
    }
}
