//! Fraud screening's settings.

use std::path::PathBuf;

use frms::Semantics;
use fspiop::deadline::{Profile, TimedResource};
use serde::Deserialize;

use super::{ConfigError, TmsSettings};
use crate::limits::SCREENING_BUDGET_MAX_MS;

/// Whether and how payments are screened. Mode, budget and what becomes of payments are the policy before
/// money is reserved; the other decision points have policies of their own.
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
    /// What that file may leave out or say twice.
    pub semantics: Semantics,
    /// The policy before a quote.
    pub before_quote: QuotePolicy,
    /// The policy before a third party's payment is authorized.
    pub before_authorization: PointPolicy,
    /// The policy after a payment was paid.
    pub after_commit: PointPolicy,
    /// The open peer's HTTP interface.
    pub tms: TmsSettings,
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

/// What is done when terms are asked for: nothing can be held then, since nobody keeps a quote.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotePolicy {
    /// Whether quotes are screened, and verdicts applied.
    pub mode: PointMode,
    /// How long a quote waits for its verdict.
    pub budget_ms: u64,
    /// What becomes of a quote without a verdict.
    pub on_unavailable: OnUnavailable,
    /// What becomes of a quote that somebody is to look at.
    pub on_review: OnReview,
}

/// A decision point of which only the mode can be said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointPolicy {
    /// Whether payments are screened there.
    pub mode: PointMode,
}

/// Whether payments are screened at a decision point, and verdicts applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PointMode {
    /// They are not screened.
    Off,
    /// Verdicts are recorded and published, and nobody waits for them.
    Shadow,
    /// They are applied.
    Enforce,
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
        let budgets = [
            ("screening.budget_ms", self.budget_ms),
            ("screening.before_quote.budget_ms", self.before_quote.budget_ms),
        ];
        for (key, budget_ms) in budgets {
            if !(1..=SCREENING_BUDGET_MAX_MS).contains(&budget_ms) {
                return unusable(key, format!("must be 1 to {SCREENING_BUDGET_MAX_MS}"));
            }
        }
        self.points_usable()?;
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

    /// What a point cannot do is refused, also where its mode is off: nobody is to believe in it.
    fn points_usable(&self) -> Result<(), ConfigError> {
        let unusable =
            |key, reason: &str| Err(ConfigError::Unusable { key, reason: reason.to_owned() });
        let quote = &self.before_quote;
        if quote.on_unavailable == OnUnavailable::Hold {
            let reason = "nobody keeps a quote, so that none can be held: \"open\" or \"closed\"";
            return unusable("screening.before_quote.on_unavailable", reason);
        }
        if quote.on_review == OnReview::Hold {
            let reason = "nobody keeps a quote, so that none can be held: \"allow\" or \"block\"";
            return unusable("screening.before_quote.on_review", reason);
        }
        if self.before_authorization.mode != PointMode::Off {
            let reason = "there is no third-party API yet, and nothing to authorize: \"off\"";
            return unusable("screening.before_authorization.mode", reason);
        }
        if self.after_commit.mode != PointMode::Shadow {
            let reason = "what was paid is judged for its alerts, and stays paid: \"shadow\"";
            return unusable("screening.after_commit.mode", reason);
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
    fn a_point_does_what_it_can_and_anything_else_is_refused() {
        let at = |point: &str, line: &str| {
            parsed(&format!("[screening]\nenabled = true\n[screening.{point}]\n{line}\n"))
        };
        for (point, line) in [
            ("before_quote", "mode = \"enforce\"\nbudget_ms = 20\non_unavailable = \"closed\""),
            ("before_quote", "mode = \"shadow\"\non_review = \"block\""),
            ("before_authorization", "mode = \"off\""),
            ("after_commit", "mode = \"shadow\""),
        ] {
            assert!(at(point, line).is_ok(), "{point} {line}: {:?}", at(point, line).err());
        }
        for (point, line, key) in [
            ("before_quote", "on_unavailable = \"hold\"", "before_quote.on_unavailable"),
            ("before_quote", "on_review = \"hold\"", "before_quote.on_review"),
            ("before_quote", "budget_ms = 0", "before_quote.budget_ms"),
            ("before_quote", "budget_ms = 5001", "before_quote.budget_ms"),
            ("before_quote", "mode = \"on\"", ""),
            ("before_quote", "hold_ms = 1", ""),
            ("before_authorization", "mode = \"enforce\"", "before_authorization.mode"),
            ("before_authorization", "mode = \"shadow\"", "before_authorization.mode"),
            ("after_commit", "mode = \"enforce\"", "after_commit.mode"),
            ("after_commit", "mode = \"off\"", "after_commit.mode"),
            ("after_commit", "budget_ms = 1", ""),
            ("before_anything", "mode = \"off\"", ""),
        ] {
            let error = at(point, line).unwrap_err();
            assert!(error.contains(key), "{point} {line}: {error}");
        }
    }

    #[test]
    fn quotes_are_not_screened_unless_asked_for() {
        let screening = parsed("[screening]\nenabled = true\n").unwrap().screening;
        assert_eq!(screening.before_quote.mode, super::PointMode::Off);
        assert_eq!(screening.semantics, frms::Semantics::Strict);
        let peer = parsed("[screening]\nsemantics = \"peer\"\n").unwrap().screening;
        assert_eq!(peer.semantics, frms::Semantics::Peer);
        assert!(parsed("[screening]\nsemantics = \"loose\"\n").is_err());
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
