//! Mutual TLS at every door: rows S08, S09, H12 and C01 to C03.
//!
//! * `doors`: which certificates and versions are let in, and what openssl says of it;
//! * `identity`: in whose name a certificate speaks;
//! * `renewal`: certificates and lists that change while the gateway runs;
//! * `egress`: where callbacks go, and what they may answer.

mod doors;
mod egress;
mod identity;
mod renewal;

use std::net::SocketAddr;
use std::sync::Arc;

use causeway_tests::world::World;
use causeway_toolkit::http::{HttpClient, HttpRequest, HttpResponse};
use causeway_toolkit::onboard::AdminClient;
use causeway_toolkit::tls::Credentials;
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

/// How long what has to happen is waited for.
const PATIENCE_MS: u64 = 20_000;

/// A request with somebody's certificate.
async fn get(credentials: &Credentials, url: &str) -> HttpResponse {
    let client = HttpClient::with_credentials(credentials, PATIENCE_MS).unwrap();
    client.send(HttpRequest::new(Method::GET, url)).await.unwrap()
}

/// A connection with this configuration.
async fn connect(at: SocketAddr, client: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::from(at.ip());
    let stream = TcpStream::connect(at).await?;
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}

/// What comes back on one connection: the first bytes of an answer, or why there are none. In TLS
/// 1.3 a client hears only then whether its certificate was taken.
async fn first_words(at: SocketAddr, client: ClientConfig) -> Result<String, String> {
    let mut stream = connect(at, client).await.map_err(|error| error.to_string())?;
    spoken(&mut stream).await
}

async fn spoken(stream: &mut TlsStream<TcpStream>) -> Result<String, String> {
    let text = |error: std::io::Error| error.to_string();
    // Who refuses us may have gone before we write. What it said is there to be read.
    let _ = stream.write_all(b"GET /health HTTP/1.1\r\nHost: hub\r\n\r\n").await;
    let mut buffer = [0; 12];
    match stream.read(&mut buffer).await.map_err(text)? {
        0 => Err("closed".to_owned()),
        read => Ok(String::from_utf8_lossy(&buffer[..read]).into_owned()),
    }
}

/// The value of a counter in GET /metrics.
async fn metric(admin: &AdminClient, line: &str) -> u64 {
    let text = admin.send(Method::GET, "/metrics", None).await.unwrap().text();
    let found = text.lines().find_map(|shown| shown.strip_prefix(line)?.trim().parse().ok());
    found.unwrap_or(0)
}

fn fspiop(world: &World) -> SocketAddr {
    world.gateway.addresses.fspiop
}
