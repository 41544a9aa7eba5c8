//! A gateway in this process with two banks and two DFSPs around it, and a clock that a test moves.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use causeway::config::Config;
use causeway::node::HUB;
use causeway::serve::Gateway;
use causeway_toolkit::onboard::AdminClient;
use causeway_toolkit::players::{HubUrls, Players};
use causeway_toolkit::tls::{Credentials, SchemeCa};
use switch::Timestamp;
use switch_store::{Clock, SystemClock};

use crate::tls;

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
    /// The default scheme, over mutual TLS.
    pub async fn start() -> World {
        World::with("").await
    }

    /// The same with further settings, in TOML.
    pub async fn with(settings: &str) -> World {
        World::over(Some(tls::scheme_ca()), settings).await
    }

    /// Over plain HTTP: for bytes that a test puts on the wire itself.
    pub async fn plain(settings: &str) -> World {
        World::over(None, settings).await
    }

    async fn over(ca: Option<&'static SchemeCa>, settings: &str) -> World {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(MovedClock::default());
        let gateway = match ca {
            Some(_) => gateway(directory.path(), settings, Arc::clone(&clock)).await,
            None => plain_gateway(directory.path(), settings, Arc::clone(&clock)).await,
        };
        let hub = urls(&gateway);
        let players = Players::start(&hub, Some(directory.path()), ca).await;
        let players = players.expect("players start");
        let admin = admin(&gateway);
        players.onboard(&admin).await.expect("onboarding");
        players.trust(&own_keys(&gateway, &players)).expect("keys");
        players.register().await.expect("registering parties");
        World { gateway, clock, players, admin, directory }
    }

    /// A certificate of this name, where there is TLS.
    pub fn credentials(&self, name: &str) -> Option<Credentials> {
        let secure = self.gateway.node.tls.is_some();
        secure.then(|| tls::scheme_ca().participant(name).expect("a certificate"))
    }

    /// Another gateway that speaks as this one does, under its own name.
    pub async fn beside(&self, directory: &Path, name: &str, settings: &str) -> Gateway {
        let clock = Arc::default();
        match self.gateway.node.tls.is_some() {
            true => {
                let settings = format!("{}{settings}", tls::settings(directory, name));
                plain_gateway(directory, &settings, clock).await
            }
            false => plain_gateway(directory, settings, clock).await,
        }
    }

    /// Where the store is.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The FSPIOP listener.
    pub fn fspiop(&self) -> String {
        urls(&self.gateway).fspiop
    }

    /// The bank channel.
    pub fn channel(&self) -> String {
        urls(&self.gateway).channel
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

/// A hub over mutual TLS on free loopback ports, its store in `directory`.
pub async fn gateway(directory: &Path, settings: &str, clock: Arc<MovedClock>) -> Gateway {
    let settings = format!("{}{settings}", tls::settings(directory, HUB));
    plain_gateway(directory, &settings, clock).await
}

/// Its operator.
pub fn admin(gateway: &Gateway) -> AdminClient {
    let url = format!("{}://{}", gateway.scheme(), gateway.addresses.admin);
    let admin = AdminClient::new(url);
    match gateway.node.tls.is_some() {
        true => admin.with_credentials(&tls::operator()).expect("an operator"),
        false => admin,
    }
}

/// A gateway on free loopback ports, over HTTP unless the settings say otherwise.
pub async fn plain_gateway(directory: &Path, settings: &str, clock: Arc<MovedClock>) -> Gateway {
    let config = Config::parse(&config_text(directory, settings), "the test's configuration");
    Gateway::start(config.expect("a configuration"), clock).await.expect("a gateway")
}

/// A configuration for free loopback ports.
pub fn config_text(directory: &Path, settings: &str) -> String {
    format!(
        "[listen]\nfspiop = \"127.0.0.1:0\"\nbank = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
         [egress]\nallow = [\"127.0.0.0/8\"]\n[store]\ndirectory = {:?}\n\
         [overload]\nwait_ms = 60000\n[log]\nfilter = \"error\"\nformat = \"text\"\n{settings}",
        directory.join("data")
    )
}

/// Where participants find a gateway.
pub fn urls(gateway: &Gateway) -> HubUrls {
    let url = |address| format!("{}://{address}", gateway.scheme());
    HubUrls { fspiop: url(gateway.addresses.fspiop), channel: url(gateway.addresses.bank) }
}

/// The public keys that a gateway signs with.
pub fn own_keys(gateway: &Gateway, players: &Players) -> Vec<(String, String)> {
    let names = [HUB, players.alpine.fsp_id(), players.harbour.fsp_id()];
    let key = |name: &str| gateway.node.keys.public_pem(name).expect("a key");
    names.into_iter().map(|name| (name.to_owned(), key(name))).collect()
}
