//! What only the store on disk does.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use switch::{Key, Rules, TransferId};
use switch_store::{
    Batch, CommitError, Committer, Document, DocumentKey, EmbeddedStore, Sink, Store, StoreError,
};
use tempfile::TempDir;

use crate::place::{Place, Told, clocks};
use crate::scheme::{self, commands, prepare};

#[test]
fn a_directory_in_use_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(directory.path(), clocks().1).unwrap();
    let Err(error) = EmbeddedStore::open(directory.path(), clocks().1) else {
        panic!("opened twice");
    };
    assert_eq!(error, StoreError::Locked { directory: directory.path().into() });
    assert!(error.to_string().contains(&directory.path().display().to_string()), "{error}");
    drop(store);
    assert!(EmbeddedStore::open(directory.path(), clocks().1).is_ok());
}

#[test]
fn a_file_in_place_of_the_directory_is_refused_by_name() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let Err(error) = EmbeddedStore::open(file.path(), clocks().1) else { panic!("opened a file") };
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
}

#[tokio::test]
async fn rows_of_another_format_are_refused_not_guessed_at() {
    let directory = tempfile::tempdir().unwrap();
    let rows = scheme::rows_of_every_kind();
    let store: Arc<dyn Store> =
        Arc::new(EmbeddedStore::open(directory.path(), clocks().1).unwrap());
    let transaction = store.begin().await.unwrap();
    transaction.commit(Batch { rows, ..Batch::default() }).await.unwrap();
    drop(store);

    // The first byte of a stored row is the version of its format.
    damage(directory.path(), "transfers", &[2, 1, 1]);
    let store = EmbeddedStore::open(directory.path(), clocks().1).unwrap();
    let read = store.read(&[Key::Transfer(TransferId(1))]).await.map(|_| ());
    assert_eq!(read, Err(StoreError::Corrupt { table: "transfers" }));
    drop(store);

    damage(directory.path(), "accounts", &[1]);
    let opened = EmbeddedStore::open(directory.path(), clocks().1).map(|_| ());
    assert_eq!(opened, Err(StoreError::Corrupt { table: "accounts" }));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_stops_only_those_who_need_it() {
    let directory = tempfile::tempdir().unwrap();
    let open = || {
        let (_, clock) = clocks();
        let store: Arc<dyn Store> =
            Arc::new(EmbeddedStore::open(directory.path(), Arc::clone(&clock)).unwrap());
        let sink: Arc<dyn Sink> = Arc::new(Told::default());
        let rules = Rules::default();
        (Arc::clone(&store), Committer::start(store, rules, clock, sink).unwrap())
    };
    let (store, committer) = open();
    scheme::onboard(&committer, "100").await;
    committer.submit(commands(vec![prepare(1, "1")])).await.unwrap();
    committer.stop().await;
    drop((store, committer));
    damage(directory.path(), "transfers", &[0]);

    let (_store, committer) = open();
    let submit = |id| {
        let committer = committer.clone();
        tokio::spawn(async move { committer.submit(commands(vec![prepare(id, "1")])).await })
    };
    let answers = [2, 1, 3, 4].map(submit);
    let mut results = Vec::new();
    for answer in answers {
        results.push(answer.await.unwrap().err());
    }
    assert_eq!(results, [None, Some(CommitError::Internal), None, None]);
}

/// Overwrites the first row of a table behind the store's back.
fn damage(directory: &Path, table: &str, value: &[u8]) {
    let database = fjall::Database::builder(directory).open().unwrap();
    let keyspace = database.keyspace(table, fjall::KeyspaceCreateOptions::default).unwrap();
    let key = keyspace.first_key_value().unwrap().key().unwrap();
    keyspace.insert(key, value).unwrap();
}

#[tokio::test]
async fn what_was_synced_is_read_by_a_copy_of_the_files() {
    // A copy taken while the store is open is what a killed process leaves.
    let (_, clock) = clocks();
    let place = Place::disk();
    let store = place.open(clock).await;
    let rows = scheme::rows_of_every_kind();
    let keys: Vec<Key> = rows.iter().map(switch::Row::key).collect();
    let transaction = store.begin().await.unwrap();
    transaction.commit(Batch { rows: rows.clone(), ..Batch::default() }).await.unwrap();
    let Place::Disk(directory) = &place else { panic!("on disk") };
    let copy = tempfile::tempdir().unwrap();
    copy_files(directory.path(), copy.path());
    let copied = EmbeddedStore::open(copy.path(), clocks().1).unwrap();
    let view = copied.read(&keys).await.unwrap();
    for row in &rows {
        assert_eq!(view.row(&row.key()), Some(Some(row)));
    }
}

#[tokio::test]
async fn a_batch_that_the_power_cut_short_is_as_if_it_had_never_been() {
    let (_, clock) = clocks();
    let place = Place::disk();
    let store = place.open(clock).await;
    let Place::Disk(directory) = &place else { panic!("on disk") };
    let write = async |body: &'static str| {
        let document = Document { version: 1, deadline: None, body: body.repeat(2_000).into() };
        let documents = vec![(DocumentKey::new("journey", body), Some(document))];
        let rows = scheme::rows_of_every_kind();
        let batch = Batch { rows, documents, ..Batch::default() };
        store.begin().await.unwrap().commit(batch).await.unwrap();
        journal(directory.path()).1
    };
    let whole = write("whole").await.len();
    let bytes = write("torn").await;
    let cuts = (whole + 1..bytes.len()).step_by(1_009).chain([bytes.len() - 1]);
    for cut in cuts {
        let (copy, found) = reopened(directory.path(), &bytes[..cut], |_| {}).await;
        assert_eq!(found.unwrap(), ["whole"], "cut at {cut} of {}", bytes.len());
        drop(copy);
    }
    let (_copy, found) = reopened(directory.path(), &bytes, |_| {}).await;
    assert_eq!(found.unwrap(), ["torn", "whole"]);
    // A page that is missing although a later one was written: refused, not read in part.
    let hole = |bytes: &mut [u8]| bytes[whole + 4_096..whole + 5_000].fill(0);
    let (_copy, found) = reopened(directory.path(), &bytes, hole).await;
    assert!(matches!(found, Err(StoreError::Open { .. })), "{found:?}");
}

/// The active journal and its bytes, without the zeros that were allocated in advance.
fn journal(directory: &Path) -> (PathBuf, Vec<u8>) {
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let journals = files.filter(|path| path.extension().is_some_and(|end| end == "jnl"));
    let path = journals.max().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.truncate(used);
    (path, bytes)
}

/// Opens a copy of the store whose journal holds `bytes` and zeros, and lists its journeys.
async fn reopened(
    directory: &Path,
    bytes: &[u8],
    damage: impl Fn(&mut [u8]),
) -> (TempDir, Result<Vec<String>, StoreError>) {
    let copy = tempfile::tempdir().unwrap();
    copy_files(directory, copy.path());
    let (path, before) = journal(copy.path());
    let mut torn = vec![0; before.len() + 65_536];
    torn[..bytes.len()].copy_from_slice(bytes);
    damage(&mut torn);
    std::fs::write(path, torn).unwrap();
    let store = match EmbeddedStore::open(copy.path(), clocks().1) {
        Ok(store) => store,
        Err(error) => return (copy, Err(error)),
    };
    let journeys = store.documents("journey", None, 10).await.unwrap();
    let names = journeys.into_iter().map(|(key, _)| String::from_utf8(key.key.to_vec()).unwrap());
    (copy, Ok(names.collect()))
}

fn copy_files(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_files(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_one_instant_of_a_store_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| EmbeddedStore::open(&folder.path().join(name), clocks().1).unwrap();
    let store = Arc::new(open("store"));
    let (done, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writer = {
        let (store, done, written) = (Arc::clone(&store), Arc::clone(&done), Arc::clone(&written));
        tokio::spawn(async move {
            while !done.load(Ordering::SeqCst) {
                let count = written.load(Ordering::SeqCst) + 1;
                write_pair(&*store, count).await;
                written.store(count, Ordering::SeqCst);
            }
        })
    };
    for round in 0..5 {
        let name = format!("backup{round}");
        let before = waited(&written, 20).await;
        let (from, to) = (Arc::clone(&store), folder.path().join(&name));
        let rows = tokio::task::spawn_blocking(move || from.back_up(&to)).await.unwrap().unwrap();
        let after = written.load(Ordering::SeqCst) + 1;
        let copy = open(&name);
        let [left, right] = pair(&copy).await;
        assert_eq!(left, right, "half of a batch");
        assert!((before..=after).contains(&left), "{before} {left} {after}");
        assert_eq!(rows, left + 4, "one a batch; the pair; last batch and number of openings");
        let refused = store.back_up(&folder.path().join(&name));
        assert!(matches!(refused, Err(StoreError::Open { .. })), "{refused:?}");
        // It is a store like any other.
        write_pair(&copy, 7).await;
        drop(copy);
        assert_eq!(pair(&open(&name)).await, [7, 7]);
    }
    done.store(true, Ordering::SeqCst);
    writer.await.unwrap();
}

/// One batch: two documents that say the same, and one of its own.
async fn write_pair(store: &dyn Store, count: u64) {
    let body = Bytes::from(count.to_string());
    let key = |kind: &'static str| DocumentKey::new(kind, "pair");
    let document = Document { version: 1, deadline: None, body };
    let own = DocumentKey::new("own", count.to_be_bytes().to_vec());
    let documents = [key("left"), own, key("right")].map(|key| (key, Some(document.clone())));
    let batch = Batch { documents: documents.into(), ..Batch::default() };
    store.begin().await.unwrap().commit(batch).await.unwrap();
}

async fn pair(store: &dyn Store) -> [u64; 2] {
    let mut counts = [0; 2];
    for (count, kind) in counts.iter_mut().zip(["left", "right"]) {
        let document = store.document(&DocumentKey::new(kind, "pair")).await.unwrap().unwrap();
        *count = std::str::from_utf8(&document.body).unwrap().parse().unwrap();
    }
    counts
}

/// The count, when it is so many more.
async fn waited(count: &AtomicU64, more: u64) -> u64 {
    let until = count.load(Ordering::SeqCst) + more;
    while count.load(Ordering::SeqCst) < until {
        tokio::task::yield_now().await;
    }
    count.load(Ordering::SeqCst)
}
