use crate::tls::Credentials;
use crate::{ToolkitError, clock, limits};
use ::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A request as it arrived, its body read to the end.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// `GET`, `POST`, ...
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// The header lines.
    pub headers: HeaderMap,
    /// The exact body.
    pub body: Bytes,
    /// When the headers were read.
    pub arrived: Instant,
    /// The same by the wall clock, in milliseconds since the Unix epoch.
    pub arrived_epoch_ms: i64,
}

impl Exchange {
    /// The first line of that name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// What the server does with the request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An answer.
    Answer {
        /// The status.
        status: StatusCode,
        /// The header lines.
        headers: HeaderMap,
        /// The body, empty for none.
        body: Bytes,
    },
    /// Close the connection without an answer.
    Close,
    /// Reset the connection (TCP RST) without an answer.
    Reset,
}

impl Reply {
    /// An answer without headers or body.
    pub fn status(status: StatusCode) -> Self {
        Self::Answer { status, headers: HeaderMap::new(), body: Bytes::new() }
    }
}

/// What answers the requests of a server.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request.
    fn handle(self: Arc<Self>, exchange: Exchange) -> impl Future<Output = Reply> + Send;
}

/// A listening server; it stops, with all its connections, when it is dropped.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    is_secure: bool,
    accepting: JoinHandle<()>,
}

impl HttpServer {
    /// Listens on `listen` (port 0: any free one) and answers with `handler`.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if the address cannot be had.
    pub async fn start<H: Handler>(
        listen: SocketAddr,
        handler: Arc<H>,
    ) -> Result<Self, ToolkitError> {
        Self::secure_or_plain(listen, handler, None).await
    }

    /// The same over mutual TLS, if there are credentials.
    ///
    /// # Errors
    /// As [`HttpServer::start`], and [`ToolkitError::Key`] if the credentials cannot be used.
    pub async fn secure_or_plain<H: Handler>(
        listen: SocketAddr,
        handler: Arc<H>,
        credentials: Option<&Credentials>,
    ) -> Result<Self, ToolkitError> {
        let tls = credentials.map(Credentials::server).transpose()?;
        let tls = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
        let is_secure = tls.is_some();
        let failed = |source| ToolkitError::io(format!("listen on {listen}"), source);
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let accepting = tokio::spawn(accept(listener, tls, handler));
        Ok(Self { address, is_secure, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:{port}`; https where it has credentials.
    pub fn base_url(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept<H: Handler>(listener: TcpListener, tls: Option<TlsAcceptor>, handler: Arc<H>) {
    // Dropped with this task, and with it every connection.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(admit(stream, tls.clone(), handler.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn admit<H: Handler>(stream: TcpStream, tls: Option<TlsAcceptor>, handler: Arc<H>) {
    let _best_effort = stream.set_nodelay(true);
    match tls {
        None => serve(stream, handler).await,
        // Who is not let in sees why in the alert.
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream, handler).await;
            }
        }
    }
}

/// What connections are made of.
trait Socket: AsyncRead + AsyncWrite + Unpin {
    /// The TCP connection.
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

async fn serve<H: Handler>(stream: impl Socket, handler: Arc<H>) {
    let reset = Arc::new(AtomicBool::new(false));
    let wants_reset = reset.clone();
    let service =
        service_fn(move |request| Box::pin(answer(request, handler.clone(), reset.clone())));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // The peer's end of a connection is its own affair: what went wrong shows in its log.
    let _ended = poll_fn(|context| pin!(&mut connection).poll_without_shutdown(context)).await;
    if wants_reset.load(Ordering::Relaxed) {
        let _best_effort = connection.into_parts().io.inner().tcp().set_zero_linger();
    }
}

async fn answer<H: Handler>(
    request: ::http::Request<Incoming>,
    handler: Arc<H>,
    reset: Arc<AtomicBool>,
) -> Result<::http::Response<Full<Bytes>>, Gone> {
    let (arrived, arrived_epoch_ms) = (Instant::now(), clock::now_epoch_ms());
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, limits::BODY_BYTES).collect().await.map_err(|_| Gone)?;
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let exchange = Exchange {
        method: parts.method,
        target,
        headers: parts.headers,
        body: body.to_bytes(),
        arrived,
        arrived_epoch_ms,
    };
    match handler.handle(exchange).await {
        Reply::Answer { status, headers, body } => {
            let mut response = ::http::Response::new(Full::new(body));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        }
        Reply::Close => Err(Gone),
        Reply::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(Gone)
        }
    }
}

/// The connection ends here, on purpose.
#[derive(Debug, thiserror::Error)]
#[error("connection given up")]
struct Gone;
