//! A machine's clock for each node, that can be set while the node runs, although all of them are on one machine: a
//! small library in C (`clocks.c`) that is loaded before the C library and answers for the wall clock.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::programs::on_path;
use crate::ToolkitError;

/// What it is compiled from.
const SOURCE: &str = include_str!("clocks.c");

/// The compiler: where Rust links, there is one.
const COMPILER: &str = "cc";

/// The compiled library, from which clocks are made.
#[derive(Debug)]
pub struct Clocks {
    library: PathBuf,
}

/// One program's clock.
#[derive(Debug)]
pub struct NodeClock {
    library: PathBuf,
    file: PathBuf,
}

impl Clocks {
    /// Compiles the library into a folder.
    ///
    /// # Errors
    /// [`ToolkitError`] without a C compiler.
    pub fn compile(folder: &Path) -> Result<Clocks, ToolkitError> {
        let (source, library) = (folder.join("clocks.c"), folder.join("clocks.so"));
        let written = fs::write(&source, SOURCE);
        written.map_err(|error| ToolkitError::io(source.display().to_string(), error))?;
        let mut compile = Command::new(COMPILER);
        compile.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source);
        let output = compile.stdin(Stdio::null()).output();
        let output = output.map_err(|error| ToolkitError::io(COMPILER, error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(ToolkitError::Message(format!("{COMPILER}: {said}")));
        }
        Ok(Clocks { library })
    }

    /// Why no clock can be had on this machine, if so.
    pub fn why_not() -> Option<String> {
        let why = || format!("a clock that can be set needs a C compiler ({COMPILER}) on PATH");
        on_path(COMPILER).is_none().then(why)
    }

    /// A clock that is right; its seconds are kept in `folder`, under `name`.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if the file cannot be written.
    pub fn make(&self, folder: &Path, name: &str) -> Result<NodeClock, ToolkitError> {
        let file = folder.join(format!("{name}.clock"));
        let made = fs::write(&file, 0_i64.to_ne_bytes());
        made.map_err(|error| ToolkitError::io(file.display().to_string(), error))?;
        Ok(NodeClock { library: self.library.clone(), file })
    }
}

impl NodeClock {
    /// Has a program that is about to start live by it.
    pub fn give_to(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("CAUSEWAY_TEST_CLOCK", &self.file);
    }

    /// Sets it so many seconds ahead of the machine's, behind it where negative.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if the file cannot be written.
    pub fn set_ahead_s(&self, seconds: i64) -> Result<(), ToolkitError> {
        // In place: the program looks at these bytes at any time.
        let file = OpenOptions::new().write(true).open(&self.file);
        let written = file.and_then(|file| file.write_all_at(&seconds.to_ne_bytes(), 0));
        written.map_err(|error| ToolkitError::io(self.file.display().to_string(), error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(clock: &NodeClock) -> i64 {
        let mut date = Command::new("date");
        date.arg("+%s");
        clock.give_to(&mut date);
        let output = date.output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
    }

    #[test]
    fn a_program_sees_its_own_clock_and_nobody_else_does() {
        if let Some(why) = Clocks::why_not() {
            let strict = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!strict, "with CI=true nothing may skip: {why}");
            eprintln!("skipped: {why}");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let clocks = Clocks::compile(folder.path()).unwrap();
        let [one, other] = ["one", "other"].map(|name| clocks.make(folder.path(), name).unwrap());
        for ahead_s in [0, 3_600, -3_600] {
            one.set_ahead_s(ahead_s).unwrap();
            let apart_s = seconds(&one) - seconds(&other);
            assert!((apart_s - ahead_s).abs() < 600, "{apart_s} s apart, set {ahead_s}");
        }
    }
}
