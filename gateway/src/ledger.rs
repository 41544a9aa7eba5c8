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
    let store = PostgresStore::connect(shared(settings), machine).await?;
    let clock = store.clock();
    Ok((Arc::new(store), clock))
}

/// How the database that the settings name is reached.
pub fn shared(settings: &StoreSettings) -> PostgresSettings {
    PostgresSettings {
        ca: settings.ca.clone(),
        schema: settings.schema.clone(),
        ..PostgresSettings::new(settings.url.clone())
    }
}

/// Moves what is final for longer than ids are kept to the store's archive, and out of it what is
/// kept there for long enough, as long as the node lives. Several nodes do so side by side.
pub async fn archive(node: Weak<Node>) {
    loop {
        let Some(here) = node.upgrade() else { return };
        let step = step(&here).await;
        drop(here);
        match step {
            Ok(ARCHIVE_STEP_ROWS..) => continue,
            Ok(_) => {}
            Err(StoreError::Halted { .. }) => return,
            Err(error) => tracing::warn!(%error, "old transfers are not archived"),
        }
        tokio::time::sleep(Duration::from_millis(ARCHIVE_INTERVAL_MS)).await;
    }
}

/// One step of both; the larger number of transfers.
async fn step(node: &Node) -> Result<usize, StoreError> {
    let before = |days: u32| node.now().plus_ms(-i64::from(days).saturating_mul(DAY_MS));
    let ids_kept = before(node.config.scheme.duplicates_days);
    let moved = node.store.archive(ids_kept, ARCHIVE_STEP_ROWS).await?;
    match node.config.store.archive_days {
        0 => Ok(moved),
        days => Ok(moved.max(node.store.forget(before(days), ARCHIVE_STEP_ROWS).await?)),
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
