//! Log lines on their way out: a thread of their own writes them, many at a time, so that who logs
//! neither waits for a terminal nor makes a system call.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use crate::limits::{LOG_LINES_MAX, LOG_WRITE_BYTES};

static LINES: OnceLock<Result<Lines, io::ErrorKind>> = OnceLock::new();

/// What writes to standard error.
///
/// # Errors
/// There is no thread for it.
pub fn writer() -> Result<Lines, io::ErrorKind> {
    LINES.get_or_init(Lines::start).clone()
}

/// Waits until the lines logged so far are written, for a second at most.
pub fn flush() {
    if let Some(Ok(lines)) = LINES.get() {
        let (done, written) = sync_channel(1);
        if lines.queue.try_send(Entry::Flush(done)).is_ok() {
            let _ = written.recv_timeout(Duration::from_secs(1));
        }
    }
}

/// Where a log line goes in.
#[derive(Debug, Clone)]
pub struct Lines {
    queue: SyncSender<Entry>,
    /// Lines for which there was no room.
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Entry {
    Line(Vec<u8>),
    Flush(SyncSender<()>),
}

impl Lines {
    fn start() -> Result<Lines, io::ErrorKind> {
        let (queue, entries) = sync_channel(LOG_LINES_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        let lines = Lines { queue, lost: Arc::clone(&lost) };
        let thread = std::thread::Builder::new().name("log".into());
        let started = thread.spawn(move || write(&entries, &lost, &mut io::stderr()));
        started.map(|_| lines).map_err(|error| error.kind())
    }
}

/// Writes what has queued in one go.
fn write(entries: &Receiver<Entry>, lost: &AtomicU64, to: &mut impl Write) {
    let mut text = Vec::new();
    while let Ok(first) = entries.recv() {
        let mut flushed = Vec::new();
        let mut next = Some(first);
        while let Some(entry) = next {
            match entry {
                Entry::Line(line) => text.extend_from_slice(&line),
                Entry::Flush(done) => flushed.push(done),
            }
            next = if text.len() < LOG_WRITE_BYTES { entries.try_recv().ok() } else { None };
        }
        match lost.swap(0, Ordering::Relaxed) {
            0 => {}
            count => text.extend(format!("{{\"log_lines_lost\":{count}}}\n").into_bytes()),
        }
        // There is nowhere to say that the log cannot be written.
        let _ = to.write_all(&text);
        text.clear();
        for done in flushed {
            // Who waited has gone.
            let _ = done.send(());
        }
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Lines;

    fn make_writer(&'a self) -> &'a Lines {
        self
    }
}

impl Write for &Lines {
    /// The subscriber writes a whole line at once. Without room it is lost and counted: the log must
    /// not hold up the money.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Entry::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_order_and_those_without_room_are_counted() {
        let (queue, entries) = sync_channel(2);
        let lost = Arc::new(AtomicU64::new(0));
        let lines = Lines { queue, lost: Arc::clone(&lost) };
        for line in ["a\n", "b\n", "c\n"] {
            lines.make_writer().write_all(line.as_bytes()).unwrap();
        }
        drop(lines);
        let mut written = Vec::new();
        write(&entries, &lost, &mut written);
        assert_eq!(String::from_utf8(written).unwrap(), "a\nb\n{\"log_lines_lost\":1}\n");
    }
}
