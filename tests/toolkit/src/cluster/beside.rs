//! NATS and Redis as child processes: what stands beside the nodes and may be away.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use super::ports::free_port;
use super::process::{Process, Signal};
use super::programs::Programs;
use crate::ToolkitError;
use crate::limits::{CLUSTER_POLL_MS, CLUSTER_START_MS};

/// A server that takes connections as soon as it listens.
#[derive(Debug)]
pub struct Beside {
    name: &'static str,
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    arguments: fn(&Path, u16) -> Vec<String>,
    process: Option<Process>,
}

impl Beside {
    /// `nats-server` with JetStream, whose streams are files.
    ///
    /// # Errors
    /// [`ToolkitError`] if it does not start.
    pub async fn nats(programs: &Programs, parent: &Path) -> Result<Beside, ToolkitError> {
        let arguments = |folder: &Path, port: u16| {
            let (port, folder) = (port.to_string(), folder.display().to_string());
            ["-a", "127.0.0.1", "-p", &port, "-js", "-sd", &folder].map(str::to_owned).to_vec()
        };
        Beside::start_new("nats", programs.nats_server.clone(), parent, arguments).await
    }

    /// `redis-server` that keeps nothing: what it holds may be lost.
    ///
    /// # Errors
    /// [`ToolkitError`] if it does not start.
    pub async fn redis(programs: &Programs, parent: &Path) -> Result<Beside, ToolkitError> {
        let arguments = |folder: &Path, port: u16| {
            let (port, folder) = (port.to_string(), folder.display().to_string());
            let listen = ["--bind", "127.0.0.1", "--port", &port, "--dir", &folder];
            let keep_nothing = ["--save", "", "--appendonly", "no"];
            [&listen[..], &keep_nothing].concat().into_iter().map(str::to_owned).collect()
        };
        Beside::start_new("redis", programs.redis_server.clone(), parent, arguments).await
    }

    async fn start_new(
        name: &'static str,
        program: PathBuf,
        parent: &Path,
        arguments: fn(&Path, u16) -> Vec<String>,
    ) -> Result<Beside, ToolkitError> {
        let folder = parent.join(name);
        let made = std::fs::create_dir_all(&folder);
        made.map_err(|source| ToolkitError::io(folder.display().to_string(), source))?;
        let port = free_port()?;
        let mut server = Beside { name, program, folder, port, arguments, process: None };
        server.start().await?;
        Ok(server)
    }

    /// Starts it at the same port over what the last run left.
    ///
    /// # Errors
    /// [`ToolkitError`] if it ends or does not come up.
    pub async fn start(&mut self) -> Result<(), ToolkitError> {
        if self.is_up() {
            return Ok(());
        }
        let mut command = Command::new(&self.program);
        command.args((self.arguments)(&self.folder, self.port));
        let log = self.folder.with_extension("log");
        let mut process = Process::start(self.name, command, &log)?;
        let since = Instant::now();
        while since.elapsed() < Duration::from_millis(CLUSTER_START_MS) {
            if let Some(status) = process.ended() {
                return Err(process.failure(status));
            }
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                self.process = Some(process);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(CLUSTER_POLL_MS)).await;
        }
        let what = format!("start of {}", self.name);
        Err(ToolkitError::Silence { what, waited_ms: CLUSTER_START_MS })
    }

    /// Where it listens, on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills it.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Stops it, or lets it go on.
    pub fn signal(&mut self, signal: Signal) {
        if let Some(process) = &mut self.process {
            process.signal(signal);
        }
    }

    /// Whether it runs, or stands still.
    pub fn is_up(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.ended().is_none())
    }

    /// Whether it stands still.
    pub fn stands_still(&self) -> bool {
        self.process.as_ref().is_some_and(Process::stands_still)
    }
}
