//! A real PostgreSQL, started once a test process, and a schema of its own for each test.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use causeway_toolkit::cluster::postgres::{OWNER, Postgres};
use causeway_toolkit::cluster::programs::Programs;
use switch_store::{PostgresSettings, PostgresStore, SteadyClock};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();
static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// How long a node may take to leave.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server in a folder of its own. One that lives in a static ends with this process, however that
/// ends: its keeper sees its own input end.
pub struct Server {
    pub postgres: Postgres,
    folder: TempDir,
    _keeper: Child,
}

/// One test's schema on a server.
#[derive(Debug, Clone)]
pub struct Database {
    port: u16,
    schema: String,
}

/// Waits for its input to end, then ends the server and removes its folder.
const KEEPER: &str = "\
read -r _ || true
kill -QUIT \"$(head -n 1 \"$0/postgres/postmaster.pid\")\" 2>/dev/null
while [ -e \"$0/postgres/postmaster.pid\" ] && [ $((tries += 1)) -lt 50 ]; do sleep 0.1; done
rm -rf \"$0\"
";

impl Server {
    /// A new one; `None` where PostgreSQL is not installed.
    pub async fn start() -> Option<Server> {
        let programs = match Programs::find() {
            Ok(programs) => programs,
            Err(missing) => {
                let strict = std::env::var("CI").is_ok_and(|value| value == "true");
                assert!(!strict, "with CI=true nothing may skip: {missing}");
                eprintln!("skipped: {missing}");
                return None;
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER]).arg(folder.path()).stdin(Stdio::piped());
        let keeper = keeper.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let postgres = Postgres::create(&programs, folder.path(), "postgres").await.unwrap();
        Some(Server { postgres, folder, _keeper: keeper })
    }

    pub fn database(&self) -> Database {
        Database::at(self.port())
    }

    pub fn port(&self) -> u16 {
        self.postgres.port()
    }

    /// Where further servers may have their files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Database {
    /// On the server of this process.
    pub async fn new() -> Option<Database> {
        let server = SERVER.get_or_init(Server::start).await;
        server.as_ref().map(Server::database)
    }

    /// A new schema of the server at a port.
    pub fn at(port: u16) -> Database {
        let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
        Database { port, schema: format!("test_{number}") }
    }

    /// The same through another port.
    pub fn through(&self, port: u16) -> Database {
        Database { port, ..self.clone() }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn settings(&self) -> PostgresSettings {
        let url = format!("postgres://{OWNER}@127.0.0.1:{}/{OWNER}?sslmode=disable", self.port);
        let schema = self.schema.clone();
        PostgresSettings { schema, ..PostgresSettings::new(url) }
    }

    /// A node, on the test's clock.
    pub async fn node(&self, clock: Arc<SteadyClock>) -> PostgresStore {
        PostgresStore::connect_on(self.settings(), clock).await.unwrap()
    }

    /// Waits until every node that was here has left. One that could not say so is deposed when its
    /// lease is over, as another node would do it.
    pub async fn deserted(&self) {
        let client = self.client().await;
        let here = "SELECT to_regclass('nodes') IS NOT NULL";
        if !client.query_one(here, &[]).await.unwrap().get::<_, bool>(0) {
            return;
        }
        let depose = "UPDATE nodes SET deposed = true \
                      WHERE NOT deposed AND lease_until < clock_timestamp() - interval '1 second'";
        let since = Instant::now();
        loop {
            client.execute(depose, &[]).await.unwrap();
            let left = client.query_one("SELECT bool_and(deposed) FROM nodes", &[]).await.unwrap();
            if left.get::<_, Option<bool>>(0).unwrap_or(true) {
                return;
            }
            assert!(since.elapsed() < PATIENCE, "a node does not leave");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A connection of the test's own, in the schema.
    pub async fn client(&self) -> Client {
        let url = self.settings().url;
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("SET search_path TO {}", self.schema)).await.unwrap();
        client
    }
}
