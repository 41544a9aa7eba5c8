//! A child process that pays and is killed: what it was told is there once, and whole.
//!
//! The test runs its own binary again as its child, reads the ids that it prints when they are
//! acknowledged, kills it at a seeded instant, and opens what is left. The second program knows
//! nothing of the first but what it printed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use switch::{AccountKind, Outcome, Rules, Timestamp, TransferId, TransferState};
use switch_store::{
    Committer, DocumentKey, DocumentWrite, EmbeddedStore, Expected, OutboxId, OutboxRows, Sink,
    SteadyClock, Store, StoreError, Submission, SystemClock,
};

use crate::committer::row;
use crate::place::{Told, YearOfTest};
use crate::scheme::{self, fulfil, prepare};

const KILLS: u64 = 20;
const SEED: u64 = 0x00c0_ffee;
const PAYERS_AT_ONCE: u128 = 16;
const TEST: &str = "kill::twenty_kills_lose_nothing_and_double_nothing";
const DIRECTORY: &str = "SWITCH_STORE_KILL_DIRECTORY";
const RUN: &str = "SWITCH_STORE_KILL_RUN";

/// What the child printed, line by line: `prepared <id> <time>` and `paid <id> <time>`.
#[derive(Default)]
pub struct Printed {
    pub prepared: BTreeSet<u128>,
    pub paid: BTreeSet<u128>,
    pub last: Option<Timestamp>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_lose_nothing_and_double_nothing() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        return child(&PathBuf::from(directory)).await;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut random = SEED;
    let mut printed = Printed::default();
    let mut last_outbox = OutboxId(0);
    for run in 1..=KILLS {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wait = Duration::from_micros(1_000 + (random >> 33) % 120_000);
        run_and_kill(directory.path(), run, wait, &mut printed);
        let store = open(directory.path());
        let highest = check(&*store, &printed).await;
        assert!(highest >= last_outbox, "outbox numbers went back");
        last_outbox = highest;
    }
    println!("{} prepared, {} paid over {KILLS} kills", printed.prepared.len(), printed.paid.len());
    assert!(printed.paid.len() as u64 > KILLS, "the child was killed before it paid anything");
}

/// Starts the child, and kills it `wait` after its first payment.
fn run_and_kill(directory: &Path, run: u64, wait: Duration, printed: &mut Printed) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(DIRECTORY, directory)
        .env(RUN, run.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("prepared ") {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "run {run} ended by itself");
    }
    let killer = std::thread::spawn(move || {
        std::thread::sleep(wait);
        child.kill().unwrap();
        child.wait().unwrap()
    });
    // A line without its end was cut off by the kill.
    while line.ends_with('\n') {
        printed.add(&line);
        line.clear();
        output.read_line(&mut line).unwrap();
    }
    let status = killer.join().unwrap();
    assert_eq!(status.code(), None, "run {run} ended by itself");
}

impl Printed {
    fn add(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        let ids = match words.next() {
            Some("prepared") => &mut self.prepared,
            Some("paid") => &mut self.paid,
            // The test harness prints lines of its own.
            _ => return,
        };
        assert!(ids.insert(words.next().unwrap().parse().unwrap()), "told twice: {line}");
        let now = Timestamp(words.next().unwrap().parse().unwrap());
        self.last = self.last.max(Some(now));
    }
}

fn open(directory: &Path) -> Arc<dyn Store> {
    for _ in 0..100 {
        // The year of the test begins anew: the store's time has to go on from the last batch.
        match EmbeddedStore::open(directory, clock()) {
            // The system may need a moment to take the killed process's lock away.
            Err(StoreError::Locked { .. }) => std::thread::sleep(Duration::from_millis(20)),
            opened => return Arc::new(opened.unwrap()),
        }
    }
    panic!("the store of a killed process stays locked");
}

fn clock() -> Arc<SteadyClock> {
    SteadyClock::new(Arc::new(YearOfTest(SystemClock::new())))
}

/// Everything printed is there; everything there is whole and there once; the sums agree.
pub async fn check(store: &dyn Store, printed: &Printed) -> OutboxId {
    scheme::assert_accounts_sum_to_zero(store).await;
    assert!(store.now() >= printed.last.unwrap(), "time went back");
    // What a killed process held is free; where others share the store, it may still be at work.
    let which = if store.is_shared() { OutboxRows::All } else { OutboxRows::Unclaimed };
    let rows = store.outbox(which, OutboxId(0), usize::MAX).await.unwrap();
    let mut sent: BTreeMap<String, u32> = BTreeMap::new();
    for row in &rows {
        *sent.entry(String::from_utf8(row.body.to_vec()).unwrap()).or_default() += 1;
    }
    assert!(sent.values().all(|count| *count == 1), "sent twice");
    let journeys = store.documents("journey", None, usize::MAX).await.unwrap();
    let prepared: BTreeSet<u128> = journeys
        .iter()
        .map(|(key, _)| u128::from_be_bytes(key.key[..].try_into().unwrap()))
        .collect();
    assert!(prepared.is_superset(&printed.prepared), "a prepare was lost");
    assert_eq!(sent.keys().filter(|body| body.starts_with("prepare ")).count(), prepared.len());
    let (mut reserved, mut paid) = (0, 0);
    for (id, (_, journey)) in prepared.iter().zip(&journeys) {
        let transfer = store.transfer(TransferId(*id)).await.unwrap();
        let state = transfer.expect("a document without its transfer").state;
        assert!(sent.contains_key(&format!("prepare {id}")), "a prepare without its row");
        let is_paid = state == TransferState::Committed;
        assert_eq!(journey.version, if is_paid { 2 } else { 1 });
        assert_eq!(sent.contains_key(&format!("paid {id}")), is_paid);
        assert!(is_paid || !printed.paid.contains(id), "a payment was lost");
        (reserved, paid) = if is_paid { (reserved, paid + 1) } else { (reserved + 1, paid) };
    }
    let balance = async |participant, kind| scheme::balance(store, participant, kind).await;
    assert_eq!(balance("payer", AccountKind::InFlight).await, -10_000 * reserved);
    assert_eq!(balance("payee", AccountKind::Position).await, -10_000 * paid);
    assert_eq!(balance("payer", AccountKind::Position).await, 10_000 * (paid + reserved));
    let open = store.deadlines(Timestamp(i64::MAX), usize::MAX).await.unwrap();
    assert_eq!(open.len() as i128, reserved, "a deadline for each that is open");
    rows.last().map_or(OutboxId(0), |row| row.id)
}

/// Pays until it is killed.
async fn child(directory: &Path) {
    let run: u128 = std::env::var(RUN).unwrap().parse().unwrap();
    let clock = clock();
    let store: Arc<dyn Store> =
        Arc::new(EmbeddedStore::open(directory, Arc::clone(&clock)).unwrap());
    let sink: Arc<dyn Sink> = Arc::new(Told::default());
    let committer = Committer::start(Arc::clone(&store), Rules::default(), clock, sink).unwrap();
    if store.participants().await.unwrap().is_empty() {
        scheme::onboard(&committer, "1000000").await;
    }
    let payers = (0..PAYERS_AT_ONCE).map(|payer| {
        let committer = committer.clone();
        tokio::spawn(async move {
            for count in 0.. {
                pay(&committer, (run << 64) + count * PAYERS_AT_ONCE + payer).await;
            }
        })
    });
    for payer in payers.collect::<Vec<_>>() {
        payer.await.unwrap();
    }
}

/// Prepares and fulfils one transfer, and prints each once it is acknowledged.
async fn pay(committer: &Committer, id: u128) {
    for (word, submission) in [("prepared", preparing(id)), ("paid", paying(id))] {
        let committed = committer.submit(submission).await.unwrap();
        assert_eq!(committed.decisions[0].outcome, Outcome::Accepted);
        let mut output = std::io::stdout().lock();
        writeln!(output, "{word} {id} {}", committed.now.0).unwrap();
        output.flush().unwrap();
    }
}

/// A prepare with its journey's document and an outbox row.
pub fn preparing(id: u128) -> Submission {
    step(id, prepare(id, "1"), Expected::Absent, "prepare")
}

/// The fulfil, which the journey takes once.
pub fn paying(id: u128) -> Submission {
    step(id, fulfil(id), Expected::Version(1), "paid")
}

fn step(id: u128, command: switch::Command, expected: Expected, sent: &str) -> Submission {
    let key = DocumentKey::new("journey", Bytes::copy_from_slice(&id.to_be_bytes()));
    let body = Some(Bytes::from_static(b"journey"));
    Submission {
        commands: vec![command],
        documents: vec![DocumentWrite { key, expected, body, deadline: None }],
        outbox: vec![row(format!("{sent} {id}"))],
        ..Submission::default()
    }
}
