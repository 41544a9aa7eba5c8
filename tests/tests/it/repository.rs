//! The files under version control.

use causeway_tests::root;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A tracked file; `path` is relative to the root, with slashes.
pub struct Tracked {
    pub path: String,
    pub bytes: u64,
    /// None when it is not text.
    pub text: Option<String>,
}

/// Every tracked file that is in the work tree, sorted by path.
pub fn tracked() -> Vec<Tracked> {
    let files: Vec<Tracked> = listed().iter().filter_map(|path| read(path)).collect();
    assert!(files.len() > 20, "git lists only {} files", files.len());
    files
}

/// The root may belong to another user than the one who tests: we only list names.
fn listed() -> Vec<String> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["-c", "safe.directory=*", "ls-files", "-z"]);
    let output = git.output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("paths are UTF-8");
    names.split_terminator('\0').map(str::to_owned).collect()
}

fn read(path: &str) -> Option<Tracked> {
    let content = fs::read(root().join(Path::new(path))).ok()?;
    let bytes = content.len() as u64;
    Some(Tracked { path: path.to_owned(), bytes, text: String::from_utf8(content).ok() })
}
