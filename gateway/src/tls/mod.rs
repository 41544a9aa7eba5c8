//! TLS 1.2 and 1.3, mutual: who may connect, and as whom (docs/tls.md).
//!
//! * `identity`: the names in a certificate, and the [`Peer`] that every message carries
//! * `files`: PEM files to what rustls needs
//! * `accept`: handshakes of the listeners; `connect`: what the client does over a socket
//! * `reload`: files that change while the process runs; `validity`: looked at before it does

mod accept;
mod connect;
mod files;
mod identity;
mod reload;
mod validity;

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::watch;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{ClientConfig, ServerConfig};

use crate::config;
use crate::metrics::Metrics;

pub use accept::{Accepted, Secure};
pub use connect::{Wire, secure};
pub use files::trusting;
pub use identity::Peer;
pub use validity::{asking, check, leads_to_ca, validity};

/// All that was read from the files, one consistent state.
pub struct Materials {
    /// One for each listener.
    pub doors: [DoorMaterials; 3],
    /// What requests to peers are made with.
    pub client: Arc<ClientConfig>,
}

/// What one listener needs.
#[derive(Clone)]
pub struct DoorMaterials {
    /// For handshakes.
    pub server: Arc<ServerConfig>,
    /// Judges certificates: in the handshake, and again while a connection lives.
    pub verifier: Arc<dyn ClientCertVerifier>,
}

/// The listeners, in the order of [`Materials::doors`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// DFSPs.
    Fspiop,
    /// ISO-native banks.
    Bank,
    /// Operators.
    Admin,
}

/// TLS as it is configured, with what was read last.
pub struct Tls {
    config: config::Tls,
    live: watch::Sender<Arc<Materials>>,
    metrics: Metrics,
}

/// Why TLS cannot be set up. The operator's to mend.
#[derive(Debug, Error)]
#[error("tls: {}: {reason}", path.display())]
pub struct TlsError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl Tls {
    /// Reads all files, and keeps looking at them from then on; `None` where TLS is off.
    ///
    /// # Errors
    /// A file cannot be read or used.
    pub fn start(config: &config::Tls, metrics: &Metrics) -> Result<Option<Arc<Tls>>, TlsError> {
        if !config.is_on() {
            return Ok(None);
        }
        let stamps = reload::stamps(config);
        let (live, _) = watch::channel(Arc::new(files::materials(config)?));
        let tls = Arc::new(Tls { config: config.clone(), live, metrics: metrics.clone() });
        tokio::spawn(reload::watch(Arc::downgrade(&tls), stamps));
        Ok(Some(tls))
    }

    /// What a listener does with its connections.
    pub fn door(&self, door: Door) -> Secure {
        Secure { door, live: self.live.subscribe(), metrics: self.metrics.clone() }
    }

    /// What was read last, and when it changes.
    pub fn live(&self) -> watch::Receiver<Arc<Materials>> {
        self.live.subscribe()
    }
}

impl Materials {
    /// What one listener needs.
    pub fn door(&self, door: Door) -> &DoorMaterials {
        let [fspiop, bank, admin] = &self.doors;
        match door {
            Door::Fspiop => fspiop,
            Door::Bank => bank,
            Door::Admin => admin,
        }
    }
}
