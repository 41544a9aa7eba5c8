use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Instant;

use super::figures::Durations;
use crate::ToolkitError;

/// What is written and synced each time.
const BLOCK_BYTES: usize = 4_096;
/// How often.
const PROBES: usize = 200;
/// The file is written over after so many blocks.
const BLOCKS: usize = 32;

/// How long it takes to write 4 KiB and have them on stable storage (fdatasync), in microseconds: the median of many.
///
/// # Errors
/// [`ToolkitError::Io`] if the disk does not take them.
pub(super) fn sync_probe_us(directory: &Path) -> Result<u64, ToolkitError> {
    let path = directory.join("sync-probe");
    let probed = probe(&path);
    let removed = std::fs::remove_file(&path);
    let durations = probed.and_then(|durations| removed.map(|()| durations));
    let failed = |source| ToolkitError::io(format!("write {}", path.display()), source);
    Ok(durations.map_err(failed)?.quantile_us(500))
}

fn probe(path: &Path) -> std::io::Result<Durations> {
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(path)?;
    let block = [0x5a_u8; BLOCK_BYTES];
    for _ in 0..BLOCKS {
        file.write_all(&block)?;
    }
    file.sync_all()?;
    let mut durations = Vec::with_capacity(PROBES);
    for number in 0..PROBES {
        if number % BLOCKS == 0 {
            file.seek(SeekFrom::Start(0))?;
        }
        let began = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        durations.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    Ok(Durations::of(durations.into_iter()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_probe_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        super::sync_probe_us(directory.path()).unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        assert!(super::sync_probe_us(&directory.path().join("absent")).is_err());
    }
}
