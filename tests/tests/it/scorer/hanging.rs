//! A scorer whose thread stands still while the rest of its process goes on: it does not keep its
//! lease, and takes nobody's.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_nats::jetstream;
use async_nats::jetstream::stream::Config;
use causeway_tests::nats::NatsServer;
use frms::{Attempt, Catalogue, Engine, Event, Verdict};
use frms_stream::limits::{HANGS_MS, LEASE_MS};
use frms_stream::{
    Appending, Beginning, JetStream, Journal, Place, Read, Standing, answer_others, channel,
    start_on,
};
use futures_util::StreamExt;

use super::scheme::{PATIENCE, STREAM, TENANT, ask, attempt};

/// A silence that may seem to be as long as a lease to somebody else: signs of life come five times
/// in one.
const SILENCE: Duration = Duration::from_millis(LEASE_MS / 2);

/// JetStream for a thread that can be made to hang.
struct Hanging {
    journal: JetStream,
    hangs: Arc<AtomicBool>,
}

impl Journal for Hanging {
    async fn read(&mut self) -> Option<Read> {
        while self.hangs.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.journal.read().await
    }

    async fn append(&mut self, event: &Event) -> Appending {
        self.journal.append(event).await
    }

    fn is_active(&self) -> bool {
        self.journal.is_active()
    }
}

/// A scorer in this process.
struct Scorer {
    hangs: Arc<AtomicBool>,
    standing: Arc<Standing>,
}

impl Scorer {
    async fn start(nats: &async_nats::Client) -> Scorer {
        let hangs = Arc::new(AtomicBool::new(false));
        let standing = Arc::new(Standing::default());
        let (client, requests) = channel(64);
        answer_others(nats.clone(), TENANT, client, Arc::clone(&standing)).await.unwrap();
        let place = Place { stream: STREAM.to_owned(), tenant: TENANT.to_owned() };
        let journal = JetStream::follow(nats.clone(), place, 0, &standing);
        let journal = Hanging { journal, hangs: Arc::clone(&hangs) };
        let mut beginning = Beginning::of(Engine::new(Catalogue::standard().unwrap()));
        beginning.standing = Arc::clone(&standing);
        start_on(journal, beginning, requests).unwrap();
        Scorer { hangs, standing }
    }

    async fn becomes(&self, is_active: bool) {
        let since = Instant::now();
        while self.standing.is_active() != is_active {
            assert!(since.elapsed() < PATIENCE, "is it active? not {is_active}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// When somebody said that it is active, as a third one hears it.
struct Signs(Arc<Mutex<Vec<Instant>>>);

impl Signs {
    async fn heard(nats: &async_nats::Client) -> Signs {
        let mut signs = nats.subscribe(format!("causeway.frm.{TENANT}.alive")).await.unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        tokio::spawn(async move {
            while signs.next().await.is_some() {
                all.lock().unwrap().push(Instant::now());
            }
        });
        Signs(heard)
    }

    /// The longest time without any, of those that were not over at `since`.
    fn silence(&self, since: Instant) -> Duration {
        let mut heard = self.0.lock().unwrap().clone();
        heard.push(Instant::now());
        let later = heard.windows(2).filter(|pair| pair[1] >= since);
        later.map(|pair| pair[1] - pair[0]).max().unwrap_or(Duration::MAX)
    }
}

/// Asks until there is an answer: a question that comes between two roles has none.
async fn insist(nats: &async_nats::Client, attempt: &Attempt) -> Verdict {
    let since = Instant::now();
    loop {
        if let Some(verdict) = ask(nats, attempt, Duration::from_secs(2)).await {
            return verdict;
        }
        assert!(since.elapsed() < PATIENCE, "none on {}", attempt.id);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Looks on for two leases while both are well, and again where there was a silence: whoever hears
/// nothing takes over, as it should. Gives back who is active, and who stands by.
async fn well(signs: &Signs, mut first: Scorer, mut second: Scorer) -> (Scorer, Scorer) {
    let lease = Duration::from_millis(LEASE_MS);
    let began = Instant::now();
    loop {
        let since = Instant::now();
        tokio::time::sleep(lease * 2).await;
        if signs.silence(since) < SILENCE {
            assert!(!second.standing.is_active(), "the first one is well");
            return (first, second);
        }
        assert!(began.elapsed() < PATIENCE, "no two leases without a silence");
        // A change of roles that is under way comes to its end.
        tokio::time::sleep(lease).await;
        if second.standing.is_active() {
            std::mem::swap(&mut first, &mut second);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_keeps_no_lease_and_takes_none() {
    let Some(server) = NatsServer::start().await else { return };
    let nats = async_nats::connect(server.url()).await.unwrap();
    let config =
        Config { name: STREAM.to_owned(), subjects: vec!["frm.>".to_owned()], ..Config::default() };
    let mut stream = jetstream::new(nats.clone()).create_stream(config).await.unwrap();
    let signs = Signs::heard(&nats).await;
    let first = Scorer::start(&nats).await;
    first.becomes(true).await;
    let verdict = insist(&nats, &attempt(1, "ann", "green")).await;
    assert_eq!(verdict.rule("901").unwrap().value, Some(1.0));
    let second = Scorer::start(&nats).await;
    let (first, second) = well(&signs, first, second).await;

    // The one that stands by hangs, and then the other as well: there is no new term.
    second.hangs.store(true, Ordering::Release);
    tokio::time::sleep(Duration::from_millis(HANGS_MS * 2)).await;
    first.hangs.store(true, Ordering::Release);
    let before = stream.info().await.unwrap().state.last_sequence;
    tokio::time::sleep(Duration::from_millis(HANGS_MS + LEASE_MS * 2)).await;
    assert_eq!(stream.info().await.unwrap().state.last_sequence, before, "of one that hangs");

    second.hangs.store(false, Ordering::Release);
    second.becomes(true).await;
    let verdict = insist(&nats, &attempt(2, "ann", "green")).await;
    assert_eq!(verdict.rule("901").unwrap().value, Some(2.0));
    let since = Instant::now();
    first.hangs.store(false, Ordering::Release);
    first.becomes(false).await;
    let is_active = second.standing.is_active();
    assert!(is_active || signs.silence(since) >= SILENCE, "it is not taken back");
    let verdict = insist(&nats, &attempt(3, "ann", "green")).await;
    assert_eq!(verdict.rule("901").unwrap().value, Some(3.0));
}
