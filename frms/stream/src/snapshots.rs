//! A scorer's state in a file, so that the next start reads the stream from there and not from its
//! beginning. Written beside and renamed: whoever is killed leaves the former one.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use frms::{Catalogue, Engine, SnapshotError, Taken};
use tokio::time::Instant;

use crate::desk::Desk;
use crate::standing::Standing;

/// An active scorer alone writes after so many of the standby's intervals without a new snapshot: while
/// it writes it answers nobody.
const ACTIVE_WAITS: u32 = 3;

/// Where and how often.
#[derive(Debug, Clone)]
pub struct Snapshots {
    file: PathBuf,
    /// The stream's name ([`Taken::stream`]).
    stream: String,
    every: Duration,
    looked: Instant,
    /// The position of the last one.
    position: u64,
    /// What no other run's files are called.
    run: String,
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
            looked: Instant::now(),
            position: 0,
            run: frms::token(run),
        }
    }

    /// What is kept, if it is of use: another one is said and passed over, since the stream is the
    /// truth.
    pub fn load(&self, catalogue: Catalogue) -> Option<(Engine, Taken)> {
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

    /// Writes one if it is time to.
    pub(crate) fn keep(&mut self, desk: &Desk, is_active: bool, standing: &Standing) {
        if self.looked.elapsed() < self.every {
            return;
        }
        self.looked = Instant::now();
        let patience = if is_active { self.every * ACTIVE_WAITS } else { self.every };
        let is_new = desk.position > self.position;
        if !is_new || self.age().is_some_and(|age| is_active && age < patience) {
            return;
        }
        match self.write(desk) {
            Ok(()) => {
                self.position = desk.position;
                standing.snapshot();
            }
            Err(error) => {
                tracing::warn!(file = %self.file.display(), %error, "a snapshot was not written");
            }
        }
    }

    /// How old the file is; none if there is none.
    fn age(&self) -> Option<Duration> {
        fs::metadata(&self.file).ok()?.modified().ok()?.elapsed().ok()
    }

    fn write(&self, desk: &Desk) -> Result<(), SnapshotError> {
        let untold = desk.untold();
        let taken = Taken {
            stream: self.stream.clone(),
            position: desk.position,
            untold: untold.iter().map(|one| (one.id, one.hash, one.point)).collect(),
        };
        let beside = self.file.with_extension(format!("{}.new", self.run));
        let mut into = BufWriter::new(File::create(&beside)?);
        desk.engine.snapshot(&taken, &mut into)?;
        into.flush()?;
        into.get_ref().sync_all()?;
        Ok(fs::rename(&beside, &self.file)?)
    }
}
