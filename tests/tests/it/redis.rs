//! Redis as the memory that nodes share and may lose: over a real server, which is killed, stopped and
//! counted.
//!
//! * `questions`: lookups and quotes of one node answered through another
//! * `faults`: Redis is killed or stands still, and payments go on
//! * `rates`: how many requests a second, all nodes together
//! * `proxies`: the keys that peers use
//! * `secure`: over TLS
//! * `shared`: nodes that share a store, too

mod faults;
mod proxies;
mod questions;
mod rates;
mod secure;
mod shared;

use causeway::serve::Gateway;
use causeway_tests::skip;
use causeway_tests::world::{World, admin, plain_gateway, urls};
use causeway_toolkit::cluster::beside::Beside;
use causeway_toolkit::cluster::programs::{Programs, on_path};
use causeway_toolkit::dfsp::{Conduct, Dfsp, Draft, Received, Stage};
use causeway_toolkit::onboard::AdminClient;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const PATIENCE_MS: u64 = 20_000;
/// Several looks at the clock by everything that looks at it.
const SEVERAL_TICKS: Duration = Duration::from_millis(200);
const PAYER: &str = "greenwallet";
const PAYEE: &str = "bluewallet";

/// A server of its own.
struct Redis {
    server: Beside,
    _folder: tempfile::TempDir,
}

impl Redis {
    async fn start() -> Option<Redis> {
        let Some(redis_server) = on_path("redis-server") else {
            skip("redis-server is not on PATH");
            return None;
        };
        let (postgres_bin, nats_server) = (PathBuf::new(), PathBuf::new());
        let programs = Programs { postgres_bin, nats_server, redis_server };
        let folder = tempfile::tempdir().unwrap();
        let server = Beside::redis(&programs, folder.path()).await.unwrap();
        Some(Redis { server, _folder: folder })
    }

    /// Settings of a node that is patient with a busy machine.
    fn settings(&self) -> String {
        self.settings_of(5_000)
    }

    fn settings_of(&self, timeout_ms: u64) -> String {
        let port = self.server.port();
        format!(
            "[redis]\nurl = \"redis://127.0.0.1:{port}\"\ntimeout_ms = {timeout_ms}\nnodes = 2\n"
        )
    }

    /// Says one line to it, and returns all that it answers.
    fn say(&self, line: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.server.port())).unwrap();
        stream.write_all(format!("{line}\r\nQUIT\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// How often each command was called, inside scripts too.
    fn calls(&self) -> BTreeMap<String, u64> {
        let stats = self.say("INFO commandstats");
        let lines = stats.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(':'));
        let calls = lines.filter_map(|(command, figures)| {
            let calls = figures.strip_prefix("calls=")?.split(',').next()?.parse().ok()?;
            Some((command.to_owned(), calls))
        });
        calls.collect()
    }

    /// Scripts run: each is one operation of a node.
    fn scripts(&self) -> u64 {
        self.calls().get("evalsha").copied().unwrap_or(0)
    }

    /// The keys that match.
    fn keys(&self, pattern: &str) -> Vec<String> {
        let answer = self.say(&format!("KEYS {pattern}"));
        answer.lines().filter(|line| line.contains(':')).map(str::to_owned).collect()
    }
}

/// Two nodes with stores of their own, and the same participants and keys.
struct Pair {
    first: World,
    second: Gateway,
    second_admin: AdminClient,
    _folder: tempfile::TempDir,
}

impl Pair {
    async fn start(settings: &str) -> Pair {
        let first = World::plain(settings).await;
        let folder = tempfile::tempdir().unwrap();
        copy(&first.data().join("keys"), &folder.path().join("data/keys"));
        let second = plain_gateway(folder.path(), settings, Arc::default()).await;
        let second_admin = admin(&second);
        first.players.onboard(&second_admin).await.unwrap();
        let pair = Pair { first, second, second_admin, _folder: folder };
        for dfsp in [pair.green(), pair.blue()] {
            dfsp.set_hub(urls(&pair.second).fspiop);
        }
        pair.first.players.register().await.unwrap();
        for dfsp in [pair.green(), pair.blue()] {
            dfsp.set_hub(pair.first.fspiop());
        }
        // A node gives up a first connection that takes long, and tries again later.
        until_redis_is(&pair.first.admin, "OK").await;
        until_redis_is(&pair.second_admin, "OK").await;
        pair
    }

    /// The payer.
    fn green(&self) -> &Dfsp {
        &self.first.players.green
    }

    /// The payee.
    fn blue(&self) -> &Dfsp {
        &self.first.players.blue
    }

    fn to_first(&self, dfsp: &Dfsp) {
        dfsp.set_hub(self.first.fspiop());
    }

    fn to_second(&self, dfsp: &Dfsp) {
        dfsp.set_hub(urls(&self.second).fspiop);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A lookup of a party that the payee is asked for.
fn lookup(number: &str) -> Draft {
    Draft::new(Method::GET, format!("/parties/MSISDN/{number}")).to(PAYEE)
}

/// The payee's answer to it, written by the test.
fn found_none(number: &str) -> Draft {
    let body =
        json!({"errorInformation": {"errorCode": "3204", "errorDescription": "Party not found"}});
    Draft::new(Method::PUT, format!("/parties/MSISDN/{number}/error")).to(PAYER).json(&body)
}

/// What the payer was told about a party, and by whom.
fn told(dfsp: &Dfsp, number: &str) -> Vec<(String, String)> {
    let target = format!("/parties/MSISDN/{number}");
    let about = dfsp.received().into_iter().filter(|m| m.target.starts_with(&target));
    let told = about.filter(|m| m.method == Method::PUT).map(|m| {
        let code = m.json().pointer("/errorInformation/errorCode").cloned();
        let code = code.as_ref().and_then(Value::as_str).unwrap_or("found").to_owned();
        (m.header("fspiop-source").unwrap_or_default().to_owned(), code)
    });
    told.collect()
}

async fn until_told(dfsp: &Dfsp, number: &str) -> Arc<Received> {
    let target = format!("/parties/MSISDN/{number}");
    let is_it = move |m: &Received| m.method == Method::PUT && m.target.starts_with(&target);
    dfsp.await_callback(is_it, PATIENCE_MS).await.unwrap()
}

async fn until_asked(dfsp: &Dfsp, number: &str, times: usize) {
    let target = format!("/parties/MSISDN/{number}");
    let asked = || {
        let received = dfsp.received();
        received.iter().filter(|m| m.method == Method::GET && m.target == target).count() >= times
    };
    eventually(asked, "it is asked").await;
}

async fn eventually(holds: impl Fn() -> bool, what: &str) {
    for _ in 0..PATIENCE_MS / 10 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not in time: {what}");
}

/// The payee says nothing by itself.
fn silence(dfsp: &Dfsp) {
    dfsp.set_conduct(Stage::Party, Conduct::silent());
}

/// The value of a counter or gauge, summed over its labels.
async fn metric(admin: &AdminClient, name: &str) -> u64 {
    let text = admin.send(Method::GET, "/metrics", None).await.unwrap().text();
    let lines = text.lines().filter(|line| line.starts_with(name));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// What /health says of Redis.
async fn health(admin: &AdminClient) -> (u16, Option<String>) {
    let answer = admin.send(Method::GET, "/health", None).await.unwrap();
    let body = answer.json().unwrap();
    let services = body["services"].as_array().unwrap().clone();
    let redis = services.into_iter().find(|service| service["name"] == "redis");
    (answer.status.as_u16(), redis.map(|redis| redis["status"].as_str().unwrap().to_owned()))
}

async fn until_redis_is(admin: &AdminClient, status: &str) {
    for _ in 0..PATIENCE_MS / 20 {
        if health(admin).await == (200, Some(status.to_owned())) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("redis is not {status}: {:?}", health(admin).await);
}
