//! HTTP/1.1 with as little work as it takes: prepared bytes out, heads read only as far as needed. Both ends of it
//! talk to a hub that is known to frame its messages by Content-Length; it is no general client or server.

use std::cell::RefCell;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::limits::{BENCH_CONNECTIONS, BODY_BYTES};

/// Connections to one server, kept alive and taken again.
pub(super) struct Pool {
    server: SocketAddr,
    idle: RefCell<Vec<Connection>>,
    room: Semaphore,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Pool {
    pub(super) fn new(server: SocketAddr) -> Pool {
        Pool { server, idle: RefCell::default(), room: Semaphore::new(BENCH_CONNECTIONS) }
    }

    /// Sends a prepared request and returns the status of its answer.
    ///
    /// # Errors
    /// The connection cannot be made, or broke before there was an answer.
    pub(super) async fn exchange(&self, request: &[u8]) -> std::io::Result<u16> {
        let _room = self.room.acquire().await.map_err(Error::other)?;
        loop {
            let idle = self.idle.borrow_mut().pop();
            let was_idle = idle.is_some();
            let mut connection = match idle {
                Some(connection) => connection,
                None => Connection::open(self.server).await?,
            };
            match connection.exchange(request).await {
                Ok(status) => {
                    self.idle.borrow_mut().push(connection);
                    return Ok(status);
                }
                // The server has closed it for being idle: nothing was read of this request.
                Err(_) if was_idle => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Connection {
    async fn open(server: SocketAddr) -> std::io::Result<Connection> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: Vec::with_capacity(1_024) })
    }

    async fn exchange(&mut self, request: &[u8]) -> std::io::Result<u16> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Some(message) = Message::parse(&self.buffer)? {
                let status = message.start.split(' ').nth(1).and_then(|code| code.parse().ok());
                return status.ok_or_else(|| ErrorKind::InvalidData.into());
            }
        }
    }
}

/// What answers the requests of a server. It must not wait: what follows is for a task of its own.
pub(super) trait Receiver: 'static {
    /// Takes a request and names the status of its answer, 200 or 202; `None` for never any.
    fn receive(self: &Rc<Self>, member: usize, request: &Message<'_>) -> Option<u16>;
}

/// Serves every connection until the runtime ends.
pub(super) async fn serve<R: Receiver>(listener: TcpListener, member: usize, receiver: Rc<R>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::task::spawn_local(connection(stream, member, Rc::clone(&receiver)));
    }
}

/// How a connection ends is the hub's affair.
async fn connection<R: Receiver>(
    mut stream: TcpStream,
    member: usize,
    receiver: Rc<R>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(8_192);
    loop {
        while let Some(message) = Message::parse(&buffer)? {
            let Some(status) = receiver.receive(member, &message) else {
                return silence(stream).await;
            };
            let length = message.length;
            stream.write_all(if status == 202 { ACCEPTED } else { OK }).await?;
            buffer.drain(..length);
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// Takes everything and says nothing, until the other side gives up.
async fn silence(mut stream: TcpStream) -> std::io::Result<()> {
    let mut nothing = [0_u8; 4_096];
    while stream.read(&mut nothing).await? > 0 {}
    Ok(())
}

/// One HTTP message at the front of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// Request or status line.
    start: &'a str,
    /// The body.
    pub(super) body: &'a [u8],
    /// All of it, in bytes.
    length: usize,
}

impl<'a> Message<'a> {
    /// The message that the bytes begin with; `None` while some of it is still to come.
    fn parse(bytes: &'a [u8]) -> std::io::Result<Option<Message<'a>>> {
        let (mut at, mut start, mut body_bytes) = (0, None, 0);
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(length) = line_length(rest) else { return Ok(None) };
            let line = std::str::from_utf8(rest.get(..length).unwrap_or_default());
            let line = line.map_err(|_| Error::from(ErrorKind::InvalidData))?.trim_end();
            at += length;
            match start {
                None => start = Some(line),
                Some(start) if line.is_empty() => {
                    let body = bytes.get(at..at + body_bytes);
                    let length = at + body_bytes;
                    return Ok(body.map(|body| Message { start, body, length }));
                }
                Some(_) => body_bytes = content_length(line)?.unwrap_or(body_bytes),
            }
        }
    }

    /// `GET`, `POST`, ... of a request.
    pub(super) fn method(&self) -> &'a str {
        self.start.split(' ').next().unwrap_or_default()
    }

    /// Path and query of a request.
    pub(super) fn target(&self) -> &'a str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }
}

/// Up to and with the first line feed.
fn line_length(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1)
}

fn content_length(line: &str) -> std::io::Result<Option<usize>> {
    const NAME: &str = "content-length:";
    let Some(name) = line.get(..NAME.len()) else { return Ok(None) };
    if !name.eq_ignore_ascii_case(NAME) {
        return Ok(None);
    }
    let length = line.get(NAME.len()..).and_then(|value| value.trim().parse().ok());
    let length = length.filter(|length| *length <= BODY_BYTES);
    length.map(Some).ok_or_else(|| ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &[u8] =
        b"POST /transfers HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nX: y\r\n\r\n{}PUT /x";

    #[test]
    fn a_message_is_read_with_its_body() {
        let message = Message::parse(POST).unwrap().unwrap();
        assert_eq!((message.method(), message.target()), ("POST", "/transfers"));
        assert_eq!((message.body, message.length), (b"{}".as_slice(), POST.len() - 6));
        let answer = Message::parse(ACCEPTED).unwrap().unwrap();
        assert_eq!((answer.start, answer.body), ("HTTP/1.1 202 Accepted", b"".as_slice()));
    }

    #[test]
    fn a_message_waits_for_its_last_byte() {
        for length in 0..POST.len() - 6 {
            assert_eq!(Message::parse(&POST[..length]).unwrap(), None, "{length}");
        }
    }

    #[test]
    fn what_cannot_be_framed_is_an_error() {
        for head in ["Content-Length: x", "Content-Length: 99999999999"] {
            assert!(
                Message::parse(format!("GET / HTTP/1.1\r\n{head}\r\n\r\n").as_bytes()).is_err()
            );
        }
    }
}
