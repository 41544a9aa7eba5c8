//! The configuration file. `default.toml` beside this file documents every key; it is embedded,
//! and what a user's file does not set comes from it.

mod nats;
mod redis;
mod scorer;
mod screening;
mod tls;
mod tms;
mod workbench;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::egress::{self, Network};
use crate::limits::REQUESTS_PER_S_MAX;

pub use nats::{NatsSettings, StreamSettings};
pub use redis::{RedisSettings, RedisTarget};
pub use scorer::ScorerSettings;
pub use screening::{
    OnReview, OnUnavailable, PointMode, ScorerPlace, ScreeningMode, ScreeningSettings,
};
pub use tls::{Tls, TlsFiles};
pub use tms::{TmsCaller, TmsSettings};
pub use workbench::{Role, User, WorkbenchSettings};

/// The default configuration with its comments, as `causeway config` prints it.
pub const DEFAULT: &str = include_str!("default.toml");

/// All settings of one node.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it listens.
    pub listen: Listen,
    /// Who may connect, and as whom.
    pub tls: Tls,
    /// Where it may connect to.
    pub egress: Egress,
    /// What it keeps.
    pub store: StoreSettings,
    /// What several nodes share and may lose.
    pub redis: RedisSettings,
    /// The scheme's rules.
    pub scheme: Scheme,
    /// The hub that its banks pay through.
    pub hub: Hub,
    /// Whether and how payments are screened for fraud.
    pub screening: ScreeningSettings,
    /// The analysts' pages.
    pub workbench: WorkbenchSettings,
    /// Where events go.
    pub nats: NatsSettings,
    /// The scorer of fraud screening.
    pub scorer: ScorerSettings,
    /// Bounds that an operator may move.
    pub limits: Limits,
    /// When new work is refused.
    pub overload: Overload,
    /// What it writes about itself.
    pub log: Log,
}

/// One address a kind of caller.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// FSPIOP.
    pub fspiop: SocketAddr,
    /// Bank channel.
    pub bank: SocketAddr,
    /// Admin API, health, metrics.
    pub admin: SocketAddr,
}

/// Which addresses beside public ones participants' URLs may lead to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Egress {
    /// Networks such as `10.0.0.0/8`.
    pub allow: Vec<Network>,
}

/// Where money, documents and outbox are kept.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// The directory of the embedded store and of the keys.
    pub directory: PathBuf,
    /// The database that several nodes share; empty for the embedded store.
    pub url: String,
    /// The file with the CAs of the database's certificate.
    pub ca: PathBuf,
    /// The schema of its tables.
    pub schema: String,
    /// How long transfers stay in its archive, from their end on; 0: for ever.
    pub archive_days: u32,
}

impl StoreSettings {
    fn usable(&self, duplicates_days: u32) -> Result<(), ConfigError> {
        let unusable = |key, reason: &str| ConfigError::Unusable { key, reason: reason.to_owned() };
        let schemes = ["postgres://", "postgresql://"];
        let is_database = schemes.iter().any(|scheme| self.url.starts_with(scheme));
        if !self.url.is_empty() && !is_database {
            let reason = "must begin with postgres://, or be empty for the embedded store";
            return Err(unusable("store.url", reason));
        }
        if (1..duplicates_days).contains(&self.archive_days) {
            let reason = "must be 0 (for ever), or at least scheme.duplicates_days";
            return Err(unusable("store.archive_days", reason));
        }
        Ok(())
    }
}

/// Without the URL, which may hold a password.
impl std::fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let StoreSettings { directory, url: _, ca, schema, archive_days } = self;
        let mut shown = f.debug_struct("StoreSettings");
        shown.field("directory", directory).field("ca", ca).field("schema", schema);
        shown.field("archive_days", archive_days);
        shown.finish_non_exhaustive()
    }
}

/// What participants of the scheme agreed upon.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// The name of the table of budgets.
    pub profile: String,
    /// Currencies beside ISO 4217.
    pub extra_currencies: Vec<String>,
    /// Whether signatures are demanded.
    pub require_signatures: bool,
    /// Whether the ILP packet is compared with the transfer.
    pub verify_ilp_terms: bool,
    /// Whether payer and payee may be the same.
    pub on_us_transfers: bool,
    /// Whether a foreign fulfil aborts.
    pub abort_on_foreign_fulfil: bool,
    /// Whether the payee gets a copy of a commit.
    pub confirm_to_payee: bool,
    /// How long ids are kept.
    pub duplicates_days: u32,
}

/// The hub as the bank side sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hub {
    /// Its base URL; empty for the one in this process.
    pub url: String,
    /// The file with its public key; empty for the one in this process.
    pub public_key: PathBuf,
    /// The name in its certificate.
    pub tls_identity: String,
}

/// Bounds in time, and of rates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// For a request's headers.
    pub header_timeout_ms: u64,
    /// For a request's body.
    pub body_timeout_ms: u64,
    /// For a held transfer, until an operator is called.
    pub held_alert_ms: i64,
    /// Between leaving readiness and taking no more requests.
    pub drain_ms: u64,
    /// Requests a second of each participant; 0 for any number.
    pub requests_per_s: u32,
}

/// When new work is refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overload {
    /// The predicted wait from which on some is.
    pub wait_ms: u32,
}

/// Logging.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Which lines.
    pub filter: String,
    /// Their form.
    pub format: LogFormat,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a terminal.
    Text,
}

/// Why a configuration cannot be used. The operator's to mend.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of another type.
    #[error("{origin}: {reason}")]
    Malformed {
        /// Which file.
        origin: String,
        /// Where and why.
        reason: String,
    },
    /// A value that cannot be used.
    #[error("{key}: {reason}")]
    Unusable {
        /// Its key.
        key: &'static str,
        /// What to mend.
        reason: String,
    },
}

impl Config {
    /// The file's settings over the defaults.
    ///
    /// # Errors
    /// The file cannot be read, or something in it cannot be used.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        Config::parse(&text, &path.display().to_string())
    }

    /// The settings in `text` over the defaults; `origin` names the text in errors.
    ///
    /// # Errors
    /// Something in it cannot be used.
    pub fn parse(text: &str, origin: &str) -> Result<Config, ConfigError> {
        let mut settings = table(DEFAULT, "the default configuration")?;
        merge(&mut settings, table(text, origin)?);
        let malformed = |error: toml::de::Error| ConfigError::Malformed {
            origin: origin.to_owned(),
            reason: error.message().to_owned(),
        };
        let config: Config = toml::Value::Table(settings).try_into().map_err(malformed)?;
        config.usable()
    }

    fn usable(mut self) -> Result<Config, ConfigError> {
        let unusable = |key, reason: &str| ConfigError::Unusable { key, reason: reason.to_owned() };
        let Listen { fspiop, bank, admin } = self.listen;
        let doors = [("listen.fspiop", fspiop), ("listen.bank", bank), ("listen.admin", admin)];
        for (key, address) in doors {
            if !self.tls.is_on() && !address.ip().is_loopback() {
                let reason = "TLS is off, so that all listen on loopback: use 127.0.0.1, or [tls]";
                return Err(unusable(key, reason));
            }
        }
        self.tls = self.tls.usable(admin)?;
        let Some(profile) = fspiop::deadline::Profile::named(&self.scheme.profile) else {
            let reason = "unknown: use \"fspiop-default\" or \"instant-10s\"";
            return Err(unusable("scheme.profile", reason));
        };
        self.redis.usable()?;
        self.workbench.usable(&self.screening)?;
        if self.limits.requests_per_s > REQUESTS_PER_S_MAX {
            return Err(unusable("limits.requests_per_s", "must be 0 to 1000000"));
        }
        self.screening.usable(profile, self.hub.url.is_empty())?;
        self.screening.tms.usable(self.screening.enabled, self.tls.is_on())?;
        self.store.usable(self.scheme.duplicates_days)?;
        self.nats.usable(&self.screening.tenant)?;
        self.scorer.usable()?;
        self.screening.scorer.usable(&self.nats.url)?;
        if self.hub.url.is_empty() != self.hub.public_key.as_os_str().is_empty() {
            let reason = "a hub elsewhere needs both hub.url and hub.public_key";
            return Err(unusable("hub.public_key", reason));
        }
        let egress = egress::Egress::new(self.egress.allow.clone(), self.tls.is_on());
        if let Some(forbidden) = egress.check(&self.hub.url).err()
            && !self.hub.url.is_empty()
        {
            return Err(unusable("hub.url", &forbidden.to_string()));
        }
        let is_code =
            |code: &String| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
        if !self.scheme.extra_currencies.iter().all(is_code) {
            let reason = "each must be three upper-case letters";
            return Err(unusable("scheme.extra_currencies", reason));
        }
        Ok(self)
    }
}

fn table(text: &str, origin: &str) -> Result<toml::Table, ConfigError> {
    let malformed = |error: toml::de::Error| ConfigError::Malformed {
        origin: origin.to_owned(),
        reason: error.to_string(),
    };
    text.parse().map_err(malformed)
}

/// Lays `over` on `under`, table by table.
fn merge(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => merge(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_usable_and_complete() {
        let config = Config::parse("", "nothing").unwrap();
        assert_eq!(config.scheme.profile, "fspiop-default");
    }

    #[test]
    fn the_archive_keeps_at_least_what_may_not_be_used_again() {
        let days = |days: u32| Config::parse(&format!("[store]\narchive_days = {days}"), "x.toml");
        assert_eq!(days(0).unwrap().store.archive_days, 0);
        assert_eq!(days(90).unwrap().store.archive_days, 90);
        let refused = days(89).unwrap_err().to_string();
        assert!(refused.starts_with("store.archive_days: must be 0"), "{refused}");
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = Config::parse("[limits]\nheader_timeot_ms = 1\n", "my.toml").unwrap_err();
        assert!(error.to_string().contains("header_timeot_ms"), "{error}");
    }

    #[test]
    fn without_tls_all_stays_on_loopback() {
        for key in ["fspiop", "bank", "admin"] {
            let text = format!("[listen]\n{key} = \"0.0.0.0:1\"\n");
            let error = Config::parse(&text, "my.toml").unwrap_err();
            assert!(error.to_string().contains(&format!("listen.{key}")), "{error}");
            assert!(Config::parse(&text.replace("0.0.0.0", "[::1]"), "my.toml").is_ok());
            assert!(Config::parse(&text.replace("0.0.0.0", "127.0.0.2"), "my.toml").is_ok());
        }
        let hub = "[hub]\nurl = \"https://hub.example\"\npublic_key = \"hub.pem\"\n";
        let error = Config::parse(hub, "my.toml").unwrap_err();
        assert!(error.to_string().contains("hub.url"), "{error}");
        assert!(Config::parse(&hub.replace("https", "http"), "my.toml").is_ok());
    }

    #[test]
    fn a_database_is_named_by_its_url_and_its_password_is_not_shown() {
        let text = "[store]\nurl = \"postgres://causeway:secret@db.example/causeway\"\n";
        let config = Config::parse(text, "my.toml").unwrap();
        assert_eq!(config.store.schema, "causeway");
        assert!(!format!("{config:?}").contains("secret"));
        let error = Config::parse(&text.replace("postgres", "mysql"), "my.toml").unwrap_err();
        assert!(error.to_string().contains("store.url") && !error.to_string().contains("secret"));
    }

    #[test]
    fn a_wrong_type_and_a_wrong_profile_are_refused() {
        assert!(Config::parse("[log]\nfilter = 3\n", "my.toml").is_err());
        assert!(Config::parse("[scheme]\nprofile = \"fast\"\n", "my.toml").is_err());
        assert!(Config::parse("[scheme\n", "my.toml").is_err());
        assert!(Config::parse("[hub]\nurl = \"http://127.0.0.1:1\"\n", "my.toml").is_err());
    }
}
