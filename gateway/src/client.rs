//! Requests to peers over HTTP/1.1 with connections kept alive. Redirects are never followed: a
//! callback URL leads where the operator registered it, nowhere else.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use thiserror::Error;

use crate::limits::{CONNECT_TIMEOUT_MS, DESTINATION_IN_FLIGHT_MAX, PEER_ANSWER_BYTES_MAX};

/// A pool of connections to all peers.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
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

impl Default for Client {
    fn default() -> Client {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_millis(CONNECT_TIMEOUT_MS)));
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(DESTINATION_IN_FLIGHT_MAX)
            .build(connector);
        Client { pool }
    }
}

impl Client {
    /// Sends one request and reads its answer within `timeout`.
    ///
    /// # Errors
    /// There is no whole answer; the error says whether the request may have left.
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: Bytes,
        timeout: Duration,
    ) -> Result<PeerAnswer, SendError> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(name.as_str(), value.as_str());
        }
        let request = request.body(Full::new(body)).map_err(|_| SendError::Unusable)?;
        tokio::time::timeout(timeout, self.exchange(request))
            .await
            .unwrap_or(Err(SendError::Timeout))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<PeerAnswer, SendError> {
        let response = self.pool.request(request).await.map_err(|error| {
            if error.is_connect() { SendError::Connect } else { SendError::Broken }
        })?;
        let status = response.status().as_u16();
        let limited = http_body_util::Limited::new(response.into_body(), PEER_ANSWER_BYTES_MAX);
        let body = limited.collect().await.ok().map(|collected| collected.to_bytes());
        Ok(PeerAnswer { status, body })
    }
}
