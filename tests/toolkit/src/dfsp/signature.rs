use super::inbox::Seen;
use super::locked;
use super::send::Draft;
use crate::http::{Exchange, header_line};
use crate::{ToolkitError, clock};
use ::http::HeaderMap;
use aws_lc_rs::rand::SystemRandom;
use fspiop::headers::HeaderList;
use fspiop::jws::{self, KeyRing, PublicKey, SigningKey};
use std::sync::{Arc, Mutex};

/// Signs what a DFSP sends.
#[derive(Debug)]
pub(super) struct Signer {
    key: Arc<SigningKey>,
    public_pem: String,
    random: SystemRandom,
}

impl Signer {
    pub(super) fn new(key: Arc<SigningKey>) -> Result<Self, ToolkitError> {
        let public_pem =
            key.public_key_pem().map_err(|error| ToolkitError::Key(error.to_string()))?;
        Ok(Self { key, public_pem, random: SystemRandom::new() })
    }

    pub(super) fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// Adds the signature's three headers to those of a message.
    pub(super) fn sign(
        &self,
        source: &str,
        draft: &Draft,
        headers: &mut HeaderMap,
    ) -> Result<(), ToolkitError> {
        let also: Vec<(&str, &str)> =
            draft.signed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let signing = jws::Draft {
            method: draft.method.as_str(),
            target: &draft.target,
            source,
            destination: draft.destination.as_deref(),
            date: headers.get("date").and_then(|date| date.to_str().ok()),
            also: &also,
            body: &draft.body,
        };
        let signed = jws::sign(&signing, &self.key, &self.random)
            .map_err(|error| ToolkitError::Key(error.to_string()))?;
        let lines = [
            (jws::SIGNATURE, signed.signature),
            (jws::URI, signed.uri),
            (jws::HTTP_METHOD, signed.method),
        ];
        for (name, value) in lines {
            let (name, value) = header_line(name, &value)?;
            headers.insert(name, value);
        }
        Ok(())
    }
}

/// The public keys of the others.
#[derive(Debug, Default)]
pub(super) struct TrustedKeys(Mutex<KeyRing>);

impl TrustedKeys {
    pub(super) fn add(&self, name: &str, public_key_pem: &str) -> Result<(), ToolkitError> {
        let key = PublicKey::from_pem(public_key_pem)
            .map_err(|error| ToolkitError::Key(format!("{name}: {error}")))?;
        locked(&self.0).add(name, key);
        Ok(())
    }

    /// What becomes of a message's signature. A message without body bears none; one with a body must.
    pub(super) fn check(&self, exchange: &Exchange) -> Seen {
        if exchange.body.is_empty() {
            return Seen::Bodiless;
        }
        let line = |(name, value): (&::http::HeaderName, &::http::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers: HeaderList = exchange.headers.iter().map(line).collect();
        let request = jws::Request {
            method: exchange.method.as_str(),
            target: &exchange.target,
            headers: &headers,
            body: &exchange.body,
        };
        let now = jws::Clock { now_ms: clock::now_epoch_ms(), date_window_ms: None };
        match jws::verify(&request, &locked(&self.0), Some(now)) {
            Ok(_) => Seen::Verified,
            Err(refusal) => Seen::Failed(refusal.fault.to_string()),
        }
    }
}
