//! Room on the disk, and how many files this process may have open.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Finding;
use crate::config::Config;
use crate::limits::{DISK_FREE_KIB_NEEDED, DISK_FREE_KIB_WARNED, OPEN_FILES_WARNED};

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    vec![room(&config.store.directory), open_files()]
}

fn room(directory: &Path) -> Finding {
    let Some(there) = first_there(directory) else {
        let seen = format!("{} leads nowhere", directory.display());
        return Finding::wrong("disk", seen, "set store.directory to where it may be created");
    };
    match free_kib(&there) {
        Some(free) => judged(free, &there),
        None => Finding::warn(
            "disk",
            format!("how much room {} has could not be seen (df)", there.display()),
            "watch it by other means: a node on a full disk commits nothing",
        ),
    }
}

fn judged(free_kib: u64, at: &Path) -> Finding {
    let seen = format!("{} MiB are free at {}", free_kib / 1_024, at.display());
    let mend = "make room: a node on a full disk commits nothing until it is started again";
    match free_kib {
        ..DISK_FREE_KIB_NEEDED => Finding::wrong("disk", seen, mend),
        DISK_FREE_KIB_NEEDED..DISK_FREE_KIB_WARNED => Finding::warn("disk", seen, mend),
        _ => Finding::ok("disk", seen),
    }
}

/// The directory, or the nearest one above it that exists.
fn first_there(directory: &Path) -> Option<PathBuf> {
    let whole = std::path::absolute(directory).ok()?;
    whole.ancestors().find(|above| above.is_dir()).map(Path::to_path_buf)
}

/// What `df` says (POSIX: the fourth column of the second line, in KiB).
fn free_kib(at: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(at).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

fn open_files() -> Finding {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    match soft_limit(&limits) {
        Some(most) if most < OPEN_FILES_WARNED => Finding::warn(
            "open files",
            format!("a process of this user may have {most} files and sockets open"),
            format!("allow {OPEN_FILES_WARNED}: LimitNOFILE in the systemd unit, or ulimit -n"),
        ),
        Some(most) => Finding::ok("open files", format!("{most} files and sockets may be open")),
        None => Finding::ok("open files", "as many files and sockets may be open as are needed"),
    }
}

/// The soft limit of open files; none where it is unlimited, or not said.
fn soft_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn room_is_judged_at_its_bounds() {
        let level = |free| judged(free, Path::new("/data")).level;
        assert_eq!(level(DISK_FREE_KIB_NEEDED - 1), Level::Wrong);
        assert_eq!(level(DISK_FREE_KIB_NEEDED), Level::Warn);
        assert_eq!(level(DISK_FREE_KIB_WARNED), Level::Ok);
    }

    #[test]
    fn a_directory_that_is_not_there_yet_is_on_the_disk_of_its_parent() {
        let directory = tempfile::tempdir().unwrap();
        let deep = directory.path().join("not/yet");
        assert_eq!(first_there(&deep).unwrap(), directory.path());
        assert!(free_kib(directory.path()).is_some());
    }

    #[test]
    fn the_limit_of_open_files_is_read() {
        let text = "Limit  Soft Limit  Hard Limit  Units\nMax open files   1024   4096  files\n";
        assert_eq!(soft_limit(text), Some(1_024));
        assert_eq!(soft_limit("Max open files unlimited unlimited files\n"), None);
    }
}
