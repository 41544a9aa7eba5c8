//! A node's lease: one row, renewed on a connection of its own, on which nodes also tell each other
//! their notices. Who has stood still for too long, seen by somebody who saw throughout, is deposed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use switch::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;
use tokio_postgres::Notification;

use crate::limits::{
    LEASE_BLIND_MS, LEASE_LOST_MS, LEASE_RENEWAL_MS, NOTICES_TOLD_MAX, TIME_READING_MAX_MS,
    TIME_READINGS_MAX,
};
use crate::postgres::session::{Listener, Parameters, Session};
use crate::postgres::statements::Sql;
use crate::postgres::{Shared, notices};
use crate::{Notice, StoreError};

/// What the database said when a node came.
pub(crate) struct Registered {
    pub(crate) claimant: i64,
    /// The time of the latest batch.
    pub(crate) last_now: i64,
    /// The instant of the monotonic clock from which its lease counts.
    pub(crate) came_ms: u64,
    pub(crate) reading: Reading,
}

/// The database's time, and between which instants of the monotonic clock it said so.
pub(crate) struct Reading {
    pub(crate) time: Timestamp,
    pub(crate) sent_ms: u64,
    pub(crate) received_ms: u64,
}

/// The task that keeps a node's lease.
pub(crate) struct Lease {
    shared: Arc<Shared>,
    session: Option<Session>,
    outgoing: mpsc::Receiver<Notice>,
    left: watch::Receiver<bool>,
    seen: Seen,
}

/// What was seen of the other nodes' leases.
#[derive(Default)]
pub(crate) struct Seen {
    /// Each node's count of renewals, and since when it has stood there.
    leases: HashMap<i64, (i64, u64)>,
    last_ms: u64,
}

/// From version 3 of the schema on a node says which one it writes for.
const COME: &str = "INSERT INTO nodes (name, schema_version) VALUES ($1, $2) RETURNING claimant";
const COME_SILENTLY: &str = "INSERT INTO nodes (name) VALUES ($1) RETURNING claimant";
const LAST: &str = "\
    SELECT coalesce(max(now), -9223372036854775808) FROM batches WHERE NOT void";
const TIME: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/// Registers a node, and reads the time.
pub(crate) async fn register(
    session: &Session,
    (name, version): (&str, u32),
    monotonic_ms: impl Fn() -> u64,
) -> Result<Registered, StoreError> {
    let failed = |error| crate::postgres::errors::unavailable(&error);
    let client = session.client();
    let last_now = client.query_one(LAST, &[]).await.map_err(failed)?.get(0);
    let came_ms = monotonic_ms();
    let known = i32::try_from(version).unwrap_or(i32::MAX);
    let come = match version {
        ..3 => client.query_one(COME_SILENTLY, &[&name]).await,
        _ => client.query_one(COME, &[&name, &known]).await,
    };
    let claimant = come.map_err(failed)?.get(0);
    let reading = read_time(session, monotonic_ms).await?;
    Ok(Registered { claimant, last_now, came_ms, reading })
}

/// Reads the time, again where that took long: a node begins with what is read here, and would be off by
/// as much.
async fn read_time(
    session: &Session,
    monotonic_ms: impl Fn() -> u64,
) -> Result<Reading, StoreError> {
    let mut tries = 0;
    loop {
        let sent_ms = monotonic_ms();
        let read = session.client().query_one(TIME, &[]).await;
        let time = read.map_err(|error| crate::postgres::errors::unavailable(&error))?.get(0);
        let received_ms = monotonic_ms();
        tries += 1;
        let took_ms = received_ms.saturating_sub(sent_ms);
        if took_ms <= TIME_READING_MAX_MS || tries == TIME_READINGS_MAX {
            return Ok(Reading { time: Timestamp(time), sent_ms, received_ms });
        }
    }
}

impl Lease {
    pub(crate) fn new(
        shared: Arc<Shared>,
        outgoing: mpsc::Receiver<Notice>,
        left: watch::Receiver<bool>,
    ) -> Lease {
        Lease { shared, session: None, outgoing, left, seen: Seen::default() }
    }

    /// Renews until the node leaves or is deposed; tells whether the lease is given up.
    pub(crate) async fn keep(mut self) -> bool {
        let mut tick = tokio::time::interval(Duration::from_millis(LEASE_RENEWAL_MS));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = self.left.changed() => return self.leave().await,
                _ = tick.tick() => {
                    if let Err(error) = self.renew().await {
                        tracing::warn!(%error, "the lease is not renewed");
                        self.session = None;
                    }
                }
                Some(notice) = self.outgoing.recv() => {
                    if let Err(error) = self.send(notice).await {
                        tracing::warn!(%error, "a notice is lost");
                        self.session = None;
                    }
                }
            }
            if self.shared.at_work().is_err() {
                return true;
            }
        }
    }

    /// Renews, reads the time, and looks at the others.
    async fn renew(&mut self) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        let node = shared.node();
        let session = self.session().await?;
        let sent_ms = shared.clock.monotonic_ms();
        let asked = vec![
            session.ask(Sql::Renew, vec![Box::new(node)])?,
            session.ask(Sql::Others, vec![Box::new(node)])?,
        ];
        let answers = session.answers(asked).await?;
        let received_ms = shared.clock.monotonic_ms();
        let mut answers = answers.into_iter();
        let renewed = answers.next().unwrap_or_default();
        let Some(renewed) = renewed.first().filter(|row| row.get::<_, bool>(0)) else {
            shared.depose();
            return Ok(());
        };
        shared.renewed_ms.store(sent_ms, Ordering::Release);
        if let Some(database) = &shared.database {
            database.observed(Timestamp(renewed.get(1)), sent_ms, received_ms);
        }
        let others = answers.next().unwrap_or_default();
        let others = others.iter().map(|row| (row.get(0), row.get(1))).collect();
        for (claimant, renewals) in self.seen.look(others, sent_ms, received_ms) {
            self.depose(claimant, renewals).await?;
        }
        Ok(())
    }

    async fn depose(&mut self, claimant: i64, renewals: i64) -> Result<(), StoreError> {
        let session = self.session().await?;
        let parameters: Parameters = vec![Box::new(claimant), Box::new(renewals)];
        let deposed = session.answer(Sql::Depose, parameters).await?;
        if !deposed.is_empty() {
            tracing::warn!(claimant, "a node has stood still: what it held is taken over");
            self.shared.tell(Notice::Handed(self.shared.claimant));
        }
        Ok(())
    }

    /// Tells the others, as many at once as wait.
    async fn send(&mut self, first: Notice) -> Result<(), StoreError> {
        let mut told = vec![first];
        while told.len() < NOTICES_TOLD_MAX
            && let Ok(notice) = self.outgoing.try_recv()
        {
            told.push(notice);
        }
        let from = self.shared.claimant;
        let payloads: Vec<String> =
            told.iter().filter_map(|notice| notices::written(from, notice)).collect();
        let channel = channel(&self.shared);
        let session = self.session().await?;
        let parameters: Parameters = vec![Box::new(channel), Box::new(payloads)];
        session.answer(Sql::Notify, parameters).await.map(drop)
    }

    /// What this node holds is free from now on.
    async fn leave(&mut self) -> bool {
        let node = self.shared.node();
        self.shared.depose_quietly();
        let left = match self.session().await {
            Ok(session) => session.answer(Sql::Leave, vec![Box::new(node)]).await.map(drop),
            Err(error) => Err(error),
        };
        if let Err(error) = left {
            tracing::warn!(%error, "the lease is not given up: it ends by itself");
            return false;
        }
        true
    }

    async fn session(&mut self) -> Result<&Session, StoreError> {
        let usable = self.session.take().filter(Session::is_usable);
        let session = match usable {
            Some(session) => session,
            None => {
                let listener = listener(&self.shared);
                let statements =
                    vec![Sql::Renew, Sql::Others, Sql::Depose, Sql::Leave, Sql::Notify];
                let made = self.shared.connector.listening(statements, listener).await?;
                // None of it is worth a sync: what is lost with the machine is renewed.
                let channel = channel(&self.shared);
                let orders = format!("SET synchronous_commit = off; LISTEN {channel}");
                made.answers(vec![made.order(&orders)]).await?;
                made
            }
        };
        Ok(self.session.insert(session))
    }
}

fn channel(shared: &Shared) -> String {
    format!("{}_notices", shared.connector.schema())
}

/// Passes on what other nodes tell.
fn listener(shared: &Arc<Shared>) -> Listener {
    let (heard, own) = (shared.heard.clone(), shared.claimant);
    Arc::new(move |notification: Notification| {
        if let Some((from, notice)) = notices::read(notification.payload())
            && from != own
        {
            let _ = heard.send(notice);
        }
    })
}

impl Seen {
    /// Who has stood still for too long: its number, and where its count stands. What was seen before
    /// a time in which nothing was seen does not count.
    pub(crate) fn look(
        &mut self,
        leases: Vec<(i64, i64)>,
        sent_ms: u64,
        received_ms: u64,
    ) -> Vec<(i64, i64)> {
        let blind_ms = sent_ms.saturating_sub(self.last_ms);
        // What was asked before the server stood still, and answered after it, saw no more between.
        if blind_ms.max(received_ms.saturating_sub(sent_ms)) > LEASE_BLIND_MS {
            self.leases.clear();
        }
        self.last_ms = received_ms;
        let before = std::mem::take(&mut self.leases);
        let mut still = Vec::new();
        for (claimant, renewals) in leases {
            let known = before.get(&claimant).filter(|(count, _)| *count == renewals);
            let since_ms = known.map_or(received_ms, |(_, since_ms)| *since_ms);
            if sent_ms.saturating_sub(since_ms) >= LEASE_LOST_MS {
                still.push((claimant, renewals));
            }
            self.leases.insert(claimant, (renewals, since_ms));
        }
        still
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An instant in ms, the counts of nodes 1 and 2 that were seen, and who is deposed then.
    type Look = (u64, i64, i64, &'static [i64]);

    #[test]
    fn a_node_that_stood_still_is_deposed_by_who_saw_throughout() {
        let cases: [(&str, &[Look]); 4] = [
            (
                "node 1 stands still",
                &[
                    (300, 5, 1, &[]),
                    (600, 5, 2, &[]),
                    (900, 5, 3, &[]),
                    (1_200, 5, 4, &[]),
                    (1_500, 5, 5, &[1]),
                ],
            ),
            (
                "both go on, one slowly",
                &[(300, 5, 1, &[]), (900, 6, 2, &[]), (1_500, 7, 3, &[]), (2_100, 8, 4, &[])],
            ),
            (
                "the observer saw nothing for a while",
                &[(300, 5, 1, &[]), (600, 5, 1, &[]), (5_000, 5, 1, &[]), (5_300, 5, 1, &[])],
            ),
            (
                "it comes back just in time",
                &[(300, 5, 1, &[]), (900, 5, 2, &[]), (1_490, 5, 3, &[]), (1_800, 6, 4, &[])],
            ),
        ];
        for (name, looks) in cases {
            let mut seen = Seen::default();
            for (at_ms, first, second, deposed) in looks {
                let found = seen.look(vec![(1, *first), (2, *second)], *at_ms, *at_ms);
                let found: Vec<i64> = found.into_iter().map(|(claimant, _)| claimant).collect();
                assert_eq!(found, *deposed, "{name} at {at_ms}");
            }
        }
    }
    #[test]
    fn who_was_answered_late_has_not_seen_throughout() {
        let mut seen = Seen::default();
        for at_ms in [300, 600] {
            assert_eq!(seen.look(vec![(1, 5)], at_ms, at_ms), []);
        }
        assert_eq!(seen.look(vec![(1, 5)], 900, 3_200), [], "the server stood still");
        assert_eq!(seen.look(vec![(1, 5)], 3_500, 3_500), [], "and the other node with it");
        assert_eq!(seen.look(vec![(1, 5)], 4_000, 4_000), []);
        assert_eq!(seen.look(vec![(1, 5)], 4_500, 4_500), [(1, 5)]);
    }
}
