//! A program that runs beside this one, and what can be done to it: everything by its process id.

use std::fs::{self, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::ToolkitError;
use crate::limits::{CLUSTER_END_MS, CLUSTER_POLL_MS};

/// What a process can be told without asking it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// End at once; nothing is finished.
    Kill,
    /// Stand still, sockets open (SIGSTOP).
    Stop,
    /// Go on after that.
    Continue,
    /// End in good order.
    Terminate,
    /// End without waiting for clients: how PostgreSQL is shut down fast.
    Interrupt,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Signal::Kill => "KILL",
            Signal::Stop => "STOP",
            Signal::Continue => "CONT",
            Signal::Terminate => "TERM",
            Signal::Interrupt => "INT",
        }
    }
}

/// A running program with everything that it starts; all of it is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    ended: bool,
}

impl Process {
    /// Starts it in a process group of its own, so that a Ctrl-C meant for this program is not for
    /// it; what it says is appended to `log`.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if the log or the program cannot be had.
    pub fn start(name: &str, mut command: Command, log: &Path) -> Result<Process, ToolkitError> {
        let failed = |source| ToolkitError::io(format!("start {name}"), source);
        let out = OpenOptions::new().create(true).append(true).open(log).map_err(failed)?;
        let err = out.try_clone().map_err(failed)?;
        let command = command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
        let child = command.spawn().map_err(failed)?;
        Ok(Process { name: name.to_owned(), child, log: log.to_owned(), ended: false })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it said so far, in all its runs with this log.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten();
        self.ended |= status.is_some();
        status
    }

    /// Whether it stands still: stopped, and not told to go on since.
    pub fn stands_still(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        // The state follows the name, which may hold anything but ends with the last bracket.
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    }

    /// Tells it and everything below it. What has ended hears nothing.
    pub fn signal(&mut self, signal: Signal) {
        if self.ended().is_some() {
            return;
        }
        let mut told = Vec::new();
        // Whoever starts children goes on doing so until it has been told: look again.
        loop {
            let untold: Vec<u32> =
                family(self.id()).into_iter().filter(|id| !told.contains(id)).collect();
            if untold.is_empty() {
                return;
            }
            tell(signal, &untold);
            told.extend(untold);
        }
    }

    /// Kills it with everything below it, and returns when all of it is gone.
    pub fn kill(&mut self) {
        if self.ended {
            return;
        }
        let family = family(self.id());
        self.signal(Signal::Kill);
        self.ended |= self.child.wait().is_ok();
        let since = Instant::now();
        let limit = Duration::from_millis(CLUSTER_END_MS);
        while family.iter().any(|id| is_alive(*id)) && since.elapsed() < limit {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Asks it, and it alone, to end, and waits until it has.
    ///
    /// # Errors
    /// [`ToolkitError::Silence`] if it goes on: then it is killed.
    pub async fn end(&mut self, signal: Signal) -> Result<(), ToolkitError> {
        if self.ended().is_some() {
            return Ok(());
        }
        tell(signal, &[self.id()]);
        let since = Instant::now();
        while since.elapsed() < Duration::from_millis(CLUSTER_END_MS) {
            if self.ended().is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(CLUSTER_POLL_MS)).await;
        }
        self.kill();
        Err(ToolkitError::Silence {
            what: format!("end of {}", self.name),
            waited_ms: CLUSTER_END_MS,
        })
    }

    /// The error that it ended although nobody told it to, with the last of what it said.
    pub fn failure(&self, status: ExitStatus) -> ToolkitError {
        let log = self.log();
        let lines: Vec<&str> = log.lines().rev().take(LINES_SHOWN).collect();
        let last: Vec<&str> = lines.into_iter().rev().collect();
        ToolkitError::Message(format!("{} ended: {status}\n{}", self.name, last.join("\n")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How much of a log an error shows.
const LINES_SHOWN: usize = 20;

fn tell(signal: Signal, ids: &[u32]) {
    let ids = ids.iter().map(u32::to_string);
    let mut kill = Command::new("kill");
    kill.arg(format!("-{}", signal.name())).args(ids);
    // Who has ended in the meantime cannot be told, and need not.
    let _gone = kill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// A process and all below it, parents first.
fn family(id: u32) -> Vec<u32> {
    let mut family = vec![id];
    let all = parents();
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        family.extend(all.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        next += 1;
    }
    family
}

/// Every process with its parent, as /proc shows them.
fn parents() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter_map(|id| Some((id, state_and_parent(id)?.1))).collect()
}

fn is_alive(id: u32) -> bool {
    state_and_parent(id).is_some_and(|(state, _)| state != 'Z')
}

fn state_and_parent(id: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name before it is in brackets and may hold anything.
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(directory: &Path, script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start("a shell", command, &directory.join("log")).unwrap()
    }

    fn eventually(holds: impl Fn() -> bool) {
        let since = Instant::now();
        while !holds() {
            assert!(since.elapsed() < Duration::from_secs(20), "it does not come to hold");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn whoever_is_killed_takes_its_children_along() {
        let directory = tempfile::tempdir().unwrap();
        let mut shell = start(directory.path(), "sleep 600 & sleep 601 & wait");
        eventually(|| family(shell.id()).len() == 3);
        let family = family(shell.id());
        shell.kill();
        assert!(!family.into_iter().any(is_alive));
    }

    #[test]
    fn whoever_is_stopped_stands_still_with_its_children() {
        let directory = tempfile::tempdir().unwrap();
        let mut shell = start(directory.path(), "sleep 600 & wait");
        eventually(|| family(shell.id()).len() == 2);
        let family = family(shell.id());
        let are = |wanted: &str| {
            let states = family.iter().map(|id| state_and_parent(*id).unwrap().0);
            states.into_iter().all(|state| wanted.contains(state))
        };
        shell.signal(Signal::Stop);
        eventually(|| are("T"));
        shell.signal(Signal::Continue);
        eventually(|| are("SR"));
    }

    #[tokio::test]
    async fn who_ends_by_itself_says_how() {
        let directory = tempfile::tempdir().unwrap();
        let mut shell = start(directory.path(), "echo no luck; exit 3");
        eventually(|| !is_alive(shell.id()));
        let status = shell.ended().unwrap();
        let failure = shell.failure(status).to_string();
        assert!(failure.contains("no luck") && failure.contains('3'), "{failure}");
        shell.end(Signal::Terminate).await.unwrap();
    }

    #[tokio::test]
    async fn who_is_asked_ends() {
        let directory = tempfile::tempdir().unwrap();
        let mut shell = start(directory.path(), "exec sleep 600");
        shell.end(Signal::Terminate).await.unwrap();
        assert!(shell.ended().is_some());
    }
}
