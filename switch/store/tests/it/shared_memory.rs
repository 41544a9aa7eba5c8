//! What the model of a shared store does between nodes: locks, conflicts, lanes, leases, and commits
//! that nobody saw end, one step at a time.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use switch::{Key, Row, Rules};
use switch_store::testing::{SharedMemory, SharedNode};
use switch_store::{
    Batch, BatchId, Clock, Committer, Expected, NewOutboxRow, OutboxId, OutboxRow, OutboxRows,
    Progress, Store, StoreError, Submission, Transaction, Written, limits,
};

use crate::committer::{documents, outbox_bodies, row, write};
use crate::place::{TestClock, Told, settle};
use crate::scheme;

struct Nodes {
    clock: Arc<TestClock>,
    memory: SharedMemory,
    first: SharedNode,
    second: SharedNode,
}

fn two() -> Nodes {
    let clock = Arc::new(TestClock::default());
    let memory = SharedMemory::new(Arc::clone(&clock) as Arc<dyn Clock>);
    let node = || memory.node(Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    let (first, second) = (node(), node());
    Nodes { clock, memory, first, second }
}

fn account() -> Row {
    scheme::rows_of_every_kind().remove(7)
}

fn rows(rows: Vec<Row>) -> Batch {
    Batch { rows, ..Batch::default() }
}

async fn begun(node: &SharedNode, keys: &[Key]) -> Box<dyn Transaction> {
    let mut transaction = node.begin().await.unwrap();
    transaction.load(keys, &[]).await.unwrap();
    transaction
}

/// A commit that is sent, on a server that waits to be told to go on.
async fn sent(
    nodes: &Nodes,
    batch: Batch,
) -> (BatchId, BoxFuture<'static, Result<Written, StoreError>>) {
    let transaction = begun(&nodes.first, &[]).await;
    let id = transaction.id();
    nodes.memory.pace();
    let mut commit = transaction.commit(batch);
    assert!((&mut commit).now_or_never().is_none());
    (id, commit)
}

#[tokio::test]
async fn what_is_locked_is_waited_for_and_no_longer_than_a_session_may() {
    let nodes = two();
    let row = account();
    let keys = [row.key()];
    begun(&nodes.first, &[]).await.commit(rows(vec![row.clone()])).await.unwrap();
    let holds = begun(&nodes.first, &keys).await;
    let mut waits = nodes.second.begin().await.unwrap();
    {
        let mut load = waits.load(&keys, &[]);
        assert!((&mut load).now_or_never().is_none());
        nodes.clock.advance_ms(limits::SESSION_TIMEOUT_MS);
        let late = load.now_or_never().unwrap();
        assert!(matches!(late, Err(StoreError::Unavailable { .. })), "{late:?}");
    }
    let idle = holds.commit(rows(vec![row])).await;
    assert_eq!(idle, Err(StoreError::UnknownOutcome), "the holder said nothing for as long");
}

#[tokio::test]
async fn batches_that_wait_for_each_other_end_in_a_conflict() {
    let nodes = two();
    let (money, transfer) = (account(), scheme::rows_of_every_kind().remove(6));
    let both = rows(vec![money.clone(), transfer.clone()]);
    begun(&nodes.first, &[]).await.commit(both).await.unwrap();
    let mut one = begun(&nodes.first, &[money.key()]).await;
    let mut other = begun(&nodes.second, &[transfer.key()]).await;
    let (money, transfer) = ([money.key()], [transfer.key()]);
    let mut waits = one.load(&transfer, &[]);
    assert!((&mut waits).now_or_never().is_none());
    let circle = other.load(&money, &[]).await;
    assert!(matches!(circle, Err(StoreError::Conflict { .. })), "{circle:?}");
    waits.await.unwrap();
}

#[tokio::test]
async fn a_commit_that_breaks_off_is_there_or_never_will_be() {
    let nodes = two();
    let row = account();
    for steps in 0..3 {
        let (id, commit) = sent(&nodes, rows(vec![row.clone()])).await;
        for _ in 0..steps {
            nodes.memory.advance(id);
        }
        nodes.memory.disconnect(id);
        let ended = steps == 2;
        if !ended {
            assert_eq!(commit.await, Err(StoreError::UnknownOutcome));
        }
        let mut asked = nodes.first.took_effect(id);
        assert!((&mut asked).now_or_never().is_none(), "its turn");
        if steps == 1 {
            assert!((&mut asked).now_or_never().is_none(), "it is about to end");
            nodes.memory.advance(id);
        }
        assert_eq!(asked.await, Ok(steps > 0));
        nodes.memory.advance(id);
        nodes.memory.advance(id);
        assert_eq!(nodes.memory.under_way(), []);
        assert_eq!(nodes.first.took_effect(id).now_or_never(), None);
    }
}

fn send(node: &SharedNode, transaction: &mut dyn Transaction) -> (OutboxRow, Batch) {
    let new = NewOutboxRow {
        destination: "payer".into(),
        resource: "transfers/1".into(),
        deadline: None,
        kind: 1,
        body: Bytes::from_static(b"body"),
    };
    let row = new.numbered(transaction.next_outbox_id(), node.claimant());
    (row.clone(), Batch { outbox: vec![row], ..Batch::default() })
}

#[tokio::test]
async fn who_stands_still_is_deposed_and_its_rows_are_given_to_one_other() {
    let nodes = two();
    let mut transaction = begun(&nodes.first, &[]).await;
    let (row, batch) = send(&nodes.first, &mut *transaction);
    transaction.commit(batch).await.unwrap();
    let mut behind = begun(&nodes.second, &[]).await;
    let (next, batch) = send(&nodes.second, &mut *behind);
    assert_eq!(behind.commit(batch).await.unwrap().handed, [next.id], "the lane is the first's");
    assert_eq!(nodes.memory.holder(next.id), Some(nodes.first.claimant()));
    for _ in 0..5 {
        assert!(nodes.first.holds_lease() || !nodes.memory.is_deposed(nodes.first.claimant()));
        assert_eq!(nodes.second.take_over().await.unwrap(), []);
        nodes.second.renew().unwrap();
        nodes.clock.advance_ms(limits::LEASE_RENEWAL_MS);
    }
    assert!(nodes.memory.is_deposed(nodes.first.claimant()) && !nodes.first.holds_lease());
    let given = nodes.second.take_over().await.unwrap();
    assert_eq!(given.iter().map(|row| row.id).collect::<Vec<_>>(), [row.id, next.id]);
    assert_eq!(nodes.second.take_over().await.unwrap(), [], "each is given out once");
    let late = begun(&nodes.first, &[]).await.commit(rows(vec![account()])).await;
    assert!(matches!(late, Err(StoreError::Halted { .. })), "{late:?}");
    let free = nodes.second.outbox(OutboxRows::Unclaimed, OutboxId(0), 9).await.unwrap();
    assert_eq!(free, []);
}

/// A server that loses its power forgets removals that nobody waited for, and its nodes live on.
#[tokio::test]
async fn what_was_removed_without_a_sync_is_removed_again_by_the_next_or_in_time() {
    for waits in [true, false] {
        let Nodes { clock, memory, first, .. } = two();
        let hub_clock = first.clock();
        let store: Arc<dyn Store> = Arc::new(first);
        let (rules, told) = (Rules::default(), Arc::new(Told::default()));
        let (committer, mut work) =
            Committer::with_loop(Arc::clone(&store), rules, hub_clock, told);
        let submit = |submission| {
            let committer = committer.clone();
            tokio::spawn(async move { committer.submit(submission).await.unwrap() })
        };
        let sending = submit(Submission { outbox: vec![row("1")], ..Submission::default() });
        settle(1).await;
        assert_eq!(work.step().await, Progress::Worked);
        committer.acknowledge(sending.await.unwrap().outbox[0].id);
        clock.advance_ms(limits::ACKNOWLEDGEMENT_INTERVAL_MS);
        assert_eq!(work.step().await, Progress::Worked);
        assert_eq!(outbox_bodies(&*store).await, [""; 0]);
        memory.power_cut();
        assert_eq!(outbox_bodies(&*store).await, ["1"], "its holder has forgotten it");
        assert_eq!(work.step().await, Progress::Idle);
        assert_eq!(work.due_in_ms(), Some(limits::REMOVALS_CONFIRMED_MS));
        match waits {
            true => clock.advance_ms(limits::REMOVALS_CONFIRMED_MS),
            false => {
                submit(documents(vec![write("1", Expected::Any, "body")]));
                settle(1).await;
            }
        }
        let syncs = store.syncs();
        assert_eq!(work.step().await, Progress::Worked);
        memory.power_cut();
        assert_eq!(outbox_bodies(&*store).await, [""; 0]);
        assert_eq!((work.step().await, work.due_in_ms()), (Progress::Idle, None));
        assert_eq!(store.syncs(), syncs + 1, "once is enough");
    }
}
