//! `causeway demo --cluster`: the other nodes, what all of them share, and the balancer before them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use causeway_toolkit::ToolkitError;
use causeway_toolkit::cluster::balancer::{Balancer, Health};
use causeway_toolkit::cluster::beside::Beside;
use causeway_toolkit::cluster::postgres::{OWNER, Postgres};
use causeway_toolkit::cluster::programs::Programs;
use causeway_toolkit::onboard::AdminClient;
use causeway_toolkit::tls::Credentials;
use switch_store::SystemClock;

use super::DemoError;
use crate::config::Config;
use crate::serve::{Addresses, Gateway};

/// How many nodes there are.
pub const NODES: usize = 3;
/// How long one may take until it is ready, or knows of all participants.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// PostgreSQL, NATS and Redis as child processes; they end when this is dropped.
pub struct Servers {
    postgres: Postgres,
    nats: Beside,
    redis: Beside,
}

impl Servers {
    /// Starts them with their files in a directory.
    ///
    /// # Errors
    /// [`ToolkitError`] that names the programs that are missing, or says what one said.
    pub async fn start(directory: &Path) -> Result<Servers, ToolkitError> {
        let programs = Programs::find()?;
        Ok(Servers {
            postgres: Postgres::create(&programs, directory, "postgres").await?,
            nats: Beside::nats(&programs, directory).await?,
            redis: Beside::redis(&programs, directory).await?,
        })
    }

    /// The key of `[store]` that leads there.
    pub fn store(&self) -> String {
        let port = self.postgres.port();
        format!("url = \"postgres://{OWNER}@127.0.0.1:{port}/{OWNER}?sslmode=disable\"\n")
    }

    /// The other sections.
    pub fn settings(&self) -> String {
        let (redis, nats) = (self.redis.port(), self.nats.port());
        format!(
            "[redis]\nurl = \"redis://127.0.0.1:{redis}\"\nnodes = {NODES}\n\
             [nats]\nurl = \"nats://127.0.0.1:{nats}\"\n[limits]\ndrain_ms = 0\n"
        )
    }
}

/// The nodes beside the first one.
pub struct Cluster {
    /// Each with listeners of its own.
    pub fellows: Vec<Gateway>,
    balancer: Balancer,
    /// Gone with the last node.
    _servers: Servers,
}

impl Cluster {
    /// Starts them, and a balancer before all; returns when all are ready.
    ///
    /// # Errors
    /// A node does not start, or does not get ready.
    pub async fn around(
        first: &Gateway,
        config: Config,
        servers: Servers,
        operator: &Credentials,
    ) -> Result<Cluster, DemoError> {
        let mut fellows = Vec::new();
        for _ in 1..NODES {
            fellows.push(Gateway::start(config.clone(), Arc::new(SystemClock::new())).await?);
        }
        let mut behind = Vec::new();
        for gateway in std::iter::once(first).chain(&fellows) {
            let Addresses { fspiop, bank, admin, .. } = gateway.addresses;
            let client = AdminClient::new(format!("https://{admin}")).with_credentials(operator)?;
            behind.push(([fspiop, bank, admin].map(|at| at.port()), client));
        }
        let balancer = Balancer::before(behind).await?;
        let cluster = Cluster { fellows, balancer, _servers: servers };
        let all_ready = || cluster.balancer.healths().iter().all(|health| *health == Health::Ready);
        if !becomes(all_ready).await {
            let message = "a node is not ready after a minute".to_owned();
            return Err(ToolkitError::Message(message).into());
        }
        Ok(cluster)
    }

    /// Where whichever node is ready answers.
    pub fn addresses(&self) -> Addresses {
        let [fspiop, bank, admin] = self.balancer.addresses();
        Addresses { fspiop, bank, admin, workbench: None, tms: None }
    }

    /// Returns when all nodes know the same participants: they hear of them from each other.
    pub async fn know(&self, first: &Gateway) {
        let nodes = || std::iter::once(first).chain(&self.fellows).map(|gateway| &gateway.node);
        let same = || {
            let here = first.node.peers.known();
            nodes().all(|node| node.peers.known().records == here.records)
        };
        let _after_a_while = becomes(same).await;
        super::report::settle().await;
    }

    /// Returns when all nodes know a condition of screening.
    pub async fn know_condition(&self, first: &Gateway, name: &str) {
        let knows = |gateway: &Gateway| {
            let screening = gateway.node.screening.as_ref();
            screening.is_none_or(|screening| screening.book().kept.contains_key(name))
        };
        let all_know = || std::iter::once(first).chain(&self.fellows).all(knows);
        let _after_a_while = becomes(all_know).await;
    }

    /// Stops the nodes, then what they share.
    pub async fn leave(self) {
        for gateway in self.fellows {
            gateway.stop().await;
        }
    }
}

/// Whether something comes true in time.
async fn becomes(is_so: impl Fn() -> bool) -> bool {
    let since = Instant::now();
    while !is_so() {
        if since.elapsed() > PATIENCE {
            return false;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    true
}
