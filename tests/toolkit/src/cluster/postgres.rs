//! PostgreSQL as a child process: a primary, and a standby that it waits for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::ports::free_port;
use super::process::{Process, Signal};
use super::programs::Programs;
use crate::ToolkitError;
use crate::limits::{CLUSTER_LOG_PIECES, CLUSTER_POLL_MS, CLUSTER_START_MS};

/// The owner of the database, who is no superuser.
pub const OWNER: &str = "causeway";

/// What is set beside PostgreSQL's defaults, which sync every commit.
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = '64MB'
max_wal_size = '1GB'
wal_level = replica
max_wal_senders = 10
wal_keep_size = '256MB'
wal_receiver_status_interval = '1s'
wal_retrieve_retry_interval = '200ms'
";

/// One server with its files.
#[derive(Debug)]
pub struct Postgres {
    name: String,
    programs: Programs,
    folder: PathBuf,
    port: u16,
    process: Option<Process>,
}

impl Postgres {
    /// Makes a server with an empty database in `parent`, and starts it.
    ///
    /// # Errors
    /// [`ToolkitError`] if a program fails; it says what the program said.
    pub async fn create(
        programs: &Programs,
        parent: &Path,
        name: &str,
    ) -> Result<Postgres, ToolkitError> {
        let server = Postgres::at(programs, parent, name)?;
        let mut initdb = programs.postgres("initdb");
        initdb.arg("--pgdata").arg(&server.folder);
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]);
        run(initdb.arg("--no-sync"))?;
        server.configure("postgresql.conf", SETTINGS)?;
        let mut server = server;
        server.start().await?;
        server.query("postgres", &format!("CREATE ROLE {OWNER} LOGIN"))?;
        server.query("postgres", &format!("CREATE DATABASE {OWNER} OWNER {OWNER}"))?;
        Ok(server)
    }

    /// Makes a copy of a running server that follows it from now on, and that it waits for at each commit.
    ///
    /// # Errors
    /// As [`Postgres::create`].
    pub async fn follow(
        primary: &Postgres,
        parent: &Path,
        name: &str,
    ) -> Result<Postgres, ToolkitError> {
        let mut server = Postgres::at(&primary.programs, parent, name)?;
        let source =
            format!("host=127.0.0.1 port={} user=postgres application_name={name}", primary.port);
        let mut copy = primary.programs.postgres("pg_basebackup");
        copy.arg("--pgdata").arg(&server.folder).args(["--dbname", &source]);
        copy.args(["--wal-method=stream", "--checkpoint=fast", "--write-recovery-conf"]);
        run(copy.arg("--no-sync"))?;
        // Whom the primary waits for, the standby must not when it is promoted.
        server.configure("postgresql.auto.conf", "synchronous_standby_names = ''\n")?;
        server.start().await?;
        primary.wait_for(Some(name)).await?;
        Ok(server)
    }

    /// Makes every commit wait until this standby has it on its disk; with `None` nobody is waited for.
    ///
    /// # Errors
    /// As [`Postgres::create`].
    pub async fn wait_for(&self, standby: Option<&str>) -> Result<(), ToolkitError> {
        let names = standby.unwrap_or_default();
        self.query("postgres", &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"))?;
        self.query("postgres", "SELECT pg_reload_conf()")?;
        let is_followed = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        let since = Instant::now();
        while standby.is_some() && self.query("postgres", is_followed)? != "1" {
            if since.elapsed() > Duration::from_millis(CLUSTER_START_MS) {
                let (what, waited_ms) = (format!("synchronous standby {names}"), CLUSTER_START_MS);
                return Err(ToolkitError::Silence { what, waited_ms });
            }
            tokio::time::sleep(Duration::from_millis(CLUSTER_POLL_MS)).await;
        }
        Ok(())
    }

    fn at(programs: &Programs, parent: &Path, name: &str) -> Result<Postgres, ToolkitError> {
        let folder = parent.join(name);
        programs.postgres_folder(&folder)?;
        let (name, programs) = (name.to_owned(), programs.clone());
        Ok(Postgres { name, programs, folder, port: free_port()?, process: None })
    }

    /// Starts it over what the last run left, and returns when it answers.
    ///
    /// # Errors
    /// [`ToolkitError`] if it ends or does not come up.
    pub async fn start(&mut self) -> Result<(), ToolkitError> {
        if self.process.as_mut().is_some_and(|process| process.ended().is_none()) {
            return Ok(());
        }
        let mut command = self.programs.postgres("postgres");
        command.arg("-D").arg(&self.folder).args(["-p", &self.port.to_string()]);
        let mut process = Process::start(&self.name, command, &self.log_file())?;
        let since = Instant::now();
        let mut said = None;
        while since.elapsed() < Duration::from_millis(CLUSTER_START_MS) {
            if let Some(status) = process.ended() {
                return Err(process.failure(status));
            }
            match self.query("postgres", "SELECT 1") {
                Ok(_) => {
                    self.process = Some(process);
                    return Ok(());
                }
                Err(error) => said = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(CLUSTER_POLL_MS)).await;
        }
        let what = format!("start of {}", self.name);
        Err(said.unwrap_or(ToolkitError::Silence { what, waited_ms: CLUSTER_START_MS }))
    }

    /// Returns when it answers again after it was given what it lacked: by itself, or started again where it has ended.
    ///
    /// # Errors
    /// [`ToolkitError`] if it ends once more or does not come up.
    pub async fn again(&mut self) -> Result<(), ToolkitError> {
        let since = Instant::now();
        while self.is_up() && self.query("postgres", "SELECT 1").is_err() {
            if since.elapsed() > Duration::from_millis(CLUSTER_START_MS) {
                let (what, waited_ms) = (format!("answer of {}", self.name), CLUSTER_START_MS);
                return Err(ToolkitError::Silence { what, waited_ms });
            }
            tokio::time::sleep(Duration::from_millis(CLUSTER_POLL_MS)).await;
        }
        self.start().await
    }

    /// Uses up the pieces of its log that it has in advance, until it ends for want of another: its disk is full.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] if it goes on.
    pub fn use_up_log(&self) -> Result<(), ToolkitError> {
        let next_piece = "SELECT pg_switch_wal(); SELECT txid_current()";
        let still_there = || self.query("postgres", next_piece).is_ok();
        match (0..CLUSTER_LOG_PIECES).all(|_| still_there()) {
            false => Ok(()),
            true => Err(ToolkitError::Message(format!("{} still finds room", self.name))),
        }
    }

    /// Makes a standby the primary, and returns when it takes writes.
    ///
    /// # Errors
    /// As [`Postgres::create`].
    pub fn promote(&self) -> Result<(), ToolkitError> {
        self.query("postgres", "SELECT pg_promote(true, 60)").map(drop)
    }

    /// What psql prints for a statement, without headings.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] with what PostgreSQL says.
    pub fn query(&self, database: &str, statement: &str) -> Result<String, ToolkitError> {
        self.query_as("postgres", database, statement)
    }

    /// The same as another role.
    ///
    /// # Errors
    /// As [`Postgres::query`].
    pub fn query_as(
        &self,
        role: &str,
        database: &str,
        statement: &str,
    ) -> Result<String, ToolkitError> {
        let mut psql = Command::new(self.programs.postgres_bin.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"]);
        psql.args(["-p", &self.port.to_string(), "-U", role, "-d", database, "-c", statement]);
        run(&mut psql)
    }

    /// Archives every piece of its log in `folder` from now on; it is started again for that.
    ///
    /// # Errors
    /// As [`Postgres::create`].
    pub async fn archive_in(&mut self, folder: &Path) -> Result<(), ToolkitError> {
        self.programs.postgres_folder(folder)?;
        let command = format!("test ! -f {0}/%f && cp %p {0}/%f", folder.display());
        let settings = format!("archive_mode = on\narchive_command = '{command}'\n");
        self.configure("postgresql.auto.conf", &settings)?;
        self.shut_down().await?;
        self.start().await
    }

    /// A copy of all its files while it runs, in a folder that is made.
    ///
    /// # Errors
    /// As [`Postgres::create`].
    pub fn base_backup(&self, folder: &Path) -> Result<(), ToolkitError> {
        self.programs.postgres_folder(folder)?;
        let mut copy = self.programs.postgres("pg_basebackup");
        copy.arg("--pgdata").arg(folder).args(["--checkpoint=fast", "--wal-method=none"]);
        let source = format!("host=127.0.0.1 port={} user=postgres", self.port);
        run(copy.args(["--dbname", &source, "--no-sync", "--no-manifest"])).map(drop)
    }

    /// Throws its files away and starts it from a base backup and the archived log, up to an instant as PostgreSQL
    /// writes it.
    ///
    /// # Errors
    /// As [`Postgres::create`].
    pub async fn restore(
        &mut self,
        backup: &Path,
        archive: &Path,
        instant: &str,
    ) -> Result<(), ToolkitError> {
        self.kill();
        let failed = |source| ToolkitError::io("restore a backup", source);
        fs::remove_dir_all(&self.folder).map_err(failed)?;
        fs::rename(backup, &self.folder).map_err(failed)?;
        let settings = format!(
            "archive_mode = off\nrestore_command = 'cp {}/%f %p'\n\
             recovery_target_time = '{instant}'\nrecovery_target_action = promote\n",
            archive.display()
        );
        self.configure("postgresql.auto.conf", &settings)?;
        fs::write(self.folder.join("recovery.signal"), "").map_err(failed)?;
        self.start().await?;
        let since = Instant::now();
        while self.query("postgres", "SELECT pg_is_in_recovery()")? != "f" {
            if since.elapsed() > Duration::from_millis(CLUSTER_START_MS) {
                let (what, waited_ms) = ("end of recovery".to_owned(), CLUSTER_START_MS);
                return Err(ToolkitError::Silence { what, waited_ms });
            }
            tokio::time::sleep(Duration::from_millis(CLUSTER_POLL_MS)).await;
        }
        Ok(())
    }

    /// Where it listens, on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its name, which is its folder's as well.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Kills it and its backends: a machine that has lost its power, but for the disk's caches.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Ends it in good order.
    ///
    /// # Errors
    /// [`ToolkitError::Silence`] if it had to be killed.
    pub async fn shut_down(&mut self) -> Result<(), ToolkitError> {
        match self.process.take() {
            Some(mut process) => process.end(Signal::Interrupt).await,
            None => Ok(()),
        }
    }

    /// Stops it and its backends, or lets them go on.
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

    /// Appends settings to one of its files.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if the file cannot be written.
    pub fn configure(&self, file: &str, settings: &str) -> Result<(), ToolkitError> {
        let path = self.folder.join(file);
        let failed = |source| ToolkitError::io(format!("write {}", path.display()), source);
        let before = fs::read_to_string(&path).map_err(failed)?;
        fs::write(&path, format!("{before}\n{settings}")).map_err(failed)
    }

    fn log_file(&self) -> PathBuf {
        self.folder.with_extension("log")
    }
}

/// Runs a program to its end.
fn run(command: &mut Command) -> Result<String, ToolkitError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|source| ToolkitError::io(program.clone(), source))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(ToolkitError::Message(format!("{program}: {}: {}", output.status, said.trim())))
}
