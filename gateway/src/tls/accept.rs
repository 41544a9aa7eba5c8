//! Handshakes of a listener.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};
use tokio_rustls::server::TlsStream;

use super::{Door, Materials, Peer};
use crate::limits::{CERTIFICATE_CHECK_MS, DISCARDED_HANDSHAKE_BYTES_MAX, DISCARDING_IDLE_MS};
use crate::metrics::{HandshakeLabels, Metrics};

/// What a listener does with its connections.
#[derive(Clone)]
pub struct Secure {
    pub(super) door: Door,
    pub(super) live: watch::Receiver<Arc<Materials>>,
    pub(super) metrics: Metrics,
}

/// A connection whose other end is known.
pub struct Accepted {
    /// The connection.
    pub stream: TlsStream<TcpStream>,
    /// Who is there.
    pub peer: Peer,
    /// Until when that is so.
    pub trust: Trust,
}

/// What a connection's certificate is judged by again while the connection lives.
pub struct Trust {
    chain: Vec<CertificateDer<'static>>,
    secure: Secure,
}

impl Secure {
    /// The handshake; `None` when it failed, which the other end is told by an alert.
    pub async fn accept(self, stream: TcpStream, patience: Duration) -> Option<Accepted> {
        let server = Arc::clone(&self.live.borrow().door(self.door).server);
        let handshake = TlsAcceptor::from(server).accept(stream).into_fallible();
        let refused = match tokio::time::timeout(patience, handshake).await {
            Ok(Ok(stream)) => {
                let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
                let chain: Vec<_> =
                    certificates.iter().map(|part| part.clone().into_owned()).collect();
                let nobody = || Peer::Certificate([].into());
                let peer = chain.first().map_or_else(nobody, Peer::of);
                return Some(Accepted { stream, peer, trust: Trust { chain, secure: self } });
            }
            Ok(Err((error, stream))) => {
                // Closed over unread bytes it would be reset, and the alert be lost.
                tokio::spawn(tokio::time::timeout(patience, discard(stream)));
                error.get_ref().and_then(|error| error.downcast_ref()).map_or("broken", reason)
            }
            Err(_) => "timeout",
        };
        let door = self.door.as_str();
        self.metrics
            .handshakes_refused
            .get_or_create(&HandshakeLabels { door, reason: refused })
            .inc();
        tracing::warn!(door, reason = refused, "a TLS handshake was refused");
        None
    }
}

impl Trust {
    /// Returns when the certificate is no longer good: expired, revoked, or of a CA that has gone.
    pub async fn ends(mut self) {
        let Some((leaf, rest)) = self.chain.split_first() else {
            return std::future::pending().await;
        };
        let check = Duration::from_millis(CERTIFICATE_CHECK_MS);
        loop {
            if let Ok(Err(_)) = tokio::time::timeout(check, self.secure.live.changed()).await {
                // TLS has gone with its node.
                return std::future::pending().await;
            }
            let verifier = Arc::clone(&self.secure.live.borrow().door(self.secure.door).verifier);
            if let Err(error) = verifier.verify_client_cert(leaf, rest, UnixTime::now()) {
                let (door, reason) = (self.secure.door.as_str(), reason(&error));
                tracing::warn!(door, reason, "a connection ends with its certificate");
                return;
            }
        }
    }
}

impl Door {
    /// Its name in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Door::Fspiop => "fspiop",
            Door::Bank => "bank",
            Door::Admin => "admin",
        }
    }
}

async fn discard(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let (mut buffer, mut discarded) = ([0; 4_096], 0);
    let idle = Duration::from_millis(DISCARDING_IDLE_MS);
    while let Ok(Ok(read @ 1..)) = tokio::time::timeout(idle, stream.read(&mut buffer)).await {
        discarded += read;
        if discarded > DISCARDED_HANDSHAKE_BYTES_MAX {
            return;
        }
    }
}

/// Why a handshake failed, in the few words that a metric may have.
fn reason(error: &Error) -> &'static str {
    match error {
        Error::NoCertificatesPresented => "no-certificate",
        Error::InvalidCertificate(error) => certificate_reason(error),
        Error::PeerIncompatible(_) => "version-or-suite",
        Error::AlertReceived(AlertDescription::UnknownCA) => "our-certificate-refused",
        Error::AlertReceived(_) => "alert-received",
        Error::InvalidMessage(_) => "no-tls",
        _ => "broken",
    }
}

fn certificate_reason(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Revoked => "revoked",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "not-yet-valid"
        }
        CertificateError::UnknownIssuer => "unknown-issuer",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "wrong-use"
        }
        CertificateError::UnknownRevocationStatus => "no-revocation-list",
        CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. } => "stale-revocation-list",
        _ => "bad-certificate",
    }
}
