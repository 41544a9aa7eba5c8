//! The server killed, failed over, cut off and unsafe; nodes that stand still.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use causeway_toolkit::cluster::link::{Flow, Link};
use causeway_toolkit::cluster::postgres::{OWNER, Postgres};
use causeway_toolkit::cluster::process::Signal;
use causeway_toolkit::tls::{Credentials, Leaf, SchemeCa};
use switch::TransferState;
use switch_store::{
    Batch, CommitError, NewOutboxRow, Notice, PostgresSettings, PostgresStore, QUARANTINE, Store,
    StoreError, Submission,
};

use super::proxy::{Break, Proxy};
use super::{Node, running};
use crate::committer::{outbox_bodies, row};
use crate::kill::{Printed, check, paying, preparing};
use crate::place::Place;
use crate::scheme;
use crate::server::{Database, Server};

const PAYERS: u128 = 8;
const KILLS: u128 = 3;

/// Waits until something holds; tests bound counts, this bounds a hang.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let since = Instant::now();
    while !holds().await {
        assert!(since.elapsed() < Duration::from_secs(60), "it does not come to hold: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Payments on a node until they are told to stop, each answered: all are accepted in the end.
struct Load {
    stop: Arc<AtomicBool>,
    /// How many so far.
    count: Arc<AtomicUsize>,
    payers: Vec<tokio::task::JoinHandle<Vec<u128>>>,
}

impl Load {
    fn on(node: &Node, run: u128) -> Load {
        let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let payers = (0..PAYERS).map(|payer| {
            let committer = node.committer.clone();
            let (stop, count) = (Arc::clone(&stop), Arc::clone(&count));
            tokio::spawn(async move {
                let mut paid = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let id = (run << 64) + (paid.len() as u128 + 1) * PAYERS + payer;
                    for submission in [preparing(id), paying(id)] {
                        let answer = committer.submit(submission).await;
                        let outcome = answer.unwrap().decisions.remove(0).outcome;
                        assert_eq!(outcome, switch::Outcome::Accepted);
                    }
                    paid.push(id);
                    count.fetch_add(1, Ordering::SeqCst);
                }
                paid
            })
        });
        Load { payers: payers.collect(), count, stop }
    }

    /// Waits until more are paid from now on than those that may be under way.
    async fn goes_on(&self) {
        let paid = || self.count.load(Ordering::SeqCst) as u128;
        let before = paid();
        eventually("payments go on", async || paid() > before + 2 * PAYERS).await;
    }

    async fn stopped(self, printed: &mut Printed) -> usize {
        self.stop.store(true, Ordering::SeqCst);
        let before = printed.paid.len();
        for payer in self.payers {
            for id in payer.await.unwrap() {
                assert!(printed.prepared.insert(id) && printed.paid.insert(id), "paid twice");
            }
        }
        printed.paid.len() - before
    }
}

async fn node(database: &Database) -> Node {
    let node = Node::over(database.node(running()).await);
    scheme::onboard(&node.committer, "1000000").await;
    node
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_loses_nothing_and_doubles_nothing() {
    let Some(mut server) = Server::start().await else { return };
    let node = node(&server.database()).await;
    let mut printed = Printed { last: Some(node.store.now()), ..Printed::default() };
    let mut paid = 0;
    for run in 1..=KILLS {
        let load = Load::on(&node, run);
        tokio::time::sleep(Duration::from_millis(200 + 37 * run as u64)).await;
        server.postgres.kill();
        server.postgres.start().await.unwrap();
        load.goes_on().await;
        paid += load.stopped(&mut printed).await;
        check(&*node.store, &printed).await;
    }
    assert!(paid as u128 > KILLS * 2 * PAYERS, "{paid} paid over {KILLS} kills");
}

/// A server that is killed forgets removals that nobody waited for, and its node lives on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivered_row_that_came_back_with_the_server_is_removed_again() {
    let Some(mut server) = Server::start().await else { return };
    server.postgres.configure("postgresql.conf", "wal_writer_delay = 10s\n").unwrap();
    let mut came_back = false;
    for _ in 0..3 {
        server.postgres.kill();
        server.postgres.start().await.unwrap();
        let node = Node::over(server.database().node(running()).await);
        let sending = Submission { outbox: vec![row("1")], ..Submission::default() };
        let sent = node.committer.submit(sending).await.unwrap().outbox;
        node.committer.acknowledge(sent[0].id);
        let is_gone = async || outbox_bodies(&*node.store).await.is_empty();
        eventually("it is removed", is_gone).await;
        server.postgres.kill();
        server.postgres.start().await.unwrap();
        // The first connections are those of before.
        let all = switch_store::OutboxRows::All;
        let left = async || node.store.outbox(all, switch_store::OutboxId(0), 9).await;
        eventually("the server answers", async || left().await.is_ok()).await;
        came_back |= !left().await.unwrap().is_empty();
        let is_gone = async || left().await.is_ok_and(|rows| rows.is_empty());
        eventually("it is removed again", is_gone).await;
        assert_eq!(node.store.take_over().await.unwrap(), []);
        if came_back {
            return;
        }
    }
    panic!("the server forgot nothing: there was nothing to see");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failover_everything_acknowledged_is_there() {
    let Some(mut server) = Server::start().await else { return };
    let standby = Postgres::follow(&server.postgres, server.folder(), "standby").await.unwrap();
    server.postgres.wait_for(Some("standby")).await.unwrap();
    let database = server.database();
    let ports = format!("127.0.0.1:{},127.0.0.1:{}", server.postgres.port(), standby.port());
    let url = format!("postgres://{OWNER}@{ports}/{OWNER}?sslmode=disable");
    let settings = PostgresSettings { url, ..database.settings() };
    let store = PostgresStore::connect_on(settings, running()).await.unwrap();
    assert_eq!(store.warnings(), [""; 0], "there is a synchronous standby");
    let alone = PostgresSettings::new(format!(
        "postgres://{OWNER}@127.0.0.1:{}/{OWNER}?sslmode=disable",
        standby.port()
    ));
    let refused = PostgresStore::connect_on(alone, running()).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "a standby takes no writes");
    let node = Node::over(store);
    scheme::onboard(&node.committer, "1000000").await;
    let load = Load::on(&node, 1);
    load.goes_on().await;
    server.postgres.kill();
    standby.promote().unwrap();
    load.goes_on().await;
    let mut printed = Printed { last: Some(node.store.now()), ..Printed::default() };
    let paid = load.stopped(&mut printed).await;
    check(&*node.store, &printed).await;
    assert!(paid as u128 > 4 * PAYERS, "{paid} paid over a failover");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_cut_off_is_resolved_and_stands_once() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let proxy = Proxy::to(database.port()).await;
    let node = node(&database.through(proxy.port)).await;
    let breaks = [Break::Before, Break::After, Break::CommitLate, Break::AllLate];
    let mut printed = Printed { last: Some(node.store.now()), ..Printed::default() };
    for (id, how) in (1..).zip(breaks) {
        for submission in [preparing(id), paying(id)] {
            proxy.break_next(how);
            let committed = node.accepted(submission).await;
            assert!(proxy.is_broken(), "{how:?} was met");
            let told = node.told.rows.lock().unwrap().clone();
            let times = told.iter().filter(|row| row.id == committed.outbox[0].id).count();
            assert_eq!(times, 1, "{how:?}: what is to be sent is told once");
        }
        assert_eq!(node.state(id).await, Some(TransferState::Committed), "{how:?}");
        assert!(printed.prepared.insert(id) && printed.paid.insert(id));
    }
    // Whatever was on its way has arrived by now.
    tokio::time::sleep(Duration::from_secs(1)).await;
    check(&*node.store, &printed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stands_still_in_a_transaction_lets_its_locks_go() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let (first, second) = (database.node(running()).await, database.node(running()).await);
    let row = scheme::rows_of_every_kind().remove(7);
    let rows = vec![row.clone()];
    first.begin().await.unwrap().commit(Batch { rows, ..Batch::default() }).await.unwrap();
    // To the server, a process that was stopped is one that says nothing more.
    let mut silent = first.begin().await.unwrap();
    silent.load(&[row.key()], &[]).await.unwrap();
    let id = silent.id();
    let mut attempts = 0;
    loop {
        attempts += 1;
        assert!(attempts <= 20, "the lock is not let go");
        let mut waiting = second.begin().await.unwrap();
        match waiting.load(&[row.key()], &[]).await {
            Ok(()) => {
                let rows = vec![row.clone()];
                waiting.commit(Batch { rows, ..Batch::default() }).await.unwrap();
                break;
            }
            Err(error) => assert!(matches!(error, StoreError::Unavailable { .. }), "{error}"),
        }
    }
    let late = silent.commit(Batch { rows: vec![row], ..Batch::default() }).await;
    let unwritten = [StoreError::UnknownOutcome];
    let error = late.unwrap_err();
    assert!(unwritten.contains(&error) || matches!(error, StoreError::Unavailable { .. }));
    assert!(!first.took_effect(id).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_cut_off_is_deposed_and_its_rows_are_taken_over() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let link = Link::to(database.port()).await.unwrap();
    let first = Node::over(database.through(link.port()).node(running()).await);
    scheme::onboard(&first.committer, "1000000").await;
    first.accepted(preparing(1)).await;
    let second = database.node(running()).await;
    let mut notices = second.notices().unwrap();
    let both = async || first.store.holds_lease() && second.holds_lease();
    eventually("both hold their leases", both).await;
    assert_eq!(second.take_over().await.unwrap(), []);
    link.set(Flow::Silent);
    let own = second.begin().await.unwrap().claimant();
    eventually("the other is told that rows are left", async || {
        notices.try_recv() == Ok(Notice::Handed(own))
    })
    .await;
    assert!(!first.store.holds_lease(), "before others take over, its holder has stopped");
    let taken = second.take_over().await.unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!((&taken[0].body[..], taken[0].claimed_by), (&b"prepare 1"[..], Some(own)));
    assert!(taken[0].attempts >= 1, "it may have been sent");
    // A renewal may be late for a moment: nobody is deposed for that.
    eventually("it holds its own lease", async || second.holds_lease()).await;
    link.set(Flow::Open);
    let answer = first.committer.submit(preparing(2)).await;
    assert_eq!(answer, Err(CommitError::Halted));
    eventually("it has halted", async || first.committer.is_halted()).await;
    assert!(!first.store.holds_lease());
    let refused = first.store.take_over().await;
    assert!(matches!(refused, Err(StoreError::Halted { .. })), "{refused:?}");
    assert_eq!(second.transfer(switch::TransferId(2)).await.unwrap(), None);
}

/// What is handed on while nobody knows how its commit ended is not told from memory as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_commit_that_was_cut_off_only_its_own_rows_are_told() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let proxy = Proxy::to(database.port()).await;
    let first = node(&database.through(proxy.port)).await;
    let second = Node::over(database.node(running()).await);
    second.accepted(preparing(1)).await;
    proxy.break_next(Break::After);
    // All rows of these tests are in one lane, which is the second node's now.
    first.accepted(preparing(2)).await;
    assert!(proxy.is_broken());
    assert_eq!(first.told.rows.lock().unwrap().len(), 0);
    let taken = second.store.take_over().await.unwrap();
    assert_eq!(taken.iter().map(|row| &row.body[..]).collect::<Vec<_>>(), [b"prepare 2"]);
    let ids: Vec<_> = taken.iter().map(|row| row.id).collect();
    assert_eq!(second.store.ours(&ids).await.unwrap(), [], "given out already");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_deposes_nobody() {
    let Some(mut server) = Server::start().await else { return };
    let database = server.database();
    let nodes = [node(&database).await, Node::over(database.node(running()).await)];
    server.postgres.signal(Signal::Stop);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(nodes.iter().all(|node| !node.store.holds_lease()), "nobody can be sure");
    server.postgres.signal(Signal::Continue);
    for (id, node) in (1..).zip(&nodes) {
        node.accepted(preparing(id)).await;
        eventually("the lease is held again", async || node.store.holds_lease()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_stored_is_found_by_halves_and_put_aside() {
    let Some(Place::Postgres(database)) = Place::postgres().await else { return };
    let node = Node::over(database.node(running()).await);
    let sending = |index: u32| {
        // No text of PostgreSQL's may hold this.
        let resource = if index % 7 == 3 { "\u{0}" } else { "transfer" }.to_owned();
        let new = NewOutboxRow { resource, ..row(format!("{index}")) };
        let committer = node.committer.clone();
        let submission = Submission { outbox: vec![new], ..Submission::default() };
        tokio::spawn(async move { (index, committer.submit(submission).await) })
    };
    for answer in (0..50).map(sending).collect::<Vec<_>>() {
        let (index, answer) = answer.await.unwrap();
        match index % 7 {
            3 => assert_eq!(answer, Err(CommitError::Internal), "{index}"),
            _ => assert!(answer.is_ok(), "{index}: {answer:?}"),
        }
    }
    assert_eq!(outbox_bodies(&*node.store).await.len(), 43);
    assert_eq!(node.store.documents(QUARANTINE, None, 100).await.unwrap().len(), 7);
}

/// Gives the server a certificate, and starts it again.
async fn secure(server: &mut Server, credentials: &Credentials) {
    let data = server.postgres.folder().to_path_buf();
    let owner = std::fs::metadata(&data).unwrap();
    for (name, pem) in [("server.crt", &credentials.certificate), ("server.key", &credentials.key)]
    {
        let file = data.join(name);
        std::fs::write(&file, pem).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    server.postgres.configure("postgresql.conf", "ssl = on\n").unwrap();
    server.postgres.kill();
    server.postgres.start().await.unwrap();
}

#[tokio::test]
async fn with_a_ca_there_is_tls_or_no_connection() {
    let Some(mut server) = Server::start().await else { return };
    let (ours, others) = (SchemeCa::new("ours").unwrap(), SchemeCa::new("others").unwrap());
    let files = tempfile::tempdir().unwrap();
    let ca = |name: &str, ca: &SchemeCa| {
        std::fs::write(files.path().join(name), ca.pem()).unwrap();
        files.path().join(name)
    };
    let (ours_file, others_file) = (ca("ours.pem", &ours), ca("others.pem", &others));
    let plain = server.database().settings();
    let url = plain.url.replace("?sslmode=disable", "");
    let with =
        |ca: &PathBuf| PostgresSettings { url: url.clone(), ca: ca.clone(), ..plain.clone() };
    let connect = async |settings| PostgresStore::connect_on(settings, running()).await;
    let refused = connect(with(&ours_file)).await.err();
    assert!(matches!(refused, Some(StoreError::Unavailable { .. })), "no TLS: {refused:?}");
    secure(&mut server, &ours.issue(&Leaf::of("database")).unwrap()).await;
    let store = connect(with(&ours_file)).await.unwrap();
    let encrypted = "SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) \
                     WHERE s.ssl AND a.application_name = 'causeway'";
    let encrypted: u32 = server.postgres.query("postgres", encrypted).unwrap().parse().unwrap();
    assert!(encrypted >= 1);
    drop(store);
    let refused = connect(with(&others_file)).await.err();
    assert!(matches!(refused, Some(StoreError::Unavailable { .. })), "another CA: {refused:?}");
    let refused = connect(with(&files.path().join("none.pem"))).await.err();
    assert!(matches!(refused, Some(StoreError::Unusable { .. })), "no file: {refused:?}");
    let elsewhere = Leaf { addresses: Vec::new(), ..Leaf::of("elsewhere") };
    secure(&mut server, &ours.issue(&elsewhere).unwrap()).await;
    let refused = connect(with(&ours_file)).await.err();
    assert!(matches!(refused, Some(StoreError::Unavailable { .. })), "another name: {refused:?}");
}

#[tokio::test]
async fn an_unsafe_server_is_refused() {
    let Some(mut server) = Server::start().await else { return };
    let database = server.database();
    let store = database.node(running()).await;
    assert_eq!(store.warnings().len(), 1, "there is no standby");
    drop(store);
    for unsafe_one in ["fsync = off", "full_page_writes = off", "synchronous_commit = off"] {
        server.postgres.kill();
        server.postgres.configure("postgresql.conf", &format!("{unsafe_one}\n")).unwrap();
        server.postgres.start().await.unwrap();
        let refused = PostgresStore::connect_on(database.settings(), running()).await.err();
        let Some(StoreError::Unusable { reason }) = refused else { panic!("{refused:?}") };
        let name = unsafe_one.split(' ').next().unwrap();
        assert!(reason.contains(name), "{reason}");
        let safe = format!("{name} = on\n");
        server.postgres.configure("postgresql.conf", &safe).unwrap();
    }
}
