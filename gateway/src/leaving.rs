//! When an answer has left: its body notes what follows when hyper takes its bytes, and the socket
//! does it once they are written. hyper itself tells nobody.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::sync::mpsc;

use crate::envelope::OnSent;

/// What follows once all that one connection was given is written. Dropped with the connection.
#[derive(Debug, Clone, Default)]
pub struct Leaving {
    next: Arc<Mutex<Option<OnSent>>>,
}

/// An answer's bytes.
#[derive(Debug)]
pub struct Sending {
    /// The bytes.
    pub bytes: Bytes,
    /// What follows once they have left.
    pub sent: Option<OnSent>,
    /// More bytes, as they come.
    pub feed: Option<mpsc::Receiver<Bytes>>,
    /// The connection's.
    pub leaving: Leaving,
}

/// A socket that tells when all is written.
#[derive(Debug)]
pub struct Flushing<S> {
    /// The socket.
    pub socket: S,
    /// What then follows.
    pub leaving: Leaving,
}

impl Leaving {
    fn next(&self) -> MutexGuard<'_, Option<OnSent>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // hyper puts the bytes into its buffer before it flushes anything.
        if let Some(sent) = self.sent.take() {
            *self.leaving.next() = Some(sent);
        }
        let bytes = std::mem::take(&mut self.bytes);
        if !bytes.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let Some(feed) = &mut self.feed else { return Poll::Ready(None) };
        feed.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && self.feed.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        if self.feed.is_some() {
            return SizeHint::default();
        }
        SizeHint::with_exact(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX))
    }
}

impl<S: Write + Unpin> Write for Flushing<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper flushes the socket when nothing is left in its own buffer.
        let flushed = std::task::ready!(Pin::new(&mut self.socket).poll_flush(context));
        let next = self.leaving.next().take();
        if let (Ok(()), Some(sent)) = (&flushed, next) {
            sent.call();
        }
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

impl<S: Read + Unpin> Read for Flushing<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper::{Request, Response};
    use hyper_util::rt::TokioIo;
    use std::time::Duration;
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::oneshot;

    /// More than the kernel keeps of a connection.
    const BODY_BYTES: usize = 64 * 1024 * 1024;

    /// A client that has asked and read nothing, and what tells when the answer has left.
    async fn asked(bytes: usize) -> (TcpStream, oneshot::Receiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (told, tells) = oneshot::channel();
        let (leaving, told) = (Leaving::default(), Mutex::new(Some(told)));
        let socket = Flushing { socket: TokioIo::new(stream), leaving: leaving.clone() };
        let service = service_fn(move |_: Request<hyper::body::Incoming>| {
            let answer = crate::envelope::Answer::with_body(200, "text/plain", vec![b'x'; bytes]);
            let told = told.lock().unwrap().take();
            let answer = answer.when_sent(move || {
                told.unwrap().send(()).unwrap();
            });
            let (bytes, sent, leaving) = (answer.body, answer.sent, leaving.clone());
            let sending = Sending { bytes, sent, feed: None, leaving };
            async move { Ok::<_, Infallible>(Response::new(sending)) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(socket, service));
        client.writable().await.unwrap();
        client.try_write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        (client, tells)
    }

    #[tokio::test]
    async fn an_answer_has_left_when_all_its_bytes_have() {
        let (_client, tells) = asked(10).await;
        assert_eq!(tells.await, Ok(()), "a small one is with the kernel at once");
        let (client, mut tells) = asked(BODY_BYTES).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(tells.try_recv().is_err(), "nobody has read any of it");
        let mut buffer = vec![0; 1024 * 1024];
        let mut read = 0;
        while read < BODY_BYTES {
            client.readable().await.unwrap();
            read += client.try_read(&mut buffer).unwrap_or(0);
        }
        assert_eq!(tells.await, Ok(()));
    }

    #[tokio::test]
    async fn what_waits_for_an_answer_is_dropped_with_its_connection() {
        let (client, tells) = asked(BODY_BYTES).await;
        client.readable().await.unwrap();
        drop(client);
        assert!(tells.await.is_err());
    }
}
