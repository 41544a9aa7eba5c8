//! Which store a node keeps its money in: the embedded one, or the database that several nodes share.

use std::path::Path;
use std::sync::Arc;

use switch_store::{
    Clock, EmbeddedStore, PostgresSettings, PostgresStore, SteadyClock, Store, StoreError,
};

use crate::config::StoreSettings;

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
