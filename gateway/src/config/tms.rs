//! The open peer's HTTP interface: where, and for whom.

use std::net::SocketAddr;

use serde::Deserialize;

use super::ConfigError;
use crate::limits::{TMS_CALLERS_MAX, TMS_KEPT_HOURS, WORKBENCH_NAME_CHARS_MAX};

/// Its settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TmsSettings {
    /// Whether there is one.
    pub enabled: bool,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Who may use it; nobody in particular if empty, and then on loopback only.
    pub callers: Vec<TmsCaller>,
    /// How long messages and reports are kept.
    pub keep_hours: u32,
}

/// Somebody who sends messages.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TmsCaller {
    /// As logs name it.
    pub name: String,
    /// For which tenant; another one than `screening.tenant` is not let in.
    pub tenant: String,
    /// SHA-256 of its token, hexadecimal.
    pub token_sha256: String,
}

/// Without the digest.
impl std::fmt::Debug for TmsCaller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.tenant)
    }
}

impl TmsSettings {
    pub(super) fn usable(&self, is_screening: bool, has_tls: bool) -> Result<(), ConfigError> {
        let unusable =
            |key, reason: &str| Err(ConfigError::Unusable { key, reason: reason.to_owned() });
        if !self.enabled {
            return Ok(());
        }
        if !is_screening {
            let reason = "there is nobody to judge messages: set screening.enabled";
            return unusable("screening.tms.enabled", reason);
        }
        if !self.listen.ip().is_loopback() && (!has_tls || self.callers.is_empty()) {
            let reason = "must be a loopback address, unless there are [tls] and callers";
            return unusable("screening.tms.listen", reason);
        }
        let (shortest, longest) = TMS_KEPT_HOURS;
        if !(shortest..=longest).contains(&self.keep_hours) {
            return unusable("screening.tms.keep_hours", "must be 1 to 720");
        }
        self.callers_usable()
    }

    fn callers_usable(&self) -> Result<(), ConfigError> {
        let unusable = |reason: &str| {
            let (key, reason) = ("screening.tms.callers", reason.to_owned());
            Err(ConfigError::Unusable { key, reason })
        };
        let fits = |text: &str| {
            let chars = text.chars().count();
            (1..=WORKBENCH_NAME_CHARS_MAX).contains(&chars) && !text.chars().any(char::is_control)
        };
        let is_digest = |token: &str| {
            token.len() == 64
                && token.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let named = |caller: &TmsCaller| fits(&caller.name) && fits(&caller.tenant);
        if self.callers.len() > TMS_CALLERS_MAX || !self.callers.iter().all(named) {
            return unusable("has at most 200 callers, each with a name and a tenant");
        }
        if !self.callers.iter().all(|caller| is_digest(&caller.token_sha256)) {
            return unusable("token_sha256 is 64 lower-case hexadecimal digits");
        }
        let mut tokens: Vec<&str> = self.callers.iter().map(|it| &*it.token_sha256).collect();
        tokens.sort_unstable();
        tokens.dedup();
        match tokens.len() == self.callers.len() {
            true => Ok(()),
            false => unusable("each caller has a token of its own"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn parsed(settings: &str) -> Result<Config, String> {
        let text =
            format!("[screening]\nenabled = true\n[screening.tms]\nenabled = true\n{settings}\n");
        Config::parse(&text, "my.toml").map_err(|error| error.to_string())
    }

    fn caller(name: &str, digit: &str) -> String {
        let digest = digit.repeat(64);
        format!("{{ name = \"{name}\", tenant = \"default\", token_sha256 = \"{digest}\" }}")
    }

    #[test]
    fn it_is_off_unless_switched_on_and_stays_on_loopback() {
        assert!(!Config::parse("", "x").unwrap().screening.tms.enabled);
        let callers = format!("callers = [{}, {}]", caller("one", "1"), caller("two", "2"));
        assert!(parsed("").is_ok() && parsed(&callers).is_ok());
        for (settings, key) in [
            ("listen = \"0.0.0.0:1\"".to_owned(), "screening.tms.listen"),
            (format!("listen = \"0.0.0.0:1\"\n{callers}"), "screening.tms.listen"),
            ("keep_hours = 0".to_owned(), "screening.tms.keep_hours"),
            ("keep_hours = 721".to_owned(), "screening.tms.keep_hours"),
            (format!("callers = [{}]", caller("", "1")), "screening.tms.callers"),
            (format!("callers = [{}]", caller("one", "x")), "screening.tms.callers"),
            (
                format!("callers = [{}, {}]", caller("one", "1"), caller("two", "1")),
                "screening.tms.callers",
            ),
            ("caller = []".to_owned(), ""),
        ] {
            let error = parsed(&settings).unwrap_err();
            assert!(error.contains(key), "{settings}: {error}");
        }
        let off = "[screening.tms]\nenabled = true\n";
        let error = Config::parse(off, "x").unwrap_err().to_string();
        assert!(error.contains("screening.tms.enabled"), "{error}");
        assert!(!format!("{:?}", parsed(&callers)).contains("1111"));
    }
}
