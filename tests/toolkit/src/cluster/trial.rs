//! A cluster with two banks and two DFSPs around it, onboarded, and a witness of what becomes of their money.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::assembly::{Cluster, ClusterOptions};
use super::fault::{Act, Part};
use super::relay::{Passage, Relays, Tally};
use crate::ToolkitError;
use crate::ledger_log::Verdict;
use crate::limits::{CLUSTER_POLL_MS, TRIAL_KNOWN_MS, TRIAL_SETTLING_MS};
use crate::load::set_conducts;
use crate::onboard::AdminClient;
use crate::players::Players;
use crate::witness::Witness;

/// Everything of a trial.
pub struct Trial {
    /// The nodes and servers.
    pub cluster: Cluster,
    /// The participants, in this process.
    pub players: Arc<Players>,
    /// An operator of whichever node is ready.
    pub admin: AdminClient,
    /// Who judges.
    pub witness: Witness,
    relays: Option<Relays>,
}

/// Registers parties: at a node that may learn the keys of who was onboarded at another only with its next look.
async fn register(players: &Players) -> Result<(), ToolkitError> {
    let since = Instant::now();
    loop {
        match players.register().await {
            Err(error) if is_passing(&error) && since.elapsed() < KNOWN => {
                tokio::time::sleep(Duration::from_millis(CLUSTER_POLL_MS)).await;
            }
            ended => return ended,
        }
    }
}

/// What a node that does not know yet says, or one that is busy does not.
fn is_passing(error: &ToolkitError) -> bool {
    use ToolkitError::{Answer, Exchange, Silence};
    matches!(error, Answer { .. } | Exchange { .. } | Silence { .. })
}

/// By when all nodes know what one of them was told.
const KNOWN: Duration = Duration::from_millis(TRIAL_KNOWN_MS);

impl Trial {
    /// Starts the cluster and onboards everybody.
    ///
    /// # Errors
    /// [`ToolkitError`] at the first step that fails.
    pub async fn start(options: &ClusterOptions) -> Result<Trial, ToolkitError> {
        let cluster = Cluster::start(options).await?;
        let logs = cluster.folder().join("participants");
        let made = std::fs::create_dir_all(&logs);
        made.map_err(|source| ToolkitError::io(logs.display().to_string(), source))?;
        let ca = Some(cluster.scheme_ca());
        let players = Players::start(&cluster.urls(), Some(&logs), ca).await?;
        let admin = cluster.admin()?;
        let (urls, ca) = (cluster.urls(), cluster.scheme_ca());
        let relays = match options.rig.relays {
            true => Some(Relays::around(&players, &urls, ca, options.seed).await?),
            false => None,
        };
        let address = |name: &str| relays.as_ref().and_then(|relays| relays.address(name));
        players.onboard_at(&admin, address).await?;
        let own = ["Hub", players.alpine.fsp_id(), players.harbour.fsp_id()];
        players.trust(&cluster.public_keys(&own)?)?;
        register(&players).await?;
        set_conducts(&players);
        let players = Arc::new(players);
        let witness = Witness::new(Arc::clone(&players), admin.clone(), logs).await?;
        Ok(Trial { cluster, players, admin, witness, relays })
    }

    /// Lets something happen.
    ///
    /// # Errors
    /// [`ToolkitError`] if a program does not start, or there is no such part.
    pub async fn act(&mut self, act: Act, part: Part) -> Result<(), ToolkitError> {
        let passage = match (act, part) {
            (Act::Double, Part::Wires) => Passage::Doubled,
            (Act::Shuffle, Part::Wires) => Passage::Shuffled,
            (Act::Mend, Part::Wires) => Passage::Straight,
            _ => return self.cluster.act(act, part).await,
        };
        let none = || ToolkitError::Message("there are no relays on the wires".to_owned());
        self.relays.as_ref().ok_or_else(none)?.set(passage);
        Ok(())
    }

    /// What happened to messages on the wires.
    pub fn tally(&self) -> Tally {
        self.relays.as_ref().map(Relays::tally).unwrap_or_default()
    }

    /// Puts everything right again, and waits until all nodes are ready.
    ///
    /// # Errors
    /// [`ToolkitError`] if the cluster does not recover.
    pub async fn recover(&mut self) -> Result<(), ToolkitError> {
        if let Some(relays) = &self.relays {
            relays.set(Passage::Straight);
        }
        self.cluster.recover().await
    }

    /// Puts everything right again, waits until all has ended, and judges.
    ///
    /// # Errors
    /// [`ToolkitError`] if the cluster does not recover, somebody was promised an answer and has none, or double entry
    /// does not hold.
    pub async fn judged(&mut self) -> Result<Verdict, ToolkitError> {
        self.recover().await?;
        let verdict = self.witness.settled(TRIAL_SETTLING_MS).await?;
        self.witness.balanced().await?;
        Ok(verdict)
    }
}
