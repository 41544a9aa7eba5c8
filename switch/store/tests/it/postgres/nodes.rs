//! Several nodes over one database: locks, conflicts, lanes.

use std::fmt::Debug;

use bytes::Bytes;
use switch_store::{
    Batch, Claimant, Document, DocumentKey, NewOutboxRow, Notice, OutboxId, OutboxRow, OutboxRows,
    PostgresStore, Store, StoreError,
};

use super::running;
use crate::place::{Place, clocks};
use crate::scheme;
use crate::server::Database;

/// Two nodes over one schema, and a place that a test is skipped without.
async fn two() -> Option<(Database, PostgresStore, PostgresStore)> {
    let Place::Postgres(database) = Place::postgres().await? else { return None };
    let (first, second) = (database.node(running()).await, database.node(running()).await);
    Some((database, first, second))
}

/// How often steps on two nodes are taken where something came in between.
const TRIES: u32 = 10;

/// Takes steps on two nodes, and on two others over a schema of their own where a transaction was
/// ended before they were done: the server ends one whose node says nothing for long, and a test
/// that stands still says nothing.
async fn on_two(steps: impl AsyncFn(&PostgresStore, &PostgresStore) -> Result<(), StoreError>) {
    let mut ended = Vec::new();
    for _ in 0..TRIES {
        let Some((_database, first, second)) = two().await else { return };
        match steps(&first, &second).await {
            Ok(()) => return,
            Err(error @ (StoreError::Unavailable { .. } | StoreError::UnknownOutcome)) => {
                ended.push(error);
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("each time a transaction was ended: {ended:?}");
}

/// A commit that has to be refused for what another node has written.
fn conflicts<T: Debug>(late: Result<T, StoreError>) -> Result<(), StoreError> {
    match late {
        Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
        Ok(written) => panic!("no conflict: {written:?}"),
    }
}

fn document(version: u64, body: &'static str) -> Document {
    Document { version, deadline: None, body: Bytes::from_static(body.as_bytes()) }
}

/// Commits one outbox row a body to a lane; returns those that the node does not send at once.
async fn send(store: &dyn Store, lane: &str, bodies: &[&'static str]) -> Vec<OutboxId> {
    let mut transaction = store.begin().await.unwrap();
    transaction.load(&[], &[]).await.unwrap();
    let claimant = transaction.claimant();
    let new = |body: &&'static str| NewOutboxRow {
        destination: "payer".into(),
        resource: lane.into(),
        deadline: None,
        kind: 1,
        body: Bytes::from_static(body.as_bytes()),
    };
    let rows = bodies.iter().map(|body| new(body).numbered(transaction.next_outbox_id(), claimant));
    let outbox: Vec<OutboxRow> = rows.collect();
    transaction.commit(Batch { outbox, ..Batch::default() }).await.unwrap().handed
}

async fn taken(store: &dyn Store) -> Vec<String> {
    let rows = store.take_over().await.unwrap();
    rows.into_iter().map(|row| String::from_utf8(row.body.to_vec()).unwrap()).collect()
}

#[tokio::test]
async fn of_two_nodes_that_insert_the_same_one_conflicts() {
    on_two(async |first: &PostgresStore, second: &PostgresStore| {
        let row = scheme::rows_of_every_kind().remove(6);
        let mut one = first.begin().await?;
        let mut other = second.begin().await?;
        one.load(&[row.key()], &[]).await?;
        other.load(&[row.key()], &[]).await?;
        one.commit(Batch { rows: vec![row.clone()], ..Batch::default() }).await?;
        conflicts(other.commit(Batch { rows: vec![row.clone()], ..Batch::default() }).await)?;
        let stored = second.read(&[row.key()]).await?;
        assert_eq!(stored.row(&row.key()), Some(Some(&row)));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_was_read_without_a_lock_is_checked_at_the_commit() {
    on_two(async |first: &PostgresStore, second: &PostgresStore| {
        let participant = scheme::rows_of_every_kind().remove(3);
        let key = DocumentKey::new("journey", "1");
        let mut one = first.begin().await?;
        one.load(&[participant.key()], std::slice::from_ref(&key)).await?;
        let rows = vec![participant.clone()];
        second.begin().await?.commit(Batch { rows, ..Batch::default() }).await?;
        let documents = vec![(key.clone(), Some(document(1, "one")))];
        let late = Batch { documents: documents.clone(), ..Batch::default() };
        conflicts(one.commit(late).await)?;
        let mut again = first.begin().await?;
        again.load(&[participant.key()], std::slice::from_ref(&key)).await?;
        again.commit(Batch { documents, ..Batch::default() }).await?;
        assert_eq!(second.document(&key).await?.unwrap().body, "one");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_locked_row_is_waited_for_and_read_as_the_other_wrote_it() {
    on_two(async |first: &PostgresStore, second: &PostgresStore| {
        let row = scheme::rows_of_every_kind().remove(7);
        let rows = vec![row.clone()];
        first.begin().await?.commit(Batch { rows, ..Batch::default() }).await?;
        let mut one = first.begin().await?;
        one.load(&[row.key()], &[]).await?;
        let mut other = second.begin().await?;
        let key = row.key();
        let waiting = tokio::spawn(async move {
            other.load(std::slice::from_ref(&key), &[]).await?;
            Ok::<_, StoreError>(other.view().row(&key).flatten().cloned())
        });
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let was_locked = !waiting.is_finished();
        let switch::Row::Account(mut account) = row else { panic!("not an account") };
        account.balance = scheme::money("1");
        let changed = switch::Row::Account(account);
        one.commit(Batch { rows: vec![changed.clone()], ..Batch::default() }).await?;
        let read = waiting.await.unwrap()?;
        assert!(was_locked, "the row is locked");
        assert_eq!(read, Some(changed));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_was_asked_for_never_takes_effect_later() {
    let Some(place) = Place::postgres().await else { return };
    let store = place.open(clocks().1).await;
    let late = store.begin().await.unwrap();
    assert!(!store.took_effect(late.id()).await.unwrap());
    let refused = late.commit(Batch::default()).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_row_goes_to_the_node_that_holds_its_lane() {
    let Some((_database, first, second)) = two().await else { return };
    let mut notices = first.notices().unwrap();
    let own = first.begin().await.unwrap().claimant();
    assert_eq!(send(&first, "1", &["one"]).await, [], "a new lane is its maker's");
    assert_eq!(send(&second, "2", &["other"]).await, []);
    let handed = send(&second, "1", &["two", "three"]).await;
    assert_eq!(handed.len(), 2);
    let told = tokio::time::timeout(std::time::Duration::from_secs(5), notices.recv()).await;
    assert_eq!(told.unwrap().unwrap(), Notice::Handed(own));
    assert_eq!(taken(&second).await, [""; 0]);
    assert_eq!(taken(&first).await, ["two", "three"]);
    assert_eq!(taken(&first).await, [""; 0], "each is given out once");
    assert_eq!(send(&first, "1", &["four"]).await, [], "its own lane");
    let rows = second.outbox(OutboxRows::All, OutboxId(0), 10).await.unwrap();
    let holders: Vec<Option<Claimant>> = rows.iter().map(|row| row.claimed_by).collect();
    assert_eq!(holders.iter().filter(|holder| **holder == Some(own)).count(), 4);
}

#[tokio::test]
async fn a_row_behind_what_a_former_node_left_waits_with_it() {
    let Some((database, first, second)) = two().await else { return };
    send(&first, "1", &["one"]).await;
    first.leave().await.unwrap();
    assert!(matches!(first.begin().await.err(), Some(StoreError::Halted { .. })));
    let claimant = second.begin().await.unwrap().claimant();
    assert_eq!(send(&second, "1", &["two"]).await.len(), 1, "not before the one that was left");
    assert_eq!(send(&second, "2", &["other"]).await, [], "another lane");
    let third = database.node(running()).await;
    assert_eq!(taken(&third).await, ["one"], "whoever looks first");
    assert_eq!(taken(&second).await, [""; 0], "the lane is the other's now");
    assert_eq!(taken(&third).await, ["two"]);
    let rows = third.outbox(OutboxRows::All, OutboxId(0), 10).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.claimed_by == Some(claimant)).count(), 1);
}

#[tokio::test]
async fn a_documents_kind_has_a_revision_that_moves_with_it() {
    let Some((_database, first, second)) = two().await else { return };
    let key = DocumentKey::new("peer", "1");
    let write = async |store: &PostgresStore, document: Option<Document>| {
        let mut transaction = store.begin().await.unwrap();
        transaction.load(&[], std::slice::from_ref(&key)).await.unwrap();
        let documents = vec![(key.clone(), document)];
        transaction.commit(Batch { documents, ..Batch::default() }).await.unwrap();
        second.revision("peer").await.unwrap()
    };
    let none = second.revision("peer").await.unwrap();
    let one = write(&first, Some(document(1, "one"))).await;
    let two = write(&second, Some(document(2, "two"))).await;
    let removed = write(&first, None).await;
    assert!(none != one && one != two && two != none, "{none} {one} {two}");
    assert_eq!(removed, none);
    assert_eq!(second.revision("other").await.unwrap(), none);
}
