//! Where events go: NATS JetStream.

use std::path::PathBuf;

use serde::Deserialize;

use super::ConfigError;
use crate::limits::{
    STREAM_DAYS_MAX, STREAM_DUPLICATES_S, STREAM_NAME_CHARS_MAX, STREAM_REPLICAS_MAX,
};

/// The servers, and the streams that events are kept in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NatsSettings {
    /// The servers, separated by commas; empty for no events at all.
    pub url: String,
    /// A file with a user's JWT and key; empty for none.
    pub credentials: PathBuf,
    /// A file with the seed of an NKey; empty for none.
    pub nkey_seed: PathBuf,
    /// The CA of the servers' certificates; empty for the machine's.
    pub ca: PathBuf,
    /// Our certificate, where the servers ask for one.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// How many servers keep each event.
    pub replicas: usize,
    /// How long a server knows an event again that it is sent twice.
    pub duplicates_s: u64,
    /// The stream of audit events.
    pub audit: StreamSettings,
    /// The stream of fraud screening's events.
    pub frm: StreamSettings,
}

/// One stream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamSettings {
    /// Its name on the servers.
    pub stream: String,
    /// How long an event is kept.
    pub days: u64,
}

impl NatsSettings {
    pub(super) fn usable(&self, tenant: &str) -> Result<(), ConfigError> {
        let unusable =
            |key, reason: &str| Err(ConfigError::Unusable { key, reason: reason.to_owned() });
        if self.url.is_empty() {
            return Ok(());
        }
        let is_server = |one: &str| one.starts_with("nats://") || one.starts_with("tls://");
        if !self.url.split(',').all(|one| is_server(one.trim())) {
            return unusable("nats.url", "each must begin with nats:// or tls://");
        }
        if tenant.is_empty() {
            return unusable("screening.tenant", "must not be empty: it is in every subject");
        }
        if !self.credentials.as_os_str().is_empty() && !self.nkey_seed.as_os_str().is_empty() {
            return unusable("nats.nkey_seed", "not beside nats.credentials: one of the two");
        }
        if self.certificate.as_os_str().is_empty() != self.key.as_os_str().is_empty() {
            return unusable("nats.key", "a certificate and its key go together");
        }
        if !(1..=STREAM_REPLICAS_MAX).contains(&self.replicas) {
            return unusable("nats.replicas", "must be 1 to 5");
        }
        let (shortest, longest) = STREAM_DUPLICATES_S;
        if !(shortest..=longest).contains(&self.duplicates_s) {
            return unusable("nats.duplicates_s", "must be 60 to 86400");
        }
        for (key, one) in [("nats.audit", &self.audit), ("nats.frm", &self.frm)] {
            if !is_name(&one.stream) {
                return unusable(key, "a stream's name has 1 to 32 letters, digits, - or _");
            }
            if !(1..=STREAM_DAYS_MAX).contains(&one.days) {
                return unusable(key, "days must be 1 to 3650");
            }
        }
        if self.audit.stream == self.frm.stream {
            return unusable("nats.frm", "each stream needs a name of its own");
        }
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=STREAM_NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn parsed(settings: &str) -> Result<Config, String> {
        Config::parse(settings, "my.toml").map_err(|error| error.to_string())
    }

    #[test]
    fn it_is_off_unless_there_is_a_url() {
        assert!(parsed("").unwrap().nats.url.is_empty());
        assert!(parsed("[nats]\nurl = \"nats://127.0.0.1:4222, tls://b:4222\"\n").is_ok());
        assert!(parsed("[nats]\nreplicas = 9\n").is_ok(), "what is off is not looked at");
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_its_key() {
        for (wrong, key) in [
            ("url = \"http://a\"", "nats.url"),
            ("url = \"nats://a,b\"", "nats.url"),
            ("credentials = \"a\"\nnkey_seed = \"b\"", "nats.nkey_seed"),
            ("certificate = \"a\"", "nats.key"),
            ("replicas = 0", "nats.replicas"),
            ("replicas = 6", "nats.replicas"),
            ("duplicates_s = 59", "nats.duplicates_s"),
            ("audit = { stream = \"A.B\" }", "nats.audit"),
            ("audit = { days = 0 }", "nats.audit"),
            ("frm = { stream = \"CAUSEWAY_AUDIT\" }", "nats.frm"),
            ("frm = { max = 1 }", "max"),
        ] {
            let url = if wrong.starts_with("url") { "" } else { "url = \"nats://a\"\n" };
            let error = parsed(&format!("[nats]\n{url}{wrong}\n")).unwrap_err();
            assert!(error.contains(key), "{wrong}: {error}");
        }
        let nobodys = "[screening]\ntenant = \"\"\n[nats]\nurl = \"nats://a\"\n";
        assert!(parsed(nobodys).unwrap_err().contains("screening.tenant"));
    }
}
