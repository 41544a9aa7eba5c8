//! The real program in a process of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ::http::Method;

use super::options::{BenchOptions, Keeper};
use super::processes::{self, Resident};
use super::screening::Catalogue;
use crate::ToolkitError;
use crate::cluster::ports::free_port;
use crate::cluster::postgres::{OWNER, Postgres};
use crate::cluster::programs::Programs;
use crate::limits::BENCH_START_MS;
use crate::onboard::AdminClient;

/// `causeway serve` with a store of its own; it ends, and its store is removed, when this is dropped.
pub(super) struct Hub {
    child: Child,
    database: Option<Postgres>,
    directory: PathBuf,
    process: String,
    /// Where DFSPs find it.
    pub(super) fspiop: SocketAddr,
    admin_url: String,
}

impl Hub {
    /// Starts it, and returns when it serves.
    ///
    /// # Errors
    /// [`ToolkitError`] if the program, a folder or a port cannot be had, or it ends at once.
    pub(super) async fn start(
        options: &BenchOptions,
        catalogue: Option<&Catalogue>,
    ) -> Result<Hub, ToolkitError> {
        let program = program(options)?;
        let directory = fresh_directory(options)?;
        let ports = [free_port()?, free_port()?, free_port()?];
        let config = directory.join("causeway.toml");
        let database = match options.store {
            Keeper::Embedded => None,
            Keeper::Postgres => {
                Some(Postgres::create(&Programs::find()?, &directory, "postgres").await?)
            }
        };
        let url = database.as_ref().map_or(String::new(), |server| {
            let port = server.port();
            format!("postgres://{OWNER}@127.0.0.1:{port}/{OWNER}?sslmode=disable")
        });
        let screening = screening(&directory, catalogue)?;
        let text = format!("{}{screening}", settings(&directory, ports, &url, options));
        write(&config, text)?;
        let log = File::create(directory.join(LOG));
        let log = log.map_err(|source| ToolkitError::io("create the hub's log", source))?;
        let mut command = Command::new(&program);
        command.arg("serve").arg("--config").arg(&config).stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(log).spawn();
        let child =
            child.map_err(|source| ToolkitError::io(program.display().to_string(), source))?;
        let process = child.id().to_string();
        let [fspiop, _, admin] = ports.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let admin_url = format!("http://{admin}");
        let mut hub = Hub { child, database, directory, process, fspiop, admin_url };
        hub.serving().await?;
        Ok(hub)
    }

    /// Its operator, on fresh connections: the hub closes those that were idle while messages were signed.
    pub(super) fn admin(&self) -> AdminClient {
        AdminClient::new(&self.admin_url)
    }

    /// Where its store is.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// CPU time that it has used, in microseconds.
    pub(super) fn cpu_us(&self) -> Result<u64, ToolkitError> {
        processes::cpu_us(&self.process)
    }

    /// Memory that it holds.
    pub(super) fn resident(&self) -> Result<Resident, ToolkitError> {
        processes::resident_kib(&self.process)
    }

    /// Its figure of this name in /metrics.
    pub(super) async fn metric(&self, name: &str) -> Result<u64, ToolkitError> {
        let answer = self.admin().send(Method::GET, "/metrics", None).await?;
        let text = answer.success("GET /metrics")?.text();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = value.and_then(|value| value.trim().parse().ok());
        value.ok_or_else(|| ToolkitError::Message(format!("the hub shows no {name}")))
    }

    /// The sum of its figures of this name in /metrics, by their label's value.
    pub(super) async fn counts(&self, name: &str) -> Result<BTreeMap<String, u64>, ToolkitError> {
        let answer = self.admin().send(Method::GET, "/metrics", None).await?;
        let text = answer.success("GET /metrics")?.text();
        let counts = text.lines().filter_map(|line| {
            let (labels, count) = line.strip_prefix(name)?.strip_prefix('{')?.split_once("} ")?;
            let value = labels.split('"').nth(1)?;
            Some((value.to_owned(), count.trim().parse().ok()?))
        });
        Ok(counts.collect())
    }

    async fn serving(&mut self) -> Result<(), ToolkitError> {
        let since = Instant::now();
        while since.elapsed() < Duration::from_millis(BENCH_START_MS) {
            if let Ok(Some(status)) = self.child.try_wait() {
                let log = fs::read_to_string(self.directory.join(LOG)).unwrap_or_default();
                return Err(ToolkitError::Message(format!("the hub ended: {status}\n{log}")));
            }
            let health = self.admin().send(Method::GET, "/health", None).await;
            if health.is_ok_and(|health| health.status.is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(ToolkitError::Silence {
            what: "start of the hub".to_owned(),
            waited_ms: BENCH_START_MS,
        })
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
        self.database = None;
        let _best_effort = fs::remove_dir_all(&self.directory);
    }
}

const LOG: &str = "causeway.log";

/// The program that was named, or the one beside this program (tests are in a folder below).
fn program(options: &BenchOptions) -> Result<PathBuf, ToolkitError> {
    if let Some(program) = &options.causeway {
        return Ok(program.clone());
    }
    let own = std::env::current_exe();
    let own = own.map_err(|source| ToolkitError::io("find this program", source))?;
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join("causeway"));
    let found = beside.into_iter().find(|program| program.is_file());
    let build =
        "no causeway beside this program: `cargo build --release -p causeway`, or --causeway PATH";
    found.ok_or_else(|| ToolkitError::Message(build.to_owned()))
}

/// The settings of screening, with the catalogue beside them; nothing where nobody screens.
fn screening(directory: &Path, catalogue: Option<&Catalogue>) -> Result<String, ToolkitError> {
    let Some(catalogue) = catalogue else { return Ok(String::new()) };
    let on = "[screening]\nenabled = true\n".to_owned();
    let Catalogue::Given(json) = catalogue else { return Ok(on) };
    let path = directory.join("catalogue.json");
    write(&path, json.to_string())?;
    Ok(format!("{on}catalogue = {path:?}\n"))
}

fn write(path: &Path, text: String) -> Result<(), ToolkitError> {
    fs::write(path, text).map_err(|source| ToolkitError::io(path.display().to_string(), source))
}

fn fresh_directory(options: &BenchOptions) -> Result<PathBuf, ToolkitError> {
    let parent = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    let directory = parent.join(format!("causeway-bench-{}", crate::clock::fresh_uuid()?));
    let created = fs::create_dir_all(&directory);
    created.map_err(|source| ToolkitError::io(directory.display().to_string(), source))?;
    Ok(directory)
}

/// The shipped configuration, but for addresses and folder, and what the options say.
fn settings(
    directory: &Path,
    [fspiop, bank, admin]: [u16; 3],
    url: &str,
    options: &BenchOptions,
) -> String {
    let store = directory.join("data");
    let log = options.log.as_ref().map(|filter| format!("[log]\nfilter = {filter:?}\n"));
    format!(
        "[listen]\nfspiop = \"127.0.0.1:{fspiop}\"\nbank = \"127.0.0.1:{bank}\"\n\
         admin = \"127.0.0.1:{admin}\"\n[egress]\nallow = [\"127.0.0.0/8\"]\n[store]\ndirectory = {store:?}\n\
         url = {url:?}\n\
         [scheme]\nconfirm_to_payee = {}\n{}",
        options.confirm_to_payee,
        log.unwrap_or_default()
    )
}
