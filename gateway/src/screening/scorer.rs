//! Where verdicts come from: a scorer in this process, or one elsewhere that is asked over NATS; and
//! that one (`causeway frms serve`), a process with a stream, a state and nothing else.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use frms::{Catalogue, Engine};
use frms_stream::{
    Beginning, InProcess, JetStream, Numbers, Place, Processors, Requests, Snapshots, Standing,
    Stream, answer_others, ask_elsewhere, channel, mirror, start_on,
};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use serde_json::json;
use switch::Timestamp;
use switch_store::Clock;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::config::{Config, NatsSettings, ScorerPlace};
use crate::doors::transport;
use crate::envelope::{Answer, Envelope};
use crate::events::{connect, prepare_screening};
use crate::limits::{LARGE_BODIES_BYTES, NATS_CONNECT_MS, SCORER_RETRY_MS};
use crate::listen::{Door, Listener, TransportRefusal, bind, serve};
use crate::metrics::Metrics;
use crate::node::StartError;
use crate::tls::{self, Tls};
use crate::{hub, screening};

/// Has somebody answer a gateway's requests. Gives back the events as this process sees them: its own, or
/// everybody's where verdicts come from elsewhere and there are pages to show them.
///
/// # Errors
/// What to mend.
pub(super) async fn start(
    config: &Config,
    stream: &Arc<Stream>,
    catalogue: Catalogue,
    requests: Requests,
) -> Result<Arc<Stream>, String> {
    let settings = &config.screening;
    if settings.scorer == ScorerPlace::Nats {
        let nats = connected(&config.nats).await?;
        ask_elsewhere(nats.clone(), &settings.tenant, requests);
        return Ok(match config.workbench.enabled {
            true => everybodys(config, nats, stream),
            false => Arc::clone(stream),
        });
    }
    let mut beginning = Beginning::of(Engine::new(catalogue));
    beginning.processors = match config.nats.url.is_empty() {
        true => None,
        false => Some(processors(config, &connected(&config.nats).await?)),
    };
    start_on(InProcess::new(Arc::clone(stream)), beginning, requests).map_err(not_started)?;
    Ok(Arc::clone(stream))
}

/// A connection, which is waited for a moment: the first payments of a node are screened too. Servers that
/// are away do not keep it from starting.
async fn connected(settings: &NatsSettings) -> Result<async_nats::Client, String> {
    let nats = connect(settings).await?;
    let _ = timeout(Duration::from_millis(NATS_CONNECT_MS), nats.flush()).await;
    Ok(nats)
}

/// A copy of the stream between machines. It begins with what counts from before that stream's days.
fn everybodys(config: &Config, nats: async_nats::Client, own: &Stream) -> Arc<Stream> {
    let tenant = config.screening.tenant.clone();
    let copy = Stream::new(tenant.clone());
    for entry in own.read(0, usize::MAX).unwrap_or_default() {
        copy.append(entry.event);
    }
    mirror(nats, Place { stream: config.nats.frm.stream.clone(), tenant }, &copy);
    copy
}

fn processors(config: &Config, nats: &async_nats::Client) -> Processors {
    let budget = config.scorer.rules_budget(config.screening.budget_ms);
    Processors::new(nats.clone(), &config.screening.tenant, budget)
}

fn not_started(error: std::io::Error) -> String {
    format!("the scorer does not start: {error}")
}

/// A scorer as a process of its own.
pub struct Scorer {
    /// Where health and metrics are.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
}

impl Scorer {
    /// Listens, and begins to follow the stream as soon as NATS is there.
    ///
    /// # Errors
    /// What to mend in the settings.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Scorer, StartError> {
        let unusable = |reason: String| StartError::Screening { reason };
        if config.nats.url.is_empty() {
            return Err(unusable("a scorer needs nats.url".to_owned()));
        }
        let catalogue = screening::catalogue(&config.screening).map_err(unusable)?;
        let nats = connect(&config.nats).await.map_err(unusable)?;
        let standing = Arc::new(Standing::default());
        let failed = |what: &str| {
            let what = what.to_owned();
            move |source| StartError::System { what, source }
        };
        let folder = &config.scorer.snapshots;
        if !folder.as_os_str().is_empty() {
            let what = format!("creating {}", folder.display());
            std::fs::create_dir_all(folder).map_err(failed(&what))?;
        }
        let what = format!("listening on {}", config.listen.admin);
        let socket = bind(config.listen.admin).await.map_err(failed(&what))?;
        let address = socket.local_addr().map_err(failed(&what))?;
        let (stop, stopped) = watch::channel(false);
        let tls = Tls::start(&config.tls, &Metrics::default())?;
        let listener = Listener {
            limits: config.limits.clone(),
            bodies: Arc::new(Semaphore::new(LARGE_BODIES_BYTES)),
            secure: tls.map(|tls| tls.door(tls::Door::Admin)),
            stop: stopped,
        };
        let door = Arc::new(ScorerDoor { standing: Arc::clone(&standing), clock });
        let listener = tokio::spawn(serve(socket, door, listener));
        tokio::spawn(follow(config, nats, catalogue, standing));
        Ok(Scorer { address, stop, listener })
    }

    /// Takes no more requests. Whatever else it is doing may end anywhere: that is what the stream is
    /// for.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.listener.await;
    }
}

/// Begins as soon as the stream is there.
async fn follow(
    config: Config,
    nats: async_nats::Client,
    catalogue: Catalogue,
    standing: Arc<Standing>,
) {
    let mut said = String::new();
    while let Err(reason) = begin(&config, &nats, &catalogue, &standing).await {
        if reason != said {
            tracing::warn!(reason, "the scorer cannot begin yet");
            said = reason;
        }
        tokio::time::sleep(Duration::from_millis(SCORER_RETRY_MS)).await;
    }
}

async fn begin(
    config: &Config,
    nats: &async_nats::Client,
    catalogue: &Catalogue,
    standing: &Arc<Standing>,
) -> Result<(), String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let tenant = &config.screening.tenant;
    prepare_screening(nats, &config.nats).await?;
    let place = Place { stream: config.nats.frm.stream.clone(), tenant: tenant.clone() };
    let name = frms_stream::name_of(nats, &place).await.map_err(|error| said(&error))?;
    let (client, requests) = channel(frms_stream::limits::QUEUE_MAX);
    let answering = answer_others(nats.clone(), tenant, client, Arc::clone(standing)).await;
    answering.map_err(|error| said(&error))?;
    let snapshots = snapshots(&config.scorer.snapshots, config, name, nats);
    let kept = snapshots.as_ref().and_then(|snapshots| snapshots.load(catalogue.clone()));
    let mut beginning = match kept {
        Some((engine, taken)) => {
            tracing::info!(position = taken.position, "the scorer goes on from a snapshot");
            let (position, untold) = (taken.position, taken.untold);
            Beginning { position, untold, ..Beginning::of(engine) }
        }
        None => Beginning::of(Engine::new(catalogue.clone())),
    };
    beginning.processors = Some(processors(config, nats));
    beginning.snapshots = snapshots;
    beginning.standing = Arc::clone(standing);
    let journal = JetStream::follow(nats.clone(), place, beginning.position, standing);
    start_on(journal, beginning, requests).map_err(not_started)
}

fn snapshots(
    folder: &Path,
    config: &Config,
    stream: String,
    nats: &async_nats::Client,
) -> Option<Snapshots> {
    let every = Duration::from_secs(config.scorer.snapshot_s);
    // An inbox is a name that nobody else has.
    let run = nats.new_inbox();
    let is_on = !folder.as_os_str().is_empty();
    is_on.then(|| Snapshots::new(folder, &config.screening.tenant, stream, &run, every))
}

/// Health and metrics of a scorer.
struct ScorerDoor {
    standing: Arc<Standing>,
    clock: Arc<dyn Clock>,
}

impl Door for ScorerDoor {
    fn now(&self) -> Timestamp {
        self.clock.wall()
    }

    async fn answer(&self, envelope: Envelope) -> Answer {
        let path = envelope.target.split('?').next().unwrap_or_default();
        let numbers = self.standing.numbers();
        match (envelope.method.as_str(), path) {
            ("GET", "/health") => health(&numbers).on("health"),
            ("GET", "/metrics") => {
                let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                Answer::with_body(200, kind, text(&numbers)).on("metrics")
            }
            (_, "/health" | "/metrics") => Answer::empty(405).header("allow", "GET"),
            _ => Answer::empty(404),
        }
    }

    fn refuse(&self, refusal: TransportRefusal) -> Answer {
        hub::refused(&transport(refusal)).on("transport")
    }
}

/// 200 while it follows the stream, as the active one or on standby.
fn health(numbers: &Numbers) -> Answer {
    let (status, word) = match (numbers.is_connected, numbers.is_active) {
        (false, _) => (503, "DOWN"),
        (true, _) => (200, "OK"),
    };
    let role = if numbers.is_active { "active" } else { "standby" };
    let body = json!({
        "status": word,
        "role": role,
        "position": numbers.position,
        // Before the stream was opened nobody knows.
        "behind": (numbers.behind != u64::MAX).then_some(numbers.behind),
        "untold": numbers.untold,
    });
    Answer::with_body(status, "application/json", body.to_string())
}

fn text(numbers: &Numbers) -> String {
    let mut registry = Registry::with_prefix("causeway_scorer");
    let mut show = |name: &str, help: &str, number: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    show("active", "1 while it answers", u64::from(numbers.is_active));
    show("connected", "1 while it can read the stream", u64::from(numbers.is_connected));
    show("position", "Number of the last event taken in", numbers.position);
    show("behind", "Events still to be read", numbers.behind);
    show("verdicts", "Verdicts it came to since its start", numbers.verdicts);
    show("failed_rules", "Verdicts without the result of a rule that failed", numbers.failed_rules);
    let help = "Verdicts without the result of a rule processor elsewhere";
    show("missing_rulings", help, numbers.missing_rulings);
    show("untold", "Verdicts that are not known to be on the stream", numbers.untold);
    show("refused_writes", "Writes that the stream did not take", numbers.refused);
    show("missed", "Events that were gone before they were read", numbers.missed);
    show("unreadable", "Messages on the stream that are no events", numbers.unreadable);
    show("snapshots", "Snapshots written since its start", numbers.snapshots);
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = prometheus_client::encoding::text::encode(&mut text, &registry);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Under the names that the page of scorers has, each with its own number.
    #[test]
    fn a_scorer_shows_what_failed_under_its_name() {
        let shown = text(&Numbers {
            is_active: true,
            verdicts: 5,
            failed_rules: 3,
            missing_rulings: 2,
            untold: 20_000,
            refused: 7,
            ..Numbers::default()
        });
        let page = include_str!("../../../docs/scorers.md");
        for (name, number) in [
            ("active", 1),
            ("verdicts", 5),
            ("failed_rules", 3),
            ("missing_rulings", 2),
            ("untold", 20_000),
            ("refused_writes", 7),
        ] {
            let line = format!("causeway_scorer_{name} {number}");
            assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
            assert!(page.contains(&format!("`causeway_scorer_{name}`")), "{name}");
        }
    }
}
