//! The analysts' pages: where, and for whom.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ConfigError, ScreeningSettings};
use crate::limits::{WORKBENCH_NAME_CHARS_MAX, WORKBENCH_USERS_MAX};

/// The workbench's settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkbenchSettings {
    /// Whether there is one.
    pub enabled: bool,
    /// Where it listens: on loopback.
    pub listen: SocketAddr,
    /// Where browsers find it, if a proxy stands before it.
    pub url: String,
    /// Who may use it.
    pub users: Vec<User>,
    /// Recorded events for backtests; empty for none.
    pub recorded: PathBuf,
}

/// Somebody who works here.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// As the history names them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// SHA-256 of their token, hexadecimal.
    pub token_sha256: String,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks, notes, judges, proposes, snoozes.
    Analyst,
    /// Confirms what others propose, changes lists, makes typologies live; and all that an analyst does.
    Supervisor,
}

impl Role {
    /// As pages name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Analyst => "analyst",
            Role::Supervisor => "supervisor",
        }
    }
}

/// Without the digest.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.role.as_str())
    }
}

impl WorkbenchSettings {
    pub(super) fn usable(&self, screening: &ScreeningSettings) -> Result<(), ConfigError> {
        let unusable =
            |key, reason: &str| Err(ConfigError::Unusable { key, reason: reason.to_owned() });
        if !self.enabled {
            return Ok(());
        }
        if !screening.enabled {
            return unusable(
                "workbench.enabled",
                "there is nothing to show: set screening.enabled",
            );
        }
        if !self.listen.ip().is_loopback() {
            let reason = "must be a loopback address: a proxy with TLS stands before it";
            return unusable("workbench.listen", reason);
        }
        if !(self.url.is_empty() || self.url.starts_with("https://")) || self.url.ends_with('/') {
            return unusable(
                "workbench.url",
                "must be empty, or https://... without a / at its end",
            );
        }
        let mut names: Vec<&str> = self.users.iter().map(|user| user.name.as_str()).collect();
        let mut tokens: Vec<&str> = self.users.iter().map(|user| &*user.token_sha256).collect();
        let fits = |name: &&str| {
            let chars = name.chars().count();
            (1..=WORKBENCH_NAME_CHARS_MAX).contains(&chars) && !name.chars().any(char::is_control)
        };
        let is_digest = |token: &&str| {
            token.len() == 64
                && token.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        if names.is_empty() || names.len() > WORKBENCH_USERS_MAX || !names.iter().all(fits) {
            return unusable("workbench.users", "needs 1 to 200 users, each with a name");
        }
        if !tokens.iter().all(is_digest) {
            let reason = "token_sha256 is 64 lower-case hexadecimal digits";
            return unusable("workbench.users", reason);
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        tokens.sort_unstable();
        tokens.dedup();
        match names.len() == count && tokens.len() == count {
            true => Ok(()),
            false => unusable("workbench.users", "each user has a name and a token of their own"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn parsed(settings: &str) -> Result<Config, String> {
        let text =
            format!("[screening]\nenabled = true\n[workbench]\nenabled = true\n{settings}\n");
        Config::parse(&text, "my.toml").map_err(|error| error.to_string())
    }

    fn user(name: &str, digit: &str) -> String {
        let digest = digit.repeat(64);
        format!("{{ name = \"{name}\", role = \"analyst\", token_sha256 = \"{digest}\" }}")
    }

    #[test]
    fn it_is_off_unless_switched_on_and_then_has_users_on_loopback() {
        assert!(!Config::parse("", "x").unwrap().workbench.enabled);
        let users = format!("users = [{}, {}]", user("ann", "1"), user("sue", "2"));
        assert!(parsed(&users).is_ok());
        for (settings, key) in [
            (String::new(), "workbench.users"),
            (format!("users = [{}, {}]", user("ann", "1"), user("ann", "2")), "workbench.users"),
            (format!("users = [{}, {}]", user("ann", "1"), user("sue", "1")), "workbench.users"),
            (format!("users = [{}]", user("", "1")), "workbench.users"),
            (format!("users = [{}]", user("ann", "g")), "workbench.users"),
            (format!("{users}\nlisten = \"0.0.0.0:1\""), "workbench.listen"),
            (format!("{users}\nurl = \"http://fraud.example\""), "workbench.url"),
        ] {
            let error = parsed(&settings).unwrap_err();
            assert!(error.contains(key), "{settings}: {error}");
        }
        let text = format!("[workbench]\nenabled = true\n{users}\n");
        assert!(Config::parse(&text, "x").unwrap_err().to_string().contains("workbench.enabled"));
        assert!(!format!("{:?}", parsed(&users)).contains("1111"));
    }
}
