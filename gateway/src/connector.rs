//! Makes connections for the client: the name is resolved once, the egress rule decides on each
//! address, and the connection goes to the address that was decided on, with TLS over it for https.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::client::legacy::Error as HyperError;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::rustls::ClientConfig;
use tower_service::Service;

use crate::egress::{Egress, Forbidden, Host};
use crate::limits::{CONNECT_HANDSHAKE_MS, CONNECT_TIMEOUT_MS};
use crate::tls::{Wire, secure};

/// Makes connections.
#[derive(Clone)]
pub struct Connector {
    egress: Arc<Egress>,
    tls: Option<Arc<ClientConfig>>,
}

/// Why there is no connection: nothing has left.
#[derive(Debug, Error)]
pub enum NotConnected {
    /// The URL leads where requests may not go.
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    /// The name is unknown, or nobody listens.
    #[error("{0}")]
    Unreachable(io::Error),
    /// TLS could not be agreed on, or the peer's certificate is not good.
    #[error("{0}")]
    Handshake(io::Error),
}

impl NotConnected {
    /// The reason inside of what the pool says.
    pub fn of(error: &HyperError) -> Option<&NotConnected> {
        std::error::Error::source(error)?.downcast_ref()
    }
}

impl Connector {
    /// Goes where `egress` lets it; without `tls` there is no https.
    pub fn new(egress: Arc<Egress>, tls: Option<Arc<ClientConfig>>) -> Connector {
        Connector { egress, tls }
    }

    async fn connect(self, uri: Uri) -> Result<Wire, NotConnected> {
        let is_secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let addresses = self.addresses(&uri, port).await?;
        let stream = reached(&addresses).await?;
        let _ = stream.set_nodelay(true);
        let Some(tls) = self.tls.filter(|_| is_secure) else {
            return Ok(Wire::Plain(TokioIo::new(stream)));
        };
        let handshake = secure(stream, uri.host().unwrap_or_default(), tls);
        let patience = Duration::from_millis(CONNECT_HANDSHAKE_MS);
        match tokio::time::timeout(patience, handshake).await {
            Ok(Ok(stream)) => Ok(Wire::Secure(Box::new(TokioIo::new(stream)))),
            Ok(Err(error)) => Err(NotConnected::Handshake(error)),
            Err(_) => Err(NotConnected::Handshake(io::ErrorKind::TimedOut.into())),
        }
    }

    /// Where the URL leads and may lead.
    async fn addresses(&self, uri: &Uri, port: u16) -> Result<Vec<SocketAddr>, NotConnected> {
        let found: Vec<IpAddr> = match self.egress.host(uri)? {
            Host::Address(address) => vec![address],
            Host::Name(name) => {
                let patience = Duration::from_millis(CONNECT_TIMEOUT_MS);
                let found = tokio::time::timeout(patience, tokio::net::lookup_host((name, port)));
                let late = |_| NotConnected::Unreachable(io::ErrorKind::TimedOut.into());
                let found = found.await.map_err(late)?.map_err(NotConnected::Unreachable)?;
                found.map(|address| address.ip()).collect()
            }
        };
        let mut allowed = Vec::new();
        let mut refused = None;
        for address in found {
            match self.egress.reach(uri, address) {
                Ok(()) => allowed.push(SocketAddr::new(address, port)),
                Err(forbidden) => refused = Some(forbidden),
            }
        }
        match (allowed.is_empty(), refused) {
            (true, Some(forbidden)) => Err(NotConnected::Forbidden(forbidden)),
            _ => Ok(allowed),
        }
    }
}

/// The first of these that answers.
async fn reached(addresses: &[SocketAddr]) -> Result<TcpStream, NotConnected> {
    let share = u64::try_from(addresses.len().max(1)).unwrap_or(1);
    let patience = Duration::from_millis(CONNECT_TIMEOUT_MS / share);
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match tokio::time::timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(NotConnected::Unreachable(last))
}

impl Service<Uri> for Connector {
    type Response = Wire;
    type Error = NotConnected;
    type Future = Pin<Box<dyn Future<Output = Result<Wire, NotConnected>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), NotConnected>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}
