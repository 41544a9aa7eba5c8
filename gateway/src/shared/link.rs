//! The connection to Redis. It may be slow, stopped or gone at any moment, and nobody waits for it:
//! an operation that takes too long, or fails, ends the connection for all; from then on there is none
//! to wait for, until one that works is found in the background.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisConnectionInfo, RedisError, RedisResult};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_rustls::rustls::ClientConfig;

use crate::config::{RedisSettings, RedisTarget};
use crate::limits::{REDIS_CONNECT_MS, REDIS_PROBE_INTERVAL_MS, REDIS_QUEUE_MAX};
use crate::metrics::{Metrics, RedisLabels};
use crate::node::StartError;
use crate::tls;

/// Written now and then: a server that cannot be written to is as good as none.
const PROBE_KEY: &str = "causeway:probe";

/// Redis, whether it is there or not.
pub struct Link {
    settings: RedisSettings,
    target: RedisTarget,
    tls: Option<Arc<ClientConfig>>,
    live: RwLock<Option<Live>>,
    generations: AtomicU64,
    metrics: Metrics,
}

#[derive(Clone)]
struct Live {
    connection: MultiplexedConnection,
    generation: u64,
    since: Instant,
    driver: AbortHandle,
}

/// Redis is not there, or was not there for long enough to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// What Redis answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    /// The answer.
    pub value: T,
    /// The number of the connection: another one may be to a server that has forgotten all.
    pub generation: u64,
}

impl Link {
    /// Connects, and keeps connected from then on; `None` where there is no Redis. One that is away
    /// is no error.
    ///
    /// # Errors
    /// Its password or its CA cannot be read.
    pub async fn start(
        settings: &RedisSettings,
        metrics: &Metrics,
    ) -> Result<Option<Arc<Link>>, StartError> {
        let unusable = |error: crate::config::ConfigError| StartError::System {
            what: "redis".to_owned(),
            source: io::Error::other(error.to_string()),
        };
        let Some(target) = settings.target().map_err(unusable)? else { return Ok(None) };
        let (target, tls) = reached(settings, target)?;
        let link = Arc::new(Link {
            settings: settings.clone(),
            target,
            tls,
            live: RwLock::default(),
            generations: AtomicU64::new(0),
            metrics: metrics.clone(),
        });
        if let Err(error) = link.connect().await {
            link.metrics.redis_away.set(1);
            tracing::warn!(%error, "Redis is away: this node goes on with its own memory");
        }
        tokio::spawn(keep(Arc::downgrade(&link)));
        Ok(Some(link))
    }

    /// Whether it is there, as far as is known.
    pub fn is_there(&self) -> bool {
        self.live().is_some()
    }

    /// How long this node has been connected without a break.
    pub fn there_for(&self) -> Option<Duration> {
        self.live().map(|live| live.since.elapsed())
    }

    /// The number of the connection, while there is one.
    pub fn generation(&self) -> Option<u64> {
        self.live().map(|live| live.generation)
    }

    /// Runs one operation, for so long at most as is configured.
    ///
    /// # Errors
    /// Redis is away, or has just turned out to be.
    pub async fn run<T, F>(
        &self,
        operation: &'static str,
        work: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<Told<T>, Away>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let Some(live) = self.live() else { return Err(Away) };
        let patience = Duration::from_millis(self.settings.timeout_ms);
        let done = tokio::time::timeout(patience, work(live.connection)).await;
        let reason = match done {
            Ok(Ok(value)) => {
                self.count(operation, "done");
                return Ok(Told { value, generation: live.generation });
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        self.count(operation, "failed");
        self.lost(live.generation, &reason);
        Err(Away)
    }

    fn live(&self) -> Option<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, operation: &'static str, outcome: &'static str) {
        self.metrics.redis_operations.get_or_create(&RedisLabels { operation, outcome }).inc();
    }

    /// Ends a connection, once, whoever finds out.
    fn lost(&self, generation: u64, reason: &str) {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        let Some(ended) = live.take_if(|live| live.generation == generation) else { return };
        drop(live);
        ended.driver.abort();
        self.metrics.redis_away.set(1);
        tracing::warn!(reason, "Redis is away: this node goes on with its own memory");
    }

    async fn connect(&self) -> RedisResult<()> {
        in_time(self.connected()).await
    }

    async fn connected(&self) -> RedisResult<()> {
        let Opened { connection, driver } = open(&self.target, self.tls.clone()).await?;
        probe(connection.clone()).await.inspect_err(|_| driver.abort())?;
        let generation = self.generations.fetch_add(1, Ordering::Relaxed) + 1;
        let live = Live { connection, generation, since: Instant::now(), driver };
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Some(live);
        self.metrics.redis_away.set(0);
        tracing::info!(host = self.target.host, port = self.target.port, "Redis is there");
        Ok(())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(live) = self.live() {
            live.driver.abort();
        }
    }
}

/// A connection and the task that carries it.
pub(super) struct Opened {
    pub(super) connection: MultiplexedConnection,
    pub(super) driver: AbortHandle,
}

/// The server with its password, and whom it is trusted by.
///
/// # Errors
/// The password or the CA cannot be read.
pub(super) fn reached(
    settings: &RedisSettings,
    mut target: RedisTarget,
) -> Result<(RedisTarget, Option<Arc<ClientConfig>>), StartError> {
    let unreadable = |source| {
        let what = format!("reading {}", settings.password_file.display());
        StartError::System { what, source }
    };
    if let Some(password) = settings.password().map_err(unreadable)? {
        target.session = target.session.set_password(password);
    }
    let tls = target.secure.then(|| tls::trusting(&settings.ca)).transpose()?;
    Ok((target, tls))
}

/// Connects and greets.
///
/// # Errors
/// The server is not there, or refuses us.
pub(super) async fn open(
    target: &RedisTarget,
    tls: Option<Arc<ClientConfig>>,
) -> RedisResult<Opened> {
    let RedisTarget { host, port, session, .. } = target;
    let stream = TcpStream::connect((host.as_str(), *port)).await?;
    let _ = stream.set_nodelay(true);
    match tls {
        Some(tls) => opened(session, tls::secure(stream, host, tls).await?).await,
        None => opened(session, stream).await,
    }
}

async fn opened<S>(session: &RedisConnectionInfo, stream: S) -> RedisResult<Opened>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let config = AsyncConnectionConfig::new().set_pipeline_buffer_size(REDIS_QUEUE_MAX);
    let opening = MultiplexedConnection::new_with_config(session, stream, config).await?;
    let (connection, driver) = opening;
    Ok(Opened { connection, driver: tokio::spawn(driver).abort_handle() })
}

/// What comes within the time for a new connection.
///
/// # Errors
/// It does not, or it is an error.
pub(super) async fn in_time<T>(work: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let patience = Duration::from_millis(REDIS_CONNECT_MS);
    let late = |_| RedisError::from(io::Error::from(io::ErrorKind::TimedOut));
    tokio::time::timeout(patience, work).await.map_err(late)?
}

/// Looks after the connection until nobody needs it.
async fn keep(link: Weak<Link>) {
    loop {
        tokio::time::sleep(Duration::from_millis(REDIS_PROBE_INTERVAL_MS)).await;
        let Some(link) = link.upgrade() else { return };
        match link.is_there() {
            true => drop(link.run("probe", probe).await),
            false => {
                let _ = link.connect().await.inspect_err(|error| tracing::debug!(%error, "Redis"));
            }
        }
    }
}

async fn probe(mut connection: MultiplexedConnection) -> RedisResult<()> {
    let mut command = redis::cmd("SET");
    command.arg(PROBE_KEY).arg(1).arg("PX").arg(1_000);
    command.query_async(&mut connection).await
}
