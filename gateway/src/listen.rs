//! The one place with listening sockets: HTTP/1.1 in, an [`Envelope`] each, an [`Answer`] out.
//!
//! What hyper does not refuse of RFC 9112 is refused here: more or fewer than one Host, header values
//! that are no text, header blocks and bodies over the limits, bodies that do not arrive. Lengths are
//! hyper's (docs/decisions/0004): two that differ, lists and signs it refuses with 400; a request that
//! carries both Transfer-Encoding and Content-Length it reads by the former alone and ends its
//! connection with the answer, so that nothing hidden in it is ever routed.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use fspiop::headers::HeaderList;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::http::request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, Uri, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use switch::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::config::Limits;
use crate::envelope::{Answer, Envelope};
use crate::leaving::{Flushing, Leaving, Sending};
use crate::limits::{
    CONNECTIONS_MAX, DISCARDED_BYTES_MAX, DISCARDING_IDLE_MS, SMALL_BODY_BYTES, STOPPING_MS,
};
use crate::tls::{Accepted, Peer, Secure};

/// What a listener's requests are answered by.
pub trait Door: Send + Sync + 'static {
    /// Hub time.
    fn now(&self) -> Timestamp;
    /// Answers a request.
    fn answer(&self, envelope: Envelope) -> impl Future<Output = Answer> + Send;
    /// Words a refusal of the transport's in the door's own format.
    fn refuse(&self, refusal: TransportRefusal) -> Answer;
}

/// What is wrong with a request before anybody reads its body's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportRefusal {
    /// No Host, or several.
    Host,
    /// A header value that is not UTF-8.
    HeaderText,
    /// Header lines over the limit.
    HeadersTooLarge,
    /// A body over the limit.
    BodyTooLarge,
    /// The body did not arrive in time, or the connection broke.
    BodyIncomplete,
    /// There is no room for a large body now.
    Busy,
    /// Content-Encoding other than identity.
    ContentCoding,
}

/// A listener's settings.
#[derive(Clone)]
pub struct Listener {
    /// Bounds in time.
    pub limits: Limits,
    /// Room for the bodies of all listeners, in bytes.
    pub bodies: Arc<Semaphore>,
    /// TLS, where it is on.
    pub secure: Option<Secure>,
    /// Ends the listener when it turns true.
    pub stop: watch::Receiver<bool>,
}

/// Serves `door` on `socket` until told to stop. Exchanges under way then have
/// [`STOPPING_MS`](crate::limits::STOPPING_MS) to end.
pub async fn serve<D: Door>(socket: TcpListener, door: Arc<D>, listener: Listener) {
    let mut connections = JoinSet::new();
    let mut stop = listener.stop.clone();
    tokio::select! {
        () = accept(socket, door, &listener, &mut connections) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(Duration::from_millis(STOPPING_MS), ended).await.is_err() {
        tracing::warn!("connections were cut because they did not end in time");
    }
}

async fn accept<D: Door>(
    socket: TcpListener,
    door: Arc<D>,
    listener: &Listener,
    connections: &mut JoinSet<()>,
) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        let accepted = socket.accept().await;
        while connections.try_join_next().is_some() {}
        // Out of file descriptors, or a peer that left at once: the next one may do better.
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let (door, listener) = (Arc::clone(&door), listener.clone());
        connections.spawn(async move {
            connection(stream, door, listener).await;
            drop(slot);
        });
    }
}

/// Binds `address`.
///
/// # Errors
/// The address is in use or not this machine's.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

async fn connection<D: Door>(stream: TcpStream, door: Arc<D>, mut listener: Listener) {
    // Small answers must not wait for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let mut stop = listener.stop.clone();
    let stopped = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let Some(secure) = listener.secure.take() else {
        return requests(stream, Peer::Loopback, door, &listener, stopped).await;
    };
    let patience = Duration::from_millis(listener.limits.header_timeout_ms);
    if let Some(Accepted { stream, peer, trust }) = secure.accept(stream, patience).await {
        let until = async {
            tokio::select! {
                () = stopped => {}
                () = trust.ends() => {}
            }
        };
        requests(stream, peer, door, &listener, until).await;
    }
}

/// The requests of one connection, until it ends or has to.
async fn requests<D: Door>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: Peer,
    door: Arc<D>,
    listener: &Listener,
    until: impl Future<Output = ()>,
) {
    let room = Room {
        bodies: Arc::clone(&listener.bodies),
        patience: Duration::from_millis(listener.limits.body_timeout_ms),
    };
    let leaving = Leaving::default();
    let socket = Flushing { socket: TokioIo::new(stream), leaving: leaving.clone() };
    let service = service_fn(move |request| {
        let (door, room, leaving) = (Arc::clone(&door), room.clone(), leaving.clone());
        let peer = peer.clone();
        async move { Ok::<_, Infallible>(exchange(request, peer, door, room).await.sending(leaving)) }
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_millis(listener.limits.header_timeout_ms))
            .max_headers(fspiop::limits::HEADER_LINES)
            .max_buf_size(fspiop::limits::HEADER_BLOCK_BYTES + fspiop::limits::TARGET_BYTES)
            .serve_connection(socket, service)
    );
    // How a connection ends is the peer's business: requests are durable before they are answered.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = until => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Room for bodies, and how long one is waited for.
#[derive(Clone)]
struct Room {
    bodies: Arc<Semaphore>,
    patience: Duration,
}

/// A body with the room that it takes.
struct Collected {
    bytes: Bytes,
    room: Option<OwnedSemaphorePermit>,
}

/// An answer, and whether the connection ends with it.
struct Exchanged {
    answer: Answer,
    close: bool,
}

async fn exchange<D: Door>(
    request: Request<Incoming>,
    peer: Peer,
    door: Arc<D>,
    room: Room,
) -> Exchanged {
    let arrival = door.now();
    let (parts, mut body) = request.into_parts();
    let read = match transport(&parts.headers) {
        Ok(headers) => tokio::time::timeout(room.patience, collect(&mut body, &room))
            .await
            .unwrap_or(Err(TransportRefusal::BodyIncomplete))
            .map(|collected| (headers, collected)),
        Err(refusal) => Err(refusal),
    };
    match read {
        Ok((headers, collected)) => {
            let envelope = envelope(&parts, peer, headers, collected.bytes, arrival);
            let answer = answer(door, envelope, collected.room).await;
            Exchanged { answer, close: false }
        }
        Err(refusal) => {
            // Who waits for 100 Continue has not sent its body, and reading would ask for it.
            let sends = !parts.headers.contains_key(header::EXPECT);
            if sends && refusal != TransportRefusal::BodyIncomplete {
                tokio::spawn(tokio::time::timeout(room.patience, discard(body)));
            }
            Exchanged { answer: door.refuse(refusal), close: true }
        }
    }
}

/// Answers in a task of its own: hyper drops an exchange whose connection has gone, and what follows
/// a commit must follow all the same.
async fn answer<D: Door>(
    door: Arc<D>,
    envelope: Envelope,
    room: Option<OwnedSemaphorePermit>,
) -> Answer {
    let answering = tokio::spawn(async move {
        let answer = door.answer(envelope).await;
        drop(room);
        answer
    });
    answering.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a request was not answered");
        Answer::empty(500)
    })
}

/// Reads what is still under way of a refused body and forgets it: a connection that is closed
/// over unread bytes is reset, and the refusal with it is lost (RFC 9112 §9.6).
async fn discard(mut body: Incoming) {
    let mut discarded = 0;
    let idle = Duration::from_millis(DISCARDING_IDLE_MS);
    while let Ok(Some(Ok(frame))) = tokio::time::timeout(idle, body.frame()).await {
        discarded += frame.data_ref().map_or(0, Bytes::len);
        if discarded > DISCARDED_BYTES_MAX {
            return;
        }
    }
}

/// What RFC 9112 and the API Definition demand of the headers of every request; the lines as text.
fn transport(headers: &HeaderMap) -> Result<HeaderList, TransportRefusal> {
    if headers.get_all(header::HOST).iter().count() != 1 {
        return Err(TransportRefusal::Host);
    }
    let bytes: usize =
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes > fspiop::limits::HEADER_BLOCK_BYTES {
        return Err(TransportRefusal::HeadersTooLarge);
    }
    let coding = headers.get_all(header::CONTENT_ENCODING).iter();
    if coding.into_iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(TransportRefusal::ContentCoding);
    }
    let mut lines = HeaderList::with_capacity(headers.len(), bytes);
    for (name, value) in headers {
        let value = std::str::from_utf8(value.as_bytes());
        lines.push(name.as_str(), value.map_err(|_| TransportRefusal::HeaderText)?);
    }
    Ok(lines)
}

fn envelope(
    parts: &request::Parts,
    peer: Peer,
    headers: HeaderList,
    body: Bytes,
    arrival: Timestamp,
) -> Envelope {
    let method = parts.method.as_str().to_owned();
    Envelope { method, target: target(&parts.uri), headers, body, peer, arrival }
}

/// Path and query. An absolute target of another scheme, or with user information, stays whole:
/// no route is so named.
fn target(uri: &Uri) -> String {
    if uri.scheme().is_none() {
        return uri.path_and_query().map_or(String::new(), |target| target.as_str().to_owned());
    }
    let whole = uri.to_string();
    fspiop::route::origin_form(&whole).map_or_else(|| whole.clone(), str::to_owned)
}

async fn collect(body: &mut Incoming, room: &Room) -> Result<Collected, TransportRefusal> {
    let limit = fspiop::limits::BODY_BYTES;
    let declared =
        body.size_hint().exact().map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if declared.is_some_and(|declared| declared > limit) {
        return Err(TransportRefusal::BodyTooLarge);
    }
    let mut held = None;
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| TransportRefusal::BodyIncomplete)?;
        let Ok(data) = frame.into_data() else { continue };
        let bytes = collected.len() + data.len();
        if bytes > limit {
            return Err(TransportRefusal::BodyTooLarge);
        }
        if bytes > SMALL_BODY_BYTES && held.is_none() {
            // All at once: two that wait for the rest of each other's room would wait for ever.
            held = Some(room.take(declared.unwrap_or(limit)).await?);
        }
        collected.extend_from_slice(&data);
    }
    Ok(Collected { bytes: collected.freeze(), room: held })
}

impl Room {
    async fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, TransportRefusal> {
        let bytes = u32::try_from(bytes).map_err(|_| TransportRefusal::BodyTooLarge)?;
        let taking = Arc::clone(&self.bodies).acquire_many_owned(bytes);
        // Half of the patience is left for the body itself.
        match tokio::time::timeout(self.patience / 2, taking).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(TransportRefusal::Busy),
        }
    }
}

impl Exchanged {
    fn sending(self, leaving: Leaving) -> Response<Sending> {
        let Exchanged { answer, close } = self;
        let sending = Sending { bytes: answer.body, sent: answer.sent, feed: answer.feed, leaving };
        let mut response = Response::new(sending);
        *response.status_mut() = hyper::StatusCode::from_u16(answer.status)
            .unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in answer.headers {
            if let Ok(value) = header::HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        if close {
            let close = header::HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }
}
