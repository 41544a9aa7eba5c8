//! `causeway health`: is the node on this machine ready? What a container's probe runs where it has no certificate to
//! ask with over the network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{fail, on_runtime, print};
use crate::config::Config;
use crate::limits::{HEALTH_ANSWER_BYTES_MAX, HEALTH_ASKED_MS};
use crate::tls;

/// Ask the node on this machine whether it is ready. Prints its answer; 0 if it is, else 1.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The node's configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// An operator's certificate (PEM), where operators must show one.
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// Its key (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> ExitCode {
    on_runtime(async {
        let limit = Duration::from_millis(HEALTH_ASKED_MS);
        let asked = tokio::time::timeout(limit, ask(arguments)).await;
        match asked.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
            Ok((is_ready, body)) => {
                print(&format!("{body}\n"));
                if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE }
            }
            Err(reason) => fail(&reason),
        }
    })
}

async fn ask(arguments: &Arguments) -> Result<(bool, String), String> {
    let config = Config::load(&arguments.config).map_err(|error| error.to_string())?;
    let at = reachable(config.listen.admin);
    let failed = |error: std::io::Error| format!("{at}: {error}");
    let stream = TcpStream::connect(at).await.map_err(failed)?;
    let text = match config.tls.is_on() {
        false => exchange(stream).await.map_err(failed)?,
        true => {
            let own = arguments.certificate.as_deref().zip(arguments.key.as_deref());
            let asking = tls::asking(&config.tls.admin(), &config.tls.ca, own);
            let (client, name) = asking.map_err(|error| error.to_string())?;
            let stream = TlsConnector::from(client).connect(name, stream).await.map_err(failed)?;
            exchange(stream).await.map_err(failed)?
        }
    };
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((text.starts_with("HTTP/1.1 200 "), body.to_owned()))
}

/// A node that listens on all addresses does so on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<String> {
    let request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    let read = stream.take(HEALTH_ANSWER_BYTES_MAX).read_to_end(&mut answer).await;
    // An end without a goodbye of TLS is an end after a whole answer.
    if answer.is_empty() {
        read?;
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
