//! The program as it was before the newest step of the database's schema: what the test of a rolling
//! upgrade begins with. Built from this clone's history, once for each such commit.
//!
//! Its dependencies are those of today's build where Cargo.lock has them: both share one folder of what
//! is built on the way (`build.build-dir`, which Cargo before 1.91 does not know: it builds all anew).

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the schema's steps are, from the project's root.
const MIGRATIONS: &str = "switch/store/src/postgres/migrations";

/// Why there is no such program.
#[derive(Debug, PartialEq, Eq)]
pub enum Missing {
    /// The clone ends before that commit.
    History,
    /// It could not be built.
    Build(String),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::History => f.write_str(
                "this clone ends before the newest step of the schema: `git fetch --unshallow`",
            ),
            Missing::Build(why) => write!(f, "the former program was not built: {why}"),
        }
    }
}

/// Builds it if it is not there; where it is. `cargo` runs cargo with the settings of the other checks.
pub fn build(root: &Path, cargo: impl Fn(&[&str]) -> Command) -> Result<PathBuf, Missing> {
    let commit = commit(root)?;
    let all = root.join("target/former");
    let folder = all.join(&commit);
    let program = folder.join("debug/causeway");
    if program.is_file() {
        return Ok(program);
    }
    let failed = |why: std::io::Error| Missing::Build(format!("{}: {why}", all.display()));
    // Those of other commits are of no use any more.
    if all.exists() {
        fs::remove_dir_all(&all).map_err(failed)?;
    }
    let source = all.join("source");
    fs::create_dir_all(&source).map_err(failed)?;
    unpack(root, &commit, &source)?;
    mark(&source.join("Cargo.toml"), &commit)?;
    // Of the whole workspace, as today's: the dependencies then have the same features.
    let mut build = cargo(&["build", "--workspace", "--bin", "causeway"]);
    build.current_dir(&source).env("CARGO_TARGET_DIR", &folder);
    build.env("CARGO_BUILD_BUILD_DIR", root.join("target"));
    succeeded("cargo build", &mut build)?;
    Ok(program)
}

/// The commit before the one that brought the newest step. The test finds it in the same way
/// (tests/tests/it/cluster/upgrade.rs).
fn commit(root: &Path) -> Result<String, Missing> {
    let newest = ["log", "-1", "--diff-filter=A", "--format=%H", "--", MIGRATIONS];
    let newest = git(root, &newest)?;
    git(root, &["rev-parse", "--verify", "--quiet", &format!("{newest}^")])
}

fn git(root: &Path, args: &[&str]) -> Result<String, Missing> {
    let output = command(root, args).stderr(Stdio::null()).output();
    let output = output.map_err(|why| Missing::Build(format!("git: {why}")))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !text.is_empty() { Ok(text) } else { Err(Missing::History) }
}

fn unpack(root: &Path, commit: &str, folder: &Path) -> Result<(), Missing> {
    let tar = folder.with_extension("tar");
    let output = format!("--output={}", tar.display());
    succeeded("git archive", &mut command(root, &["archive", &output, commit]))?;
    let mut unpack = Command::new("tar");
    // As new as they are here: what is built of files is believed as long as they are older.
    unpack.arg("--extract").arg("--touch").arg("--file").arg(&tar).arg("--directory").arg(folder);
    succeeded("tar", &mut unpack)
}

/// Gives its packages a version of their own: what is built of two packages with the same name and
/// version has the same place, and one would be taken for the other.
fn mark(manifest: &Path, commit: &str) -> Result<(), Missing> {
    let failed = |why: std::io::Error| Missing::Build(format!("{}: {why}", manifest.display()));
    let text = fs::read_to_string(manifest).map_err(failed)?;
    let unknown = || Missing::Build("its Cargo.toml names no version of the workspace".to_owned());
    let marked = marked(&text, commit).ok_or_else(unknown)?;
    fs::write(manifest, marked).map_err(failed)
}

fn marked(manifest: &str, commit: &str) -> Option<String> {
    let (before, package) = manifest.split_once("[workspace.package]")?;
    let (between, version) = package.split_once("version = \"")?;
    let (number, after) = version.split_once('"')?;
    let number = number.split(['-', '+']).next()?;
    let version = format!("version = \"{number}-former-{commit}\"");
    Some(format!("{before}[workspace.package]{between}{version}{after}"))
}

/// The root may belong to another user than the one who builds.
fn command(root: &Path, args: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.current_dir(root).args(["-c", "safe.directory=*"]).args(args);
    git
}

fn succeeded(what: &str, command: &mut Command) -> Result<(), Missing> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Missing::Build(format!("{what}: {status}"))),
        Err(why) => Err(Missing::Build(format!("{what}: {why}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, Missing, commit, marked};
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};

    /// A repository in a folder of its own; removed when dropped.
    struct Repository(PathBuf);

    impl Repository {
        fn new(name: &str) -> Repository {
            let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let repository = Repository(folder);
            repository.git(&["init", "--quiet"]);
            repository
        }

        fn git(&self, args: &[&str]) {
            git(&self.0, args);
        }

        fn adding(&self, path: &str) -> String {
            let file = self.0.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, path).unwrap();
            self.git(&["add", "."]);
            let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
            self.git(&[&who[..], &["commit", "--quiet", "-m", path]].concat());
            super::git(&self.0, &["rev-parse", "HEAD"]).unwrap()
        }
    }

    impl Drop for Repository {
        fn drop(&mut self) {
            let _best_effort = std::fs::remove_dir_all(&self.0);
        }
    }

    fn git(folder: &Path, args: &[&str]) {
        let mut git = Command::new("git");
        let status = git.current_dir(folder).args(args).stderr(Stdio::null()).status();
        assert!(status.unwrap().success(), "git {args:?}");
    }

    #[test]
    fn it_is_the_commit_before_the_newest_step() {
        let repository = Repository::new("causeway-former");
        repository.adding("README");
        repository.adding(&format!("{MIGRATIONS}/0001_a.sql"));
        let before = repository.adding("code");
        repository.adding(&format!("{MIGRATIONS}/0002_b.sql"));
        repository.adding("more-code");
        assert_eq!(commit(&repository.0), Ok(before));
    }

    #[test]
    fn its_packages_are_not_taken_for_todays() {
        let text = "[workspace]\n[workspace.package]\nversion = \"1.2.3\"\nedition = \"2024\"\n";
        let wanted = text.replace("1.2.3", "1.2.3-former-0a");
        assert_eq!(marked(text, "0a"), Some(wanted));
        assert_eq!(marked("[package]\nversion = \"1.2.3\"\n", "0a"), None);
    }

    #[test]
    fn a_clone_that_ends_before_it_says_so() {
        let repository = Repository::new("causeway-shallow");
        repository.adding(&format!("{MIGRATIONS}/0001_a.sql"));
        assert_eq!(
            commit(&repository.0),
            Err(Missing::History),
            "the first commit has none before"
        );
        repository.adding(&format!("{MIGRATIONS}/0002_b.sql"));
        repository.adding("code");
        let shallow = repository.0.join("shallow");
        let source = format!("file://{}", repository.0.display());
        git(&repository.0, &["clone", "--quiet", "--depth=1", &source, shallow.to_str().unwrap()]);
        assert_eq!(commit(&shallow), Err(Missing::History));
    }
}
