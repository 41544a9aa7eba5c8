//! One node: `causeway serve` with its own links to the servers, so that it alone can be cut off.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::clocks::NodeClock;
use super::link::{Flow, Link};
use super::ports::free_port;
use super::process::{Process, Signal};
use crate::ToolkitError;

/// The doors of a node: FSPIOP, banks, operators.
pub const DOORS: usize = 3;

/// Where a node finds the servers.
#[derive(Debug)]
pub struct Links {
    /// The primary.
    pub postgres: Link,
    /// NATS.
    pub nats: Link,
    /// Redis.
    pub redis: Link,
}

impl Links {
    /// All of them.
    pub fn all(&self) -> [&Link; 3] {
        [&self.postgres, &self.nats, &self.redis]
    }
}

/// A node, running or not.
#[derive(Debug)]
pub struct Node {
    name: String,
    program: PathBuf,
    config: PathBuf,
    log: PathBuf,
    ports: [u16; DOORS],
    links: Links,
    clock: Option<NodeClock>,
    process: Option<Process>,
    /// Whether it is to be started again when it ends by itself.
    is_wanted: bool,
    restarts: u32,
}

impl Node {
    /// Writes its configuration; it does not run yet. `settings` are those of all nodes, in TOML.
    ///
    /// # Errors
    /// [`ToolkitError`] if ports or files cannot be had, or the program cannot be asked for its settings.
    pub fn new(
        name: &str,
        program: &Path,
        folder: &Path,
        links: Links,
        settings: &str,
    ) -> Result<Node, ToolkitError> {
        let ports = [free_port()?, free_port()?, free_port()?];
        let config = folder.join(format!("{name}.toml"));
        let text = format!("{}{settings}", text(folder, ports, &links, &sections(program)?));
        let written = fs::write(&config, text);
        written.map_err(|source| ToolkitError::io(config.display().to_string(), source))?;
        Ok(Node {
            name: name.to_owned(),
            program: program.to_owned(),
            config,
            log: folder.join(format!("{name}.log")),
            ports,
            links,
            clock: None,
            process: None,
            is_wanted: false,
            restarts: 0,
        })
    }

    /// Has it live by a clock of its own from its next start on.
    #[must_use]
    pub fn with_clock(mut self, clock: Option<NodeClock>) -> Node {
        self.clock = clock;
        self
    }

    /// Sets its clock so many seconds ahead of the machine's; nothing, if it is to be right and has none of its own.
    ///
    /// # Errors
    /// [`ToolkitError`] if it has no clock of its own.
    pub fn set_clock_ahead_s(&self, seconds: i64) -> Result<(), ToolkitError> {
        match &self.clock {
            Some(clock) => clock.set_ahead_s(seconds),
            None if seconds == 0 => Ok(()),
            None => Err(ToolkitError::Message(format!("{} has no clock of its own", self.name))),
        }
    }

    /// Starts it; the balancer sees when it is ready.
    ///
    /// # Errors
    /// [`ToolkitError`] if the program cannot be had.
    pub fn start(&mut self) -> Result<(), ToolkitError> {
        self.is_wanted = true;
        if self.is_up() {
            return Ok(());
        }
        let mut command = Command::new(&self.program);
        command.arg("serve").arg("--config").arg(&self.config);
        if let Some(clock) = &self.clock {
            clock.give_to(&mut command);
        }
        self.process = Some(Process::start(&self.name, command, &self.log)?);
        Ok(())
    }

    /// Starts it again if it has ended by itself, as its supervisor would.
    pub fn look_after(&mut self) {
        if self.is_wanted && !self.is_up() {
            self.restarts += 1;
            // Where it cannot be started now, it can the next time.
            let _again = self.start();
        }
    }

    /// Runs another build from its next start on.
    pub fn install(&mut self, program: &Path) {
        program.clone_into(&mut self.program);
    }

    /// Kills it (SIGKILL); nobody starts it again but [`Node::start`].
    pub fn kill(&mut self) {
        self.is_wanted = false;
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Asks it to end in good order, and does not wait for it.
    pub fn ask_to_end(&mut self) {
        self.is_wanted = false;
        self.signal(Signal::Terminate);
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

    /// How often it was started again because it had ended by itself.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// How its links to all servers carry from now on.
    pub fn set_links(&self, flow: Flow) {
        self.links.all().into_iter().for_each(|link| link.set(flow));
    }

    /// Its links.
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Where its doors are, on loopback.
    pub fn ports(&self) -> [u16; DOORS] {
        self.ports
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it logged in all its runs.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// The sections of a program's settings, as it prints them: another release may know fewer.
fn sections(program: &Path) -> Result<String, ToolkitError> {
    let output = Command::new(program).arg("config").output();
    let output =
        output.map_err(|source| ToolkitError::io(program.display().to_string(), source))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn text(folder: &Path, ports: [u16; DOORS], links: &Links, sections: &str) -> String {
    let [fspiop, bank, admin] = ports;
    let mut text = format!(
        "[listen]\nfspiop = \"127.0.0.1:{fspiop}\"\nbank = \"127.0.0.1:{bank}\"\n\
         admin = \"127.0.0.1:{admin}\"\n[egress]\nallow = [\"127.0.0.0/8\"]\n\
         [store]\ndirectory = {:?}\nurl = \"postgres://causeway@127.0.0.1:{}/causeway\"\n",
        folder.join("data"),
        links.postgres.port()
    );
    for (name, link) in [("nats", &links.nats), ("redis", &links.redis)] {
        if sections.contains(&format!("\n[{name}]\n")) {
            text.push_str(&format!("[{name}]\nurl = \"{name}://127.0.0.1:{}\"\n", link.port()));
        }
    }
    text
}
