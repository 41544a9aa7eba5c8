//! Requests as lines and bytes, and all that comes back on their connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use causeway_toolkit::dfsp::Sent;
use causeway_toolkit::http::raw;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// After so long without a further byte nothing more is expected, once all that must come is there.
const QUIET: Duration = Duration::from_millis(900);
/// The longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request, line by line.
#[derive(Clone)]
pub struct Wire {
    line: String,
    headers: Vec<String>,
    body: Vec<u8>,
    end: &'static str,
}

impl Wire {
    /// A request without body.
    pub fn new(line: &str) -> Wire {
        let headers = vec!["Host: hub".to_owned()];
        Wire { line: line.to_owned(), headers, body: Vec::new(), end: "\r\n" }
    }

    /// A signed message, with Host and Content-Length.
    pub fn of(sent: &Sent) -> Wire {
        let mut wire = Wire::new(&format!("{} {} HTTP/1.1", sent.method, sent.target));
        for (name, value) in &sent.headers {
            wire.headers.push(format!("{name}: {}", value.to_str().unwrap()));
        }
        if !sent.body.is_empty() {
            wire.headers.push(format!("Content-Length: {}", sent.body.len()));
        }
        wire.body = sent.body.to_vec();
        wire
    }

    /// Another request line.
    pub fn line(mut self, line: &str) -> Wire {
        self.line = line.to_owned();
        self
    }

    /// One more header line.
    pub fn with(mut self, header: &str) -> Wire {
        self.headers.push(header.to_owned());
        self
    }

    /// One more header line, before all others.
    pub fn first(mut self, header: &str) -> Wire {
        self.headers.insert(0, header.to_owned());
        self
    }

    /// Without the lines of a header.
    pub fn without(mut self, name: &str) -> Wire {
        let is_it = |line: &String| {
            line.split(':').next().is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        self.headers.retain(|line| !is_it(line));
        self
    }

    /// Another body; its length is the caller's affair.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Wire {
        self.body = body.into();
        self
    }

    /// The body in one chunk, without Content-Length.
    pub fn chunked(self) -> Wire {
        let chunks = chunks(&self.body);
        self.without("content-length").with("Transfer-Encoding: chunked").body(chunks)
    }

    /// Lines end with LF alone.
    pub fn bare_line_feeds(mut self) -> Wire {
        self.end = "\n";
        self
    }

    /// The connection ends with the answer: nobody has to wait whether more comes.
    pub fn closing(self) -> Wire {
        self.with("Connection: close")
    }

    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut lines = vec![self.line.as_str()];
        lines.extend(self.headers.iter().map(String::as_str));
        let mut bytes = lines.join(self.end).into_bytes();
        bytes.extend(self.end.as_bytes().repeat(2));
        bytes.extend(&self.body);
        bytes
    }
}

/// A body in one chunk.
pub fn chunks(body: &[u8]) -> Vec<u8> {
    let mut chunks = Vec::new();
    if !body.is_empty() {
        chunks.extend(format!("{:x}\r\n", body.len()).into_bytes());
        chunks.extend(body);
        chunks.extend(b"\r\n");
    }
    chunks.extend(b"0\r\n\r\n");
    chunks
}

/// All that came back on a connection.
pub struct Heard {
    /// Every byte.
    pub bytes: Vec<u8>,
    /// The other side closed.
    pub closed: bool,
    /// Bytes that could be written before that.
    pub written: usize,
}

impl Heard {
    /// The status of each answer.
    pub fn statuses(&self) -> Vec<u16> {
        raw::statuses(&self.bytes)
    }

    /// The value of a header of the first answer.
    pub fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        let (head, _) = text.split_once("\r\n\r\n")?;
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim().to_owned())
    }

    /// What follows the first answer's headers.
    pub fn body(&self) -> &[u8] {
        let end = self.bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        end.map_or(&[], |end| &self.bytes[end + 4..])
    }

    /// `400 3101`: the statuses, and the FSPIOP code if the body has one.
    pub fn outcome(&self) -> String {
        let statuses: Vec<String> = self.statuses().iter().map(u16::to_string).collect();
        let code = serde_json::from_slice(self.body()).ok().and_then(|body: serde_json::Value| {
            Some(body["errorInformation"]["errorCode"].as_str()?.to_owned())
        });
        statuses.into_iter().chain(code).collect::<Vec<_>>().join(" ")
    }
}

/// What must have come before a connection counts as quiet.
#[derive(Clone, Copy)]
enum Until {
    /// Its end.
    Closed,
    /// So many answers.
    Answers(usize),
}

impl Until {
    fn is_reached(self, heard: &[u8]) -> bool {
        match self {
            Until::Closed => false,
            Until::Answers(count) => raw::statuses(heard).len() >= count,
        }
    }
}

/// Sends the bytes on a connection of their own, and reads at the same time until the other side
/// closes: because it was asked to, or because of what it was sent.
pub async fn speak(address: SocketAddr, bytes: &[u8]) -> Heard {
    trickle(address, bytes, bytes.len(), Duration::ZERO).await
}

/// As [`speak`], where the connection stays open: reads until so many answers are there, and what
/// follows them.
pub async fn speak_for(address: SocketAddr, bytes: &[u8], answers: usize) -> Heard {
    exchange(address, bytes, bytes.len(), Duration::ZERO, Until::Answers(answers)).await
}

/// As [`speak`]: the first bytes at once, then one at a time, each after a pause.
pub async fn trickle(address: SocketAddr, bytes: &[u8], at_once: usize, pause: Duration) -> Heard {
    exchange(address, bytes, at_once, pause, Until::Closed).await
}

async fn exchange(
    address: SocketAddr,
    bytes: &[u8],
    at_once: usize,
    pause: Duration,
    until: Until,
) -> Heard {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let written = Arc::new(AtomicUsize::new(0));
    let (bytes, counted) = (bytes.to_vec(), Arc::clone(&written));
    let writing = tokio::spawn(async move {
        let (first, slow) = bytes.split_at(at_once);
        for part in std::iter::once(first).chain(slow.chunks(1)) {
            if writer.write_all(part).await.is_err() {
                break;
            }
            counted.fetch_add(part.len(), Ordering::SeqCst);
            tokio::time::sleep(pause).await;
        }
        // The writing half stays open: what ends the connection is the other side.
        std::future::pending::<()>().await;
        drop(writer);
    });
    let (mut heard, mut buffer, mut closed) = (Vec::new(), [0_u8; 8192], false);
    let end = Instant::now() + PATIENCE;
    while !closed {
        let left = end.saturating_duration_since(Instant::now());
        let wait = if until.is_reached(&heard) { left.min(QUIET) } else { left };
        match timeout(wait, reader.read(&mut buffer)).await {
            Ok(Ok(length)) if length > 0 => heard.extend_from_slice(&buffer[..length]),
            Ok(_) => closed = true,
            Err(_) => break,
        }
    }
    writing.abort();
    Heard { bytes: heard, closed, written: written.load(Ordering::SeqCst) }
}
