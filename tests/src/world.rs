//! A gateway in this process with two banks and two DFSPs around it, and a clock that a test moves.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use causeway::config::Config;
use causeway::node::HUB;
use causeway::serve::Gateway;
use causeway_toolkit::onboard::AdminClient;
use causeway_toolkit::players::{HubUrls, Players};
use switch::Timestamp;
use switch_store::{Clock, SystemClock};

/// The machine's clocks, moved by a test.
#[derive(Debug, Default)]
pub struct MovedClock {
    machine: SystemClock,
    wall_ms: AtomicI64,
    monotonic_ms: AtomicI64,
    held: OnceLock<(Timestamp, u64)>,
}

impl MovedClock {
    /// From now on time passes only when the test says so.
    pub fn hold(&self) {
        let _ = self.held.set((self.machine.wall(), self.machine.monotonic_ms()));
    }

    /// Lets time pass: both clocks go forward.
    pub fn advance(&self, ms: u32) {
        self.wall_ms.fetch_add(i64::from(ms), Ordering::SeqCst);
        self.monotonic_ms.fetch_add(i64::from(ms), Ordering::SeqCst);
    }

    /// Somebody sets the wall clock: only it moves.
    pub fn step_wall(&self, ms: i64) {
        self.wall_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn wall(&self) -> Timestamp {
        let machine = self.held.get().map_or_else(|| self.machine.wall(), |(wall, _)| *wall);
        machine.plus_ms(self.wall_ms.load(Ordering::SeqCst))
    }

    fn monotonic_ms(&self) -> u64 {
        let moved = u64::try_from(self.monotonic_ms.load(Ordering::SeqCst)).unwrap_or(0);
        let machine = self.held.get().map(|(_, monotonic_ms)| *monotonic_ms);
        machine.unwrap_or_else(|| self.machine.monotonic_ms()).saturating_add(moved)
    }
}

/// Everything of a small scheme, onboarded.
pub struct World {
    /// The gateway.
    pub gateway: Gateway,
    /// Its clock.
    pub clock: Arc<MovedClock>,
    /// Two banks and two DFSPs.
    pub players: Players,
    /// The operator.
    pub admin: AdminClient,
    directory: tempfile::TempDir,
}

impl World {
    /// The default scheme.
    pub async fn start() -> World {
        World::with("").await
    }

    /// The default scheme with further settings, in TOML.
    pub async fn with(settings: &str) -> World {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(MovedClock::default());
        let gateway = gateway(directory.path(), settings, Arc::clone(&clock)).await;
        let hub = urls(&gateway);
        let players =
            Players::start(&hub, Some(directory.path()), None).await.expect("players start");
        let admin = AdminClient::new(format!("http://{}", gateway.addresses.admin));
        players.onboard(&admin).await.expect("onboarding");
        players.trust(&own_keys(&gateway, &players)).expect("keys");
        players.register().await.expect("registering parties");
        World { gateway, clock, players, admin, directory }
    }

    /// Where the store is.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The FSPIOP listener.
    pub fn fspiop(&self) -> String {
        format!("http://{}", self.gateway.addresses.fspiop)
    }

    /// The bank channel.
    pub fn channel(&self) -> String {
        format!("http://{}", self.gateway.addresses.bank)
    }

    /// The sum of all accounts, and what is reserved, in ten-thousandths.
    pub async fn books(&self) -> (i128, i128) {
        let accounts = self.gateway.node.store.accounts().await.expect("accounts");
        let in_flight =
            |account: &&switch::Account| account.key.kind == switch::AccountKind::InFlight;
        let units = |account: &switch::Account| account.balance.units();
        let reserved: i128 = accounts.iter().filter(in_flight).map(units).sum();
        (accounts.iter().map(units).sum(), -reserved)
    }
}

/// A gateway on free loopback ports, its store in `directory`.
pub async fn gateway(directory: &Path, settings: &str, clock: Arc<MovedClock>) -> Gateway {
    let config = Config::parse(&config_text(directory, settings), "the test's configuration");
    Gateway::start(config.expect("a configuration"), clock).await.expect("a gateway")
}

/// A configuration for free loopback ports.
pub fn config_text(directory: &Path, settings: &str) -> String {
    format!(
        "[listen]\nfspiop = \"127.0.0.1:0\"\nbank = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
         [egress]\nallow = [\"127.0.0.0/8\"]\n[store]\ndirectory = {:?}\n[log]\nfilter = \"error\"\nformat = \"text\"\n{settings}",
        directory.join("data")
    )
}

/// Where participants find a gateway.
pub fn urls(gateway: &Gateway) -> HubUrls {
    HubUrls {
        fspiop: format!("http://{}", gateway.addresses.fspiop),
        channel: format!("http://{}", gateway.addresses.bank),
    }
}

/// The public keys that a gateway signs with.
pub fn own_keys(gateway: &Gateway, players: &Players) -> Vec<(String, String)> {
    let names = [HUB, players.alpine.fsp_id(), players.harbour.fsp_id()];
    let key = |name: &str| gateway.node.keys.public_pem(name).expect("a key");
    names.into_iter().map(|name| (name.to_owned(), key(name))).collect()
}
