//! Log lines on their way out: a thread of their own writes them, all that have come in a hundredth of a
//! second at once, so that who logs neither waits for a terminal nor makes a system call.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use crate::limits::{LOG_BYTES_MAX, LOG_INTERVAL_MS};

static LINES: OnceLock<Result<Lines, io::ErrorKind>> = OnceLock::new();

/// What writes to standard error.
///
/// # Errors
/// There is no thread for it.
pub fn writer() -> Result<Lines, io::ErrorKind> {
    LINES.get_or_init(Lines::start).clone()
}

/// Writes what was logged so far, for a process that ends.
pub fn flush() {
    if let Some(Ok(lines)) = LINES.get() {
        lines.write_to(&mut io::stderr());
    }
}

/// Where a log line goes in.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Told when the first line comes after none.
    first: Condvar,
    /// Held while lines are written, so that they keep their order.
    writing: Mutex<()>,
}

#[derive(Debug, Default)]
struct Waiting {
    text: Vec<u8>,
    /// Lines for which there was no room.
    lost: u64,
}

impl Lines {
    fn start() -> Result<Lines, io::ErrorKind> {
        let lines = Lines::default();
        let writing = lines.clone();
        let thread = std::thread::Builder::new().name("log".into());
        let started = thread.spawn(move || {
            loop {
                writing.until_first();
                std::thread::sleep(Duration::from_millis(LOG_INTERVAL_MS));
                writing.write_to(&mut io::stderr());
            }
        });
        started.map(|_| lines).map_err(|error| error.kind())
    }

    fn until_first(&self) {
        let mut waiting = self.waiting();
        while waiting.text.is_empty() && waiting.lost == 0 {
            waiting = self.shared.first.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Writes what waits.
    fn write_to(&self, to: &mut impl Write) {
        let _alone = self.shared.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Waiting { mut text, lost } = std::mem::take(&mut *self.waiting());
        if lost > 0 {
            text.extend(format!("{{\"log_lines_lost\":{lost}}}\n").into_bytes());
        }
        // There is nowhere to say that the log cannot be written.
        let _ = to.write_all(&text);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut waiting = self.waiting();
        let is_first = waiting.text.is_empty() && waiting.lost == 0;
        match waiting.text.len() + line.len() <= LOG_BYTES_MAX {
            true => waiting.text.extend_from_slice(line),
            false => waiting.lost += 1,
        }
        drop(waiting);
        if is_first {
            self.shared.first.notify_one();
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
        let lines = Lines::default();
        let long = vec![b'x'; LOG_BYTES_MAX - 3];
        for line in [b"a\n".as_slice(), long.as_slice(), b"b\n".as_slice()] {
            lines.make_writer().write_all(line).unwrap();
        }
        lines.until_first();
        let mut written = Vec::new();
        lines.write_to(&mut written);
        assert!(written.starts_with(b"a\nxxx") && written.ends_with(b"x{\"log_lines_lost\":1}\n"));
        lines.make_writer().write_all(b"c\n").unwrap();
        written.clear();
        lines.write_to(&mut written);
        assert_eq!(written, b"c\n");
    }
}
