//! What several nodes over one PostgreSQL come to beside one, and beside the embedded store: four payers of
//! whom one pays 70 %, each payment prepared by one node and fulfilled by another.
//!
//! `cargo bench -p switch-store --bench nodes`; it needs PostgreSQL's programs, and stops by itself.

#![allow(missing_docs, clippy::unwrap_used, clippy::float_arithmetic, reason = "a bench")]
#![allow(clippy::cast_precision_loss, reason = "figures, not money")]

mod scheme;

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use causeway_toolkit::cluster::postgres::{OWNER, Postgres};
use causeway_toolkit::cluster::programs::Programs;
use switch::{Command, Outcome, Rules};
use switch_store::{
    Committer, EmbeddedStore, PostgresSettings, PostgresStore, SteadyClock, Store, Submission,
    SystemClock,
};

use scheme::{Nobody, fulfil, onboarding, prepare};

const PARTICIPANTS: [&str; 8] = ["p1", "p2", "p3", "p4", "q1", "q2", "q3", "q4"];
/// Of a hundred payments so many are paid by each of the first four, and to each of the last four.
const PAID_BY: [u64; 4] = [70, 10, 10, 10];
const PAID_TO: [u64; 4] = [49, 17, 17, 17];
/// Payments under way at once, whatever the number of nodes.
const UNDER_WAY: u64 = 600;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(8);
/// Commands a second at low load.
const LOW_RATE: u64 = 100;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(compare());
}

async fn compare() {
    let embedded = embedded().await;
    println!("embedded, one node      {embedded}");
    let programs = match Programs::find() {
        Ok(programs) => programs,
        Err(missing) => return println!("skipped: {missing}"),
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let server = Postgres::create(&programs, folder.path(), "postgres").await.unwrap();
    let url = format!("postgres://{OWNER}@127.0.0.1:{}/{OWNER}?sslmode=disable", server.port());
    let mut one = None;
    for (turn, nodes) in [1, 3, 1, 3].into_iter().enumerate() {
        let figures = shared(&url, turn, nodes).await;
        println!("PostgreSQL, {nodes} node{}     {figures}", if nodes == 1 { " " } else { "s" });
        match one.take() {
            None => one = Some(figures.payments_per_s),
            Some(alone) => println!("  three by one: {:.2}", figures.payments_per_s / alone),
        }
    }
}

async fn embedded() -> Figures {
    let folder = tempfile::tempdir().unwrap();
    let clock = SteadyClock::new(Arc::new(SystemClock::new()));
    let store = EmbeddedStore::open(folder.path(), Arc::clone(&clock)).unwrap();
    Scheme::over(vec![Node::start(Arc::new(store), clock)]).await.measured().await
}

/// Nodes over a schema of their own.
async fn shared(url: &str, turn: usize, nodes: usize) -> Figures {
    let mut started = Vec::new();
    for number in 0..nodes {
        let schema = format!("turn_{turn}");
        let node = format!("node{number}");
        let settings = PostgresSettings { schema, node, ..PostgresSettings::new(url) };
        let store = PostgresStore::connect(settings, Arc::new(SystemClock::new())).await.unwrap();
        let clock = store.clock();
        started.push(Node::start(Arc::new(store), clock));
    }
    Scheme::over(started).await.measured().await
}

struct Node {
    store: Arc<dyn Store>,
    committer: Committer,
}

impl Node {
    fn start(store: Arc<dyn Store>, clock: Arc<SteadyClock>) -> Node {
        let rules = Rules::default();
        let committer =
            Committer::start(Arc::clone(&store), rules, clock, Arc::new(Nobody)).unwrap();
        Node { store, committer }
    }
}

struct Scheme {
    nodes: Vec<Node>,
    next: AtomicU64,
    done: AtomicU64,
}

impl Scheme {
    async fn over(nodes: Vec<Node>) -> Arc<Scheme> {
        let scheme = Scheme { nodes, next: AtomicU64::new(1), done: AtomicU64::new(0) };
        scheme.submit(0, onboarding(&PARTICIPANTS)).await;
        Arc::new(scheme)
    }

    async fn submit(&self, node: u64, commands: Vec<Command>) {
        let node = &self.nodes[usize::try_from(node).unwrap() % self.nodes.len()];
        let submission = Submission { commands, ..Submission::default() };
        let committed = node.committer.submit(submission).await.unwrap();
        let refused = committed.decisions.iter().find(|one| one.outcome != Outcome::Accepted);
        assert!(refused.is_none(), "{refused:?}");
    }

    async fn pay(&self) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let payer = PARTICIPANTS[pick(&PAID_BY, number.wrapping_mul(37) % 100)];
        let payee = PARTICIPANTS[4 + pick(&PAID_TO, number.wrapping_mul(61) % 100)];
        let id = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        self.submit(number, vec![prepare(id, payer, payee)]).await;
        self.submit(number + 1, vec![fulfil(id, payer, payee)]).await;
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    fn syncs(&self) -> u64 {
        self.nodes.iter().map(|node| node.store.syncs()).sum()
    }

    /// As many as can be, after as few as there are at low load.
    async fn measured(self: Arc<Scheme>) -> Figures {
        let low = self.at_low_load().await;
        let mut tasks = Vec::new();
        for _ in 0..UNDER_WAY {
            let scheme = Arc::clone(&self);
            tasks.push(tokio::spawn(async move {
                loop {
                    scheme.pay().await;
                }
            }));
        }
        tokio::time::sleep(WARM_UP).await;
        let (began, done, syncs) =
            (Instant::now(), self.done.load(Ordering::Relaxed), self.syncs());
        tokio::time::sleep(MEASURED).await;
        let elapsed_s = began.elapsed().as_secs_f64();
        let done = self.done.load(Ordering::Relaxed) - done;
        let syncs = self.syncs() - syncs;
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
        Figures {
            payments_per_s: done as f64 / elapsed_s,
            commands_per_sync: 2.0 * done as f64 / syncs.max(1) as f64,
            commands_per_sync_at_low_load: low,
        }
    }

    /// Commands a sync at [`LOW_RATE`].
    async fn at_low_load(self: &Arc<Scheme>) -> f64 {
        let (done, syncs) = (self.done.load(Ordering::Relaxed), self.syncs());
        let mut tasks = Vec::new();
        for _ in 0..LOW_RATE {
            let scheme = Arc::clone(self);
            tasks.push(tokio::spawn(async move { scheme.pay().await }));
            tokio::time::sleep(Duration::from_millis(2_000 / LOW_RATE)).await;
        }
        for task in tasks {
            task.await.unwrap();
        }
        let done = self.done.load(Ordering::Relaxed) - done;
        2.0 * done as f64 / (self.syncs() - syncs).max(1) as f64
    }
}

struct Figures {
    payments_per_s: f64,
    commands_per_sync: f64,
    commands_per_sync_at_low_load: f64,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Figures { payments_per_s, commands_per_sync, commands_per_sync_at_low_load } = self;
        write!(
            f,
            "{payments_per_s:>7.0} payments/s, {commands_per_sync:>6.1} commands a sync \
             ({commands_per_sync_at_low_load:.2} at {LOW_RATE} commands/s)"
        )
    }
}

fn pick(weights: &[u64], of_hundred: u64) -> usize {
    let mut sum = 0;
    let below = weights.iter().position(|weight| {
        sum += weight;
        of_hundred < sum
    });
    below.unwrap_or(0)
}
