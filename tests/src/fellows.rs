//! Nodes of one scheme over one real PostgreSQL and one Redis, each on a runtime of its own in this process, so that
//! one can be stopped in order or stop dead; and banks and DFSPs around them.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use causeway::config::Config;
use causeway::node::{Node, StartError};
use causeway::serve::Gateway;
use causeway_toolkit::cluster::balancer::Balancer;
use causeway_toolkit::cluster::beside::Beside;
use causeway_toolkit::cluster::ports::free_port;
use causeway_toolkit::cluster::postgres::Postgres;
use causeway_toolkit::cluster::process::Process;
use causeway_toolkit::cluster::programs::Programs;
use causeway_toolkit::onboard::AdminClient;
use causeway_toolkit::players::Players;
use tokio::runtime::Runtime;

use crate::world::{self, MovedClock};

/// How long something that must come may take: longer than any lease, and than a destination that
/// did not answer is left alone. Between later attempts is more: see `POST /outbox/{id}/retry`.
const PATIENCE_MS: u64 = 90_000;

/// Several nodes and their store.
pub struct Fellows {
    nodes: Vec<Option<Running>>,
    ports: Vec<Ports>,
    /// Nodes with keys of their own.
    own_keys: BTreeMap<usize, PathBuf>,
    settings: String,
    redis: Beside,
    /// Their database.
    pub postgres: Postgres,
    // The last: what is above writes to it.
    folder: tempfile::TempDir,
}

/// Where the doors of a node are, running or not: FSPIOP, banks, operators.
type Ports = [u16; 3];

/// One node.
struct Running {
    gateway: Gateway,
    clock: Arc<MovedClock>,
    runtime: Runtime,
}

impl Fellows {
    /// So many nodes with further settings, in TOML; `None` where a program is not installed.
    pub async fn start(count: usize, settings: &str) -> Option<Fellows> {
        let programs = match Programs::find() {
            Ok(programs) => programs,
            Err(missing) => {
                crate::skip(&missing.to_string());
                return None;
            }
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        // PostgreSQL runs as a user of its own, who must be able to pass.
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).expect("an open folder");
        let postgres = Postgres::create(&programs, folder.path(), "postgres").await;
        let redis = Beside::redis(&programs, folder.path()).await;
        let mut fellows = Fellows {
            nodes: (0..count).map(|_| None).collect(),
            own_keys: BTreeMap::new(),
            ports: (0..count).map(|_| ports()).collect(),
            settings: settings.to_owned(),
            redis: redis.expect("Redis starts"),
            postgres: postgres.expect("PostgreSQL starts"),
            folder,
        };
        for index in 0..count {
            fellows.again(index).await;
        }
        Some(fellows)
    }

    /// Starts a node where none runs, and returns when it is ready.
    pub async fn again(&mut self, index: usize) {
        let started = self.beside(&self.keys(index), self.ports[index]).await;
        self.nodes[index] = Some(started.unwrap_or_else(|error| panic!("node {index}: {error}")));
        self.eventually("it is ready", || async { self.health(index).await == 200 }).await;
    }

    /// Starts a further node with the keys of a folder, and stops it if it does start.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn try_beside(&self, keys: &Path) -> Result<(), StartError> {
        let running = self.beside(keys, ports()).await?;
        running.stop().await;
        Ok(())
    }

    async fn beside(&self, keys: &Path, ports: Ports) -> Result<Running, StartError> {
        let text = self.text(keys, ports);
        let clock = Arc::<MovedClock>::default();
        let config = Config::parse(&text, "the test's configuration").expect("a configuration");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let started = runtime.spawn(Gateway::start(config, Arc::clone(&clock) as _));
        match started.await.expect("starting does not panic") {
            Ok(gateway) => Ok(Running { gateway, clock, runtime }),
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// A further node as a program of its own, which logs what it does.
    pub fn process(&self, name: &str) -> Process {
        let folder = self.folder.path();
        let text = self.text(&self.keys(0), ports()).replace("\"error\"", "\"info\"");
        let config = folder.join(format!("{name}.toml"));
        std::fs::write(&config, text).expect("a configuration");
        let mut command = std::process::Command::new(crate::process::program());
        command.arg("serve").arg("--config").arg(config);
        let log = folder.join(format!("{name}.log"));
        Process::start(name, command, &log).expect("the program starts")
    }

    /// Where the keys of a node are: in one folder for all, unless it has its own.
    pub fn keys(&self, index: usize) -> PathBuf {
        self.own_keys.get(&index).cloned().unwrap_or_else(|| self.folder.path().join("data"))
    }

    /// From its next start on a node has its own copies of the keys that there are now.
    pub fn own_keys(&mut self, index: usize) {
        let own = self.folder.path().join(format!("data-{index}"));
        std::fs::create_dir_all(own.join("keys")).expect("a folder");
        for file in std::fs::read_dir(self.keys(index).join("keys")).expect("keys") {
            let file = file.expect("a key");
            std::fs::copy(file.path(), own.join("keys").join(file.file_name())).expect("a copy");
        }
        self.own_keys.insert(index, own);
    }

    fn text(&self, keys: &Path, [fspiop, bank, admin]: Ports) -> String {
        format!(
            "[listen]\nfspiop = \"127.0.0.1:{fspiop}\"\nbank = \"127.0.0.1:{bank}\"\n\
             admin = \"127.0.0.1:{admin}\"\n\
             [egress]\nallow = [\"127.0.0.0/8\"]\n\
             [store]\ndirectory = {keys:?}\nurl = \"postgres://causeway@127.0.0.1:{}/causeway\"\n\
             [redis]\nurl = \"redis://127.0.0.1:{}\"\nnodes = 3\n\
             [limits]\ndrain_ms = 1000\n\
             [overload]\nwait_ms = 60000\n[log]\nfilter = \"error\"\nformat = \"text\"\n{}",
            self.postgres.port(),
            self.redis.port(),
            self.settings
        )
    }

    /// A running node.
    pub fn node(&self, index: usize) -> &Arc<Node> {
        &self.gateway(index).node
    }

    /// Its listeners.
    pub fn gateway(&self, index: usize) -> &Gateway {
        &self.running(index).gateway
    }

    /// Its machine's clock.
    pub fn clock(&self, index: usize) -> &MovedClock {
        &self.running(index).clock
    }

    /// Its operator.
    pub fn admin(&self, index: usize) -> AdminClient {
        world::admin(self.gateway(index))
    }

    fn running(&self, index: usize) -> &Running {
        self.nodes[index].as_ref().expect("this node runs")
    }

    /// What stands before all of them: connections in turn to those that are ready.
    pub async fn balancer(&self) -> Balancer {
        let door = |index: usize| (self.ports[index], self.admin(index));
        let before = (0..self.nodes.len()).map(door).collect();
        Balancer::before(before).await.expect("a balancer")
    }

    /// What a balancer is told.
    pub async fn health(&self, index: usize) -> u16 {
        let answer = self.admin(index).send(http::Method::GET, "/health", None).await;
        answer.map_or(0, |answer| answer.status.as_u16())
    }

    /// The same in words.
    pub async fn reasons(&self, index: usize) -> String {
        let answer = self.admin(index).send(http::Method::GET, "/health", None).await;
        let body = answer.ok().and_then(|answer| answer.json().ok()).unwrap_or_default();
        body["notReady"].to_string()
    }

    /// Stops a node as SIGTERM does.
    pub async fn stop(&mut self, index: usize) {
        self.nodes[index].take().expect("this node runs").stop().await;
    }

    /// A node stops dead: nothing is finished, nothing is given up.
    pub fn kill(&mut self, index: usize) {
        let Running { runtime, gateway, .. } = self.nodes[index].take().expect("this node runs");
        runtime.shutdown_background();
        drop(gateway);
    }

    /// Two banks and two DFSPs, onboarded at the first node; each turns to a node of its own.
    pub async fn players(&self) -> Players {
        let first = self.gateway(0);
        let players = Players::start(&world::urls(first), None, None).await.expect("players");
        players.onboard(&self.admin(0)).await.expect("onboarding");
        players.trust(&world::own_keys(first, &players)).expect("keys");
        let url = |index: usize| world::urls(self.gateway(index % self.nodes.len()));
        players.alpine.set_channel(url(0).channel);
        players.green.set_hub(url(1).fspiop);
        players.blue.set_hub(url(2).fspiop);
        players.harbour.set_channel(url(2).channel);
        self.everybody_knows(&players).await;
        players.register().await.expect("registering parties");
        players
    }

    /// Returns when every node has the records of all players.
    async fn everybody_knows(&self, players: &Players) {
        let names = [
            players.alpine.fsp_id(),
            players.harbour.fsp_id(),
            players.green.name(),
            players.blue.name(),
        ];
        let complete = |node: &Node| {
            let known = node.peers.known();
            let has_url = |name: &&str| {
                known.records.get(*name).is_some_and(|record| {
                    record.bank.is_some()
                        || (!record.keys.is_empty() && !record.endpoints.is_empty())
                })
            };
            names.iter().all(has_url)
        };
        let nodes: Vec<&Arc<Node>> = self.nodes.iter().flatten().map(|n| &n.gateway.node).collect();
        self.eventually("records are known", || async { nodes.iter().all(|n| complete(n)) }).await;
    }

    /// Waits until it holds.
    pub async fn eventually<F, H>(&self, what: &str, holds: F)
    where
        F: Fn() -> H,
        H: Future<Output = bool>,
    {
        let since = Instant::now();
        while !holds().await {
            assert!(
                since.elapsed() < Duration::from_millis(PATIENCE_MS),
                "{what}: it does not come"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The sum of all accounts, and what is reserved, in ten-thousandths; as any node sees it.
    pub async fn books(&self) -> (i128, i128) {
        let node = &self.nodes.iter().flatten().next().expect("a node").gateway.node;
        let accounts = node.store.accounts().await.expect("accounts");
        let in_flight =
            |account: &&switch::Account| account.key.kind == switch::AccountKind::InFlight;
        let units = |account: &switch::Account| account.balance.units();
        let reserved: i128 = accounts.iter().filter(in_flight).map(units).sum();
        (accounts.iter().map(units).sum(), -reserved)
    }
}

fn ports() -> Ports {
    std::array::from_fn(|_| free_port().expect("a port"))
}

impl Drop for Fellows {
    fn drop(&mut self) {
        // A runtime must not be dropped inside another one.
        for running in self.nodes.iter_mut().filter_map(Option::take) {
            running.runtime.shutdown_background();
        }
    }
}

impl Running {
    async fn stop(self) {
        let Running { gateway, runtime, .. } = self;
        runtime.spawn(gateway.stop()).await.expect("stopping does not panic");
        runtime.shutdown_background();
    }
}
