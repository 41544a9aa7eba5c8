//! Certificates change while the process runs: the files are read anew on SIGHUP, and when one of
//! them looks different. What cannot be used is reported and changes nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Tls, files};
use crate::config;
use crate::metrics::ReloadLabels;

/// What tells two versions of a file apart without reading it.
pub type Stamp = Option<(SystemTime, u64)>;

/// The files as they look now.
pub fn stamps(config: &config::Tls) -> Vec<(PathBuf, Stamp)> {
    let mut paths: Vec<PathBuf> = [config.fspiop(), config.bank(), config.admin(), config.client()]
        .into_iter()
        .flat_map(|files| [files.certificate, files.key, files.ca].into_iter().chain(files.crls))
        .collect();
    paths.sort();
    paths.dedup();
    paths.into_iter().map(|path| (path.clone(), stamp(&path))).collect()
}

fn stamp(path: &Path) -> Stamp {
    let file = std::fs::metadata(path).ok()?;
    Some((file.modified().ok()?, file.len()))
}

/// Looks at the files until TLS is gone.
pub async fn watch(tls: Weak<Tls>, mut seen: Vec<(PathBuf, Stamp)>) {
    let mut hangup = signal(SignalKind::hangup()).ok();
    let Some(poll_ms) = tls.upgrade().map(|tls| tls.config.poll_ms) else { return };
    loop {
        let asked = tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(poll_ms)) => false,
            () = hung_up(&mut hangup) => true,
        };
        let Some(tls) = tls.upgrade() else { return };
        let now = stamps(&tls.config);
        if asked || now != seen {
            tls.reload();
            seen = now;
        }
    }
}

async fn hung_up(hangup: &mut Option<Signal>) {
    match hangup {
        Some(hangup) => {
            hangup.recv().await;
        }
        None => std::future::pending().await,
    }
}

impl Tls {
    /// Reads the files anew; new handshakes use what they say, and connections whose certificate
    /// is no longer good are ended.
    fn reload(&self) {
        let outcome = match files::materials(&self.config) {
            Ok(materials) => {
                self.live.send_replace(Arc::new(materials));
                tracing::info!("certificates were read anew");
                "taken"
            }
            Err(error) => {
                tracing::error!(%error, "certificates stay as they were");
                "refused"
            }
        };
        self.metrics.tls_reloads.get_or_create(&ReloadLabels { outcome }).inc();
    }
}
