//! `causeway demo`: a hub, two ISO banks and two DFSPs on loopback, paying each other. Everything
//! is real: sockets, signatures, the synced store. What is printed is what was measured. With `--cluster` the
//! hub is three nodes over PostgreSQL, NATS and Redis, behind a balancer of connections.

mod cast;
mod cluster;
mod frauds;
mod report;
mod scenes;

use std::process::ExitCode;

use causeway_toolkit::ToolkitError;

use crate::cli::stopped;
use crate::node::StartError;

use cast::Cast;

/// Why the tour cannot go on.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    /// The gateway.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A participant.
    #[error(transparent)]
    Toolkit(#[from] ToolkitError),
    /// The configuration that the demo writes.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// A file of the demo's directory.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The hub's key.
    #[error(transparent)]
    HubKey(#[from] crate::keys::KeysError),
    /// The store.
    #[error(transparent)]
    Store(#[from] switch_store::StoreError),
}

/// Plays the tour; stays up afterwards unless `once`.
pub async fn run(once: bool, cluster: bool) -> ExitCode {
    match play(once, cluster).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("causeway demo: not everything was as it should be; see above");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("causeway demo: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn play(once: bool, cluster: bool) -> Result<bool, DemoError> {
    let mut cast = Cast::assemble(cluster).await?;
    report::introduction(&cast);
    let mut all_good = true;
    all_good &= scenes::bank_pays_wallet(&mut cast).await?;
    all_good &= scenes::wallet_pays_bank(&mut cast).await?;
    all_good &= scenes::bank_pays_bank(&mut cast).await?;
    all_good &= scenes::unknown_payee(&mut cast).await?;
    all_good &= scenes::the_same_again(&mut cast).await?;
    all_good &= match &cast.cluster {
        None => frauds::a_scam(&mut cast).await? & frauds::a_mule(&mut cast).await?,
        // Histories are each node's own: what one has seen the next one does not know.
        Some(_) => frauds::a_block_list(&mut cast).await?,
    };
    all_good &= report::books(&cast).await?;
    all_good &= report::signatures(&cast);
    if !once {
        report::invitation(&cast)?;
        stopped().await;
    }
    cast.leave().await;
    Ok(all_good)
}
