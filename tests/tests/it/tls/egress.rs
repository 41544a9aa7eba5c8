//! Where callbacks go, and what they may answer: rows C01 to C03.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use causeway::client::{PeerAnswer, SendError};
use causeway_tests::tls::scheme_ca;
use causeway_tests::world::World;
use causeway_toolkit::dfsp::{Draft, PartyId, PayRequest, PaymentEnd};
use causeway_toolkit::http::{Exchange, Handler, HttpServer, Reply};
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY};
use causeway_toolkit::tls::{Leaf, SchemeCa};
use fspiop::headers::HeaderList;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{PATIENCE_MS, metric};

const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

fn lookup() -> Draft {
    Draft::new(Method::GET, format!("/parties/MSISDN/{BLUE_NUMBER}"))
}

/// Counts who comes, and answers so.
struct Counting {
    seen: AtomicU64,
    reply: Reply,
}

impl Handler for Counting {
    async fn handle(self: Arc<Self>, _: Exchange) -> Reply {
        self.seen.fetch_add(1, Ordering::SeqCst);
        self.reply.clone()
    }
}

fn answering(reply: Reply) -> Arc<Counting> {
    Arc::new(Counting { seen: AtomicU64::new(0), reply })
}

async fn until(what: impl AsyncFn() -> bool) {
    for _ in 0..PATIENCE_MS / 20 {
        if what().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it does not happen");
}

#[tokio::test(flavor = "multi_thread")]
async fn c01_a_url_that_leads_inside_is_refused_when_it_is_registered() {
    let world = World::start().await;
    for url in [
        "http://169.254.169.254/",
        "https://169.254.169.254/latest",
        "https://[fe80::1]/",
        "https://10.0.0.1/",
        "https://0.0.0.0/",
        "https://[::]/",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://green:secret@dfsp.example/",
        "http://dfsp.example/",
        "file:///etc/passwd",
        "gopher://dfsp.example/",
    ] {
        let endpoint = json!({ "type": "FSPIOP_CALLBACK_URL", "value": url });
        let path = "/participants/bluewallet/endpoints";
        let answer = world.admin.send(Method::POST, path, Some(&endpoint)).await.unwrap();
        assert_eq!(answer.status, 400, "{url}: {}", answer.text());
        let record = json!({ "fspId": "alpinebank", "bics": ["ALPNDEFF"], "url": url });
        let path = "/participants/alpinebank/bank";
        let answer = world.admin.send(Method::PUT, path, Some(&record)).await.unwrap();
        assert_eq!(answer.status, 400, "{url}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c01_a_name_is_judged_by_what_it_resolves_to_when_a_connection_is_made() {
    let world = World::with("").await;
    let server = answering(Reply::status(StatusCode::ACCEPTED));
    let blue = world.credentials("bluewallet");
    let at =
        HttpServer::secure_or_plain(LISTEN.into(), server.clone(), blue.as_ref()).await.unwrap();
    // Nobody checks names of hosts files: localhost stands for a name that resolves inside.
    let port = at.address().port();
    world.admin.set_endpoint("bluewallet", &format!("https://localhost:{port}")).await.unwrap();
    let green = &world.players.green;
    assert_eq!(green.send(lookup()).await.unwrap().response.status, 202);
    // The certificate says 127.0.0.1 and bluewallet, not localhost: the name is checked.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.seen.load(Ordering::SeqCst), 0);
    let rule = causeway::egress::Egress::new(Vec::new(), true);
    let metrics = causeway::metrics::Metrics::default();
    let tls = world.gateway.node.tls.as_deref();
    let client = causeway::client::Client::new(rule, tls, &metrics);
    for url in [format!("https://localhost:{port}/"), at.base_url()] {
        let sent = client
            .send("GET", &url, &HeaderList::new(), Default::default(), Duration::from_secs(5))
            .await;
        assert_eq!(sent.unwrap_err(), SendError::Unusable, "{url}");
    }
    assert_eq!(metrics.egress_refused.get(), 2);
    assert_eq!(server.seen.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_goes_to_who_has_a_good_certificate_only() {
    let world = World::start().await;
    let elsewhere = Leaf { addresses: Vec::new(), ..Leaf::of("bluewallet") };
    let expired = Leaf { years: (2019, 2020), ..Leaf::of("bluewallet") };
    let client_only = Leaf { usages: (true, false), ..Leaf::of("bluewallet") };
    let other = SchemeCa::new("other").unwrap().participant("bluewallet").unwrap();
    let good = scheme_ca().participant("bluewallet").unwrap();
    let mut rows = vec![("another CA", other.trusting(scheme_ca().pem()), false)];
    for (name, leaf) in
        [("another host", elsewhere), ("expired", expired), ("a client's", client_only)]
    {
        rows.push((name, scheme_ca().issue(&leaf).unwrap(), false));
    }
    rows.push(("good", good, true));
    for (name, credentials, reached) in rows {
        let server = answering(Reply::status(StatusCode::ACCEPTED));
        let at = HttpServer::secure_or_plain(LISTEN.into(), server.clone(), Some(&credentials));
        let at = at.await.unwrap();
        let (since, url) = (Instant::now(), at.base_url());
        let mut sent = called(&world, &url).await;
        // On a slow machine a good handshake may not end in its time. Nothing has left then.
        while reached && matches!(sent, Err(SendError::Connect)) {
            assert!(since.elapsed() < Duration::from_millis(PATIENCE_MS), "{name}");
            sent = called(&world, &url).await;
        }
        assert_eq!(sent.is_ok(), reached, "{name}");
        assert_eq!(server.seen.load(Ordering::SeqCst), u64::from(reached), "{name}");
    }
}

/// One request of the gateway's.
async fn called(world: &World, url: &str) -> Result<PeerAnswer, SendError> {
    let client = &world.gateway.node.client;
    client.send("GET", url, &HeaderList::new(), Default::default(), Duration::from_secs(5)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn c02_a_redirect_is_not_followed() {
    let world = World::start().await;
    let inside = answering(Reply::status(StatusCode::OK));
    let target = HttpServer::start(LISTEN.into(), inside.clone()).await.unwrap();
    for status in [301, 302, 307, 308] {
        let mut headers = HeaderMap::new();
        headers.insert("location", HeaderValue::from_str(&target.base_url()).unwrap());
        let status = StatusCode::from_u16(status).unwrap();
        let redirecting = answering(Reply::Answer { status, headers, body: Default::default() });
        let blue = world.credentials("bluewallet");
        let server = HttpServer::secure_or_plain(LISTEN.into(), redirecting.clone(), blue.as_ref());
        let server = server.await.unwrap();
        world.admin.set_endpoint("bluewallet", &server.base_url()).await.unwrap();
        assert_eq!(world.players.green.send(lookup()).await.unwrap().response.status, 202);
        until(async || redirecting.seen.load(Ordering::SeqCst) > 0).await;
        let is_error = |message: &causeway_toolkit::dfsp::Received| message.is_error();
        world.players.green.await_callback(is_error, PATIENCE_MS).await.unwrap();
    }
    assert_eq!(inside.seen.load(Ordering::SeqCst), 0);
}

/// Accepts one connection after the other and sends an answer without end; counts what it got rid of.
async fn endless(listener: TcpListener, sent: Arc<AtomicU64>, pause: Option<Duration>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let sent = Arc::clone(&sent);
        tokio::spawn(async move {
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 5368709120\r\n\r\n";
            let _ = stream.write_all(head).await;
            let chunk = vec![b'x'; 64 * 1024];
            loop {
                let bytes = if pause.is_some() { &chunk[..1] } else { chunk.as_slice() };
                match stream.write(bytes).await {
                    Ok(count @ 1..) => sent.fetch_add(count as u64, Ordering::SeqCst),
                    _ => return,
                };
                if let Some(pause) = pause {
                    tokio::time::sleep(pause).await;
                }
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c03_an_answer_without_end_is_cut() {
    let world = World::start().await;
    // What comes at once is to be read as far as it counts; what drips is not to be waited for.
    for (pause, patience_ms) in [(None, PATIENCE_MS), (Some(Duration::from_millis(50)), 700)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(AtomicU64::new(0));
        let server = tokio::spawn(endless(listener, Arc::clone(&sent), pause));
        let patience = Duration::from_millis(patience_ms);
        let client = &world.gateway.node.client;
        let answer =
            client.send("POST", &url, &HeaderList::new(), Default::default(), patience).await;
        match pause {
            // Too large: what the status acknowledges counts, the rest is not read.
            None => {
                assert!(answer.is_ok_and(|answer| answer.body.is_none() && answer.status == 200))
            }
            Some(_) => assert!(answer.is_err()),
        }
        let end = || sent.load(Ordering::SeqCst);
        // The connection is closed: nothing more is got rid of. A last write may be counted late.
        until(async || {
            let before = end();
            tokio::time::sleep(Duration::from_millis(200)).await;
            end() == before
        })
        .await;
        let after = end();
        assert!(after < 64 * 1024 * 1024, "{after}");
        server.abort();
    }
    let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1");
    assert_eq!(world.players.green.pay(&request).await.unwrap().end, PaymentEnd::Committed);
    assert_eq!(metric(&world.admin, "causeway_egress_refused_total").await, 0);
}
