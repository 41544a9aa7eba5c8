//! The real program in a process of its own, around which the players stand: it can be killed, and
//! started again at the same addresses over the same store.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use causeway::keys::Keys;
use causeway::node::HUB;
use causeway_toolkit::cluster::disk::Disk;
use causeway_toolkit::cluster::ports::free_port;
use causeway_toolkit::onboard::AdminClient;
use causeway_toolkit::players::{HubUrls, Players};
use causeway_toolkit::witness::Witness;
use switch::AccountKind;
use switch_store::{EmbeddedStore, SteadyClock, Store, SystemClock};

use crate::tls;

/// How long a start may take, recovery of the store included.
const START_MS: u64 = 30_000;
/// Two banks and two DFSPs around a process, onboarded.
pub struct Scheme {
    /// The program.
    pub process: Process,
    /// Two banks and two DFSPs, in this process.
    pub players: Arc<Players>,
    /// The operator.
    pub admin: AdminClient,
}

/// `causeway serve` over mutual TLS with a store and addresses of its own; killed when dropped.
pub struct Process {
    // Before the folder that it is in.
    disk: Option<Disk>,
    directory: tempfile::TempDir,
    ports: [u16; 3],
    child: Option<Child>,
}

/// What the store holds in all: to be read when nobody else has it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Books {
    /// The sum of all accounts: zero in double entry.
    pub sum: i128,
    /// What is reserved, in ten-thousandths.
    pub reserved: i128,
}

impl Scheme {
    /// The default scheme with further settings, in TOML.
    pub async fn start(settings: &str) -> Scheme {
        Scheme::around(Process::start(settings).await).await
    }

    /// The same with a disk of so many MiB for ledger and keys, which can be filled.
    pub async fn on_disk(settings: &str, mib: u32) -> Scheme {
        Scheme::around(Process::start_on(settings, Some(mib)).await).await
    }

    async fn around(process: Process) -> Scheme {
        let (logs, ca) = (Some(process.directory.path()), Some(tls::scheme_ca()));
        let players = Players::start(&process.urls(), logs, ca).await.expect("players start");
        let admin = process.admin();
        players.onboard(&admin).await.expect("onboarding");
        let own = [HUB, players.alpine.fsp_id(), players.harbour.fsp_id()];
        players.trust(&process.public_keys(&own)).expect("keys");
        players.register().await.expect("registering parties");
        Scheme { process, players: Arc::new(players), admin }
    }

    /// Somebody who looks on from now.
    pub async fn witness(&self) -> Witness {
        let logs = self.process.directory().to_owned();
        let witness = Witness::new(Arc::clone(&self.players), self.admin.clone(), logs).await;
        witness.expect("positions")
    }
}

const FSPIOP: usize = 0;
const BANK: usize = 1;
const ADMIN: usize = 2;

impl Process {
    /// Starts it with further settings, in TOML.
    pub async fn start(settings: &str) -> Process {
        Process::start_on(settings, None).await
    }

    async fn start_on(settings: &str, disk_mib: Option<u32>) -> Process {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let ports = [(); 3].map(|()| free_port().expect("a free port"));
        let settings = format!("{}{settings}", tls::settings(directory.path(), HUB));
        let text = config_text(directory.path(), ports, &settings);
        std::fs::write(directory.path().join("causeway.toml"), text).expect("a configuration");
        let mount = |mib| Disk::mount(&directory.path().join("data"), mib).expect("a disk");
        let disk = disk_mib.map(mount);
        let mut process = Process { disk, directory, ports, child: None };
        process.restart().await;
        process
    }

    /// Kills it as a power cut would: nothing is finished, nothing is said (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the process can be killed");
            child.wait().expect("the process ends");
        }
    }

    /// Starts it again over what the last run left, and returns when it serves.
    pub async fn restart(&mut self) {
        self.begin();
        self.serving().await;
    }

    /// Starts it again as [`Process::restart`] does, and does not wait: it may end by itself.
    pub fn begin(&mut self) {
        self.kill();
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_file());
        let child = Command::new(program())
            .arg("serve")
            .arg("--config")
            .arg(self.directory.path().join("causeway.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a log file"))
            .spawn();
        self.child = Some(child.expect("the program starts"));
    }

    /// How it ended by itself, within [`START_MS`]; `None` if it has not.
    pub async fn ended(&mut self) -> Option<ExitStatus> {
        let since = Instant::now();
        while since.elapsed() < Duration::from_millis(START_MS) {
            let child = self.child.as_mut().expect("a process");
            if let Some(status) = child.try_wait().expect("the process can be asked") {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        None
    }

    /// The disk of its ledger, where it has one of its own.
    pub fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref()
    }

    /// Where participants find it.
    pub fn urls(&self) -> HubUrls {
        HubUrls { fspiop: self.url(FSPIOP), channel: self.url(BANK) }
    }

    /// The public keys that it signs with for these names.
    pub fn public_keys(&self, names: &[&str]) -> Vec<(String, String)> {
        let keys = Keys::new(self.data().join("keys"));
        let key = |name: &&str| ((*name).to_owned(), keys.public_pem(name).expect("a key"));
        names.iter().map(key).collect()
    }

    /// Where the players keep their logs.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// What it logged in all its runs.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Ends it, and reads the books that it leaves.
    pub async fn books(&mut self) -> Books {
        self.kill();
        let clock = SteadyClock::new(Arc::new(SystemClock::new()));
        let store = EmbeddedStore::open(&self.data().join("ledger"), clock).expect("the store");
        let accounts = store.accounts().await.expect("accounts");
        let units = |account: &switch::Account| account.balance.units();
        let in_flight = |account: &&switch::Account| account.key.kind == AccountKind::InFlight;
        let reserved: i128 = accounts.iter().filter(in_flight).map(units).sum();
        Books { sum: accounts.iter().map(units).sum(), reserved: -reserved }
    }

    /// Where its ledger and its keys are.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("causeway.log")
    }

    fn url(&self, door: usize) -> String {
        format!("https://127.0.0.1:{}", self.ports[door])
    }

    /// Asks it to read its certificates anew (SIGHUP).
    pub fn hang_up(&self) {
        let pid = self.child.as_ref().expect("a process").id().to_string();
        let sent = Command::new("kill").args(["-HUP", &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "it can be signalled");
    }

    /// Its operator.
    pub fn admin(&self) -> AdminClient {
        let admin = AdminClient::new(self.url(ADMIN));
        admin.with_credentials(&tls::operator()).expect("an operator")
    }

    async fn serving(&mut self) {
        let admin = self.admin();
        let since = Instant::now();
        while since.elapsed() < Duration::from_millis(START_MS) {
            let child = self.child.as_mut().expect("a process");
            if let Some(status) = child.try_wait().expect("the process can be asked") {
                panic!("the program ended with {status}:\n{}", self.log());
            }
            let health = admin.send(http::Method::GET, "/health", None).await;
            if health.is_ok_and(|health| health.status.is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the program does not serve:\n{}", self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("what the process logged:\n{}", self.log());
        }
    }
}

fn config_text(directory: &Path, ports: [u16; 3], settings: &str) -> String {
    let [fspiop, bank, admin] = ports;
    let log = match settings.contains("[log]") {
        true => "",
        false => "[log]\nfilter = \"error\"\nformat = \"text\"\n",
    };
    format!(
        "[listen]\nfspiop = \"127.0.0.1:{fspiop}\"\nbank = \"127.0.0.1:{bank}\"\n\
         admin = \"127.0.0.1:{admin}\"\n[egress]\nallow = [\"127.0.0.0/8\"]\n[store]\ndirectory = {:?}\n\
         [overload]\nwait_ms = 60000\n{log}{settings}",
        directory.join("data")
    )
}

/// The program beside this test's own executable, of the same sources: cargo is asked unless the
/// program is the younger of the two.
pub fn program() -> PathBuf {
    static BUILT: Once = Once::new();
    let test = std::env::current_exe().expect("this test's executable");
    // target/debug/deps/it-<hash>
    let target = test.parent().and_then(Path::parent).expect("the target folder");
    let program = target.join("causeway");
    BUILT.call_once(|| {
        let age = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
        if age(&program) < age(&test) {
            let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
            let mut build = Command::new(cargo);
            build.current_dir(crate::root()).args(["build", "--quiet", "--bin", "causeway"]);
            if target.ends_with("release") {
                build.arg("--release");
            }
            assert!(build.status().is_ok_and(|status| status.success()), "building causeway");
        }
    });
    program
}
