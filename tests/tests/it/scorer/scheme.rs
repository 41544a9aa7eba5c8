//! A NATS server, scorers, questions, and what the stream holds at the end.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::Client;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::{self, Context};
use bytes::Bytes;
use causeway_tests::nats::NatsServer;
use causeway_tests::process::program;
use causeway_toolkit::cluster::ports::free_port;
use causeway_toolkit::cluster::process::Process;
use causeway_toolkit::onboard::AdminClient;
use frms::{Attempt, Catalogue, Engine, Event, Verdict};
use futures_util::StreamExt;
use http::Method;
use serde_json::Value;

pub(super) const TENANT: &str = "scheme";
pub(super) const STREAM: &str = "CAUSEWAY_FRM";

/// More than any machine needs.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A NATS server with scorers around it.
pub(super) struct Scheme {
    pub(super) server: NatsServer,
    /// The other servers of its cluster, if it is one of several.
    pub(super) others: Vec<NatsServer>,
    pub(super) nats: Client,
    pub(super) context: Context,
    pub(super) scorers: Vec<Scorer>,
    directory: tempfile::TempDir,
    settings: String,
}

/// `causeway frms serve`.
pub(super) struct Scorer {
    name: String,
    port: u16,
    process: Option<Process>,
}

/// A message of the stream.
pub(super) struct Message {
    pub(super) sequence: u64,
    pub(super) subject: String,
    pub(super) payload: Bytes,
}

impl Scheme {
    /// With so many scorers and further settings; none where there is no NATS server.
    pub(super) async fn start(scorers: usize, settings: &str) -> Option<Scheme> {
        let server = NatsServer::start().await?;
        Some(Scheme::over(server, Vec::new(), scorers, settings).await)
    }

    /// Over servers that are there.
    pub(super) async fn over(
        server: NatsServer,
        others: Vec<NatsServer>,
        scorers: usize,
        settings: &str,
    ) -> Scheme {
        let all: Vec<String> = others.iter().chain([&server]).map(NatsServer::url).collect();
        let addresses = all.iter().map(|url| url.parse().unwrap());
        let nats = async_nats::connect(addresses.collect::<Vec<async_nats::ServerAddr>>()).await;
        let nats = nats.unwrap();
        let mut scheme = Scheme {
            context: jetstream::new(nats.clone()),
            nats,
            server,
            others,
            scorers: Vec::new(),
            directory: tempfile::tempdir().unwrap(),
            settings: settings.to_owned(),
        };
        for number in 0..scorers {
            let (name, port) = (format!("scorer-{number}"), free_port().unwrap());
            scheme.scorers.push(Scorer { name, port, process: None });
            scheme.begin(number);
        }
        scheme.active().await;
        scheme
    }

    /// Starts a scorer (again).
    pub(super) fn begin(&mut self, number: usize) {
        let folder = self.directory.path();
        let scorer = &mut self.scorers[number];
        let servers = self.others.iter().chain([&self.server]).map(NatsServer::url);
        let servers: Vec<String> = servers.collect();
        let text = format!(
            "[listen]\nadmin = \"127.0.0.1:{}\"\n[nats]\nurl = \"{}\"\nreplicas = {}\n\
             [screening]\ntenant = \"{TENANT}\"\n{}snapshots = {:?}\nsnapshot_s = 1\n",
            scorer.port,
            servers.join(","),
            servers.len(),
            if self.settings.is_empty() { "[scorer]\n" } else { &self.settings },
            folder.join("snapshots"),
        );
        let file = folder.join(format!("{}.toml", scorer.name));
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(program());
        command.args(["frms", "serve", "--config"]).arg(&file);
        let log = folder.join(format!("{}.log", scorer.name));
        scorer.process = Some(Process::start(&scorer.name, command, &log).unwrap());
    }

    /// Where its scorers keep their state.
    pub(super) fn snapshot(&self) -> std::path::PathBuf {
        self.directory.path().join("snapshots").join(format!("{TENANT}.snapshot"))
    }

    /// Which scorer answers; waits until there is one.
    pub(super) async fn active(&self) -> usize {
        let since = Instant::now();
        loop {
            for number in 0..self.scorers.len() {
                if self.health(number).await["role"] == "active" {
                    return number;
                }
            }
            assert!(since.elapsed() < PATIENCE, "nobody answers:\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Where a scorer is asked how it does.
    pub(super) fn admin(&self, number: usize) -> AdminClient {
        AdminClient::new(format!("http://127.0.0.1:{}", self.scorers[number].port))
    }

    /// What a scorer says of itself; null if it says nothing.
    pub(super) async fn health(&self, number: usize) -> Value {
        let admin = self.admin(number);
        let asked = admin.send(Method::GET, "/health", None);
        match tokio::time::timeout(Duration::from_millis(500), asked).await {
            Ok(Ok(answer)) => answer.json().unwrap_or(Value::Null),
            _ => Value::Null,
        }
    }

    /// How many scorers say that they answer.
    pub(super) async fn active_count(&self) -> usize {
        let mut count = 0;
        for number in 0..self.scorers.len() {
            count += usize::from(self.health(number).await["role"] == "active");
        }
        count
    }

    pub(super) fn process(&mut self, number: usize) -> &mut Process {
        self.scorers[number].process.as_mut().expect("it was started")
    }

    pub(super) fn logs(&self) -> String {
        let logs = self.scorers.iter().filter_map(|scorer| scorer.process.as_ref());
        logs.map(Process::log).collect::<Vec<_>>().join("\n")
    }

    /// Asks once; nothing within the patience is nothing.
    pub(super) async fn ask(&self, attempt: &Attempt, patience: Duration) -> Option<Verdict> {
        ask(&self.nats, attempt, patience).await
    }

    /// Asks until there is an answer.
    pub(super) async fn insist(&self, attempt: &Attempt) -> Verdict {
        let since = Instant::now();
        loop {
            if let Some(verdict) = self.ask(attempt, Duration::from_millis(400)).await {
                return verdict;
            }
            assert!(since.elapsed() < PATIENCE, "none on {}:\n{}", attempt.id, self.logs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Writes an event as gateways do, once.
    pub(super) async fn publish(&self, event: &Event) {
        self.write(event).await;
    }

    /// The same, and returns when who answers has taken it in: questions do not come over the
    /// stream, and may overtake what is on it.
    pub(super) async fn establish(&self, event: &Event) {
        let (since, sequence) = (Instant::now(), self.write(event).await);
        let active = self.active().await;
        while self.health(active).await["position"].as_u64() < Some(sequence) {
            assert!(since.elapsed() < PATIENCE, "{sequence} is not taken in:\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Under which number it is on the stream.
    async fn write(&self, event: &Event) -> u64 {
        let mut headers = async_nats::HeaderMap::new();
        if let Some(id) = event.message_id() {
            headers.insert("Nats-Msg-Id", id);
        }
        let payload = Bytes::from(serde_json::to_vec(event).unwrap());
        self.send(event.subject(TENANT), headers, payload).await
    }

    /// The same while servers come and go: until one has it.
    pub(super) async fn persist(&self, event: &Event) {
        let (since, id) = (Instant::now(), event.message_id().unwrap());
        let payload = Bytes::from(serde_json::to_vec(event).unwrap());
        loop {
            let mut headers = async_nats::HeaderMap::new();
            headers.insert("Nats-Msg-Id", id.as_str());
            let subject = event.subject(TENANT);
            let sent = self.context.publish_with_headers(subject, headers, payload.clone()).await;
            if let Ok(sent) = sent
                && sent.await.is_ok()
            {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "nobody takes {id}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Writes anything; its number on the stream.
    pub(super) async fn send(
        &self,
        subject: String,
        headers: async_nats::HeaderMap,
        payload: Bytes,
    ) -> u64 {
        let sent = self.context.publish_with_headers(subject, headers, payload).await.unwrap();
        sent.await.unwrap().sequence
    }

    /// The whole stream; asked for again while servers come and go.
    pub(super) async fn recorded(&self) -> Vec<Message> {
        let since = Instant::now();
        loop {
            match tokio::time::timeout(PATIENCE / 2, self.read()).await {
                Ok(Ok(recorded)) => return recorded,
                unread => {
                    let unread = unread.map(|read| read.err());
                    assert!(since.elapsed() < PATIENCE, "the stream cannot be read: {unread:?}");
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The whole stream, once.
    async fn read(&self) -> Result<Vec<Message>, async_nats::Error> {
        let mut stream = self.context.get_stream(STREAM).await?;
        let last = stream.info().await?.state.last_sequence;
        let config =
            OrderedConfig { deliver_policy: DeliverPolicy::All, ..OrderedConfig::default() };
        let mut messages = stream.create_consumer(config).await?.messages().await?;
        let mut recorded = Vec::new();
        while let Some(message) = messages.next().await {
            let message = message?;
            let sequence = message.info()?.stream_sequence;
            recorded.push(Message {
                sequence,
                subject: message.subject.to_string(),
                payload: message.payload.clone(),
            });
            if sequence >= last {
                return Ok(recorded);
            }
        }
        Err("the stream ended early".into())
    }

    /// Waits until every verdict that follows from the stream is on it.
    pub(super) async fn settled(&self, verdicts: usize) -> Vec<Message> {
        let since = Instant::now();
        loop {
            let recorded = self.recorded().await;
            let said = recorded.iter().filter(|one| one.subject.contains(".verdict."));
            if said.count() >= verdicts {
                return recorded;
            }
            assert!(since.elapsed() < PATIENCE, "verdicts are missing:\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Asks once; nothing within the patience is nothing.
pub(super) async fn ask(nats: &Client, attempt: &Attempt, patience: Duration) -> Option<Verdict> {
    let payload = Bytes::from(serde_json::to_vec(attempt).unwrap());
    // Without a time the client has one of its own, which may be shorter.
    let request = async_nats::Request::new().payload(payload).timeout(Some(patience));
    let asked = nats.send_request(frms_stream::ask_subject(TENANT), request);
    let answer = tokio::time::timeout(patience, asked).await.ok()?.ok()?;
    serde_json::from_slice(&answer.payload).ok()
}

/// What there is one verdict of, in text.
pub(super) type Key = (String, String, String);

/// The key of a verdict as JSON.
pub(super) fn key(verdict: &Value) -> Key {
    let text = |name: &str| verdict[name].as_str().unwrap().to_owned();
    (text("id"), text("hash"), text("point"))
}

/// The verdicts on the stream, each as the bytes that it is. One that is there twice is the same.
pub(super) fn verdicts(recorded: &[Message]) -> BTreeMap<Key, Bytes> {
    let mut verdicts = BTreeMap::new();
    for one in recorded.iter().filter(|one| one.subject.contains(".verdict.")) {
        let json: Value = serde_json::from_slice(&one.payload).unwrap();
        let former = verdicts.insert(key(&json), one.payload.clone());
        assert!(former.is_none_or(|former| former == one.payload), "two verdicts on {json}");
    }
    verdicts
}

/// The verdicts that follow from the recorded events, as somebody finds who only has the stream.
pub(super) fn replayed(recorded: &[Message], catalogue: Catalogue) -> BTreeMap<Key, Bytes> {
    let mut engine = Engine::new(catalogue);
    let mut verdicts = BTreeMap::new();
    for one in recorded {
        let decoded = frms_stream::decode(TENANT, &one.subject, &one.payload);
        let frms_stream::Decoded::Event(event) = decoded else { continue };
        for verdict in engine.apply(one.sequence, &event) {
            let payload = Bytes::from(serde_json::to_vec(&*verdict).unwrap());
            let json: Value = serde_json::from_slice(&payload).unwrap();
            verdicts.insert(key(&json), payload);
        }
    }
    verdicts
}

/// What a verdict says, without the number of its event: that differs from one run to the next.
pub(super) fn said(verdict: &Verdict) -> String {
    let Verdict { decision, rules, typologies, missing, flow, .. } = verdict;
    serde_json::json!([decision, rules, typologies, missing, flow]).to_string()
}

/// The verdicts of a run in which nothing happens.
pub(super) fn undisturbed(events: &[Event]) -> BTreeMap<Key, String> {
    let mut engine = Engine::new(Catalogue::standard().unwrap());
    let mut verdicts = BTreeMap::new();
    for (event, sequence) in events.iter().zip(1..) {
        for verdict in engine.apply(sequence, event) {
            let json = serde_json::to_value(&*verdict).unwrap();
            verdicts.insert(key(&json), said(&verdict));
        }
    }
    verdicts
}

/// A payment of one who pays another.
pub(super) fn attempt(id: u128, debtor: &str, payer_fsp: &str) -> Arc<Attempt> {
    let known = frms::Pseudonyms::new(b"a secret");
    Arc::new(Attempt {
        id: frms::PaymentId(id),
        hash: frms::TermsHash([7; 32]),
        point: frms::Point::BeforeReserve,
        at_ms: 1_767_225_600_000 + i64::try_from(id).unwrap(),
        payer_fsp: payer_fsp.to_owned(),
        payee_fsp: "blue".to_owned(),
        units: frms::Units(10_000),
        currency: "EUR".to_owned(),
        debtor: Some(known.party("MSISDN", debtor, payer_fsp)),
        creditor: Some(known.party("MSISDN", "bob", "blue")),
        facts: frms::Facts::Quote,
        category: None,
        debtor_age_years: None,
        place: None,
        description: None,
    })
}
