//! The same transfers in batches of 100 by the embedded store, by the store on PostgreSQL, and by PostgreSQL's own
//! `pgbench` on the tables that our schema makes, with rows of the sizes that our store has written there: what the
//! machine gives, what the server gives, and what is lost on the way to it. Each batch of prepares, and each of
//! fulfils, is one transaction on one connection, synced to a real disk.
//!
//! `cargo bench -p switch-store --bench beside`; it needs PostgreSQL's programs, and stops by itself.

#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::panic, reason = "a bench may panic")]
#![allow(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "figures, not money")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use causeway_toolkit::cluster::programs::Programs;
use switch_store::{EmbeddedStore, PostgresStore, SteadyClock, Store, SystemClock};
use tokio::runtime::Runtime;
use tokio_postgres::Client;

mod batches;
mod scheme;
#[path = "../tests/it/server.rs"]
mod server;

use batches::Hub;
use server::{Database, Server};

/// Transfers in a batch.
const BATCH: u64 = 100;
/// How often each has its turn, and for how long.
const TURNS: usize = 3;
const TURN: Duration = Duration::from_secs(5);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(server) = runtime.block_on(Server::start()) else { return };
    let directory = tempfile::tempdir().unwrap();
    let clock = SteadyClock::new(Arc::new(SystemClock::new()));
    let store = EmbeddedStore::open(directory.path(), Arc::clone(&clock)).unwrap();
    let mut embedded = Hub::over(&runtime, Arc::new(store), clock);
    let mut postgres = on(&runtime, &server.database());
    let pgbench = Pgbench::prepare(&runtime, &server);
    let mut rates: [Vec<f64>; 3] = Default::default();
    for _ in 0..TURNS {
        rates[0].push(rate(&runtime, &mut embedded));
        rates[1].push(rate(&runtime, &mut postgres));
        rates[2].push(pgbench.rate(&server));
    }
    let [embedded, postgres, pgbench] = rates.map(|rates| shown(&rates));
    println!("transfers a second, batches of {BATCH}, {TURNS} turns of {} s", TURN.as_secs());
    println!("embedded     {}", embedded.1);
    println!("PostgreSQL   {}  {:.2} of embedded", postgres.1, postgres.0 / embedded.0);
    println!("pgbench      {}  of which the store makes {:.2}", pgbench.1, postgres.0 / pgbench.0);
}

/// The median, and the text with the smallest and the largest.
fn shown(rates: &[f64]) -> (f64, String) {
    let mut sorted = rates.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    let median = sorted[sorted.len() / 2];
    (median, format!("{median:>7.0} ({least:.0} to {most:.0})"))
}

fn on(runtime: &Runtime, database: &Database) -> Hub {
    let connecting = PostgresStore::connect(database.settings(), Arc::new(SystemClock::new()));
    let store = runtime.block_on(connecting).unwrap();
    let clock = store.clock();
    Hub::over(runtime, Arc::new(store) as Arc<dyn Store>, clock)
}

/// Transfers a second, each prepared and fulfilled.
fn rate(runtime: &Runtime, hub: &mut Hub) -> f64 {
    let began = Instant::now();
    let mut transfers = 0;
    while began.elapsed() < TURN {
        let ids = hub.fresh(BATCH);
        hub.prepare(runtime, ids.clone());
        hub.fulfil(runtime, ids);
        transfers += BATCH;
    }
    transfers as f64 / began.elapsed().as_secs_f64()
}

/// The script that `pgbench` runs, over tables and rows as the store makes them.
struct Pgbench {
    schema: String,
    script: String,
}

impl Pgbench {
    /// Lets the store make its tables and write a batch, and reads from that how large each row is and which accounts
    /// a batch writes.
    fn prepare(runtime: &Runtime, server: &Server) -> Pgbench {
        let database = server.database();
        let mut hub = on(runtime, &database);
        let ids = hub.fresh(BATCH);
        let client = runtime.block_on(database.client());
        let ask = |text: &str| runtime.block_on(number(&client, text));
        hub.prepare(runtime, ids.clone());
        let (key, reserved) = (ask("SELECT min(octet_length(key)) FROM transfers"), ask(VALUE));
        let subject = ask("SELECT min(octet_length(subject)) FROM deadlines");
        let reserving = runtime.block_on(accounts(&client));
        hub.fulfil(runtime, ids);
        let (committed, committing) = (ask(VALUE), runtime.block_on(accounts(&client)));
        let node = "INSERT INTO nodes (name) VALUES ('pgbench') RETURNING claimant::integer";
        let node = ask(node);
        drop(hub);
        println!(
            "rows: transfers {key} + {reserved} bytes reserved, {committed} committed; deadlines {subject} bytes; \
             accounts written by a batch of prepares {}, of fulfils {}",
            reserving.len(),
            committing.len()
        );
        let script = SCRIPT
            .replace("{key}", &(2 * key).to_string())
            .replace("{subject}", &(2 * subject).to_string())
            .replace("{reserved}", &reserved.to_string())
            .replace("{committed}", &committed.to_string())
            .replace("{reserving}", &reserving.join(", "))
            .replace("{committing}", &committing.join(", "))
            .replace("{node}", &node.to_string())
            .replace("{batch}", &BATCH.to_string());
        Pgbench { schema: database.settings().schema, script }
    }

    /// Transfers a second, on one connection.
    fn rate(&self, server: &Server) -> f64 {
        let script = server.folder().join("pgbench.sql");
        std::fs::write(&script, &self.script).unwrap();
        let mut pgbench = Programs::find().unwrap().postgres("pgbench");
        let port = server.port().to_string();
        pgbench.args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-n", "-M", "prepared"]);
        pgbench.args(["-T", &TURN.as_secs().to_string(), "-f", &script.to_string_lossy()]);
        // The planner as a session of ours has it.
        let planner = format!("{PLANNER} -c search_path={}", self.schema);
        let output = pgbench.arg("causeway").env("PGOPTIONS", planner).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "pgbench: {error}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = said.lines().find(|line| line.starts_with("tps = ")).unwrap();
        line.split(' ').nth(2).unwrap().parse::<f64>().unwrap() * BATCH as f64
    }
}

const VALUE: &str = "SELECT avg(octet_length(value))::integer FROM transfers";

async fn number(client: &Client, text: &str) -> i32 {
    client.query_one(text, &[]).await.unwrap().get(0)
}

/// Those that the latest batch has written, as literals.
async fn accounts(client: &Client) -> Vec<String> {
    let text = "SELECT quote_literal(key::text) || '::bytea' FROM accounts \
                WHERE batch = (SELECT max(batch) FROM accounts) ORDER BY key";
    let rows = client.query(text, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

const PLANNER: &str = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
                       -c plan_cache_mode=force_generic_plan -c jit=off";

/// Two transactions, with the statements that the store sends in each, one after the other. What differs: values are
/// made by the server instead of sent to it, nobody reads what is loaded or decides on it, and rows are not compared
/// with what was read (`expect_rows`).
const SCRIPT: &str = "\
BEGIN;
SELECT key, value, batch FROM accounts WHERE key IN ({committing}) ORDER BY key FOR UPDATE;
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now, nextval('outbox_numbers') AS first \\gset
INSERT INTO transfers (key, value, batch) SELECT decode(lpad(to_hex(:first + n), {key}, '0'), 'hex'), \
    decode(repeat('78', {reserved}), 'hex'), :first FROM generate_series(1, {batch}) n;
UPDATE accounts SET value = value, batch = :first WHERE key IN ({reserving});
INSERT INTO deadlines (subject, at) SELECT decode(lpad(to_hex(:first + n), {subject}, '0'), 'hex'), :now \
    FROM generate_series(1, {batch}) n;
SELECT record_batch(:first, :now, {node});
COMMIT;
BEGIN;
SELECT t.key, t.value, t.batch FROM generate_series(1, {batch}) n \
    JOIN transfers t ON t.key = decode(lpad(to_hex(:first + n), {key}, '0'), 'hex') ORDER BY t.key FOR UPDATE OF t;
SELECT key, value, batch FROM accounts WHERE key IN ({committing}) ORDER BY key FOR UPDATE;
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now, nextval('outbox_numbers') AS second \\gset
UPDATE transfers t SET value = decode(repeat('79', {committed}), 'hex'), batch = :second, \
    ended_at = to_timestamp(:now::float8 / 1000) FROM generate_series(1, {batch}) n \
    WHERE t.key = decode(lpad(to_hex(:first + n), {key}, '0'), 'hex');
UPDATE accounts SET value = value, batch = :second WHERE key IN ({committing});
DELETE FROM deadlines d USING generate_series(1, {batch}) n \
    WHERE d.subject = decode(lpad(to_hex(:first + n), {subject}, '0'), 'hex');
SELECT record_batch(:second, :now, {node});
COMMIT;
";
