//! The parts of a cluster by themselves: what is committed outlives its server.

use causeway_toolkit::cluster::beside::Beside;
use causeway_toolkit::cluster::link::Link;
use causeway_toolkit::cluster::postgres::Postgres;
use causeway_toolkit::cluster::process::Signal;
use causeway_toolkit::cluster::programs::Programs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The programs, or why the test skips.
fn programs() -> Option<Programs> {
    match Programs::find() {
        Ok(programs) => Some(programs),
        Err(missing) => {
            let strict = std::env::var("CI").is_ok_and(|value| value == "true");
            assert!(!strict, "with CI=true nothing may skip: {missing}");
            eprintln!("skipped: {missing}");
            None
        }
    }
}

/// A folder that PostgreSQL's user may pass through.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).unwrap();
    folder
}

const DATABASE: &str = "causeway";

fn insert(server: &Postgres, number: u32) {
    let text = format!("INSERT INTO kept VALUES ({number})");
    server.query_as(DATABASE, DATABASE, &text).unwrap();
}

fn kept(server: &Postgres) -> String {
    server
        .query_as(DATABASE, DATABASE, "SELECT string_agg(n::text, ' ' ORDER BY n) FROM kept")
        .unwrap()
}

#[tokio::test]
async fn what_postgres_has_committed_outlives_a_kill_and_a_failover() {
    let Some(programs) = programs() else { return };
    let folder = folder();
    let mut first = Postgres::create(&programs, folder.path(), "first").await.unwrap();
    first.query_as(DATABASE, DATABASE, "CREATE TABLE kept (n int)").unwrap();
    insert(&first, 1);
    first.kill();
    assert!(!first.is_up());
    first.start().await.unwrap();
    let mut second = Postgres::follow(&first, folder.path(), "second").await.unwrap();
    insert(&first, 2);
    first.kill();
    second.promote().unwrap();
    insert(&second, 3);
    assert_eq!(kept(&second), "1 2 3");
    // The machine of the former primary comes back as a standby.
    let third = Postgres::follow(&second, folder.path(), "third").await.unwrap();
    insert(&second, 4);
    assert_eq!(third.query(DATABASE, "SELECT pg_is_in_recovery()").unwrap(), "t");
    second.shut_down().await.unwrap();
    third.promote().unwrap();
    assert_eq!(kept(&third), "1 2 3 4");
}

#[tokio::test]
async fn a_link_to_a_server_that_has_gone_is_a_reset() {
    let Some(programs) = programs() else { return };
    let folder = folder();
    let redis = Beside::redis(&programs, folder.path()).await.unwrap();
    let link = Link::to(redis.port()).await.unwrap();
    assert_eq!(ping(link.port()).await.as_deref(), Some("+PONG"));
    drop(redis);
    assert_eq!(ping(link.port()).await, None);
}

#[tokio::test]
async fn nats_and_redis_come_back_at_the_same_port() {
    let Some(programs) = programs() else { return };
    let folder = folder();
    let mut nats = Beside::nats(&programs, folder.path()).await.unwrap();
    let mut redis = Beside::redis(&programs, folder.path()).await.unwrap();
    for server in [&mut nats, &mut redis] {
        let port = server.port();
        server.kill();
        assert!(!server.is_up());
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
        server.start().await.unwrap();
        assert_eq!(server.port(), port);
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_ok());
    }
    redis.signal(Signal::Stop);
    let limit = std::time::Duration::from_millis(200);
    assert!(tokio::time::timeout(limit, ping(redis.port())).await.is_err(), "it stands still");
    redis.signal(Signal::Continue);
    assert_eq!(ping(redis.port()).await.as_deref(), Some("+PONG"));
}

/// What Redis says to PING.
async fn ping(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream.write_all(b"PING\r\n").await.ok()?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).await.ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}
