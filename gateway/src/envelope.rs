//! What travels through the pipeline: a received message with its bytes untouched, and the answer.

use bytes::Bytes;
use fspiop::headers::HeaderList;
use switch::Timestamp;
use tokio::sync::mpsc;

use crate::tls::Peer;

/// A received request. Its body stays the bytes that came in, so that forwarding them unchanged,
/// as the sender's signature demands, is what happens by default.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The method as sent.
    pub method: String,
    /// The request target as sent: path and query, undecoded.
    pub target: String,
    /// All header lines in their order, duplicates included.
    pub headers: HeaderList,
    /// The body as received.
    pub body: Bytes,
    /// Who is at the other end, as the connection says; no header counts for that.
    pub peer: Peer,
    /// Hub time when the request's headers had arrived: where every budget starts.
    pub arrival: Timestamp,
}

/// What goes back on the same exchange.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header lines besides those of the transport.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for most.
    pub body: Bytes,
    /// The name of the route for logs and metrics: never holds identifiers.
    pub route: &'static str,
    /// What follows once the body has left.
    pub sent: Option<OnSent>,
    /// More of the body, as it comes: until its sender is gone.
    pub feed: Option<mpsc::Receiver<Bytes>>,
}

/// What follows once an answer's bytes are with the operating system. Dropped without being called
/// where that never came to be: the connection broke, or the answer has no body.
pub struct OnSent(Box<dyn FnOnce() + Send>);

impl Answer {
    /// An answer without a body.
    pub fn empty(status: u16) -> Answer {
        Answer::of(status, Vec::new(), Bytes::new())
    }

    /// An answer with a body of `content_type`.
    pub fn with_body(status: u16, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let headers = vec![("content-type", content_type.to_owned())];
        Answer::of(status, headers, body.into())
    }

    /// An answer whose body comes bit by bit, until the feed's sender is dropped.
    pub fn with_feed(status: u16, content_type: &str, feed: mpsc::Receiver<Bytes>) -> Answer {
        Answer { feed: Some(feed), ..Answer::with_body(status, content_type, Bytes::new()) }
    }

    fn of(status: u16, headers: Vec<(&'static str, String)>, body: Bytes) -> Answer {
        Answer { status, headers, body, route: "other", sent: None, feed: None }
    }

    /// Adds a header line.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }

    /// Says what follows once the body has left.
    #[must_use]
    pub fn when_sent(mut self, follows: impl FnOnce() + Send + 'static) -> Answer {
        self.sent = Some(OnSent(Box::new(follows)));
        self
    }

    /// Names the route that answered.
    #[must_use]
    pub fn on(mut self, route: &'static str) -> Answer {
        self.route = route;
        self
    }
}

impl OnSent {
    /// The bytes have left.
    pub fn call(self) {
        (self.0)();
    }
}

impl std::fmt::Debug for OnSent {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("OnSent")
    }
}
