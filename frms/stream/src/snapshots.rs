//! A scorer's state in a file, so that the next start reads the stream from there and not from its
//! beginning. Written beside and renamed: whoever is killed leaves the former one. The scorer's thread
//! only copies its state, which shares what is large; another thread writes the copy.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use frms::{Catalogue, Engine, SnapshotError, Taken};
use tokio::time::Instant;

use crate::desk::Desk;
use crate::limits::{SNAPSHOT_SHARE, UNFINISHED_S};
use crate::standing::Standing;

/// An active scorer alone writes after so many of the standby's intervals without a new snapshot: it has
/// other things to do.
const ACTIVE_WAITS: u32 = 3;

/// How a file ends that is being written.
const UNFINISHED: &str = ".new";

/// Where and how often.
#[derive(Debug)]
pub struct Snapshots {
    file: PathBuf,
    /// The stream's name ([`Taken::stream`]).
    stream: String,
    every: Duration,
    /// When it is next looked whether one is to be written.
    due: Instant,
    /// The position of the last one.
    position: u64,
    writing: Option<Writing>,
    /// What no other run's files are called.
    run: String,
}

/// A snapshot that is being written.
#[derive(Debug)]
struct Writing {
    since: Instant,
    position: u64,
    thread: JoinHandle<Result<(), SnapshotError>>,
}

impl Snapshots {
    /// In this folder, for this stream of a tenant. `run` is a name that no other run has: several may
    /// share the folder.
    pub fn new(
        folder: &Path,
        tenant: &str,
        stream: String,
        run: &str,
        every: Duration,
    ) -> Snapshots {
        let file = folder.join(format!("{}.snapshot", frms::token(tenant)));
        Snapshots {
            file,
            stream,
            every,
            due: Instant::now() + every,
            position: 0,
            writing: None,
            run: frms::token(run),
        }
    }

    /// What is kept, if it is of use: another one is said and passed over, since the stream is the
    /// truth.
    pub fn load(&self, catalogue: Catalogue) -> Option<(Engine, Taken)> {
        self.sweep();
        let file = match File::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(file = %self.file.display(), %error, "no snapshot can be read");
                return None;
            }
        };
        let restored = Engine::restore(catalogue, &self.stream, &mut BufReader::new(file));
        restored
            .inspect_err(|error| {
                tracing::warn!(file = %self.file.display(), %error, "a snapshot is not used");
            })
            .ok()
    }

    /// Removes what others were killed over: what they are still writing is younger.
    fn sweep(&self) {
        let Some(files) = self.file.parent().and_then(|folder| fs::read_dir(folder).ok()) else {
            return;
        };
        let stem = self.file.file_stem().map(|stem| format!("{}.", stem.to_string_lossy()));
        for file in files.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let is_ours = stem.as_ref().is_some_and(|stem| name.starts_with(stem));
            let age = file.metadata().ok().and_then(|of| of.modified().ok()?.elapsed().ok());
            let is_old = age.is_some_and(|age| age > Duration::from_secs(UNFINISHED_S));
            if is_ours && is_old && name.ends_with(UNFINISHED) {
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// Has one written if it is time to.
    pub(crate) fn keep(&mut self, desk: &Desk, is_active: bool, standing: &Standing) {
        self.look_after(standing);
        if self.writing.is_some() || Instant::now() < self.due {
            return;
        }
        self.due = Instant::now() + self.every;
        let patience = if is_active { self.every * ACTIVE_WAITS } else { self.every };
        let is_new = desk.position > self.position;
        if !is_new || self.age().is_some_and(|age| is_active && age < patience) {
            return;
        }
        self.begin(desk);
    }

    /// Whether the one that is being written is.
    fn look_after(&mut self, standing: &Standing) {
        let Some(writing) = self.writing.take_if(|writing| writing.thread.is_finished()) else {
            return;
        };
        let Writing { since, position, thread } = writing;
        // However large the state is: what else there is to do comes first.
        self.due = self.due.max(since + since.elapsed() * SNAPSHOT_SHARE);
        match thread.join() {
            Ok(Ok(())) => {
                self.position = position;
                standing.snapshot();
            }
            Ok(Err(error)) => self.failed(&error),
            Err(_) => self.failed(&"a defect"),
        }
    }

    fn failed(&self, error: &dyn std::fmt::Display) {
        tracing::warn!(file = %self.file.display(), %error, "a snapshot was not written");
    }

    fn begin(&mut self, desk: &Desk) {
        let since = Instant::now();
        let taken = Taken {
            stream: self.stream.clone(),
            position: desk.position,
            untold: desk.untold().iter().map(|one| (one.id, one.hash, one.point)).collect(),
        };
        let engine = desk.engine.clone();
        let (file, beside) = (self.file.clone(), self.beside());
        let write = move || {
            let written = write(&engine, &taken, &beside).and_then(|()| {
                let into_place = fs::rename(&beside, &file);
                Ok(into_place?)
            });
            if written.is_err() {
                // It is of no use to anybody, and may be what fills the disk.
                let _ = fs::remove_file(&beside);
            }
            written
        };
        tracing::debug!(copied = ?since.elapsed(), position = desk.position, "a snapshot begins");
        match std::thread::Builder::new().name("snapshot".to_owned()).spawn(write) {
            Ok(thread) => {
                self.writing = Some(Writing { since, position: desk.position, thread });
            }
            Err(error) => self.failed(&error),
        }
    }

    /// How old the file is; none if there is none.
    fn age(&self) -> Option<Duration> {
        fs::metadata(&self.file).ok()?.modified().ok()?.elapsed().ok()
    }

    /// What another run does not write to.
    fn beside(&self) -> PathBuf {
        self.file.with_extension(format!("{}{UNFINISHED}", self.run))
    }
}

fn write(engine: &Engine, taken: &Taken, file: &Path) -> Result<(), SnapshotError> {
    let mut into = BufWriter::new(File::create(file)?);
    engine.snapshot(taken, &mut into)?;
    into.flush()?;
    Ok(into.get_ref().sync_all()?)
}
