//! What every store must do; each test runs over each place.

use std::sync::Arc;

use bytes::Bytes;
use switch::{Key, Row, Timestamp, TransferId};
use switch_store::{
    Batch, Deadline, DeadlineChange, DeadlineSubject, Document, DocumentKey, NewOutboxRow,
    OutboxId, OutboxRow, OutboxRows, Store, StoreError, Transaction,
};

use crate::place::{Place, START, clocks};
use crate::scheme;

macro_rules! over_each_place {
    ($($test:ident)*) => {
        mod on_disk {
            $(#[tokio::test] async fn $test() { super::$test(crate::place::Place::disk()).await })*
        }
        mod in_memory {
            $(#[tokio::test] async fn $test() { super::$test(crate::place::Place::memory()).await })*
        }
        mod in_shared_memory {
            $(#[tokio::test] async fn $test() {
                super::$test(crate::place::Place::shared_memory()).await
            })*
        }
        mod on_postgres {
            $(#[tokio::test] async fn $test() {
                if let Some(place) = crate::place::Place::postgres().await {
                    super::$test(place).await;
                }
            })*
        }
    };
}

over_each_place! {
    every_kind_of_row_survives_reopening
    what_is_not_stored_is_known_to_be_absent
    a_later_row_replaces_an_earlier_one
    a_dropped_transaction_has_no_effect
    of_two_transactions_the_later_to_commit_conflicts
    documents_are_listed_by_kind_and_key
    documents_survive_reopening_and_removal
    outbox_rows_survive_and_are_free_after_reopening
    outbox_numbers_and_batches_count_on_after_reopening
    deadlines_come_in_order_and_move
    time_never_goes_back_over_a_reopening
    a_batch_is_known_by_its_number
    every_batch_is_one_sync_unless_lazy
    a_batch_is_seen_whole_in_whatever_order_it_is_read
}

async fn begin(store: &Arc<dyn Store>) -> Box<dyn Transaction> {
    store.begin().await.unwrap()
}

async fn commit(store: &Arc<dyn Store>, batch: Batch) {
    begin(store).await.commit(batch).await.unwrap();
}

fn outbox_row(body: &'static str) -> NewOutboxRow {
    NewOutboxRow {
        destination: "payer".into(),
        resource: "transfer/1".into(),
        deadline: Some(START),
        kind: 7,
        body: Bytes::from_static(body.as_bytes()),
    }
}

fn document(version: u64, body: &'static str, deadline: Option<Timestamp>) -> Document {
    Document { version, deadline, body: Bytes::from_static(body.as_bytes()) }
}

fn transfer_deadline(id: u128, at: Option<i64>) -> DeadlineChange {
    let subject = DeadlineSubject::Transfer(TransferId(id));
    DeadlineChange { subject, at: at.map(Timestamp) }
}

async fn every_kind_of_row_survives_reopening(place: Place) {
    let rows = scheme::rows_of_every_kind();
    let keys: Vec<Key> = rows.iter().map(Row::key).collect();
    let (_, clock) = clocks();
    let store = place.open(Arc::clone(&clock)).await;
    commit(&store, Batch { rows: rows.clone(), ..Batch::default() }).await;
    let expected: Vec<Option<&Row>> = rows.iter().map(Some).collect();
    let warm = store.read(&keys).await.unwrap();
    assert_eq!(keys.iter().map(|key| warm.row(key).unwrap()).collect::<Vec<_>>(), expected);
    drop(store);
    let store = place.open(clock).await;
    let cold = store.read(&keys).await.unwrap();
    assert_eq!(keys.iter().map(|key| cold.row(key).unwrap()).collect::<Vec<_>>(), expected);
    let mut transaction = begin(&store).await;
    transaction.load(&keys, &[]).await.unwrap();
    let view = transaction.view();
    assert_eq!(keys.iter().map(|key| view.row(key).unwrap()).collect::<Vec<_>>(), expected);
    assert_eq!(store.participants().await.unwrap().len(), 1);
    assert_eq!(store.accounts().await.unwrap().len(), 1);
    assert!(store.transfer(TransferId(1)).await.unwrap().is_some());
    assert!(store.participant(&scheme::name("payer")).await.unwrap().is_some());
}

async fn what_is_not_stored_is_known_to_be_absent(place: Place) {
    let store = place.open(clocks().1).await;
    let keys: Vec<Key> = scheme::rows_of_every_kind().iter().map(Row::key).collect();
    let mut transaction = begin(&store).await;
    transaction.load(&keys, &[DocumentKey::new("journey", "1")]).await.unwrap();
    for key in &keys {
        assert_eq!(transaction.view().row(key), Some(None), "{key:?}");
    }
    assert_eq!(transaction.document(&DocumentKey::new("journey", "1")), None);
    assert_eq!(store.transfer(TransferId(1)).await.unwrap(), None);
    assert_eq!(store.participant(&scheme::name("payer")).await.unwrap(), None);
}

async fn a_later_row_replaces_an_earlier_one(place: Place) {
    let (_, clock) = clocks();
    let store = place.open(Arc::clone(&clock)).await;
    use switch::TransferState as S;
    for state in [S::Held, S::Reserved, S::Committed] {
        let reference = switch::VerdictReference::try_from(b"verdict/1".to_vec()).unwrap();
        let (verdict, verdict_reference) = (switch::Verdict::Hold, Some(reference));
        let transfer =
            switch::Transfer { state, verdict, verdict_reference, ..scheme::transfer(1) };
        let rows = vec![Row::Transfer(Box::new(transfer))];
        commit(&store, Batch { rows, ..Batch::default() }).await;
        let stored = store.transfer(TransferId(1)).await.unwrap().unwrap();
        assert_eq!((stored.state, stored.verdict), (state, verdict));
    }
    drop(store);
    let stored = place.open(clock).await.transfer(TransferId(1)).await.unwrap().unwrap();
    assert_eq!(stored.state, switch::TransferState::Committed);
}

async fn a_dropped_transaction_has_no_effect(place: Place) {
    let store = place.open(clocks().1).await;
    let mut transaction = begin(&store).await;
    let row = scheme::rows_of_every_kind().remove(0);
    transaction.load(&[], &[]).await.unwrap();
    transaction.view().insert(row.key(), Some(row.clone()));
    let number = transaction.next_outbox_id();
    drop(transaction);
    assert_eq!(store.read(&[row.key()]).await.unwrap().row(&row.key()), Some(None));
    let mut next = begin(&store).await;
    next.load(&[], &[]).await.unwrap();
    // Where others draw numbers too, those that were not used are never given out again.
    match store.is_shared() {
        true => assert!(next.next_outbox_id() > number),
        false => assert_eq!(next.next_outbox_id(), number),
    }
}

async fn of_two_transactions_the_later_to_commit_conflicts(place: Place) {
    let store = place.open(clocks().1).await;
    let (mut first, mut second) = (begin(&store).await, begin(&store).await);
    let key = DocumentKey::new("journey", "1");
    first.load(&[], std::slice::from_ref(&key)).await.unwrap();
    second.load(&[], std::slice::from_ref(&key)).await.unwrap();
    let write = |body| Batch {
        documents: vec![(key.clone(), Some(document(1, body, None)))],
        ..Batch::default()
    };
    second.commit(write("second")).await.unwrap();
    let late = first.commit(write("first")).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    assert_eq!(store.document(&key).await.unwrap().unwrap().body, "second");
}

async fn documents_are_listed_by_kind_and_key(place: Place) {
    let store = place.open(clocks().1).await;
    let keys = [("a", "2"), ("ab", "1"), ("a", "1"), ("a", ""), ("b", "1"), ("a", "10")];
    let documents = keys
        .map(|(kind, key)| (DocumentKey::new(kind, key), Some(document(3, "body", Some(START)))));
    commit(&store, Batch { documents: documents.to_vec(), ..Batch::default() }).await;
    let listed = async |kind: &str, after: Option<&[u8]>, limit| {
        let found = store.documents(kind, after, limit).await.unwrap();
        let keys = found.into_iter().map(|(key, document)| {
            assert_eq!((key.kind.as_ref(), document.version), (kind, 3));
            String::from_utf8(key.key.to_vec()).unwrap()
        });
        keys.collect::<Vec<_>>()
    };
    assert_eq!(listed("a", None, 10).await, ["", "1", "10", "2"]);
    assert_eq!(listed("a", None, 2).await, ["", "1"]);
    assert_eq!(listed("a", Some(b"1"), 10).await, ["10", "2"]);
    assert_eq!(listed("a", Some(b""), 1).await, ["1"]);
    assert_eq!(listed("ab", None, 10).await, ["1"]);
    assert_eq!(listed("c", None, 10).await, [""; 0]);
}

async fn documents_survive_reopening_and_removal(place: Place) {
    let (_, clock) = clocks();
    let store = place.open(Arc::clone(&clock)).await;
    let key = DocumentKey::new("journey", "1");
    let kept = document(4, "body", Some(START));
    let documents = vec![(key.clone(), Some(kept.clone()))];
    commit(&store, Batch { documents, ..Batch::default() }).await;
    drop(store);
    let store = place.open(clock).await;
    assert_eq!(store.document(&key).await.unwrap(), Some(kept.clone()));
    let mut transaction = begin(&store).await;
    transaction.load(&[], std::slice::from_ref(&key)).await.unwrap();
    assert_eq!(transaction.document(&key), Some(&kept));
    let documents = vec![(key.clone(), None)];
    transaction.commit(Batch { documents, ..Batch::default() }).await.unwrap();
    assert_eq!(store.document(&key).await.unwrap(), None);
    assert_eq!(store.documents("journey", None, 10).await.unwrap(), []);
}

/// Commits one outbox row a body, in one batch.
async fn send(store: &Arc<dyn Store>, bodies: &[&'static str]) -> Vec<OutboxRow> {
    let mut transaction = begin(store).await;
    transaction.load(&[], &[]).await.unwrap();
    let claimant = transaction.claimant();
    let rows =
        bodies.iter().map(|body| outbox_row(body).numbered(transaction.next_outbox_id(), claimant));
    let outbox: Vec<OutboxRow> = rows.collect();
    transaction.commit(Batch { outbox: outbox.clone(), ..Batch::default() }).await.unwrap();
    outbox
}

async fn outbox_rows_survive_and_are_free_after_reopening(place: Place) {
    let (_, clock) = clocks();
    let store = place.open(Arc::clone(&clock)).await;
    let sent = send(&store, &["one", "two", "three"]).await;
    let all = store.outbox(OutboxRows::All, OutboxId(0), 10).await.unwrap();
    assert_eq!(all, sent);
    assert!(all.iter().all(|row| row.claimed_by.is_some() && row.attempts == 0));
    assert_eq!(store.outbox(OutboxRows::Unclaimed, OutboxId(0), 10).await.unwrap(), []);
    commit(&store, Batch { removed: vec![sent[1].id, OutboxId(99)], ..Batch::default() }).await;
    drop(store);

    let store = place.open(clock).await;
    let free = store.outbox(OutboxRows::Unclaimed, OutboxId(0), 10).await.unwrap();
    let expected =
        [&sent[0], &sent[2]].map(|row| OutboxRow { claimed_by: None, attempts: 1, ..row.clone() });
    assert_eq!(free, expected);
    let new = send(&store, &["four"]).await;
    let free = store.outbox(OutboxRows::Unclaimed, OutboxId(0), 10).await.unwrap();
    assert_eq!(free, expected, "a new row is born claimed");
    let after = store.outbox(OutboxRows::All, sent[0].id, 10).await.unwrap();
    assert_eq!(after, [expected[1].clone(), new[0].clone()]);
    assert_eq!(store.outbox(OutboxRows::All, OutboxId(0), 1).await.unwrap(), expected[..1]);
}

async fn outbox_numbers_and_batches_count_on_after_reopening(place: Place) {
    let (_, clock) = clocks();
    let store = place.open(Arc::clone(&clock)).await;
    let first = send(&store, &["one", "two"]).await;
    let batch = begin(&store).await.id();
    let claimant = begin(&store).await.claimant();
    drop(store);
    let store = place.open(clock).await;
    assert!(begin(&store).await.id() >= batch);
    assert!(begin(&store).await.claimant() > claimant);
    let second = send(&store, &["three"]).await;
    assert!(first[0].id < first[1].id && first[1].id < second[0].id);
}

async fn deadlines_come_in_order_and_move(place: Place) {
    let (_, clock) = clocks();
    let store = place.open(Arc::clone(&clock)).await;
    let journey = DeadlineSubject::Document(DocumentKey::new("journey", "1"));
    let set = vec![
        transfer_deadline(1, Some(300)),
        transfer_deadline(2, Some(100)),
        transfer_deadline(3, Some(400)),
        DeadlineChange { subject: journey.clone(), at: Some(Timestamp(200)) },
    ];
    commit(&store, Batch { deadlines: set, ..Batch::default() }).await;
    let moved = vec![transfer_deadline(2, Some(350)), transfer_deadline(3, None)];
    commit(&store, Batch { deadlines: moved, ..Batch::default() }).await;
    let transfer =
        |id, at| Deadline { at: Timestamp(at), subject: DeadlineSubject::Transfer(TransferId(id)) };
    let all =
        [Deadline { at: Timestamp(200), subject: journey }, transfer(1, 300), transfer(2, 350)];
    check_deadlines(&store, &all).await;
    drop(store);
    check_deadlines(&place.open(clock).await, &all).await;
}

async fn check_deadlines(store: &Arc<dyn Store>, all: &[Deadline]) {
    let due = async |until, limit| store.deadlines(Timestamp(until), limit).await.unwrap();
    assert_eq!(due(i64::MAX, 10).await, all);
    assert_eq!(due(300, 10).await, all[..2]);
    assert_eq!(due(299, 10).await, all[..1]);
    assert_eq!(due(i64::MAX, 1).await, all[..1]);
    let mut subjects: Vec<_> = all.iter().map(|deadline| deadline.subject.clone()).collect();
    subjects.push(DeadlineSubject::Transfer(TransferId(3)));
    let mut still = store.still_due(&subjects).await.unwrap();
    still.sort_unstable();
    assert_eq!(still, all, "one was lifted");
}

async fn time_never_goes_back_over_a_reopening(place: Place) {
    let (source, clock) = clocks();
    let store = place.open(clock).await;
    source.advance_ms(90_000);
    let written = begin(&store).await;
    let last = written.now();
    assert_eq!(last, START.plus_ms(90_000));
    written.commit(Batch::default()).await.unwrap();
    drop(store);
    let (earlier, clock) = clocks();
    earlier.step_wall_ms(-60_000);
    let store = place.open(clock).await;
    assert_eq!(begin(&store).await.now(), last);
    assert_eq!(store.now(), last);
    earlier.advance_ms(500);
    assert_eq!(store.now(), last.plus_ms(500), "it runs on from there");
}

async fn a_batch_is_known_by_its_number(place: Place) {
    let store = place.open(clocks().1).await;
    let first = begin(&store).await;
    let id = first.id();
    first.commit(Batch::default()).await.unwrap();
    assert!(store.took_effect(id).await.unwrap());
    let next = begin(&store).await.id();
    assert!(next > id && !store.took_effect(next).await.unwrap());
}

async fn every_batch_is_one_sync_unless_lazy(place: Place) {
    let store = place.open(clocks().1).await;
    let before = store.syncs();
    commit(&store, Batch { rows: scheme::rows_of_every_kind(), ..Batch::default() }).await;
    assert_eq!(store.syncs(), before + 1);
    commit(&store, Batch { lazy: true, removed: vec![OutboxId(1)], ..Batch::default() }).await;
    assert_eq!(store.syncs(), before + 1);
}

/// Batch n writes n into a row and into many documents. Who reads them one after the other may see a
/// later batch in a later read, never an earlier one.
async fn a_batch_is_seen_whole_in_whatever_order_it_is_read(place: Place) {
    const BATCHES: i64 = 150;
    if matches!(place, Place::Memory(_)) {
        return; // Its engine shows its present: the simulator reads and writes by turns.
    }
    let store = place.open(clocks().1).await;
    commit(&store, numbered(0)).await;
    let (reading, handle) = (Arc::clone(&store), tokio::runtime::Handle::current());
    let reader =
        tokio::task::spawn_blocking(move || handle.block_on(read_until(&reading, BATCHES)));
    for number in 1..=BATCHES {
        commit(&store, numbered(number)).await;
    }
    reader.await.unwrap();
}

fn numbered(number: i64) -> Batch {
    let due_at = START.plus_ms(number);
    let transfer = switch::Transfer { due_at, ..scheme::transfer(1) };
    let document = |key: u32| {
        let document = document(1, "body", Some(due_at));
        (DocumentKey::new("numbered", key.to_string()), Some(document))
    };
    let (rows, documents) = (vec![Row::Transfer(Box::new(transfer))], (0..64).map(document));
    Batch { rows, documents: documents.collect(), ..Batch::default() }
}

async fn read_until(store: &Arc<dyn Store>, last: i64) {
    let key = |key: &'static str| DocumentKey::new("numbered", key);
    let (first, other) = (key("0"), key("63"));
    let mut seen = START;
    while seen < START.plus_ms(last) {
        for key in [&first, &other] {
            let document = store.document(key).await.unwrap().unwrap().deadline.unwrap();
            assert!(document >= seen, "a document of {document:?} after a row of {seen:?}");
            seen = store.transfer(TransferId(1)).await.unwrap().unwrap().due_at;
            assert!(seen >= document, "a row of {seen:?} after a document of {document:?}");
        }
    }
}
