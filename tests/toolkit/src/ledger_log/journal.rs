use super::{Entry, Event};
use crate::{ToolkitError, clock};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A participant's log. With a file, every entry is written and flushed before the call returns, so that what the
/// participant says afterwards is never ahead of its log.
#[derive(Debug)]
pub struct Journal {
    participant: String,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    entries: Vec<Entry>,
    file: Option<File>,
}

impl Journal {
    /// A log in memory only.
    pub fn in_memory(participant: impl Into<String>) -> Self {
        let inner = Mutex::new(Inner { entries: Vec::new(), file: None });
        Self { participant: participant.into(), inner }
    }

    /// A log that continues what is in the file, one JSON object a line.
    ///
    /// # Errors
    /// [`ToolkitError::Io`], [`ToolkitError::Message`] if the file holds something else.
    pub fn in_file(participant: impl Into<String>, path: &Path) -> Result<Self, ToolkitError> {
        let failed = |source| ToolkitError::io(path.display().to_string(), source);
        let entries = if path.exists() { Self::read(path)? } else { Vec::new() };
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
        file.set_len(whole_lines(path).map_err(failed)?).map_err(failed)?;
        let inner = Mutex::new(Inner { entries, file: Some(file) });
        Ok(Self { participant: participant.into(), inner })
    }

    /// Reads a log. A last line that is cut (its writer was killed) is left out.
    ///
    /// # Errors
    /// [`ToolkitError::Io`], [`ToolkitError::Message`] for any other line that is not an entry.
    pub fn read(path: &Path) -> Result<Vec<Entry>, ToolkitError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ToolkitError::io(path.display().to_string(), source))?;
        let whole = text.rfind('\n').map_or("", |end| text.get(..end).unwrap_or_default());
        let parse = |(index, line): (usize, &str)| {
            let place = format!("{}:{}", path.display(), index + 1);
            serde_json::from_str(line)
                .map_err(|error| ToolkitError::Message(format!("{place}: {error}")))
        };
        whole.lines().enumerate().map(parse).collect()
    }

    /// Adds an entry, stamped now.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if it could not be written: then nothing may be acknowledged.
    pub fn append(&self, id: &str, event: Event) -> Result<(), ToolkitError> {
        let (at_ms, participant) = (clock::now_epoch_ms(), self.participant.clone());
        let entry = Entry { at_ms, participant, id: id.to_owned(), event };
        let mut inner = self.lock();
        if let Some(file) = &mut inner.file {
            let mut line = serde_json::to_vec(&entry)
                .map_err(|error| ToolkitError::Message(error.to_string()))?;
            line.push(b'\n');
            let written = file.write_all(&line).and_then(|()| file.flush());
            written.map_err(|source| ToolkitError::io("log", source))?;
        }
        inner.entries.push(entry);
        Ok(())
    }

    /// All entries so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The length of the file without a last line that was cut.
fn whole_lines(path: &Path) -> std::io::Result<u64> {
    let bytes = std::fs::read(path)?;
    let length = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Ok(length as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger_log::Outcome;

    fn learned() -> Event {
        Event::Learned { outcome: Outcome::Committed, by: "get".to_owned(), answer_id: None }
    }

    #[test]
    fn a_log_outlives_its_writer_and_a_cut_line_does_not_hurt() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pinkbank.jsonl");
        let journal = Journal::in_file("pinkbank", &path).unwrap();
        journal.append("1", Event::Acknowledged { status: 202 }).unwrap();
        journal.append("1", learned()).unwrap();
        let before = journal.entries();
        drop(journal);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"at_ms\":1,\"partic").unwrap();
        assert_eq!(Journal::read(&path).unwrap(), before);
        let continued = Journal::in_file("pinkbank", &path).unwrap();
        continued.append("2", learned()).unwrap();
        assert_eq!(Journal::read(&path).unwrap(), continued.entries());
        assert_eq!(continued.entries().len(), 3);
    }

    #[test]
    fn a_foreign_line_is_refused_with_its_place() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        std::fs::write(&path, "{}\n").unwrap();
        assert!(Journal::read(&path).unwrap_err().to_string().contains("log:1"));
    }
}
