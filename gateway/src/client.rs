//! Requests to peers over HTTP/1.1 with connections kept alive. Redirects are never followed: a
//! callback URL leads where the operator registered it, nowhere else.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use fspiop::headers::HeaderList;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::{Client as HyperClient, Error as HyperError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use thiserror::Error;
use tokio::sync::watch;

use crate::connector::{Connector, NotConnected};
use crate::egress::Egress;
use crate::limits::{DESTINATION_IN_FLIGHT_MAX, PEER_ANSWER_BYTES_MAX};
use crate::metrics::Metrics;
use crate::tls::{Materials, Tls};

/// Connections to all peers.
pub struct Client {
    egress: Arc<Egress>,
    tls: Option<watch::Receiver<Arc<Materials>>>,
    pool: RwLock<Pool>,
    metrics: Metrics,
}

/// Connections that were made with the same certificates.
#[derive(Clone)]
struct Pool {
    connections: HyperClient<Connector, Full<Bytes>>,
    materials: Option<Arc<Materials>>,
}

/// What a peer answered.
#[derive(Debug, Clone)]
pub struct PeerAnswer {
    /// HTTP status.
    pub status: u16,
    /// The body; none if it broke off or is larger than [`PEER_ANSWER_BYTES_MAX`]. What the status
    /// acknowledges is acknowledged all the same.
    pub body: Option<Bytes>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// No connection: nothing has left.
    #[error("no connection")]
    Connect,
    /// The connection broke after the request may have left.
    #[error("the connection broke")]
    Broken,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The registered URL or a header cannot be sent.
    #[error("the registered URL cannot be used")]
    Unusable,
}

impl SendError {
    /// Whether the peer may have seen the request.
    pub fn may_have_left(&self) -> bool {
        !matches!(self, SendError::Connect | SendError::Unusable)
    }
}

impl Client {
    /// A client that goes where `egress` lets it, with our certificate where there is TLS.
    pub fn new(egress: Egress, tls: Option<&Tls>, metrics: &Metrics) -> Client {
        let (egress, tls) = (Arc::new(egress), tls.map(Tls::live));
        let materials = tls.as_ref().map(|tls| Arc::clone(&tls.borrow()));
        let pool = RwLock::new(Pool::new(&egress, materials));
        Client { egress, tls, pool, metrics: metrics.clone() }
    }

    /// Where it may go.
    pub fn egress(&self) -> &Egress {
        &self.egress
    }

    /// Sends one request and reads its answer within `timeout`.
    ///
    /// # Errors
    /// There is no whole answer; the error says whether the request may have left.
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &HeaderList,
        body: Bytes,
        timeout: Duration,
    ) -> Result<PeerAnswer, SendError> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers.iter() {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body)).map_err(|_| SendError::Unusable)?;
        tokio::time::timeout(timeout, self.exchange(request))
            .await
            .unwrap_or(Err(SendError::Timeout))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<PeerAnswer, SendError> {
        let response = self.pool().connections.request(request).await;
        let response = response.map_err(|error| self.failed(&error))?;
        let status = response.status().as_u16();
        let limited = http_body_util::Limited::new(response.into_body(), PEER_ANSWER_BYTES_MAX);
        let body = limited.collect().await.ok().map(|collected| collected.to_bytes());
        Ok(PeerAnswer { status, body })
    }

    /// The connections of today's certificates. Those of earlier ones end when they are idle.
    fn pool(&self) -> Pool {
        let known = self.pool.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (Some(tls), Some(materials)) = (&self.tls, &known.materials) else { return known };
        let live = Arc::clone(&tls.borrow());
        if Arc::ptr_eq(&live, materials) {
            return known;
        }
        let fresh = Pool::new(&self.egress, Some(live));
        *self.pool.write().unwrap_or_else(PoisonError::into_inner) = fresh.clone();
        fresh
    }

    fn failed(&self, error: &HyperError) -> SendError {
        match NotConnected::of(error) {
            Some(NotConnected::Forbidden(forbidden)) => {
                self.metrics.egress_refused.inc();
                tracing::warn!(reason = %forbidden, "a registered URL is not called");
                SendError::Unusable
            }
            Some(refused @ NotConnected::Handshake(_)) => {
                tracing::warn!(reason = %refused, "no TLS with a peer");
                SendError::Connect
            }
            _ if error.is_connect() => SendError::Connect,
            _ => SendError::Broken,
        }
    }
}

impl Pool {
    fn new(egress: &Arc<Egress>, materials: Option<Arc<Materials>>) -> Pool {
        let client = materials.as_ref().map(|materials| Arc::clone(&materials.client));
        let connections = HyperClient::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(DESTINATION_IN_FLIGHT_MAX)
            .build(Connector::new(Arc::clone(egress), client));
        Pool { connections, materials }
    }
}
