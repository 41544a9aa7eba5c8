//! What it says of PostgreSQL, NATS and Redis: real ones, as they should be and not, stopped, and absent.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use causeway_toolkit::cluster::beside::Beside;
use causeway_toolkit::cluster::ports::free_port;
use causeway_toolkit::cluster::postgres::Postgres;
use causeway_toolkit::cluster::process::{Process, Signal};
use causeway_toolkit::cluster::programs::Programs;

use super::{Installation, Ran};

/// How long something that was changed may take to show.
const PATIENCE: Duration = Duration::from_secs(60);

/// An installation that names servers, and those of them that run.
struct Servers {
    postgres: Postgres,
    nats: Beside,
    redis: Beside,
    installation: Installation,
    programs: Programs,
}

impl Servers {
    /// All three; none where a program is not installed.
    async fn start() -> Option<Servers> {
        let programs = match Programs::find() {
            Ok(programs) => programs,
            Err(missing) => {
                assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "may not skip: {missing}");
                eprintln!("skipped: {missing}");
                return None;
            }
        };
        let installation = Installation::new();
        let at = installation.path();
        // PostgreSQL's user passes through.
        fs::set_permissions(at, fs::Permissions::from_mode(0o711)).unwrap();
        let postgres = Postgres::create(&programs, at, "postgres").await.unwrap();
        let nats = Beside::nats(&programs, at).await.unwrap();
        let redis = Beside::redis(&programs, at).await.unwrap();
        installation.names(postgres.port(), nats.port(), redis.port());
        Some(Servers { postgres, nats, redis, installation, programs })
    }

    /// Changes a setting of PostgreSQL, which takes it soon.
    fn set(&self, setting: &str, value: &str) {
        let query = |text: &str| self.postgres.query("postgres", text).unwrap();
        query(&format!("ALTER SYSTEM SET {setting} = '{value}'"));
        query("SELECT pg_reload_conf()");
        let since = Instant::now();
        while query(&format!("SHOW {setting}")) != value {
            assert!(since.elapsed() < PATIENCE, "{setting} stays as it was");
        }
    }

    /// Changes a setting of Redis.
    fn tell_redis(&self, setting: &str, value: &str) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.redis.port())).unwrap();
        stream.write_all(format!("CONFIG SET {setting} {value}\r\n").as_bytes()).unwrap();
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"+OK\r\n");
    }
}

impl Installation {
    fn names(&self, postgres: u16, nats: u16, redis: u16) {
        // The table of the store is the last one that is open.
        self.configure(&format!(
            "url = \"postgres://causeway@127.0.0.1:{postgres}/causeway\"\n\
             [nats]\nurl = \"nats://127.0.0.1:{nats}\"\n[redis]\nurl = \"redis://127.0.0.1:{redis}\"\n"
        ));
    }

    /// That something is said, of a level and with these words. Servers have a second or two, which
    /// is nothing to a machine that stands still: it looks until it sees them as they are.
    fn says(&self, about: &str, level: &str, words: &str) {
        let is = |(l, seen): &(String, String)| l == level && seen.contains(words);
        let since = Instant::now();
        loop {
            let said = self.said(about);
            if said.iter().any(is) {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "no {level} `{words}` in {said:?}");
        }
    }

    /// That it ends so, which is waited for in the same way.
    fn ends(&self, so: impl Fn(&Ran) -> bool) {
        let since = Instant::now();
        loop {
            let ran = self.examined();
            if so(&ran) {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "{}: {}", ran.code, ran.said);
        }
    }
}

#[test]
fn servers_that_are_absent_are_named_with_what_to_mend() {
    let installation = Installation::new();
    let ports = [(); 3].map(|()| free_port().unwrap());
    installation.names(ports[0], ports[1], ports[2]);
    // A node does not start without its database; it does without the others.
    installation.says("postgresql", "wrong", "refused");
    installation.says("nats", "warn", "cannot be asked");
    installation.says("redis", "warn", "cannot be asked");
    let ran = installation.examined();
    assert_eq!(ran.code, 1);
    for mend in ["start PostgreSQL", "start NATS", "start Redis", "1 wrong"] {
        assert!(ran.said.contains(mend), "{mend}: {}", ran.said);
    }
}

#[tokio::test]
async fn servers_that_are_there_are_looked_at_and_left_as_they_are() {
    let Some(servers) = Servers::start().await else { return };
    let Servers { installation, postgres, .. } = &servers;
    for _ in 0..2 {
        // The second look finds what the first one found.
        installation.says("postgresql", "ok", "settings that lose nothing");
        installation.says("postgresql", "warn", "no synchronous standby");
        installation.says("postgresql", "ok", "made at the first start");
        installation.says("clock", "ok", "the database's");
        installation.says("nats", "ok", "answers");
        installation.says("nats", "ok", "CAUSEWAY_AUDIT is made by the first node");
        installation.says("redis", "ok", "answers");
        installation.says("redis", "warn", "no bound");
    }
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'causeway'";
    assert_eq!(postgres.query("causeway", tables).unwrap(), "0");
    installation.ends(|ran| ran.code == 0);
}

#[tokio::test]
async fn settings_that_lose_money_or_keys_are_found() {
    let Some(servers) = Servers::start().await else { return };
    let installation = &servers.installation;
    servers.set("full_page_writes", "off");
    installation.says("postgresql", "wrong", "full_page_writes is off");
    installation.ends(|ran| ran.said.contains("-> set full_page_writes = on"));
    servers.set("full_page_writes", "on");
    servers.set("synchronous_standby_names", "nobody");
    installation.says("postgresql", "wrong", "none follows");
    servers.set("synchronous_standby_names", "");
    servers.tell_redis("maxmemory", "10000000");
    servers.tell_redis("maxmemory-policy", "allkeys-lru");
    installation.says("redis", "warn", "allkeys-lru");
    servers.tell_redis("maxmemory-policy", "noeviction");
    assert_eq!(installation.said("redis").len(), 1, "and nothing else to look at");
    servers.postgres.query("causeway", "ALTER ROLE causeway CONNECTION LIMIT 0").unwrap();
    installation.says("postgresql", "wrong", "too many connections");
}

#[tokio::test]
async fn what_nodes_have_made_is_seen() {
    let Some(servers) = Servers::start().await else { return };
    let installation = &servers.installation;
    let mut serve = Command::new(env!("CARGO_BIN_EXE_causeway"));
    serve.arg("serve").arg("--config").arg(installation.config());
    let log = installation.path().join("node.log");
    let mut node = Process::start("a node", serve, &log).unwrap();
    let since = Instant::now();
    let lives = |(_, seen): &(String, String)| seen.contains("nodes that live: 1");
    while !installation.said("postgresql").iter().any(lives) {
        assert!(
            since.elapsed() < PATIENCE,
            "{:?}\n{}",
            installation.said("postgresql"),
            node.log()
        );
    }
    let made = |(_, seen): &(String, String)| seen.contains("is as configured");
    while !installation.said("nats").iter().any(made) {
        assert!(since.elapsed() < PATIENCE, "{:?}\n{}", installation.said("nats"), node.log());
    }
    node.kill();
    // One of another release, and a schema that this one does not know.
    let query = |text: &str| servers.postgres.query("causeway", text).unwrap();
    query(
        "INSERT INTO causeway.nodes (name, lease_until) VALUES ('old', now() + interval '1 hour')",
    );
    installation.says("postgresql", "ok", "of a former release: 1");
    query("UPDATE causeway.migrations SET oldest = 99 WHERE version = 1");
    installation.says("postgresql", "wrong", "knows version 99");
}

#[tokio::test]
async fn nats_without_jetstream_is_wrong() {
    let Some(servers) = Servers::start().await else { return };
    let Servers { installation, programs, postgres, redis, .. } = &servers;
    let port = free_port().unwrap();
    let mut plain = Command::new(&programs.nats_server);
    plain.args(["-a", "127.0.0.1", "-p", &port.to_string()]);
    let log = installation.path().join("plain.log");
    let _plain = Process::start("nats without JetStream", plain, &log).unwrap();
    let since = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(since.elapsed() < PATIENCE, "it does not listen");
    }
    installation.names(postgres.port(), port, redis.port());
    installation.says("nats", "wrong", "JetStream does not answer");
}

#[tokio::test]
async fn servers_that_stand_still_do_not_keep_it() {
    let Some(mut servers) = Servers::start().await else { return };
    servers.postgres.signal(Signal::Stop);
    servers.nats.signal(Signal::Stop);
    servers.redis.signal(Signal::Stop);
    let installation = &servers.installation;
    installation.says("postgresql", "wrong", "no answer");
    installation.says("nats", "warn", "cannot be asked");
    installation.says("redis", "warn", "cannot be asked");
}
