//! The other nodes over the same store (DESIGN §4, §8): what they hand over or leave behind is taken up
//! here, and what they change is seen. Notices make that quicker; all of it is found by looking as well.
//! Nothing here runs where the store is one process's own.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use switch_store::{
    Claimant, CommitError, Deadline, DeadlineSubject, DocumentKey, Notice, OutboxId, OutboxRow,
    OutboxRows, StoreError, Submission,
};
use tokio::sync::Notify;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::bank;
use crate::limits::{
    DUE_AT_ONCE_MAX, FELLOWS_INTERVAL_MS, OVERDUE_MS, REVISION_INTERVAL_MS, WAITERS_AT_ONCE_MAX,
    WAITERS_INTERVAL_MS,
};
use crate::node::{Node, StartError};
use crate::peers::PEER;
use crate::screening::catalogues::CATALOGUE;
use crate::screening::conditions::CONDITION;
use crate::workbench;

/// The kind that a notice names when an operator wants an outbox row tried again; no document has it.
const RETRY: &str = "outbox-retry";

/// The pause before a store that was busy or away is asked again.
const AGAIN_MS: u64 = 50;

/// Ends of waiting: there is something to look at.
#[derive(Debug, Default)]
struct Nudges {
    /// Rows were handed over.
    rows: Notify,
    /// Records or conditions have changed.
    records: Notify,
}

/// Starts looking after what others leave, for as long as the node lives.
pub fn start(node: &Arc<Node>) {
    let nudges = Arc::new(Nudges::default());
    if let Some(notices) = node.store.notices() {
        tokio::spawn(listen(Arc::downgrade(node), notices, Arc::clone(&nudges)));
    }
    tokio::spawn(take_up(Arc::downgrade(node), Arc::clone(&nudges)));
    tokio::spawn(see_changes(Arc::downgrade(node), nudges));
    tokio::spawn(look_up_orders(Arc::downgrade(node)));
}

/// Deals with those of this node's deadlines that still stand: one question for all of them.
pub async fn attend(node: Arc<Node>, due: Vec<DeadlineSubject>) {
    let now = node.now();
    match node.store.still_due(&due).await {
        Ok(standing) => {
            let (due, later): (Vec<Deadline>, _) =
                standing.into_iter().partition(|deadline| deadline.at <= now);
            for Deadline { at, subject } in later {
                node.timers.again(subject, at);
            }
            node.attend(node.timers.take(due));
        }
        Err(error) => {
            tracing::warn!(%error, "deadlines wait for the store");
            let at = now.plus_ms(1_000);
            due.into_iter().for_each(|subject| node.timers.again(subject, at));
        }
    }
}

/// An operator wants a row tried again now: by whichever node delivers it.
pub fn retry(node: &Node, row: OutboxRow) {
    if !node.store.is_shared() || row.claimed_by == node.claimant {
        return node.delivery().hurry(row);
    }
    let name = Bytes::copy_from_slice(&row.id.0.to_be_bytes());
    node.store.tell(Notice::Changed(DocumentKey::new(RETRY, name)));
}

async fn listen(node: Weak<Node>, mut notices: broadcast::Receiver<Notice>, nudges: Arc<Nudges>) {
    loop {
        let told = notices.recv().await;
        let Some(node) = node.upgrade() else { return };
        match told {
            Ok(notice) => heed(&node, notice, &nudges),
            Err(RecvError::Lagged(_)) => {
                nudges.rows.notify_one();
                nudges.records.notify_one();
                node.waiters.wake_all();
            }
            Err(RecvError::Closed) => return,
        }
    }
}

fn heed(node: &Arc<Node>, notice: Notice, nudges: &Nudges) {
    match notice {
        Notice::Handed(to) if node.claimant == Some(to) => nudges.rows.notify_one(),
        Notice::Handed(Claimant(_)) => {}
        Notice::Superseded { destination, resource } => {
            node.delivery().supersede(&destination, resource);
        }
        Notice::Changed(key) => match key.kind.as_ref() {
            PEER | CONDITION | CATALOGUE | workbench::DRAFT => nudges.records.notify_one(),
            RETRY => drop(tokio::spawn(retry_ours(Arc::clone(node), key))),
            bank::ORDER => {
                if let Some(id) = bank::payment_of(&key) {
                    node.waiters.wake(id.bits());
                }
            }
            _ => {}
        },
    }
}

async fn retry_ours(node: Arc<Node>, key: DocumentKey) {
    let Ok(id) = key.key.as_ref().try_into().map(u64::from_be_bytes) else { return };
    let before = OutboxId(id.saturating_sub(1));
    let Ok(rows) = node.store.outbox(OutboxRows::All, before, 1).await else { return };
    let ours = |row: &OutboxRow| row.id.0 == id && row.claimed_by == node.claimant;
    rows.into_iter().filter(ours).for_each(|row| node.delivery().hurry(row));
}

/// Rows that have become this node's, and deadlines that nobody has dealt with in time.
async fn take_up(node: Weak<Node>, nudges: Arc<Nudges>) {
    let mut told = false;
    loop {
        let Some(node) = node.upgrade() else { return };
        if node.standing.is_leaving() {
            return;
        }
        let looked = match rows(&node).await {
            Ok(rows) => deadlines(&node).await.map(|deadlines| rows || deadlines),
            Err(error) => Err(error),
        };
        if let Err(StoreError::Halted { reason }) = &looked {
            return node.standing.depose(reason);
        }
        let failed = looked.as_ref().err();
        if let Some(error) = failed.filter(|_| !told) {
            tracing::warn!(%error, "what other nodes left cannot be looked for");
        }
        told = failed.is_some();
        drop(node);
        if looked != Ok(true) {
            let pause = tokio::time::sleep(Duration::from_millis(FELLOWS_INTERVAL_MS));
            tokio::select! {
                () = pause => {}
                () = nudges.rows.notified() => {}
            }
        }
    }
}

/// Tells whether there may be more at once. The next call also tells the store that these have arrived:
/// until then, what is committed to their lanes waits to be given out behind them.
async fn rows(node: &Arc<Node>) -> Result<bool, StoreError> {
    let rows = node.store.take_over().await?;
    if rows.is_empty() {
        return Ok(false);
    }
    tracing::info!(rows = rows.len(), "outbox rows are taken over");
    node.metrics.rows_taken_over.inc_by(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    // What was handed over waits for earlier rows of its lane. Such a row may have been committed by
    // this node, and not have reached delivery yet: it has when the committer answers.
    loop {
        match node.commit(Submission::default()).await {
            Ok(_) => break,
            Err(CommitError::Halted) => return Ok(false),
            Err(_) => tokio::time::sleep(Duration::from_millis(AGAIN_MS)).await,
        }
    }
    node.delivery().rows(rows);
    Ok(true)
}

/// Tells whether there may be more at once.
async fn deadlines(node: &Arc<Node>) -> Result<bool, StoreError> {
    let until = node.now().plus_ms(-OVERDUE_MS);
    let overdue = node.store.deadlines(until, DUE_AT_ONCE_MAX).await?;
    let is_full = overdue.len() == DUE_AT_ONCE_MAX;
    let taken = node.timers.take(overdue);
    if taken.is_empty() {
        return Ok(false);
    }
    tracing::info!(deadlines = taken.len(), "deadlines are taken over");
    node.metrics.deadlines_taken_over.inc_by(u64::try_from(taken.len()).unwrap_or(u64::MAX));
    node.attend(taken);
    Ok(is_full)
}

/// Which changes of others are in effect here.
#[derive(Default)]
struct Seen {
    peers: Option<u64>,
    conditions: Option<u64>,
    catalogues: Option<u64>,
    drafts: Option<u64>,
}

async fn see_changes(node: Weak<Node>, nudges: Arc<Nudges>) {
    let mut seen = Seen::default();
    loop {
        let Some(here) = node.upgrade() else { return };
        let looked = look(&here, &mut seen).await;
        // Its store lets go of it before it ends: what is not in effect here then is nobody's trouble.
        if looked.is_err() && here.standing.is_leaving() {
            return;
        }
        here.standing.seen(looked);
        drop(here);
        let pause = tokio::time::sleep(Duration::from_millis(REVISION_INTERVAL_MS));
        tokio::select! {
            () = pause => {}
            () = nudges.records.notified() => seen = Seen::default(),
        }
    }
}

async fn look(node: &Node, seen: &mut Seen) -> Result<(), StartError> {
    // Asked for before the reading: what changes meanwhile is read again.
    let peers = Some(node.store.revision(PEER).await?);
    if seen.peers != peers {
        node.reload_peers().await?;
        seen.peers = peers;
    }
    let Some(screening) = &node.screening else { return Ok(()) };
    let conditions = Some(node.store.revision(CONDITION).await?);
    let catalogues = Some(node.store.revision(CATALOGUE).await?);
    if seen.conditions != conditions || seen.catalogues != catalogues {
        screening.reload(&*node.store).await?;
        seen.conditions = conditions;
        seen.catalogues = catalogues;
    }
    if node.workbench.is_none() {
        return Ok(());
    }
    let drafts = Some(node.store.revision(workbench::DRAFT).await?);
    if seen.drafts != drafts {
        workbench::resume(node).await?;
        seen.drafts = drafts;
    }
    Ok(())
}

/// Has exchanges answered whose order ended on another node: one question for all of them.
async fn look_up_orders(node: Weak<Node>) {
    let mut after = None;
    loop {
        tokio::time::sleep(Duration::from_millis(WAITERS_INTERVAL_MS)).await;
        let Some(node) = node.upgrade() else { return };
        let orders = node.waiters.waiting(after, WAITERS_AT_ONCE_MAX);
        after = orders.last().copied().filter(|_| orders.len() == WAITERS_AT_ONCE_MAX);
        if orders.is_empty() {
            continue;
        }
        let subject = |order: &u128| DeadlineSubject::Document(bank::order_key(*order));
        let subjects: Vec<DeadlineSubject> = orders.iter().map(subject).collect();
        let Ok(open) = node.store.still_due(&subjects).await else { continue };
        let open: HashSet<DeadlineSubject> = open.into_iter().map(|open| open.subject).collect();
        // An order that is final waits for nothing any more.
        for (order, subject) in orders.into_iter().zip(&subjects) {
            if !open.contains(subject) {
                node.waiters.wake(order);
            }
        }
    }
}
