//! The settings of Redis: where it is, and for how long it may keep anybody waiting.

use std::path::{Path, PathBuf};

use redis::{ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo};
use serde::Deserialize;

use super::ConfigError;
use crate::limits::{NODES_MAX, REDIS_TIMEOUT_MS};

/// The memory that several nodes share, and that may be lost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// `redis://` or `rediss://`; empty for none.
    pub url: String,
    /// The file that holds its password; empty for none.
    pub password_file: PathBuf,
    /// The CA of its certificate, for `rediss://`.
    pub ca: PathBuf,
    /// The longest that a request waits for it.
    pub timeout_ms: u64,
    /// How many nodes share it.
    pub nodes: u32,
}

/// Where it is.
#[derive(Debug, Clone)]
pub struct RedisTarget {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whether over TLS.
    pub secure: bool,
    /// Database and user.
    pub session: RedisConnectionInfo,
}

impl RedisSettings {
    /// Where it is; `None` if there is none.
    ///
    /// # Errors
    /// The URL, its password file or its CA cannot be used.
    pub fn target(&self) -> Result<Option<RedisTarget>, ConfigError> {
        if self.url.is_empty() {
            return Ok(None);
        }
        let (scheme, rest) = self.url.split_once("://").unwrap_or_default();
        let secure = match scheme {
            "redis" => false,
            "rediss" => true,
            _ => return Err(unusable("redis.url", "must begin with redis:// or rediss://")),
        };
        let plain = format!("redis://{rest}");
        let info = plain.into_connection_info();
        let info = info.map_err(|_| unusable("redis.url", "must be as redis://host:6379/0"))?;
        let ConnectionAddr::Tcp(host, port) = info.addr() else {
            return Err(unusable("redis.url", "must name a host and a port"));
        };
        let session = info.redis_settings();
        if session.password().is_some() {
            let reason = "must hold no password: name its file in redis.password_file";
            return Err(unusable("redis.url", reason));
        }
        if secure == self.ca.as_os_str().is_empty() {
            let reason = "rediss:// needs the CA of the server's certificate, redis:// has none";
            return Err(unusable("redis.ca", reason));
        }
        let session = session.clone();
        Ok(Some(RedisTarget { host: host.clone(), port: *port, secure, session }))
    }

    /// # Errors
    /// Something cannot be used.
    pub(super) fn usable(&self) -> Result<(), ConfigError> {
        self.target()?;
        if !(REDIS_TIMEOUT_MS.0..=REDIS_TIMEOUT_MS.1).contains(&self.timeout_ms) {
            return Err(unusable("redis.timeout_ms", "must be from 1 to 5000"));
        }
        if !(1..=NODES_MAX).contains(&self.nodes) {
            return Err(unusable("redis.nodes", "must be from 1 to 1000"));
        }
        Ok(())
    }

    /// The password, if one is configured.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn password(&self) -> std::io::Result<Option<String>> {
        if self.password_file == Path::new("") {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&self.password_file)?;
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

fn unusable(key: &'static str, reason: &str) -> ConfigError {
    ConfigError::Unusable { key, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError};

    fn refused(text: &str) -> &'static str {
        match Config::parse(&format!("[redis]\n{text}\n"), "my.toml") {
            Err(ConfigError::Unusable { key, .. }) => key,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_url_names_host_port_database_and_user() {
        let text = "[redis]\nurl = \"redis://causeway@cache.example:6380/3\"\n";
        let target = Config::parse(text, "my.toml").unwrap().redis.target().unwrap().unwrap();
        assert_eq!((target.host.as_str(), target.port), ("cache.example", 6380));
        assert!(!target.secure);
        assert_eq!((target.session.db(), target.session.username()), (3, Some("causeway")));
        assert!(Config::parse("", "my.toml").unwrap().redis.target().unwrap().is_none());
    }

    #[test]
    fn what_cannot_be_used_is_named_and_a_password_is_not_shown() {
        for url in ["http://x", "redis://", "redis", "unix:///tmp/x", "redis://u:secret@x"] {
            assert_eq!(refused(&format!("url = \"{url}\"")), "redis.url", "{url}");
        }
        assert_eq!(refused("url = \"rediss://x\""), "redis.ca");
        assert_eq!(refused("url = \"redis://x\"\nca = \"ca.pem\""), "redis.ca");
        assert_eq!(refused("timeout_ms = 0"), "redis.timeout_ms");
        assert_eq!(refused("nodes = 0"), "redis.nodes");
        let error = Config::parse("[redis]\nurl = \"redis://u:secret@x\"\n", "my.toml");
        assert!(!error.unwrap_err().to_string().contains("secret"));
    }
}
