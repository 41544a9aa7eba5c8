//! The drill of docs/operating/backup-and-restore.md on both stores: pay, back up, pay more, destroy,
//! restore. The books are as at the instant, what came later is unknown, and payments go on.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use causeway_tests::process::{Scheme, program};
use causeway_tests::{skip, tls};
use causeway_toolkit::cluster::fault::{Act, Part};
use causeway_toolkit::cluster::programs::Programs;
use causeway_toolkit::cluster::{ClusterOptions, Trial};
use causeway_toolkit::dfsp::{PartyId, PayRequest, PaymentEnd};
use causeway_toolkit::ledger_log::{Outcome, Standing};
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY, Players};
use serde_json::Value;

/// How long a node may take to find its store again, in milliseconds.
const PATIENCE_MS: u64 = 60_000;

/// Green pays Blue; the transfer's id.
async fn paid(players: &Players) -> String {
    let payee = PartyId::new("MSISDN", BLUE_NUMBER);
    let request = PayRequest { resends: 40, ..PayRequest::new(payee, CURRENCY, "12.5") };
    let outcome = players.green.pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    outcome.transfer_id
}

async fn standing(players: &Players, transfer: &str) -> Standing {
    players.green.ask_within(transfer, PATIENCE_MS).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_comes_back_from_a_copy() {
    let mut scheme = Scheme::start("").await;
    let before = paid(&scheme.players).await;
    let at_the_instant = scheme.witness().await.positions().await.unwrap();
    let (data, copy) = (scheme.process.data(), scheme.process.directory().join("copy"));
    scheme.process.kill();
    let copied = Command::new("cp").arg("--archive").arg(&data).arg(&copy).status();
    assert!(copied.unwrap().success());
    scheme.process.restart().await;
    let later = paid(&scheme.players).await;
    assert_eq!(standing(&scheme.players, &later).await, Standing::Final(Outcome::Committed));
    scheme.process.kill();
    fs::remove_dir_all(&data).unwrap();
    fs::rename(&copy, &data).unwrap();
    scheme.process.restart().await;
    assert_eq!(standing(&scheme.players, &before).await, Standing::Final(Outcome::Committed));
    assert_eq!(standing(&scheme.players, &later).await, Standing::Unknown);
    let restored = scheme.witness().await;
    assert_eq!(restored.positions().await.unwrap(), at_the_instant);
    paid(&scheme.players).await;
    let books = scheme.process.books().await;
    assert_eq!((books.sum, books.reserved), (0, 0));
}

/// Payments without a pause, by several at once, until told to stop.
const PAYERS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_comes_back_from_a_backup_that_was_taken_under_load() {
    let mut scheme = Scheme::start("").await;
    let paid_so_far: Arc<Mutex<Vec<String>>> = Arc::default();
    let is_over = Arc::new(AtomicBool::new(false));
    let payers: Vec<_> = (0..PAYERS)
        .map(|_| {
            let players = Arc::clone(&scheme.players);
            let (paid_so_far, is_over) = (Arc::clone(&paid_so_far), Arc::clone(&is_over));
            tokio::spawn(async move {
                while !is_over.load(Ordering::SeqCst) {
                    let id = paid(&players).await;
                    paid_so_far.lock().unwrap().push(id);
                }
            })
        })
        .collect();
    more(&paid_so_far, 10).await;
    let before = paid_so_far.lock().unwrap().clone();
    let backup = backed_up(&scheme).await;
    more(&paid_so_far, 10).await;
    is_over.store(true, Ordering::SeqCst);
    for payer in payers {
        payer.await.unwrap();
    }
    let later = paid(&scheme.players).await;
    let books = scheme.process.books().await;
    assert_eq!((books.sum, books.reserved), (0, 0), "the store that went on");

    let data = scheme.process.data();
    let aside = scheme.process.directory().join("restored");
    fs::rename(&backup, &aside).unwrap();
    fs::remove_dir_all(&data).unwrap();
    fs::rename(&aside, &data).unwrap();
    assert_eq!(scheme.process.books().await.sum, 0, "double entry at the instant");
    scheme.process.restart().await;
    for transfer in &before {
        let found = standing(&scheme.players, transfer).await;
        assert_eq!(found, Standing::Final(Outcome::Committed), "acknowledged before the backup");
    }
    assert_eq!(standing(&scheme.players, &later).await, Standing::Unknown);
    paid(&scheme.players).await;
    assert_eq!(scheme.process.books().await.sum, 0);
}

/// Has the node take a backup, as an operator does; where it is.
async fn backed_up(scheme: &Scheme) -> PathBuf {
    let folder = scheme.process.directory().to_owned();
    tls::operator().write(&folder, "operator").unwrap();
    let mut command = Command::new(program());
    command.arg("backup").arg("--config").arg(folder.join("causeway.toml"));
    let certificate = folder.join("operator.pem");
    command.arg("--certificate").arg(certificate).arg("--key").arg(folder.join("operator.key"));
    // The payers go on meanwhile.
    let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let answer: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert!(answer["rows"].as_u64().unwrap() > 0, "{answer}");
    let backup = PathBuf::from(answer["directory"].as_str().unwrap());
    let mode = |name: &str| fs::metadata(backup.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("."), mode("keys"), mode("keys/Hub.pem")), (0o700, 0o700, 0o600));
    backup
}

/// Waits for so many payments more.
async fn more(paid_so_far: &Mutex<Vec<String>>, count: usize) {
    let until = paid_so_far.lock().unwrap().len() + count;
    let since = Instant::now();
    while paid_so_far.lock().unwrap().len() < until {
        assert!(since.elapsed() < Duration::from_millis(PATIENCE_MS), "no more payments");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_comes_back_as_it_was_at_an_instant() {
    if let Err(missing) = Programs::find() {
        return skip(&missing.to_string());
    }
    let options = ClusterOptions { nodes: 1, standby: false, ..ClusterOptions::new(program()) };
    let mut trial = Trial::start(&options).await.unwrap();
    let folder = trial.cluster.folder().to_owned();
    let (archive, backup) = (folder.join("archive"), folder.join("backup"));
    let server = trial.cluster.database().primary();
    server.archive_in(&archive).await.unwrap();
    server.base_backup(&backup).unwrap();
    trial.cluster.ready(1).await.unwrap();
    let before = paid(&trial.players).await;
    settle().await;
    let at_the_instant = trial.witness.positions().await.unwrap();
    let server = trial.cluster.database().primary();
    let instant = server.query("postgres", "SELECT clock_timestamp()").unwrap();
    settle().await;
    let later = paid(&trial.players).await;
    settle().await;
    archived(&mut trial);
    trial.cluster.act(Act::Kill, Part::Node(1)).await.unwrap();
    let server = trial.cluster.database().primary();
    server.restore(&backup, &archive, &instant).await.unwrap();
    trial.cluster.act(Act::Start, Part::Node(1)).await.unwrap();
    trial.cluster.ready(1).await.unwrap();
    let players = &trial.players;
    assert_eq!(standing(players, &before).await, Standing::Final(Outcome::Committed));
    assert_eq!(standing(players, &later).await, Standing::Unknown);
    assert_eq!(trial.witness.positions().await.unwrap(), at_the_instant);
    paid(players).await;
    trial.witness.balanced().await.unwrap();
}

/// Lets confirmations end, so that what is compared stands still.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(500)).await;
}

/// Waits until what was committed so far is in the archive.
fn archived(trial: &mut Trial) {
    let server = trial.cluster.database().primary();
    let piece = server.query("postgres", "SELECT pg_walfile_name(pg_switch_wal())").unwrap();
    let since = Instant::now();
    let is_there = format!("SELECT last_archived_wal >= '{piece}' FROM pg_stat_archiver");
    while server.query("postgres", &is_there).unwrap() != "t" {
        assert!(since.elapsed() < Duration::from_millis(PATIENCE_MS), "{piece} is not archived");
        std::thread::sleep(Duration::from_millis(50));
    }
}
