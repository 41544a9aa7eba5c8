//! A file system of its own for what must be able to run out of room: a tmpfs of a fixed size. PostgreSQL and the
//! embedded store see what a full disk shows: writes that fail with ENOSPC, reads that do not.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{ToolkitError, clock};

/// The error number of "No space left on device".
const ENOSPC: i32 = 28;

/// What is written at once, from much to little.
const PIECES_BYTES: [usize; 3] = [1_048_576, 65_536, 4_096];

/// A mounted file system; gone with all its files when dropped.
#[derive(Debug)]
pub struct Disk {
    at: PathBuf,
}

impl Disk {
    /// Mounts an empty one over a folder, which is made.
    ///
    /// # Errors
    /// [`ToolkitError`] where this process may not mount.
    pub fn mount(at: &Path, mib: u32) -> Result<Disk, ToolkitError> {
        let failed = |source| ToolkitError::io(at.display().to_string(), source);
        fs::create_dir_all(at).map_err(failed)?;
        let options = format!("size={mib}m,mode=0700");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "causeway-test"]).arg(at);
        let output = mount.stdin(Stdio::null()).output();
        let output = output.map_err(|source| ToolkitError::io("mount", source))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(ToolkitError::Message(format!("mount: {said}")));
        }
        Ok(Disk { at: at.to_owned() })
    }

    /// Why no disk can be had on this machine, if so.
    pub fn why_not() -> Option<String> {
        let tried = clock::fresh_uuid().and_then(|name| {
            let at = std::env::temp_dir().join(format!("causeway-disk-{name}"));
            let mounted = Disk::mount(&at, 1);
            let named = mounted.as_ref().map(drop).map_err(ToString::to_string);
            drop(mounted);
            let _best_effort = fs::remove_dir(&at);
            named.map_err(ToolkitError::Message)
        });
        tried.err().map(|error| format!("a disk that can be filled needs root: {error}"))
    }

    /// Takes all the room that is left.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] for anything but the end of the room.
    pub fn fill(&self) -> Result<(), ToolkitError> {
        let failed = |source| ToolkitError::io(self.ballast().display().to_string(), source);
        let mut options = OpenOptions::new();
        let mut file = options.create(true).append(true).open(self.ballast()).map_err(failed)?;
        PIECES_BYTES
            .into_iter()
            .try_for_each(|bytes| fill(&mut file, &vec![0; bytes]).map_err(failed))
    }

    /// Gives back what [`Disk::fill`] took.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if it cannot be given back.
    pub fn clear(&self) -> Result<(), ToolkitError> {
        match fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(ToolkitError::io(self.ballast().display().to_string(), error))
            }
            _ => Ok(()),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.at.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let mut unmount = Command::new("umount");
        // Lazily: a process that is just ending may still have a file open.
        let unmount = unmount.arg("--lazy").arg(&self.at).stdin(Stdio::null());
        let _best_effort = unmount.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Writes pieces until none fits.
fn fill(file: &mut File, piece: &[u8]) -> std::io::Result<()> {
    loop {
        match file.write(piece) {
            Ok(_) => {}
            Err(error) if error.raw_os_error() == Some(ENOSPC) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_takes_nothing_and_a_cleared_one_does_again() {
        if let Some(why) = Disk::why_not() {
            let strict = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!strict, "with CI=true nothing may skip: {why}");
            eprintln!("skipped: {why}");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("disk");
        let disk = Disk::mount(&at, 2).unwrap();
        fs::write(at.join("before"), "kept").unwrap();
        disk.fill().unwrap();
        let refused = fs::write(at.join("during"), vec![1; 8_192]).unwrap_err();
        assert_eq!(refused.raw_os_error(), Some(ENOSPC));
        assert_eq!(fs::read_to_string(at.join("before")).unwrap(), "kept");
        disk.clear().unwrap();
        disk.clear().unwrap();
        fs::write(at.join("after"), vec![1; 8_192]).unwrap();
        drop(disk);
        assert!(!at.join("before").exists(), "unmounted");
    }
}
