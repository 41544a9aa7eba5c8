//! Which store a node keeps its money in: the embedded one, or the database that several nodes share.

use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use switch_store::{
    Clock, EmbeddedStore, PostgresSettings, PostgresStore, SteadyClock, Store, StoreError,
};

use crate::config::StoreSettings;
use crate::limits::{ARCHIVE_INTERVAL_MS, ARCHIVE_STEP_ROWS};
use crate::node::Node;

/// Opens the store that the settings name, with hub time: this machine's for the embedded store, the
/// database's for one that is shared. The embedded store is in `directory`.
///
/// # Errors
/// It cannot be had, or must not be used.
pub async fn open(
    settings: &StoreSettings,
    directory: &Path,
    machine: Arc<dyn Clock>,
) -> Result<(Arc<dyn Store>, Arc<SteadyClock>), StoreError> {
    if settings.url.is_empty() {
        let clock = SteadyClock::new(machine);
        let store = EmbeddedStore::open(&directory.join("ledger"), Arc::clone(&clock))?;
        return Ok((Arc::new(store), clock));
    }
    let shared = PostgresSettings {
        ca: settings.ca.clone(),
        schema: settings.schema.clone(),
        ..PostgresSettings::new(settings.url.clone())
    };
    let store = PostgresStore::connect(shared, machine).await?;
    let clock = store.clock();
    Ok((Arc::new(store), clock))
}

/// Moves what is final for longer than ids are kept to the store's archive, as long as the node
/// lives. Several nodes do so side by side.
pub async fn archive(node: Weak<Node>) {
    loop {
        let Some(here) = node.upgrade() else { return };
        let days = i64::from(here.config.scheme.duplicates_days);
        let before = here.now().plus_ms(-days.saturating_mul(24 * 60 * 60 * 1_000));
        let moved = here.store.archive(before, ARCHIVE_STEP_ROWS).await;
        drop(here);
        match moved {
            Ok(ARCHIVE_STEP_ROWS) => continue,
            Ok(_) => {}
            Err(StoreError::Halted { .. }) => return,
            Err(error) => tracing::warn!(%error, "old transfers are not archived"),
        }
        tokio::time::sleep(Duration::from_millis(ARCHIVE_INTERVAL_MS)).await;
    }
}
