//! How the database is reached.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::TargetSessionAttrs;

use crate::StoreError;
use crate::limits::{CONNECT_TIMEOUT_MS, SESSION_TIMEOUT_MS};
use crate::postgres::migrate;

/// The name of the schema unless it is set.
pub const DEFAULT_SCHEMA: &str = "causeway";

/// How a node reaches its database.
#[derive(Clone)]
pub struct PostgresSettings {
    /// `postgres://user:password@host:port/database?sslmode=...`; several hosts, divided by commas,
    /// are tried in their order until one takes writes.
    pub url: String,
    /// PEM file with the CAs that the server's certificate may come from; empty where the URL says
    /// `sslmode=disable`, or the server is to be reached without TLS.
    pub ca: PathBuf,
    /// The schema that holds the tables; made when absent.
    pub schema: String,
    /// What this node is called in `nodes` and in the server's list of sessions.
    pub node: String,
    /// The schema's version to migrate to and to write for; the newest unless a test says otherwise.
    pub version: u32,
}

impl PostgresSettings {
    /// The defaults, for a database.
    #[must_use]
    pub fn new(url: impl Into<String>) -> PostgresSettings {
        PostgresSettings {
            url: url.into(),
            ca: PathBuf::new(),
            schema: DEFAULT_SCHEMA.to_owned(),
            node: "causeway".to_owned(),
            version: migrate::NEWEST,
        }
    }

    /// The URL as the client takes it, with the timeouts that a stopped node or server has to meet.
    pub(crate) fn config(&self) -> Result<Config, StoreError> {
        let refused = |reason: String| StoreError::Unusable { reason };
        if !is_name(&self.schema) {
            return Err(refused("the schema's name is a-z, 0-9 and _, at most 40 long".into()));
        }
        let parsed: Result<Config, _> = self.url.parse();
        // The error is not shown: it may quote the password.
        let mut config = parsed.map_err(|_| refused("the URL cannot be read".into()))?;
        if config.get_hosts().is_empty() {
            return Err(refused("the URL names no host".into()));
        }
        let timeout = Duration::from_millis(SESSION_TIMEOUT_MS);
        config
            .application_name(self.node.as_str())
            .connect_timeout(Duration::from_millis(CONNECT_TIMEOUT_MS))
            .tcp_user_timeout(timeout)
            .keepalives(true)
            .keepalives_idle(timeout)
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(2)
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(config)
    }
}

/// A name that needs no quotes, and leaves room for what is made of it.
fn is_name(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let rest = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    first && rest && name.len() <= 40
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_refused_without_its_password() {
        for url in ["", "nonsense", "postgres://", "postgres://user:secret@host:x/db"] {
            let Err(error) = PostgresSettings::new(url).config() else { panic!("{url} is taken") };
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        for schema in ["", "Causeway", "a b", "a\"", "1a", &"a".repeat(41)] {
            let settings = PostgresSettings {
                schema: schema.to_owned(),
                ..PostgresSettings::new("postgres://127.0.0.1/db")
            };
            assert!(settings.config().is_err(), "{schema}");
        }
        assert!(PostgresSettings::new("postgres://127.0.0.1,127.0.0.2/db").config().is_ok());
    }
}
