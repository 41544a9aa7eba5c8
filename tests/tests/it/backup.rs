//! The drill of docs/operating/backup-and-restore.md on both stores: pay, back up, pay more, destroy,
//! restore. The books are as at the instant, what came later is unknown, and payments go on.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use causeway_tests::process::{Scheme, program};
use causeway_tests::skip;
use causeway_toolkit::cluster::fault::{Act, Part};
use causeway_toolkit::cluster::programs::Programs;
use causeway_toolkit::cluster::{ClusterOptions, Trial};
use causeway_toolkit::dfsp::{PartyId, PayRequest, PaymentEnd};
use causeway_toolkit::ledger_log::{Outcome, Standing};
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY, Players};

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
    players.green.ask(transfer).await.unwrap()
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
