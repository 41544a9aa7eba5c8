//! An operator on the node's own machine: asks its admin listener with a certificate, where it must have one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::config::Config;
use crate::limits::OPERATOR_ANSWER_BYTES_MAX;
use crate::tls;

/// Who asks which node.
#[derive(Debug, Args)]
pub struct Operator {
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

impl Operator {
    /// Sends `line`, a method and a path; the status and the body of the answer, or why there is none.
    pub async fn ask(&self, line: &str) -> Result<(u16, String), String> {
        let config = Config::load(&self.config).map_err(|error| error.to_string())?;
        let at = reachable(config.listen.admin);
        let failed = |error: std::io::Error| format!("{at}: {error}");
        let stream = TcpStream::connect(at).await.map_err(failed)?;
        let text = match config.tls.is_on() {
            false => exchange(stream, line).await.map_err(failed)?,
            true => {
                let own = self.certificate.as_deref().zip(self.key.as_deref());
                let asking = tls::asking(&config.tls.admin(), &config.tls.ca, own);
                let (client, name) = asking.map_err(|error| error.to_string())?;
                let connected = TlsConnector::from(client).connect(name, stream).await;
                exchange(connected.map_err(failed)?, line).await.map_err(failed)?
            }
        };
        let status = text.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status = status.ok_or_else(|| format!("{at}: this is no answer in HTTP/1.1"))?;
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        Ok((status, body.to_owned()))
    }
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

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    line: &str,
) -> std::io::Result<String> {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    let read = stream.take(OPERATOR_ANSWER_BYTES_MAX).read_to_end(&mut answer).await;
    // An end without a goodbye of TLS is an end after a whole answer.
    if answer.is_empty() {
        read?;
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
