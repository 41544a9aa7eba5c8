use super::{Core, Dfsp, locked};
use crate::http::{HttpRequest, HttpResponse};
use crate::{ToolkitError, clock, http::header_line};
use ::http::{HeaderMap, Method};
use bytes::Bytes;

/// A message to be signed and sent.
#[derive(Debug, Clone)]
pub struct Draft {
    /// `GET`, `POST`, `PUT`, ...
    pub method: Method,
    /// Path and query, `/transfers/...`.
    pub target: String,
    /// The version of its Content-Type, if not the sender's first.
    pub version: Option<String>,
    /// FSPIOP-Destination, if known.
    pub destination: Option<String>,
    /// The exact body, empty for none.
    pub body: Bytes,
    /// Header lines to add that the signature protects.
    pub signed: Vec<(String, String)>,
    /// Header lines to set (`Some`) or take away (`None`) after signing.
    pub overrides: Vec<(String, Option<String>)>,
    /// Send the body's second half this much later.
    pub slow_body_ms: u64,
}

impl Draft {
    /// A message without body.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            version: None,
            destination: None,
            body: Bytes::new(),
            signed: Vec::new(),
            overrides: Vec::new(),
            slow_body_ms: 0,
        }
    }

    /// Sets FSPIOP-Destination.
    #[must_use]
    pub fn to(mut self, destination: impl Into<String>) -> Self {
        self.destination = Some(destination.into());
        self
    }

    /// Sets the version.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Sets the body: members in the order of their names, without blanks.
    #[must_use]
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self
    }

    /// Sets a header after signing.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.overrides.push((name.into(), Some(value.into())));
        self
    }

    /// Takes a header away after signing.
    #[must_use]
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.overrides.push((name.into(), None));
        self
    }
}

/// A message exactly as it was sent: to be sent again byte for byte.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// All header lines but `Host` and `Content-Length`.
    pub headers: HeaderMap,
    /// The exact body.
    pub body: Bytes,
    pub(super) slow_body_ms: u64,
}

/// A message with its answer.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// What was sent.
    pub sent: Sent,
    /// What came back at once.
    pub response: HttpResponse,
}

impl Dfsp {
    /// Signs and sends a message to the hub.
    ///
    /// # Errors
    /// [`ToolkitError`] if there is no answer at all; a refusal is an answer.
    pub async fn send(&self, draft: Draft) -> Result<Delivery, ToolkitError> {
        let sent = self.core.sign(draft)?;
        let response = self.core.deliver(&sent).await?;
        Ok(Delivery { sent, response })
    }

    /// Makes the bytes of a message without sending it.
    ///
    /// # Errors
    /// [`ToolkitError`] if it cannot be signed.
    pub fn sign(&self, draft: Draft) -> Result<Sent, ToolkitError> {
        self.core.sign(draft)
    }

    /// Sends a message again, byte for byte.
    ///
    /// # Errors
    /// As [`Dfsp::send`].
    pub async fn resend(&self, sent: &Sent) -> Result<HttpResponse, ToolkitError> {
        self.core.deliver(sent).await
    }
}

impl Core {
    pub(super) fn sign(&self, draft: Draft) -> Result<Sent, ToolkitError> {
        let mut headers = HeaderMap::new();
        for (name, value) in self.plain_headers(&draft).iter().chain(&draft.signed) {
            let (name, value) = header_line(name, value)?;
            headers.append(name, value);
        }
        if !draft.body.is_empty() {
            self.signer.sign(&self.name, &draft, &mut headers)?;
        }
        for (name, value) in &draft.overrides {
            headers.remove(name.as_str());
            if let Some(value) = value {
                let (name, value) = header_line(name, value)?;
                headers.append(name, value);
            }
        }
        let Draft { method, target, body, slow_body_ms, .. } = draft;
        Ok(Sent { method, target, headers, body, slow_body_ms })
    }

    pub(super) async fn deliver(&self, sent: &Sent) -> Result<HttpResponse, ToolkitError> {
        let hub = locked(&self.hub).clone();
        let hub =
            hub.ok_or_else(|| ToolkitError::Message("the hub's URL is not set".to_owned()))?;
        let request = HttpRequest {
            method: sent.method.clone(),
            url: format!("{}{}", hub.trim_end_matches('/'), sent.target),
            headers: sent.headers.clone(),
            body: sent.body.clone(),
            slow_body_ms: sent.slow_body_ms,
        };
        self.client.send(request).await
    }

    /// The headers of every message; Accept only where an answer is expected (API Definition, table 1).
    fn plain_headers(&self, draft: &Draft) -> Vec<(String, String)> {
        let resource = draft.target.split(['/', '?']).nth(1).unwrap_or_default();
        let media_type = format!("application/vnd.interoperability.{resource}+json");
        let version = draft.version.as_deref().unwrap_or(self.versions.first());
        let mut headers = vec![
            ("content-type", format!("{media_type};version={version}")),
            ("date", clock::http_date()),
            ("fspiop-source", self.name.clone()),
        ];
        if draft.method != Method::PUT && draft.method != Method::PATCH {
            headers.push(("accept", self.versions.accept(&media_type)));
        }
        if let Some(destination) = &draft.destination {
            headers.push(("fspiop-destination", destination.clone()));
        }
        headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
