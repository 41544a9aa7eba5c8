//! What stands between a participant and the nodes, both ways, and knows whole requests. TCP lets no program see a
//! packet twice or too late; proxies, and clients that send again, do that to requests: one is delivered a second
//! time over another connection, or comes after others that were sent later.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::HeaderMap;
use ::http::header::{CONNECTION, TRANSFER_ENCODING};
use tokio::sync::watch;

use crate::ToolkitError;
use crate::http::{Exchange, Handler, HttpClient, HttpRequest, HttpResponse, HttpServer, Reply};
use crate::limits::{
    BANK_EXCHANGE_MS, RELAY_AGAIN_MS, RELAY_HELD_MS, RELAY_JITTER_MS, RELAY_OVERTAKERS,
};
use crate::load::Random;
use crate::players::{HubUrls, Players};
use crate::tls::{Credentials, SchemeCa};

/// How requests are passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// Each once, at once.
    Straight,
    /// Every other one twice. The copy has a connection of its own and comes at the same time, soon after, or long
    /// after the first was answered; its answer is dropped.
    Doubled,
    /// Each a little later, which differs, and every other one after some that came behind it on other connections.
    Shuffled,
}

/// What relays have done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that were delivered a second time.
    pub doubled: u64,
    /// Requests that were held back and came after later ones.
    pub overtaken: u64,
}

/// One participant's way to the nodes, or theirs to it.
#[derive(Debug)]
pub struct Relay {
    server: HttpServer,
    way: Arc<Way>,
}

#[derive(Debug)]
struct Way {
    target: String,
    passage: watch::Sender<Passage>,
    random: Mutex<Random>,
    client: HttpClient,
    /// Of the copies: no connection of the first carries them.
    second: HttpClient,
    passed: watch::Sender<u64>,
    doubled: AtomicU64,
    overtaken: AtomicU64,
}

impl Relay {
    /// A relay to a base URL. It shows one certificate to who comes, as if it were the target, and another to the
    /// target, as if it were who comes.
    ///
    /// # Errors
    /// [`ToolkitError`] if it cannot listen, or a certificate cannot be used.
    pub async fn to(
        target: &str,
        shown: &Credentials,
        used: &Credentials,
        seed: u64,
    ) -> Result<Relay, ToolkitError> {
        let way = Arc::new(Way {
            target: target.to_owned(),
            passage: watch::Sender::new(Passage::Straight),
            random: Mutex::new(Random::new(seed)),
            client: HttpClient::with_credentials(used, BANK_EXCHANGE_MS)?,
            second: HttpClient::with_credentials(used, BANK_EXCHANGE_MS)?,
            passed: watch::Sender::new(0),
            doubled: AtomicU64::new(0),
            overtaken: AtomicU64::new(0),
        });
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = HttpServer::secure_or_plain(listen, Arc::clone(&way), Some(shown)).await?;
        Ok(Relay { server, way })
    }

    /// Where it begins.
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// How it passes on what comes from now on.
    pub fn set(&self, passage: Passage) {
        self.way.passage.send_replace(passage);
    }

    /// What it has done.
    pub fn tally(&self) -> Tally {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Tally { doubled: of(&self.way.doubled), overtaken: of(&self.way.overtaken) }
    }
}

impl Handler for Way {
    async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
        let passage = *self.passage.borrow();
        let chosen = self.within(0..2) == 0;
        match passage {
            Passage::Doubled if chosen => {
                let (way, copy) = (Arc::clone(&self), exchange.clone());
                tokio::spawn(async move { way.again(copy).await });
            }
            Passage::Shuffled if chosen => self.hold().await,
            Passage::Shuffled => pause(self.within(0..RELAY_JITTER_MS)).await,
            Passage::Straight | Passage::Doubled => {}
        }
        let answer = self.deliver(&self.client, exchange).await;
        self.passed.send_modify(|passed| *passed += 1);
        match answer {
            Ok(HttpResponse { status, mut headers, body }) => {
                of_this_hop(&mut headers);
                Reply::Answer { status, headers, body }
            }
            Err(_) => Reply::Reset,
        }
    }
}

impl Way {
    async fn deliver(
        &self,
        client: &HttpClient,
        exchange: Exchange,
    ) -> Result<HttpResponse, ToolkitError> {
        let Exchange { method, target, mut headers, body, .. } = exchange;
        of_this_hop(&mut headers);
        let url = format!("{}{target}", self.target);
        client.send(HttpRequest { method, url, headers, body, slow_body_ms: 0 }).await
    }

    async fn again(&self, copy: Exchange) {
        let until_ms = [1, RELAY_JITTER_MS, RELAY_AGAIN_MS];
        let until_ms = until_ms.get(usize::try_from(self.within(0..3)).unwrap_or_default());
        pause(self.within(0..until_ms.copied().unwrap_or(1))).await;
        // Nobody waits for what it is answered; that it was answered shows that it was delivered.
        if self.deliver(&self.second, copy).await.is_ok() {
            self.doubled.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Until some that came later have passed, or for so long that none seems to come.
    async fn hold(&self) {
        let mut passed = self.passed.subscribe();
        let wanted = *passed.borrow() + self.within(RELAY_OVERTAKERS);
        let limit = Duration::from_millis(RELAY_HELD_MS);
        let overtaken = passed.wait_for(|passed| *passed >= wanted);
        if matches!(tokio::time::timeout(limit, overtaken).await, Ok(Ok(_))) {
            self.overtaken.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn within(&self, range: std::ops::Range<u64>) -> u64 {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).within(range)
    }
}

async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// What is between two neighbours is theirs to say anew.
fn of_this_hop(headers: &mut HeaderMap) {
    headers.remove(CONNECTION);
    headers.remove(TRANSFER_ENCODING);
}

/// A relay each way for every participant.
#[derive(Debug)]
pub struct Relays {
    to_the_nodes: Vec<Relay>,
    /// By FspId.
    to_participants: Vec<(String, Relay)>,
}

impl Relays {
    /// Puts them around participants that run and are not onboarded yet: from now on they find the nodes through
    /// theirs. [`Relays::address`] is where the nodes are to find them.
    ///
    /// # Errors
    /// As [`Relay::to`].
    pub async fn around(
        players: &Players,
        nodes: &HubUrls,
        ca: &SchemeCa,
        seed: u64,
    ) -> Result<Relays, ToolkitError> {
        let mut random = Random::new(seed);
        let hub = ca.participant("Hub")?;
        let Players { alpine, harbour, green, blue } = players;
        let (mut to_the_nodes, mut to_participants) = (Vec::new(), Vec::new());
        for (name, own, nodes) in [
            (alpine.fsp_id(), alpine.base_url(), &nodes.channel),
            (harbour.fsp_id(), harbour.base_url(), &nodes.channel),
            (green.name(), green.base_url(), &nodes.fspiop),
            (blue.name(), blue.base_url(), &nodes.fspiop),
        ] {
            let its = ca.participant(name)?;
            to_the_nodes.push(Relay::to(nodes, &hub, &its, random.number()).await?);
            let back = Relay::to(&own, &its, &hub, random.number()).await?;
            to_participants.push((name.to_owned(), back));
        }
        if let [for_alpine, for_harbour, for_green, for_blue] = &to_the_nodes[..] {
            alpine.set_channel(for_alpine.base_url());
            harbour.set_channel(for_harbour.base_url());
            green.set_hub(for_green.base_url());
            blue.set_hub(for_blue.base_url());
        }
        Ok(Relays { to_the_nodes, to_participants })
    }

    /// Where the relay to a participant begins.
    pub fn address(&self, name: &str) -> Option<String> {
        let found = self.to_participants.iter().find(|(whose, _)| whose == name);
        found.map(|(_, relay)| relay.base_url())
    }

    /// How all of them pass on what comes from now on.
    pub fn set(&self, passage: Passage) {
        self.all().for_each(|relay| relay.set(passage));
    }

    /// What all of them have done.
    pub fn tally(&self) -> Tally {
        self.all().map(Relay::tally).fold(Tally::default(), |sum, one| Tally {
            doubled: sum.doubled + one.doubled,
            overtaken: sum.overtaken + one.overtaken,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Relay> {
        self.to_the_nodes.iter().chain(self.to_participants.iter().map(|(_, relay)| relay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::http::{Method, StatusCode};
    use bytes::Bytes;

    /// Notes what comes, in its order, and with which Host.
    #[derive(Default)]
    struct Notebook(Mutex<Vec<(Bytes, String)>>);

    impl Handler for Notebook {
        async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
            let host = exchange.header("host").unwrap_or_default().to_owned();
            self.0.lock().unwrap().push((exchange.body.clone(), host));
            Reply::Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: exchange.body }
        }
    }

    struct Bench {
        notebook: Arc<Notebook>,
        _server: HttpServer,
        relay: Relay,
        client: HttpClient,
    }

    impl Bench {
        async fn start(passage: Passage) -> Bench {
            let ca = SchemeCa::new("a CA").unwrap();
            let [one, other] = ["one", "other"].map(|name| ca.participant(name).unwrap());
            let notebook = Arc::new(Notebook::default());
            let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let server =
                HttpServer::secure_or_plain(listen, Arc::clone(&notebook), Some(&other)).await;
            let server = server.unwrap();
            let relay = Relay::to(&server.base_url(), &other, &one, 1).await.unwrap();
            relay.set(passage);
            let client = HttpClient::with_credentials(&one, 5_000).unwrap();
            Bench { notebook, _server: server, relay, client }
        }

        async fn send(&self, number: usize) {
            let url = format!("{}/a?b=c", self.relay.base_url());
            let request = HttpRequest::new(Method::POST, url).body(number.to_string());
            let answer = self.client.send(request).await.unwrap();
            assert_eq!(answer.text(), number.to_string(), "who sent it has its answer");
        }

        fn came(&self) -> Vec<usize> {
            let came = self.notebook.0.lock().unwrap();
            came.iter().map(|(body, _)| String::from_utf8_lossy(body).parse().unwrap()).collect()
        }
    }

    #[tokio::test]
    async fn a_straight_relay_delivers_each_once_in_order_as_it_was_sent() {
        let bench = Bench::start(Passage::Straight).await;
        for number in 0..20 {
            bench.send(number).await;
        }
        assert_eq!(bench.came(), (0..20).collect::<Vec<_>>());
        assert_eq!(bench.relay.tally(), Tally::default());
        let host = bench.notebook.0.lock().unwrap()[0].1.clone();
        assert!(bench.relay.base_url().ends_with(&host), "{host}");
    }

    #[tokio::test]
    async fn a_doubling_relay_delivers_some_twice_and_none_more_often() {
        let bench = Bench::start(Passage::Doubled).await;
        for number in 0..40 {
            bench.send(number).await;
        }
        while bench.came().len() < 50 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let came = bench.came();
        for number in 0..40 {
            let times = came.iter().filter(|one| **one == number).count();
            assert!((1..=2).contains(&times), "{number} came {times} times");
        }
    }

    #[tokio::test]
    async fn a_shuffling_relay_loses_nothing_and_lets_later_ones_pass() {
        let bench = Arc::new(Bench::start(Passage::Shuffled).await);
        let mut sending = tokio::task::JoinSet::new();
        for number in 0..40 {
            let bench = Arc::clone(&bench);
            sending.spawn(async move { bench.send(number).await });
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        while let Some(sent) = sending.join_next().await {
            sent.unwrap();
        }
        let mut came = bench.came();
        assert!(!came.is_sorted(), "{came:?}");
        came.sort_unstable();
        assert_eq!(came, (0..40).collect::<Vec<_>>());
        assert!(bench.relay.tally().overtaken > 0);
    }
}
