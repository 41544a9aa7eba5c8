//! Fraud screening's settings.

use std::path::PathBuf;

use fspiop::deadline::{Profile, TimedResource};
use serde::Deserialize;

use super::ConfigError;
use crate::limits::SCREENING_BUDGET_MAX_MS;

/// The policy at the one decision point there is, before money is reserved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreeningSettings {
    /// Whether payments are screened at all.
    pub enabled: bool,
    /// Whether verdicts are applied.
    pub mode: ScreeningMode,
    /// How long a payment waits for its verdict.
    pub budget_ms: u64,
    /// What becomes of a payment without a verdict.
    pub on_unavailable: OnUnavailable,
    /// What becomes of a payment that somebody is to look at.
    pub on_review: OnReview,
    /// How long somebody who looks at a held payment needs at least.
    pub hold_ms: u64,
    /// Whose events these are: the first name in every subject.
    pub tenant: String,
    /// The file with conditions that no API call changes; empty for none.
    pub conditions: PathBuf,
    /// The file with rules and typologies; empty for the standard ones.
    pub catalogue: PathBuf,
    /// Where the scorer runs.
    pub scorer: ScorerPlace,
}

/// Where the scorer runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScorerPlace {
    /// In the gateway: it sees the payments of this node.
    InProcess,
    /// Elsewhere (`causeway frms serve`), asked over NATS: it sees those of all nodes.
    Nats,
}

/// Whether verdicts are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScreeningMode {
    /// They are.
    Enforce,
    /// They are recorded and published, and nobody waits for them.
    Shadow,
}

/// What becomes of a payment whose verdict did not come within the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnavailable {
    /// It passes.
    Open,
    /// It is refused for now (2003): nothing is stored, the same request may come again.
    Closed,
    /// It is held.
    Hold,
}

/// What becomes of a payment that somebody is to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnReview {
    /// It is held.
    Hold,
    /// It is blocked: for schemes without the time to look.
    Block,
    /// It passes; the alert stays.
    Allow,
}

impl ScorerPlace {
    pub(super) fn usable(self, nats_url: &str) -> Result<(), ConfigError> {
        match self {
            ScorerPlace::Nats if nats_url.is_empty() => Err(ConfigError::Unusable {
                key: "screening.scorer",
                reason: "\"nats\" needs nats.url".to_owned(),
            }),
            ScorerPlace::Nats | ScorerPlace::InProcess => Ok(()),
        }
    }
}

impl ScreeningSettings {
    pub(super) fn usable(&self, profile: &Profile, has_hub: bool) -> Result<(), ConfigError> {
        let unusable = |key, reason: String| Err(ConfigError::Unusable { key, reason });
        if !self.enabled {
            return Ok(());
        }
        if !has_hub {
            let reason = "the hub screens: set it there, not with hub.url";
            return unusable("screening.enabled", reason.to_owned());
        }
        if !(1..=SCREENING_BUDGET_MAX_MS).contains(&self.budget_ms) {
            let reason = format!("must be 1 to {SCREENING_BUDGET_MAX_MS}");
            return unusable("screening.budget_ms", reason);
        }
        if self.tenant.is_empty() {
            return unusable("screening.tenant", "must not be empty".to_owned());
        }
        let left_ms = most_held_ms(profile);
        if self.may_hold() && left_ms < self.hold_ms {
            let reason = format!(
                "the profile {} leaves at most {left_ms} ms for a hold: ask for less, or let neither \
                 on_review nor on_unavailable be \"hold\"",
                profile.name
            );
            return unusable("screening.hold_ms", reason);
        }
        Ok(())
    }

    fn may_hold(&self) -> bool {
        let holds = self.on_review == OnReview::Hold || self.on_unavailable == OnUnavailable::Hold;
        self.mode == ScreeningMode::Enforce && holds
    }
}

/// The longest that a transfer of this scheme can be held: the most that it may take, less what
/// the payee and the way back need.
fn most_held_ms(profile: &Profile) -> u64 {
    let row = profile.row(TimedResource::Transfers);
    row.map_or(0, |row| {
        let needed = row.answer_margin_ms.saturating_add(row.link_ms).saturating_add(row.floor_ms);
        row.max_ms.saturating_sub(needed)
    })
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn parsed(settings: &str) -> Result<Config, String> {
        Config::parse(settings, "my.toml").map_err(|error| error.to_string())
    }

    #[test]
    fn it_is_off_unless_switched_on() {
        let config = parsed("").unwrap();
        assert!(!config.screening.enabled);
        assert!(parsed("[screening]\nenabled = true\n").is_ok());
        assert!(parsed("[screening]\nenable = true\n").is_err());
    }

    #[test]
    fn a_hold_that_the_profile_has_no_time_for_is_refused() {
        let instant = "[scheme]\nprofile = \"instant-10s\"\n[screening]\nenabled = true\n";
        // 10,000 ms less margin 2,500, link 250, floor 1,500.
        assert!(parsed(&format!("{instant}hold_ms = 5750\n")).is_ok());
        let error = parsed(&format!("{instant}hold_ms = 5751\n")).unwrap_err();
        assert!(error.contains("screening.hold_ms") && error.contains("5750 ms"), "{error}");
        for without in ["on_review = \"block\"", "mode = \"shadow\"", "enabled = false"] {
            let text = format!("{instant}hold_ms = 60000\n{without}\n");
            let text = text
                .replace("enabled = true\nhold_ms = 60000\nenabled", "hold_ms = 60000\nenabled");
            assert!(parsed(&text).is_ok(), "{without}");
        }
        let text = "on_review = \"block\"\non_unavailable = \"hold\"\nhold_ms = 60000\n";
        assert!(parsed(&format!("{instant}{text}")).is_err());
        let human = "[screening]\nenabled = true\nhold_ms = 60000\n";
        assert!(parsed(human).is_ok());
    }

    #[test]
    fn budgets_tenants_and_words_out_of_their_range_are_refused() {
        for wrong in [
            "budget_ms = 0",
            "budget_ms = 100000",
            "tenant = \"\"",
            "on_unavailable = \"fail\"",
            "mode = \"on\"",
        ] {
            assert!(parsed(&format!("[screening]\nenabled = true\n{wrong}\n")).is_err(), "{wrong}");
        }
        let bank_side = "[hub]\nurl = \"http://127.0.0.1:1\"\npublic_key = \"hub.pem\"\n";
        assert!(parsed(&format!("{bank_side}[screening]\nenabled = true\n")).is_err());
    }
}
