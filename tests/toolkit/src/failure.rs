/// Why a simulated participant could not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum ToolkitError {
    /// A socket or a file failed.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The HTTP exchange did not end with an answer: refused, reset, closed.
    #[error("{method} {url}: {reason}")]
    Exchange {
        /// The request's method.
        method: String,
        /// Where it went.
        url: String,
        /// Why there is no answer.
        reason: String,
    },
    /// Something did not come within its time.
    #[error("no {what} within {waited_ms} ms")]
    Silence {
        /// What was awaited.
        what: String,
        /// How long.
        waited_ms: u64,
    },
    /// The other side answered something that it should not.
    #[error("{what}: {status} {body}")]
    Answer {
        /// What was tried.
        what: String,
        /// The HTTP status.
        status: u16,
        /// The body, as text.
        body: String,
    },
    /// A message that cannot be read or written.
    #[error("{0}")]
    Message(String),
    /// A key that cannot be made or used.
    #[error("key: {0}")]
    Key(String),
}

impl ToolkitError {
    pub(crate) fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }
}
