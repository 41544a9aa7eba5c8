//! The one place with listening sockets: HTTP/1.1 in, an [`Envelope`] each, an [`Answer`] out.
//!
//! What hyper does not refuse of RFC 9112 is refused here: more or fewer than one Host, lists of
//! lengths, header blocks and bodies over the limits, bodies that do not arrive. A request that
//! carries both Transfer-Encoding and Content-Length hyper reads by the former alone and ends its
//! connection with the answer, so that nothing hidden in it is ever routed.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use fspiop::headers::HeaderList;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::http::request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, Uri, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use switch::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::config::Limits;
use crate::envelope::{Answer, Envelope};
use crate::limits::{CONNECTIONS_MAX, DISCARDED_BYTES_MAX, DISCARDING_IDLE_MS};

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
    /// Content-Length is a list, or there are several.
    Length,
    /// Header lines over the limit.
    HeadersTooLarge,
    /// A body over the limit.
    BodyTooLarge,
    /// The body did not arrive in time, or the connection broke.
    BodyIncomplete,
    /// Content-Encoding other than identity.
    ContentCoding,
}

/// A listener's settings.
#[derive(Debug, Clone)]
pub struct Listener {
    /// Bounds in time.
    pub limits: Limits,
    /// Ends the listener when it turns true.
    pub stop: watch::Receiver<bool>,
}

/// Serves `door` on `socket` until told to stop.
pub async fn serve<D: Door>(socket: TcpListener, door: Arc<D>, listener: Listener) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut stop = listener.stop.clone();
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        // Out of file descriptors, or a peer that left at once: the next one may do better.
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let (door, listener) = (Arc::clone(&door), listener.clone());
        tokio::spawn(async move {
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

async fn connection<D: Door>(stream: TcpStream, door: Arc<D>, listener: Listener) {
    // Small answers must not wait for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let body_timeout = Duration::from_millis(listener.limits.body_timeout_ms);
    let service = service_fn(move |request| {
        let door = Arc::clone(&door);
        async move { Ok::<_, Infallible>(exchange(request, &*door, body_timeout).await) }
    });
    let mut stop = listener.stop;
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_millis(listener.limits.header_timeout_ms))
            .max_headers(fspiop::limits::HEADER_LINES)
            .max_buf_size(fspiop::limits::HEADER_BLOCK_BYTES + fspiop::limits::TARGET_BYTES)
            .serve_connection(TokioIo::new(stream), service)
    );
    // How a connection ends is the peer's business: requests are durable before they are answered.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn exchange<D: Door>(
    request: Request<Incoming>,
    door: &D,
    body_timeout: Duration,
) -> Response<Full<Bytes>> {
    let arrival = door.now();
    let (parts, mut body) = request.into_parts();
    let read = match transport(&parts.headers) {
        Ok(()) => tokio::time::timeout(body_timeout, collect(&mut body))
            .await
            .unwrap_or(Err(TransportRefusal::BodyIncomplete)),
        Err(refusal) => Err(refusal),
    };
    match read {
        Ok(body) => respond(door.answer(envelope(&parts, body, arrival)).await, false),
        Err(refusal) => {
            // Who waits for 100 Continue has not sent its body, and reading would ask for it.
            let sends = !parts.headers.contains_key(header::EXPECT);
            if sends && refusal != TransportRefusal::BodyIncomplete {
                tokio::spawn(tokio::time::timeout(body_timeout, discard(body)));
            }
            respond(door.refuse(refusal), true)
        }
    }
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

/// What RFC 9112 and the API Definition demand of the headers of every request.
fn transport(headers: &HeaderMap) -> Result<(), TransportRefusal> {
    if headers.get_all(header::HOST).iter().count() != 1 {
        return Err(TransportRefusal::Host);
    }
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let plain = |value: &header::HeaderValue| value.as_bytes().iter().all(u8::is_ascii_digit);
    if lengths.next().is_some_and(|length| !plain(length)) || lengths.next().is_some() {
        return Err(TransportRefusal::Length);
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes > fspiop::limits::HEADER_BLOCK_BYTES {
        return Err(TransportRefusal::HeadersTooLarge);
    }
    let coding = headers.get_all(header::CONTENT_ENCODING).iter();
    if coding.into_iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(TransportRefusal::ContentCoding);
    }
    Ok(())
}

fn envelope(parts: &request::Parts, body: Bytes, arrival: Timestamp) -> Envelope {
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: HeaderList =
        parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let method = parts.method.as_str().to_owned();
    Envelope { method, target: target(&parts.uri), headers, body, arrival }
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

async fn collect(body: &mut Incoming) -> Result<Bytes, TransportRefusal> {
    let limit = fspiop::limits::BODY_BYTES;
    let declared = body.size_hint().exact();
    if declared.is_some_and(|declared| declared > u64::try_from(limit).unwrap_or(u64::MAX)) {
        return Err(TransportRefusal::BodyTooLarge);
    }
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| TransportRefusal::BodyIncomplete)?;
        let Ok(data) = frame.into_data() else { continue };
        if collected.len() + data.len() > limit {
            return Err(TransportRefusal::BodyTooLarge);
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.freeze())
}

fn respond(answer: Answer, close: bool) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() =
        hyper::StatusCode::from_u16(answer.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
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
