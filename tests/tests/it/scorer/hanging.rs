//! A scorer whose thread stands still while the rest of its process goes on: it does not keep its
//! lease, and takes nobody's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_nats::jetstream;
use async_nats::jetstream::stream::Config;
use causeway_tests::nats::NatsServer;
use frms::{Catalogue, Engine, Event};
use frms_stream::limits::{HANGS_MS, LEASE_MS};
use frms_stream::{
    Appending, Beginning, JetStream, Journal, Place, Read, Standing, answer_others, channel,
    start_on,
};

use super::scheme::{PATIENCE, STREAM, TENANT, ask, attempt};

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

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_keeps_no_lease_and_takes_none() {
    let Some(server) = NatsServer::start().await else { return };
    let nats = async_nats::connect(server.url()).await.unwrap();
    let config =
        Config { name: STREAM.to_owned(), subjects: vec!["frm.>".to_owned()], ..Config::default() };
    let mut stream = jetstream::new(nats.clone()).create_stream(config).await.unwrap();
    let first = Scorer::start(&nats).await;
    first.becomes(true).await;
    let verdict = ask(&nats, &attempt(1, "ann", "green"), PATIENCE).await.unwrap();
    assert_eq!(verdict.rule("901").unwrap().value, Some(1.0));
    let second = Scorer::start(&nats).await;
    tokio::time::sleep(Duration::from_millis(LEASE_MS * 2)).await;
    assert!(!second.standing.is_active(), "the first one is well");

    // The one that stands by hangs, and then the other as well: there is no new term.
    second.hangs.store(true, Ordering::Release);
    tokio::time::sleep(Duration::from_millis(HANGS_MS * 2)).await;
    first.hangs.store(true, Ordering::Release);
    let before = stream.info().await.unwrap().state.last_sequence;
    tokio::time::sleep(Duration::from_millis(HANGS_MS + LEASE_MS * 2)).await;
    assert_eq!(stream.info().await.unwrap().state.last_sequence, before, "of one that hangs");

    second.hangs.store(false, Ordering::Release);
    second.becomes(true).await;
    let verdict = ask(&nats, &attempt(2, "ann", "green"), PATIENCE).await.unwrap();
    assert_eq!(verdict.rule("901").unwrap().value, Some(2.0));
    first.hangs.store(false, Ordering::Release);
    first.becomes(false).await;
    assert!(second.standing.is_active());
    let verdict = ask(&nats, &attempt(3, "ann", "green"), PATIENCE).await.unwrap();
    assert_eq!(verdict.rule("901").unwrap().value, Some(3.0));
}
