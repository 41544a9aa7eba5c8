//! The schema: from the release before while it works, and what is over.

use std::sync::Arc;
use std::time::Duration;

use switch::{Timestamp, TransferState};
use switch_store::{PostgresSettings, PostgresStore, Store, StoreError, SystemClock};
use tokio_postgres::Client;

use super::{Node, running};
use crate::kill::{Printed, check, paying, preparing};
use crate::place::Place;
use crate::scheme;
use crate::server::Database;

/// A node of a former release.
async fn of_version(version: u32, database: &Database) -> Node {
    let settings = PostgresSettings { version, ..database.settings() };
    Node::over(PostgresStore::connect_on(settings, running()).await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schema_is_migrated_while_the_release_before_works() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let old = of_version(1, &database).await;
    scheme::onboard(&old.committer, "1000000").await;
    let committer = old.committer.clone();
    let paying_on = tokio::spawn(async move {
        for id in 1..=60 {
            for submission in [preparing(id), paying(id)] {
                committer.submit(submission).await.unwrap();
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let new = Node::over(database.node(running()).await);
    for id in 101..=120 {
        new.accepted(preparing(id)).await;
        new.accepted(paying(id)).await;
    }
    paying_on.await.unwrap();
    let again = of_version(1, &database).await;
    again.accepted(preparing(201)).await;
    new.accepted(paying(201)).await;
    let ids = || (1..=60).chain(101..=120).chain([201]);
    let (prepared, paid) = (ids().collect(), ids().collect());
    let printed = Printed { prepared, paid, last: Some(new.store.now()) };
    check(&*new.store, &printed).await;
    let client = database.client().await;
    let row =
        client.query_one("SELECT count(*), count(ended_at) FROM transfers", &[]).await.unwrap();
    let (all, noted): (i64, i64) = (row.get(0), row.get(1));
    assert!(all == 81 && (21..81).contains(&noted), "{noted} of {all} have their end noted");
    // What the release before has not noted is, before it is archived.
    let after = new.store.now().plus_ms(1_000);
    let mut moved = 0;
    for _ in 0..20 {
        moved += new.store.archive(after, 50).await.unwrap();
    }
    assert_eq!(moved, 81);
}

/// An index on a table that is large is made beside those who write, and what an attempt that broke off
/// has left of it is made anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_was_left_half_made_is_made_whole() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let old = of_version(1, &database).await;
    scheme::onboard(&old.committer, "1000000").await;
    for id in 1..=40 {
        old.accepted(preparing(id)).await;
    }
    let client = database.client().await;
    let column = "ALTER TABLE transfers ADD COLUMN ended_at timestamptz";
    client.batch_execute(column).await.unwrap();
    let other = database.client().await;
    other.batch_execute("BEGIN; UPDATE transfers SET batch = batch").await.unwrap();
    client.batch_execute("SET statement_timeout = 300").await.unwrap();
    let create = "CREATE INDEX CONCURRENTLY transfers_3_ended_at_idx ON transfers_3 (ended_at) \
                  WHERE ended_at IS NOT NULL";
    client.batch_execute(create).await.expect_err("it waits for who writes");
    client.batch_execute("SET statement_timeout = 0").await.unwrap();
    other.batch_execute("COMMIT").await.unwrap();
    let half = "SELECT indisvalid FROM pg_index \
                WHERE indexrelid = 'transfers_3_ended_at_idx'::regclass";
    assert!(!client.query_one(half, &[]).await.unwrap().get::<_, bool>(0));
    // Somebody writes all the time, and holds what he has written for a while.
    let writing = client
        .batch_execute("BEGIN; UPDATE transfers SET batch = batch; SELECT pg_sleep(1); COMMIT");
    let (written, new) = tokio::join!(writing, database.node(running()));
    written.unwrap();
    let new = Node::over(new);
    new.accepted(paying(1)).await;
    let whole = "SELECT count(*), count(*) FILTER (WHERE x.indisvalid) \
                 FROM pg_inherits i JOIN pg_index x ON x.indexrelid = i.inhrelid \
                 WHERE i.inhparent = 'transfers_ended_at'::regclass";
    let row = client.query_one(whole, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (8, 8));
    let all = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'transfers_ended_at'::regclass";
    assert!(client.query_one(all, &[]).await.unwrap().get::<_, bool>(0));
}

#[tokio::test]
async fn a_schema_that_is_too_new_is_refused() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    drop(database.node(running()).await);
    let client = database.client().await;
    let known = i32::try_from(database.settings().version).unwrap();
    let later = "INSERT INTO migrations (version, name, oldest) VALUES ($1, 'later', $1)";
    client.execute(later, &[&(known + 1)]).await.unwrap();
    let refused = PostgresStore::connect_on(database.settings(), running()).await.err();
    assert!(matches!(refused, Some(StoreError::Unusable { .. })), "{refused:?}");
    let compatible = "UPDATE migrations SET oldest = $1 WHERE name = 'later'";
    client.execute(compatible, &[&known]).await.unwrap();
    database.node(running()).await;
}

#[tokio::test]
async fn what_is_over_is_moved_aside_and_still_found() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let node = Node::over(database.node(running()).await);
    scheme::onboard(&node.committer, "1000000").await;
    for id in 1..=5 {
        node.accepted(preparing(id)).await;
    }
    for id in 1..=3 {
        node.accepted(paying(id)).await;
    }
    let store = &node.store;
    let before = store.now().plus_ms(-60_000);
    assert_eq!(store.archive(before, 100).await.unwrap(), 0, "nothing is old enough");
    let after = store.now().plus_ms(1);
    let mut moved = Vec::new();
    while let step @ 1.. = store.archive(after, 2).await.unwrap() {
        moved.push(step);
    }
    assert_eq!(moved, [2, 1], "bounded steps; what is open stays");
    let client = database.client().await;
    let left = client.query_one("SELECT count(*) FROM transfers", &[]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 2);
    for id in 1..=3 {
        assert_eq!(node.state(id).await, Some(TransferState::Committed), "{id}");
    }
    assert_eq!(node.state(4).await, Some(TransferState::Reserved));
    assert_eq!(node.state(9).await, None);
    assert_eq!(store.forget(before, 100).await.unwrap(), 0, "nothing is kept for long enough");
    let mut gone = Vec::new();
    while let step @ 1.. = store.forget(after, 2).await.unwrap() {
        gone.push(step);
    }
    assert_eq!(gone, [2, 1], "bounded steps; what is not in the archive stays");
    for (id, state) in [(1, None), (3, None), (4, Some(TransferState::Reserved))] {
        assert_eq!(node.state(id).await, state, "{id}");
    }
    scheme::assert_accounts_sum_to_zero(&**store).await;
}

#[tokio::test]
async fn nodes_say_which_schema_they_write_for() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let _first = of_version(2, &database).await;
    let _new = database.node(running()).await;
    let old = of_version(2, &database).await;
    let client = database.client().await;
    let text = "SELECT schema_version FROM nodes ORDER BY claimant";
    let rows = client.query(text, &[]).await.unwrap();
    let versions: Vec<Option<i32>> = rows.iter().map(|row| row.get(0)).collect();
    let newest = i32::try_from(database.settings().version).unwrap();
    assert_eq!(versions, [None, Some(newest), None]);
    assert_eq!(old.store.forget(Timestamp(i64::MAX / 2), 9).await.unwrap(), 0, "not its affair");
}

#[tokio::test]
async fn numbers_of_batches_are_forgotten_but_for_the_last() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let node = Node::over(database.node(running()).await);
    scheme::onboard(&node.committer, "1000000").await;
    node.accepted(preparing(1)).await;
    let client = database.client().await;
    let count = async || {
        let row = client.query_one("SELECT count(*) FROM batches", &[]).await.unwrap();
        row.get::<_, i64>(0)
    };
    assert_eq!(count().await, 2);
    node.store.archive(Timestamp(0), 10).await.unwrap();
    assert_eq!(count().await, 2, "they are young");
    client.execute("UPDATE batches SET now = 0", &[]).await.unwrap();
    node.store.archive(Timestamp(0), 10).await.unwrap();
    assert_eq!(count().await, 1, "its node may be waiting to ask for it");
}

#[tokio::test]
async fn time_is_the_databases() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    for (wrong_by_ms, settings) in [0, 60_000, -60_000].map(|ms| (ms, database.settings())) {
        let machine = Arc::new(crate::place::Shifted(SystemClock::new(), wrong_by_ms));
        let store = PostgresStore::connect(settings, machine).await.unwrap();
        let client = database.client().await;
        let (now, apart_ms) = apart(&store, &client).await;
        assert!(apart_ms <= 700, "{apart_ms} ms apart");
        let ahead_ms = store.wall_ahead_ms() - wrong_by_ms;
        assert!((-1_000..=1_000).contains(&ahead_ms), "{ahead_ms} ms");
        let mut transaction = store.begin().await.unwrap();
        transaction.load(&[], &[]).await.unwrap();
        let apart_ms = transaction.now().0 - now;
        assert!((0..=10_000).contains(&apart_ms), "{apart_ms} ms after");
    }
}

#[tokio::test]
async fn a_node_that_waited_to_be_registered_has_the_databases_time() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    drop(database.node(running()).await);
    let client = database.client().await;
    client.batch_execute("BEGIN; LOCK TABLE nodes IN EXCLUSIVE MODE").await.unwrap();
    let machine = Arc::new(SystemClock::new());
    let (store, ()) = tokio::join!(PostgresStore::connect(database.settings(), machine), async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        client.batch_execute("COMMIT").await.unwrap();
    });
    let (_, apart_ms) = apart(&store.unwrap(), &client).await;
    assert!(apart_ms <= 700, "{apart_ms} ms apart");
}

/// The database's time, and how far a node's is from it: from the interval in which the node was asked.
async fn apart(store: &PostgresStore, client: &Client) -> (i64, i64) {
    let read = async || {
        let text = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        client.query_one(text, &[]).await.unwrap().get::<_, i64>(0)
    };
    let before = read().await;
    let said = store.now().0;
    let after = read().await;
    (before, (before - said).max(said - after).max(0))
}
