//! A backup of the embedded store while it is in use: a folder with what `[store] directory` holds,
//! the ledger as at one instant and the keys, that a node can be started on.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use switch::Timestamp;
use switch_store::StoreError;
use thiserror::Error;

use crate::node::Node;

/// Where backups are, below `[store] directory`.
const BACKUPS: &str = "backups";

/// One that is being taken, or was when the process ended. Its name is no backup's.
const UNFINISHED: &str = "unfinished";

/// A backup that is on stable storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The folder.
    pub directory: PathBuf,
    /// Whatever was acknowledged before is in it.
    pub at: Timestamp,
    /// Rows of the ledger.
    pub rows: u64,
}

/// Why there is none.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The caller's: another one is being taken.
    #[error("a backup is being taken already")]
    Busy,
    /// The store cannot be copied, or not like this.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    /// A file or folder.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Takes a backup. Blocks for as long as the ledger takes to be read and written once.
///
/// # Errors
/// There is none then; what was written of it is removed.
pub fn take(node: &Node) -> Result<Backup, BackupError> {
    let Ok(_alone) = node.backing_up.try_lock() else { return Err(BackupError::Busy) };
    let data = &node.config.store.directory;
    let base = data.join(BACKUPS);
    let unfinished = base.join(UNFINISHED);
    remove(&unfinished)?;
    let folder = DirBuilder::new().recursive(true).mode(0o700).create(&unfinished);
    folder.map_err(at(&unfinished))?;
    let now = node.now();
    let directory = base.join(name(now));
    let written = write(node, &data.join("keys"), &unfinished).and_then(|rows| {
        synced(&unfinished)?;
        // Not over one that is there, which only the same millisecond could name.
        fs::rename(&unfinished, &directory).map_err(at(&directory))?;
        File::open(&base).and_then(|base| base.sync_all()).map_err(at(&base))?;
        Ok(rows)
    });
    match written {
        Ok(rows) => {
            tracing::info!(directory = %directory.display(), rows, "a backup was taken");
            Ok(Backup { directory, at: now, rows })
        }
        Err(error) => {
            // The space is worth more than a half.
            let _ = remove(&unfinished);
            Err(error)
        }
    }
}

fn write(node: &Node, keys: &Path, into: &Path) -> Result<u64, BackupError> {
    let rows = node.store.back_up(&into.join("ledger"))?;
    let copies = into.join("keys");
    DirBuilder::new().mode(0o700).create(&copies).map_err(at(&copies))?;
    // After the ledger: a bank that it knows has had its key before.
    for key in fs::read_dir(keys).map_err(at(keys))? {
        let key = key.map_err(at(keys))?;
        // With its mode: for its owner only.
        fs::copy(key.path(), copies.join(key.file_name())).map_err(at(&key.path()))?;
    }
    Ok(rows)
}

/// The instant in UTC, as a folder may be called.
fn name(now: Timestamp) -> String {
    let text = crate::admin::date_time(now).unwrap_or_else(|| now.0.to_string());
    text.replace(':', "-")
}

fn remove(folder: &Path) -> Result<(), BackupError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(folder)(error)),
        _ => Ok(()),
    }
}

/// All that is in the folder, and the folder.
fn synced(folder: &Path) -> Result<(), BackupError> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        match path.is_dir() {
            true => synced(&path)?,
            false => File::open(&path).and_then(|file| file.sync_all()).map_err(at(&path))?,
        }
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File { path, source }
}
