use crate::tls::Credentials;
use crate::{ToolkitError, limits};
use ::http::header::CONTENT_LENGTH;
use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::convert::Infallible;
use std::time::Duration;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A request as it leaves: exact header lines, exact body.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// `GET`, `POST`, ...
    pub method: Method,
    /// Absolute, with path and query.
    pub url: String,
    /// In order; `Host` and `Content-Length` are added.
    pub headers: HeaderMap,
    /// Empty for none.
    pub body: Bytes,
    /// Send the body's second half this much later; 0 for at once.
    pub slow_body_ms: u64,
}

impl HttpRequest {
    /// A request without headers or body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        let headers = HeaderMap::new();
        Self { method, url: url.into(), headers, body: Bytes::new(), slow_body_ms: 0 }
    }

    /// Adds a header line.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] if it cannot be a header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, ToolkitError> {
        let (name, value) = header_line(name, value)?;
        self.headers.append(name, value);
        Ok(self)
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// The status.
    pub status: StatusCode,
    /// The header lines.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl HttpResponse {
    /// The first line of that name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text, whatever it is.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] if it is not JSON.
    pub fn json(&self) -> Result<serde_json::Value, ToolkitError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| ToolkitError::Message(format!("answer is not JSON: {error}")))
    }

    /// The answer itself if it is a 2xx.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] with `what` for any other status.
    pub fn success(self, what: &str) -> Result<Self, ToolkitError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let (status, body) = (self.status.as_u16(), self.text());
        Err(ToolkitError::Answer { what: what.to_owned(), status, body })
    }
}

/// A client that keeps its connections alive. Cheap to clone; clones share the connections.
#[derive(Debug, Clone)]
pub struct HttpClient {
    inner: Client<HttpsConnector<HttpConnector>, Either<Full<Bytes>, Channel<Bytes>>>,
    exchange_ms: u64,
}

impl HttpClient {
    /// A client whose exchanges take at most [`limits::EXCHANGE_MS`].
    pub fn new() -> Self {
        Self::with_exchange_ms(limits::EXCHANGE_MS)
    }

    /// A client whose exchanges take at most `exchange_ms`.
    pub fn with_exchange_ms(exchange_ms: u64) -> Self {
        // Nobody is trusted: without credentials there is no https.
        let nobody = ClientConfig::builder().with_root_certificates(RootCertStore::empty());
        Self::connecting(nobody.with_no_client_auth(), exchange_ms)
    }

    /// A client that shows a certificate and verifies its servers.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if the credentials cannot be used.
    pub fn with_credentials(
        credentials: &Credentials,
        exchange_ms: u64,
    ) -> Result<Self, ToolkitError> {
        Ok(Self::connecting(credentials.client()?, exchange_ms))
    }

    /// As one or the other.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if the credentials cannot be used.
    pub fn secure_or_plain(
        credentials: Option<&Credentials>,
        exchange_ms: u64,
    ) -> Result<Self, ToolkitError> {
        match credentials {
            Some(credentials) => Self::with_credentials(credentials, exchange_ms),
            None => Ok(Self::with_exchange_ms(exchange_ms)),
        }
    }

    fn connecting(tls: ClientConfig, exchange_ms: u64) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let inner = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(limits::IDLE_CONNECTIONS)
            .build(connector);
        Self { inner, exchange_ms }
    }

    /// Sends a request and reads the answer to its end.
    ///
    /// # Errors
    /// [`ToolkitError::Exchange`] if there is no answer, [`ToolkitError::Silence`] if it takes too long,
    /// [`ToolkitError::Message`] if the request cannot be put on the wire.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ToolkitError> {
        let (method, url) = (request.method.to_string(), request.url.clone());
        let limit = Duration::from_millis(self.exchange_ms + request.slow_body_ms);
        match tokio::time::timeout(limit, self.exchange(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(Failed::Unsendable(reason))) => Err(ToolkitError::Message(reason)),
            Ok(Err(Failed::Unanswered(reason))) => {
                Err(ToolkitError::Exchange { method, url, reason })
            }
            Err(_) => Err(ToolkitError::Silence {
                what: format!("answer to {method} {url}"),
                waited_ms: self.exchange_ms,
            }),
        }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Failed> {
        let answer = if request.slow_body_ms == 0 {
            let body = Full::new(request.body.clone());
            self.inner.request(outgoing(request, Either::Left(body))?).await
        } else {
            let (sender, body) = Channel::new(1);
            let fed = feed(sender, request.body.clone(), request.slow_body_ms);
            let answer = self.inner.request(outgoing(request, Either::Right(body))?);
            tokio::join!(answer, fed).0
        };
        let (parts, body) = answer.map_err(|error| Failed::unanswered(&error))?.into_parts();
        let body = Limited::new(body, limits::BODY_BYTES).collect().await;
        let body = body.map_err(|error| Failed::unanswered(error.as_ref()))?;
        Ok(HttpResponse { status: parts.status, headers: parts.headers, body: body.to_bytes() })
    }
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads a header's name and value.
pub(crate) fn header_line(
    name: &str,
    value: &str,
) -> Result<(HeaderName, HeaderValue), ToolkitError> {
    let unfit = || ToolkitError::Message(format!("{name}: {value} is not a header line"));
    let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
    Ok((header, HeaderValue::from_str(value).map_err(|_| unfit())?))
}

enum Failed {
    Unsendable(String),
    Unanswered(String),
}

impl Failed {
    fn unanswered(error: &dyn std::error::Error) -> Self {
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            reason = format!("{reason}: {inner}");
            cause = inner.source();
        }
        Self::Unanswered(reason)
    }
}

fn outgoing<B>(request: HttpRequest, body: B) -> Result<::http::Request<B>, Failed> {
    let length = request.body.len();
    let mut outgoing = ::http::Request::builder()
        .method(request.method)
        .uri(request.url)
        .body(body)
        .map_err(|error| Failed::Unsendable(error.to_string()))?;
    *outgoing.headers_mut() = request.headers;
    if length > 0 {
        outgoing.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(outgoing)
}

/// Gives the body to the connection; a connection that is gone shows in the answer, not here.
async fn feed(mut sender: Sender<Bytes, Infallible>, body: Bytes, slow_body_ms: u64) {
    let half = body.len() / 2;
    let (first, second) = (body.slice(..half), body.slice(half..));
    if !first.is_empty() && sender.send_data(first).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(slow_body_ms)).await;
    }
    if !second.is_empty() {
        let _gone = sender.send_data(second).await;
    }
}
