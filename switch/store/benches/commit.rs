//! Both stores: batches of 1, 10 and 100 prepares and their fulfils, each batch synced to a real disk. The bench
//! `beside` holds both against PostgreSQL's own `pgbench`.

#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::panic, reason = "a bench may panic")]

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use switch_store::{EmbeddedStore, PostgresStore, SteadyClock, Store, SystemClock};
use tokio::runtime::Runtime;

mod batches;
mod scheme;
#[path = "../tests/it/server.rs"]
mod server;

use batches::Hub;
use server::Server;

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
}

fn commits(
    criterion: &mut Criterion,
    name: &str,
    runtime: &Runtime,
    store: Arc<dyn Store>,
    clock: Arc<SteadyClock>,
) {
    let mut group = criterion.benchmark_group(name);
    let mut hub = Hub::over(runtime, store, clock);
    for transfers in BATCHES {
        group.throughput(Throughput::Elements(transfers));
        group.bench_function(format!("prepare and fulfil, batches of {transfers}"), |bencher| {
            bencher.iter(|| {
                let ids = hub.fresh(transfers);
                hub.prepare(runtime, ids.clone());
                hub.fulfil(runtime, ids);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, embedded, postgres);
criterion_main!(benches);
