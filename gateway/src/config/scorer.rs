//! The scorer of fraud screening: what it waits for, and where it keeps its state.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::ConfigError;
use crate::limits::SNAPSHOT_S;

/// Settings of `causeway frms serve`; the first one counts in a gateway, too.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScorerSettings {
    /// How long rule processors elsewhere are waited for.
    pub rules_budget_ms: u64,
    /// The folder of snapshots; empty for none.
    pub snapshots: PathBuf,
    /// How often one is written.
    pub snapshot_s: u64,
}

impl ScorerSettings {
    /// The part of a payment's budget that rule processors elsewhere may take: half of it at most.
    pub fn rules_budget(&self, budget_ms: u64) -> Duration {
        Duration::from_millis(self.rules_budget_ms.min(budget_ms / 2).max(1))
    }

    pub(super) fn usable(&self) -> Result<(), ConfigError> {
        let (shortest, longest) = SNAPSHOT_S;
        match (shortest..=longest).contains(&self.snapshot_s) {
            true => Ok(()),
            false => Err(ConfigError::Unusable {
                key: "scorer.snapshot_s",
                reason: format!("must be {shortest} to {longest}"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn rule_processors_get_half_of_a_budget_at_most() {
        let settings = Config::parse("", "test").unwrap().scorer;
        assert_eq!(settings.rules_budget(100), Duration::from_millis(40));
        assert_eq!(settings.rules_budget(20), Duration::from_millis(10));
        assert_eq!(settings.rules_budget(1), Duration::from_millis(1));
        assert!(Config::parse("[scorer]\nsnapshot_s = 0\n", "test").is_err());
        let elsewhere = "[screening]\nscorer = \"nats\"\n";
        let error = Config::parse(elsewhere, "test").unwrap_err().to_string();
        assert!(error.contains("screening.scorer"), "{error}");
        let nats = format!("{elsewhere}[nats]\nurl = \"nats://a\"\n");
        assert!(Config::parse(&nats, "test").is_ok());
    }
}
