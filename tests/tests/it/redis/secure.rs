//! `rediss://`: the server's certificate is verified against the configured CA, and the password sent.

use super::*;
use causeway::config::Config;
use causeway::metrics::Metrics;
use causeway::shared::{Away, Link};
use causeway_tests::tls::{operators_ca, scheme_ca};
use causeway_toolkit::cluster::ports::free_port;
use causeway_toolkit::cluster::process::Process;
use std::process::Command;

const PASSWORD: &str = "a password of tests";

struct Secure {
    port: u16,
    folder: tempfile::TempDir,
    _process: Process,
}

impl Secure {
    async fn start() -> Option<Secure> {
        let Some(program) = on_path("redis-server") else {
            skip("redis-server is not on PATH");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        scheme_ca().participant("redis").unwrap().write(folder.path(), "redis").unwrap();
        std::fs::write(folder.path().join("other-ca.pem"), operators_ca().pem()).unwrap();
        std::fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        let (port, file) = (free_port().unwrap(), |name: &str| folder.path().join(name));
        let mut command = Command::new(program);
        command.args(["--port", "0", "--bind", "127.0.0.1", "--save", ""]);
        command.args(["--tls-auth-clients", "no", "--requirepass", PASSWORD]);
        command.arg("--tls-port").arg(port.to_string());
        command.arg("--tls-cert-file").arg(file("redis.pem"));
        command.arg("--tls-key-file").arg(file("redis.key"));
        command.arg("--tls-ca-cert-file").arg(file("redis-ca.pem"));
        command.arg("--dir").arg(folder.path());
        let mut process = Process::start("redis", command, &folder.path().join("log")).unwrap();
        for _ in 0..PATIENCE_MS / 10 {
            assert!(process.ended().is_none(), "{}", process.log());
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(Secure { port, folder, _process: process });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it does not listen: {}", process.log());
    }

    async fn link(&self, ca: &str, password: bool) -> Arc<Link> {
        let file = |name: &str| self.folder.path().join(name);
        let password = match password {
            true => format!("password_file = {:?}\n", file("password")),
            false => String::new(),
        };
        let settings = format!(
            "[redis]\nurl = \"rediss://127.0.0.1:{}/2\"\ntimeout_ms = 5000\nca = {:?}\n{password}",
            self.port,
            file(ca),
        );
        let config = Config::parse(&settings, "a test").unwrap();
        Link::start(&config.redis, &Metrics::default()).await.unwrap().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_certificate_must_lead_to_the_ca_and_the_password_must_fit() {
    let Some(redis) = Secure::start().await else { return };
    let link = redis.link("redis-ca.pem", true).await;
    eventually(|| link.is_there(), "it is there").await;
    let cache = causeway::shared::ProxyCache::new(Arc::clone(&link));
    assert_eq!(cache.proxy_of("farwallet").await, Ok(None));
    for (ca, password) in [("other-ca.pem", true), ("redis-ca.pem", false)] {
        let link = redis.link(ca, password).await;
        assert!(!link.is_there(), "{ca}, {password}");
        let cache = causeway::shared::ProxyCache::new(link);
        assert_eq!(cache.proxy_of("farwallet").await, Err(Away));
    }
}
