//! Both stores: batches of 1, 10 and 100 prepares and their fulfils, each batch synced to a real disk. Beside
//! PostgreSQL's, what its own `pgbench` makes of rows like these: 100 transfers in one transaction to reserve, and
//! one to commit.

#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::panic, reason = "a bench may panic")]
#![allow(clippy::float_arithmetic, reason = "a figure, not money")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use causeway_toolkit::cluster::programs::Programs;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use switch::{Command, Outcome, Rules};
use switch_store::{
    CommitLoop, Committer, EmbeddedStore, PostgresStore, Progress, SteadyClock, Store, Submission,
    SystemClock,
};
use tokio::runtime::Runtime;

mod scheme;
#[path = "../tests/it/server.rs"]
mod server;

use scheme::{Nobody, fulfil, onboarding, prepare};
use server::Server;

const PAYER: &str = "payer";
const PAYEE: &str = "payee";

/// Transfers in a batch; each is there twice, first to be prepared and then to be fulfilled.
const BATCHES: [u64; 3] = [1, 10, 100];

fn embedded(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let clock = SteadyClock::new(Arc::new(SystemClock::new()));
    let store = EmbeddedStore::open(directory.path(), Arc::clone(&clock)).unwrap();
    commits(criterion, "commit", &runtime, Arc::new(store), clock);
}

fn postgres(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(server) = runtime.block_on(Server::start()) else { return };
    let settings = server.database().settings();
    let connecting = PostgresStore::connect(settings, Arc::new(SystemClock::new()));
    let store = runtime.block_on(connecting).unwrap();
    let clock = store.clock();
    commits(criterion, "commit on PostgreSQL", &runtime, Arc::new(store), clock);
    pgbench(&server);
}

/// What PostgreSQL makes of such rows without us, on one connection.
fn pgbench(server: &Server) {
    let port = server.port().to_string();
    let programs = Programs::find().unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let mut command = programs.postgres(program);
        command.args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres"]).args(arguments);
        // The planner as a session of ours has it.
        command.env("PGOPTIONS", PGBENCH_PLANNER);
        let output = command.output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{program}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    run("psql", &["-d", "postgres", "-q", "-c", PGBENCH_TABLES]);
    let script = server.folder().join("pgbench.sql");
    std::fs::write(&script, PGBENCH).unwrap();
    let script = script.to_string_lossy();
    let said = run("pgbench", &["-n", "-M", "prepared", "-T", "10", "-f", &script, "postgres"]);
    let line = said.lines().find(|line| line.starts_with("tps = ")).unwrap();
    let batches: f64 = line.split(' ').nth(2).unwrap().parse().unwrap();
    println!(
        "pgbench of the same rows in batches of 100: {:.0} transfers a second",
        batches * 100.0
    );
}

const PGBENCH_PLANNER: &str = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
                               -c plan_cache_mode=force_generic_plan -c jit=off";

const PGBENCH_TABLES: &str = "\
    CREATE TABLE accounts (key int PRIMARY KEY, value bytea) WITH (fillfactor = 20); \
    INSERT INTO accounts SELECT n, repeat('x', 60)::bytea FROM generate_series(1, 4) n; \
    CREATE TABLE transfers (key bytea PRIMARY KEY, value bytea, batch bigint); \
    CREATE TABLE deadlines (subject bytea PRIMARY KEY, at bigint); \
    CREATE INDEX ON deadlines (at); CREATE SEQUENCE batches";

const PGBENCH: &str = "\
BEGIN;
SELECT key, value FROM accounts ORDER BY key FOR UPDATE;
SELECT nextval('batches') AS batch \\gset
UPDATE accounts SET value = repeat('y', 60)::bytea WHERE key IN (1, 2);
INSERT INTO transfers SELECT sha256((:batch * 1000 + n)::text::bytea), repeat('x', 230)::bytea, :batch \
    FROM generate_series(1, 100) n;
INSERT INTO deadlines SELECT sha256((:batch * 1000 + n)::text::bytea), :batch FROM generate_series(1, 100) n;
COMMIT;
BEGIN;
SELECT t.value FROM generate_series(1, 100) n JOIN transfers t ON t.key = sha256((:batch * 1000 + n)::text::bytea) \
    ORDER BY t.key FOR UPDATE OF t;
SELECT key, value FROM accounts ORDER BY key FOR UPDATE;
UPDATE accounts SET value = repeat('z', 60)::bytea WHERE key IN (1, 2, 3);
UPDATE transfers t SET value = repeat('z', 300)::bytea FROM generate_series(1, 100) n \
    WHERE t.key = sha256((:batch * 1000 + n)::text::bytea);
DELETE FROM deadlines d USING generate_series(1, 100) n WHERE d.subject = sha256((:batch * 1000 + n)::text::bytea);
COMMIT;
";

fn commits(
    criterion: &mut Criterion,
    name: &str,
    runtime: &Runtime,
    store: Arc<dyn Store>,
    clock: Arc<SteadyClock>,
) {
    let mut group = criterion.benchmark_group(name);
    let sink = Arc::new(Nobody);
    let (committer, mut work) = Committer::with_loop(store, Rules::default(), clock, sink);
    let hub = Hub { committer, next: AtomicU64::new(1) };
    hub.batch(runtime, &mut work, vec![onboarding(&[PAYER, PAYEE])]);
    for transfers in BATCHES {
        group.throughput(Throughput::Elements(transfers));
        group.bench_function(format!("prepare and fulfil, batches of {transfers}"), |bencher| {
            bencher.iter(|| {
                let first = hub.next.fetch_add(transfers, Ordering::Relaxed);
                let ids = || (first..first + transfers).map(u128::from);
                hub.batch(
                    runtime,
                    &mut work,
                    ids().map(|id| vec![prepare(id, PAYER, PAYEE)]).collect(),
                );
                hub.batch(
                    runtime,
                    &mut work,
                    ids().map(|id| vec![fulfil(id, PAYER, PAYEE)]).collect(),
                );
            });
        });
    }
    group.finish();
}

struct Hub {
    committer: Committer,
    next: AtomicU64,
}

impl Hub {
    /// Queues all submissions, then takes the step that commits them together.
    fn batch(&self, runtime: &Runtime, work: &mut CommitLoop, batch: Vec<Vec<Command>>) {
        runtime.block_on(async {
            let waiting: Vec<_> = batch
                .into_iter()
                .map(|commands| {
                    let committer = self.committer.clone();
                    let submission = Submission { commands, ..Submission::default() };
                    tokio::spawn(async move { committer.submit(submission).await })
                })
                .collect();
            // A runtime looks up after some tens of tasks: all are to be in one batch.
            for _ in &waiting {
                tokio::task::yield_now().await;
            }
            assert_eq!(work.step().await, Progress::Worked);
            for answer in waiting {
                let committed = answer.await.unwrap().unwrap();
                assert!(committed.decisions.iter().all(|one| one.outcome == Outcome::Accepted));
            }
        });
    }
}

criterion_group!(benches, embedded, postgres);
criterion_main!(benches);
