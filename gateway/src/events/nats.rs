//! The NATS side: one connection, the streams, and publishing with the stream's own acknowledgement.
//! What cannot be published waits elsewhere (the outbox); nothing is queued here.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{
    ContextBuilder, GetStreamErrorKind, PublishAckFuture, PublishErrorKind,
};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, RetentionPolicy, StorageType};
use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::{Stream, StreamEvent};
use crate::config::{NatsSettings, StreamSettings};
use crate::delivery::Attempted;
use crate::limits::{NATS_CONNECT_MS, NATS_PING_MS, NATS_RECONNECT_MS, STREAM_ACK_MS};

/// The connection and what is known of it.
pub(super) struct Nats {
    client: Client,
    context: Context,
    settings: NatsSettings,
    standing: Arc<Standing>,
}

/// Whether NATS is there, as the log, health and every attempt see it.
#[derive(Debug, Default)]
struct Standing {
    /// [`UP`] or [`AWAY`], as last said; 0 before anything was.
    said: AtomicU8,
    /// Whether the streams were found on the connection that there is.
    checked: AtomicBool,
    changed: Notify,
    /// What the client said last of an attempt to connect.
    trouble: Mutex<String>,
}

const UP: u8 = 1;
const AWAY: u8 = 2;

/// An event that was sent, and not acknowledged yet.
pub(super) struct Sent(PublishAckFuture);

impl Nats {
    /// Begins to connect, and to look after the streams whenever it has.
    ///
    /// # Errors
    /// What to mend in the settings.
    pub(super) async fn start(settings: &NatsSettings) -> Result<Arc<Nats>, String> {
        let standing = Arc::new(Standing::default());
        let servers = servers(settings)?;
        let options = with_user_of(&servers, lasting(options(settings)?, Arc::clone(&standing)))?;
        let client = options.connect(servers).await.map_err(|error| error.to_string())?;
        let ack = Duration::from_millis(STREAM_ACK_MS);
        let context = ContextBuilder::new().timeout(ack).ack_timeout(ack).build(client.clone());
        let nats = Arc::new(Nats { client, context, settings: settings.clone(), standing });
        tokio::spawn(look_after(Arc::downgrade(&nats)));
        Ok(nats)
    }

    /// Whether NATS takes events, as far as is known.
    pub(super) fn is_up(&self) -> bool {
        self.standing.said.load(Ordering::Relaxed) == UP
    }

    /// Publishes one event and waits until its stream has it.
    pub(super) async fn publish(&self, event: &StreamEvent, message_id: String) -> Attempted {
        match self.send(event, message_id, None).await {
            Ok(sent) => match self.acknowledged(sent).await {
                Ok(()) => Attempted::Delivered,
                Err(reason) => Attempted::Failed { reason, may_have_left: true },
            },
            Err(reason) => Attempted::Failed { reason, may_have_left: false },
        }
    }

    /// Sends one event; `sequence` is its number where it is none of the outbox.
    ///
    /// # Errors
    /// Why it was not sent.
    pub(super) async fn send(
        &self,
        event: &StreamEvent,
        message_id: String,
        sequence: Option<u64>,
    ) -> Result<Sent, String> {
        if !self.is_ready() {
            // Without this the client would keep the event until it is connected again.
            return Err("NATS is away".to_owned());
        }
        let mut message = PublishMessage::build()
            .payload(event.payload.clone())
            .message_id(message_id)
            .expected_stream(&self.of(event.stream).stream);
        if let Some(sequence) = sequence {
            message = message.header("Causeway-Sequence", sequence.to_string().as_str());
        }
        let sending = self.context.send_publish(event.subject.clone(), message);
        match timeout(Duration::from_millis(STREAM_ACK_MS), sending).await {
            Ok(Ok(acknowledgement)) => Ok(Sent(acknowledgement)),
            Ok(Err(error)) => Err(self.failed(error.kind(), &error)),
            Err(_) => Err(self.failed(PublishErrorKind::TimedOut, &"no room to send")),
        }
    }

    /// Waits until the stream has an event that was sent.
    ///
    /// # Errors
    /// It may have it, or not.
    pub(super) async fn acknowledged(&self, Sent(sent): Sent) -> Result<(), String> {
        match timeout(Duration::from_millis(STREAM_ACK_MS), sent.into_future()).await {
            Ok(Ok(_)) => {
                self.standing.is_up();
                Ok(())
            }
            Ok(Err(error)) => Err(self.failed(error.kind(), &error)),
            Err(_) => Err(self.failed(PublishErrorKind::TimedOut, &"no acknowledgement")),
        }
    }

    /// Whether it is worth a try.
    pub(super) fn is_ready(&self) -> bool {
        self.standing.checked.load(Ordering::Acquire)
            && self.client.connection_state() == State::Connected
    }

    /// Notes that an event could not be published.
    fn failed(&self, kind: PublishErrorKind, error: &dyn std::fmt::Display) -> String {
        let reason = error.to_string();
        if kind == PublishErrorKind::StreamNotFound {
            self.standing.lost(&reason);
        } else {
            self.standing.is_away(&reason);
        }
        reason
    }

    fn of(&self, stream: Stream) -> &StreamSettings {
        match stream {
            Stream::Audit => &self.settings.audit,
            Stream::Frm => &self.settings.frm,
        }
    }

    /// Finds or creates each stream.
    async fn check(&self) -> Result<(), String> {
        for stream in Stream::ALL {
            found_or_created(&self.context, &wanted(stream, &self.settings)).await?;
        }
        Ok(())
    }
}

/// A connection for screening's questions, which is tried until it is there and again whenever it is
/// lost.
///
/// # Errors
/// What to mend in the settings.
pub(crate) async fn connect(settings: &NatsSettings) -> Result<Client, String> {
    let servers = servers(settings)?;
    let options = lasting(options(settings)?, Arc::default());
    let options = with_user_of(&servers, options)?;
    options.connect(servers).await.map_err(|error| error.to_string())
}

/// Finds or creates the stream of fraud screening.
///
/// # Errors
/// The servers do not answer, or do not let us.
pub(crate) async fn prepare_screening(
    client: &Client,
    settings: &NatsSettings,
) -> Result<(), String> {
    let context = async_nats::jetstream::new(client.clone());
    found_or_created(&context, &wanted(Stream::Frm, settings)).await
}

async fn found_or_created(context: &Context, wanted: &Config) -> Result<(), String> {
    match context.get_stream(&wanted.name).await {
        Ok(found) => {
            let differences = differences(wanted, &found.cached_info().config);
            if !differences.is_empty() {
                let stream = &wanted.name;
                tracing::warn!(stream, differences, "a stream is not as configured: left so");
            }
            Ok(())
        }
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(said) if is_not_found(&said) => {
                let created = context.create_stream(wanted.clone()).await;
                created.map_err(|error| format!("creating {}: {error}", wanted.name))?;
                tracing::info!(stream = wanted.name, "a stream was created");
                Ok(())
            }
            _ => Err(format!("looking for {}: {error}", wanted.name)),
        },
    }
}

impl Standing {
    /// NATS takes events: said once.
    fn is_up(&self) {
        if self.said.swap(UP, Ordering::Relaxed) != UP {
            tracing::info!("NATS takes events");
        }
    }

    /// It does not: said once.
    fn is_away(&self, reason: &str) {
        if self.said.swap(AWAY, Ordering::Relaxed) != AWAY {
            tracing::warn!(reason, "NATS is away: events wait in the outbox");
        }
    }

    fn troubled(&self, trouble: String) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// The connection or a stream is gone: all is looked at again.
    fn lost(&self, reason: &str) {
        self.checked.store(false, Ordering::Release);
        self.is_away(reason);
        self.changed.notify_one();
    }
}

/// Checks the streams whenever there is a new connection, until the node is gone.
async fn look_after(nats: Weak<Nats>) {
    let Some(standing) = nats.upgrade().map(|nats| Arc::clone(&nats.standing)) else { return };
    // A server that is there is found at once; one that is not is worth a line in the log.
    let _ = timeout(Duration::from_millis(NATS_CONNECT_MS), standing.changed.notified()).await;
    loop {
        let pause_ms = match nats.upgrade() {
            Some(nats) => look(&nats).await,
            None => return,
        };
        let pause = Duration::from_millis(pause_ms);
        let _ = timeout(pause, standing.changed.notified()).await;
    }
}

/// Looks once; tells when to look again if nothing happens before.
async fn look(nats: &Nats) -> u64 {
    let (_, soon_ms) = NATS_RECONNECT_MS;
    if nats.client.connection_state() != State::Connected {
        let trouble = nats.standing.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        nats.standing.is_away(&format!("there is no connection ({trouble})"));
        return soon_ms;
    }
    if nats.standing.checked.load(Ordering::Acquire) {
        return NATS_PING_MS;
    }
    match nats.check().await {
        Ok(()) => {
            nats.standing.checked.store(true, Ordering::Release);
            nats.standing.is_up();
            NATS_PING_MS
        }
        Err(reason) => {
            nats.standing.is_away(&reason);
            soon_ms
        }
    }
}

/// The servers of the URL, which may hold a password: what is wrong is said without it.
pub(super) fn servers(settings: &NatsSettings) -> Result<Vec<ServerAddr>, String> {
    let servers = settings.url.split(',').map(|one| one.trim().parse::<ServerAddr>());
    let servers = servers.collect::<Result<Vec<_>, _>>();
    servers.map_err(|_| "nats.url: not the URL of a server".to_owned())
}

/// A connection that is tried until it is there, and again whenever it is lost.
fn lasting(options: ConnectOptions, standing: Arc<Standing>) -> ConnectOptions {
    let (shortest, longest) = NATS_RECONNECT_MS;
    let delay_ms = move |attempts: usize| {
        let attempts = u64::try_from(attempts).unwrap_or(u64::MAX);
        shortest.saturating_mul(attempts).min(longest)
    };
    options
        .retry_on_initial_connect()
        .reconnect_delay_callback(move |attempts| Duration::from_millis(delay_ms(attempts)))
        .event_callback(move |event| {
            let standing = Arc::clone(&standing);
            async move {
                match event {
                    Event::Connected => standing.changed.notify_one(),
                    Event::Disconnected => standing.lost("the connection was lost"),
                    Event::ClientError(error) => standing.troubled(error.to_string()),
                    Event::ServerError(error) => standing.troubled(error.to_string()),
                    _ => {}
                }
            }
        })
}

pub(super) fn options(settings: &NatsSettings) -> Result<ConnectOptions, String> {
    let mut options = ConnectOptions::new()
        .name("causeway")
        .connection_timeout(Duration::from_millis(NATS_CONNECT_MS))
        .ping_interval(Duration::from_millis(NATS_PING_MS));
    for path in [&settings.ca, &settings.certificate, &settings.key] {
        // They are read again at each connection: better to hear of a wrong name now.
        let _ = readable(path)?;
    }
    if !settings.ca.as_os_str().is_empty() {
        options = options.add_root_certificates(settings.ca.clone()).require_tls(true);
    }
    if !settings.certificate.as_os_str().is_empty() {
        let (certificate, key) = (settings.certificate.clone(), settings.key.clone());
        options = options.add_client_certificate(certificate, key).require_tls(true);
    }
    if let Some(credentials) = readable(&settings.credentials)? {
        let path = settings.credentials.display();
        let unusable = |_| format!("{path}: holds no user's JWT and key");
        options = options.credentials(&credentials).map_err(unusable)?;
    }
    if let Some(seed) = readable(&settings.nkey_seed)? {
        options = options.nkey(seed.trim().to_owned());
    }
    Ok(options)
}

/// A user and a password, or a token alone, as they stand in a URL. The client does not look there.
pub(super) fn with_user_of(
    servers: &[ServerAddr],
    options: ConnectOptions,
) -> Result<ConnectOptions, String> {
    let Some(server) = servers.iter().find(|server| server.has_user_pass()) else {
        return Ok(options);
    };
    let user = server.username().unwrap_or_default();
    let is_encoded = |text: &str| text.contains('%');
    if is_encoded(user) || server.password().is_some_and(is_encoded) {
        let mend =
            "a user and a password in the URL are letters, digits and - . _ ~: use nats.nkey_seed";
        return Err(format!("nats.url: {mend} or nats.credentials for others"));
    }
    Ok(match server.password() {
        Some(password) => options.user_and_password(user.to_owned(), password.to_owned()),
        None => options.token(user.to_owned()),
    })
}

/// The text of a file, where one is named.
fn readable(path: &Path) -> Result<Option<String>, String> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path);
    text.map(Some).map_err(|error| format!("{}: {error}", path.display()))
}

/// A stream as it is to be. Audit events cannot be deleted one by one, nor all at once: only their age
/// ends them, or whoever may remove the stream.
pub(super) fn wanted(stream: Stream, settings: &NatsSettings) -> Config {
    let (of, subjects, description, is_final) = match stream {
        Stream::Audit => (&settings.audit, "causeway.audit.>", "Causeway: audit events", true),
        Stream::Frm => (&settings.frm, "frm.>", "Causeway: fraud screening", false),
    };
    Config {
        name: of.stream.clone(),
        description: Some(description.to_owned()),
        subjects: vec![subjects.to_owned()],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        max_age: Duration::from_secs(of.days.saturating_mul(86_400)),
        num_replicas: settings.replicas,
        duplicate_window: Duration::from_secs(settings.duplicates_s),
        deny_delete: is_final,
        deny_purge: is_final,
        ..Config::default()
    }
}

/// What an existing stream has otherwise than configured, in words; empty if nothing.
pub(super) fn differences(wanted: &Config, found: &Config) -> String {
    let mut words = Vec::new();
    let mut compare = |what: &str, wanted: &dyn std::fmt::Debug, found: &dyn std::fmt::Debug| {
        let (wanted, found) = (format!("{wanted:?}"), format!("{found:?}"));
        if wanted != found {
            words.push(format!("{what} is {found}, not {wanted}"));
        }
    };
    compare("subjects", &wanted.subjects, &found.subjects);
    compare("retention", &wanted.retention, &found.retention);
    compare("storage", &wanted.storage, &found.storage);
    compare("max_age", &wanted.max_age, &found.max_age);
    compare("replicas", &wanted.num_replicas, &found.num_replicas);
    compare("duplicate_window", &wanted.duplicate_window, &found.duplicate_window);
    compare("deny_delete", &wanted.deny_delete, &found.deny_delete);
    compare("deny_purge", &wanted.deny_purge, &found.deny_purge);
    words.join("; ")
}

pub(super) fn is_not_found(said: &async_nats::jetstream::Error) -> bool {
    said.error_code() == async_nats::jetstream::ErrorCode::STREAM_NOT_FOUND
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config as Settings;

    fn settings() -> NatsSettings {
        Settings::parse("[nats]\nurl = \"nats://a\"\nreplicas = 3\n", "test").unwrap().nats
    }

    #[test]
    fn streams_are_wanted_as_configured() {
        let audit = wanted(Stream::Audit, &settings());
        assert_eq!((audit.name.as_str(), audit.num_replicas), ("CAUSEWAY_AUDIT", 3));
        assert_eq!(audit.max_age, Duration::from_secs(90 * 86_400));
        assert!(audit.deny_delete && audit.deny_purge);
        let frm = wanted(Stream::Frm, &settings());
        assert_eq!(frm.max_age, Duration::from_secs(7 * 86_400));
        assert_eq!(frm.subjects, ["frm.>"]);
        let retry_ms = crate::limits::STREAM_PAUSE_MS.1 + STREAM_ACK_MS;
        assert!(frm.duplicate_window > Duration::from_millis(retry_ms));
        assert!(crate::limits::STREAM_DUPLICATES_S.0 * 1_000 > retry_ms);
    }

    #[test]
    fn what_a_stream_has_otherwise_is_named() {
        let wanted = wanted(Stream::Audit, &settings());
        assert_eq!(differences(&wanted, &wanted.clone()), "");
        let found = Config { num_replicas: 1, deny_purge: false, ..wanted.clone() };
        let said = differences(&wanted, &found);
        assert_eq!(said, "replicas is 1, not 3; deny_purge is false, not true");
    }

    #[test]
    fn it_is_said_once_when_nats_goes_and_once_when_it_is_back() {
        let standing = Standing::default();
        let said = || standing.said.load(Ordering::Relaxed);
        assert_eq!(said(), 0);
        standing.is_up();
        standing.checked.store(true, Ordering::Relaxed);
        standing.is_away("x");
        assert!(
            said() == AWAY && standing.checked.load(Ordering::Relaxed),
            "it may still be there"
        );
        standing.lost("y");
        assert!(!standing.checked.load(Ordering::Relaxed));
        standing.is_up();
        assert_eq!(said(), UP);
    }
}
