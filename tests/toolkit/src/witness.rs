//! The end of a run with faults, judged from the participants' side alone: their logs, their GETs, and the positions
//! that operators see.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::Method;

use crate::ToolkitError;
use crate::ledger_log::{
    Audit, Entry, Event, Journal, Outcome, PositionMove, Standing, Units, Verdict,
};
use crate::onboard::AdminClient;
use crate::players::{CURRENCY, Players};

/// All participants, in the order of their positions.
pub const NAMES: [&str; 4] = ["alpinebank", "harbourbank", "greenwallet", "bluewallet"];

/// How often is looked, in milliseconds.
const LOOK_MS: u64 = 200;

/// Who looks on from before the first payment until all have ended.
#[derive(Debug, Clone)]
pub struct Witness {
    players: Arc<Players>,
    admin: AdminClient,
    logs: PathBuf,
    before: Vec<Units>,
}

impl Witness {
    /// Begins with the positions as they are; the players' logs are in `logs`.
    ///
    /// # Errors
    /// [`ToolkitError`] if a position is not to be had.
    pub async fn new(
        players: Arc<Players>,
        admin: AdminClient,
        logs: PathBuf,
    ) -> Result<Witness, ToolkitError> {
        let mut witness = Witness { players, admin, logs, before: Vec::new() };
        witness.before = witness.positions().await?;
        Ok(witness)
    }

    /// The positions at the beginning.
    pub fn before(&self) -> &[Units] {
        &self.before
    }

    /// Positions, as the admin API shows them.
    ///
    /// # Errors
    /// [`ToolkitError`] if one is not to be had.
    pub async fn positions(&self) -> Result<Vec<Units>, ToolkitError> {
        let mut positions = Vec::new();
        for name in NAMES {
            positions.push(self.admin.position(name, CURRENCY).await?);
        }
        Ok(positions)
    }

    /// Waits until everybody has been told, unasked; then reads logs, GETs and positions, again until nothing is wrong
    /// or `settling_ms` are over.
    ///
    /// # Errors
    /// [`ToolkitError::Silence`] if somebody was promised an answer and has none; whatever kept the last audit from
    /// being made.
    pub async fn settled(&self, settling_ms: u64) -> Result<Verdict, ToolkitError> {
        let (since, limit) = (Instant::now(), Duration::from_millis(settling_ms));
        while !self.untold()?.is_empty() && since.elapsed() < limit {
            tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        }
        let untold = self.untold()?;
        if !untold.is_empty() {
            let what = format!("word of the end of {}", untold.join(", "));
            return Err(ToolkitError::Silence { what, waited_ms: settling_ms });
        }
        loop {
            let judged = self.judge().await;
            if judged.as_ref().is_ok_and(Verdict::is_clean) || since.elapsed() > limit {
                return judged;
            }
            tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
        }
    }

    /// The payments that the hub has acknowledged something of, and whose end it has not told: the payer of any, the
    /// payee of one that it accepted. Nobody may have asked yet.
    ///
    /// # Errors
    /// [`ToolkitError`] if a log cannot be read.
    pub fn untold(&self) -> Result<Vec<String>, ToolkitError> {
        let mut promised = BTreeSet::new();
        let mut accepted = BTreeSet::new();
        let mut told = BTreeSet::new();
        for entry in self.logs()?.into_iter().flatten() {
            let key = format!("{} {}", entry.participant, entry.id);
            match entry.event {
                Event::Acknowledged { .. } => promised.insert(key),
                Event::Answered { outcome: Outcome::Committed } => accepted.insert(key),
                Event::AnswerAcknowledged if accepted.contains(&key) => promised.insert(key),
                Event::Learned { .. } | Event::Credited { .. } => told.insert(key),
                _ => false,
            };
        }
        Ok(promised.difference(&told).cloned().collect())
    }

    /// What is wrong by now.
    ///
    /// # Errors
    /// [`ToolkitError`] if a log, a GET or a position is not to be had.
    pub async fn judge(&self) -> Result<Verdict, ToolkitError> {
        let logs = self.logs()?.into_iter();
        let mut audit = logs.fold(Audit::default(), Audit::with_log);
        for (name, standings) in self.standings().await? {
            for (id, standing) in standings {
                audit = audit.with_standing(name, id, standing);
            }
        }
        let after = self.positions().await?;
        for ((name, before), after) in NAMES.into_iter().zip(&self.before).zip(after) {
            let (participant, currency) = (name.to_owned(), CURRENCY.to_owned());
            let before = *before;
            audit = audit.with_position(PositionMove { participant, currency, before, after });
        }
        audit.judge()
    }

    /// Whether double entry holds as operators see it: positions sum to zero, and nothing is reserved.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] with what does not; whatever kept the admin API from showing it.
    pub async fn balanced(&self) -> Result<(), ToolkitError> {
        let positions = self.positions().await?;
        let sum = positions.into_iter().fold(Units::default(), |sum, units| sum + units);
        if !sum.is_zero() {
            return Err(ToolkitError::Message(format!("positions sum to {sum}")));
        }
        for account in self.accounts().await? {
            let reserved = account["reservedValue"].to_string();
            if !["0", "\"0\"", "null"].contains(&reserved.as_str()) {
                return Err(ToolkitError::Message(format!("reserved at the end: {account}")));
            }
        }
        Ok(())
    }

    /// All accounts of all participants and of the hub, as the admin API shows them.
    async fn accounts(&self) -> Result<Vec<serde_json::Value>, ToolkitError> {
        let mut shown = Vec::new();
        for name in NAMES.into_iter().chain(["Hub"]) {
            let path = format!("/participants/{name}/accounts");
            let answer = self.admin.send(Method::GET, &path, None).await?;
            let list = answer.success(&path)?.json()?;
            shown.extend(list.as_array().into_iter().flatten().cloned());
        }
        Ok(shown)
    }

    async fn standings(
        &self,
    ) -> Result<[(&'static str, Vec<(String, Standing)>); 4], ToolkitError> {
        let Players { alpine, harbour, green, blue } = &*self.players;
        let (green, blue) = tokio::join!(green.ask_all(), blue.ask_all());
        let (alpine, harbour) = tokio::join!(alpine.ask_all(), harbour.ask_all());
        let [first, second, third, fourth] = NAMES;
        Ok([(first, alpine?), (second, harbour?), (third, green?), (fourth, blue?)])
    }

    /// What participants wrote down: their files, as another program would read them.
    fn logs(&self) -> Result<Vec<Vec<Entry>>, ToolkitError> {
        NAMES
            .into_iter()
            .map(|name| Journal::read(&self.logs.join(format!("{name}.log"))))
            .collect()
    }
}
