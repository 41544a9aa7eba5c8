//! The rules and typologies of a tenant: the standard ones, or a file in the peer's formats
//! (frms.md §2.2, §2.3).
//!
//! * `read`: the formats

mod read;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Typology;
use crate::configured::{ConfiguredRule, Source};
use crate::features::Reach;
use crate::limits::{CONFIGURED_MAX, RECENT_MIN_MS, WINDOW_MAX_MS};
use crate::peer::entries::MapEntry;

/// Our own rules and typologies, in the peer's formats.
const STANDARD: &[u8] = include_bytes!("catalogue/standard.json");

/// The rules and typologies of a tenant.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    pub(crate) rules: Vec<ConfiguredRule>,
    pub(crate) typologies: Vec<Typology>,
    pub(crate) semantics: Semantics,
    /// The active network map, if the file has one.
    pub(crate) map: Option<Arc<MapEntry>>,
}

/// Rules and typologies that count from one event of the stream on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogueChange {
    /// What it is called: unique in the tenant. Of names that are numbers the highest counts, in
    /// whichever order they arrive.
    pub name: String,
    /// The file, as [`Catalogue::read`] takes it; empty for the one that the scorer was started with.
    pub json: String,
    /// How it is read.
    pub semantics: Semantics,
}

/// The name of a rule in configurations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleName {
    /// Number and version: `017@1.0.0`.
    pub id: String,
    /// Version of the configuration: `1.0.0`.
    pub cfg: String,
}

/// What is made of configurations that the peer's own processors pass over in silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Semantics {
    /// As the peer does: a limit of 0 is no limit, a missing weight makes a typology 0.
    Peer,
    /// They are errors.
    #[default]
    Strict,
}

/// Why a file is no catalogue. Its author's to mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CatalogueError {
    /// Not JSON of that shape.
    #[error("not a catalogue {{\"rules\": [...], \"typologies\": [...]}}: {0}")]
    Shape(String),
    /// Too much of something, or the same twice.
    #[error("at most {CONFIGURED_MAX} rules and typologies, each once")]
    Number,
    /// There is no such rule.
    #[error("there is no rule {0}")]
    Rule(String),
    /// A parameter that the rule does not take, or a value that it cannot have.
    #[error("rule {rule}: {parameter} is not a parameter of it, or not one of its values")]
    Parameter {
        /// The rule.
        rule: String,
        /// The parameter.
        parameter: String,
    },
    /// A window that no memory reaches back to.
    #[error("rule {0}: maxQueryRange must be 1 to {WINDOW_MAX_MS} ms")]
    Window(String),
    /// The bands or cases of a rule.
    #[error("rule {rule}: {problem}")]
    Bands {
        /// The rule.
        rule: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// An expression that cannot be evaluated, or leaves a term out.
    #[error("typology {typology}: {problem}")]
    Expression {
        /// The typology.
        typology: String,
        /// What is wrong.
        problem: String,
    },
    /// More than one network map is active.
    #[error("more than one network map is active: one tenant's configuration at a time, with one")]
    Maps,
    /// A rule that is not configured.
    #[error("typology {typology} weighs rule {rule}, which is not configured")]
    Unconfigured {
        /// The typology.
        typology: String,
        /// The rule.
        rule: String,
    },
    /// A rule that the network map does not run: it never has a result.
    #[error("typology {typology} weighs rule {rule}, which the network map does not run for it")]
    Unmapped {
        /// The typology.
        typology: String,
        /// The rule.
        rule: String,
    },
    /// Several tenants' entries, and none of them this one's.
    #[error("the file has entries of the tenants {0}: set screening.tenant to one of them")]
    Tenant(String),
    /// An outcome without a weight: the peer's score is then 0 whatever else was found.
    #[error("typology {typology} has no weight for outcome {outcome} of rule {rule}")]
    Weight {
        /// The typology.
        typology: String,
        /// The rule.
        rule: String,
        /// The outcome.
        outcome: String,
    },
    /// A threshold that no outcome reaches, or an alert above the interdiction.
    #[error("typology {typology}: 0 < alert <= interdiction <= {most}, the most it can score")]
    Threshold {
        /// The typology.
        typology: String,
        /// The most it can score.
        most: String,
    },
}

impl Catalogue {
    /// Our own: all rules as they are unless configured otherwise, and our typologies.
    ///
    /// # Errors
    /// None: a test reads it.
    pub fn standard() -> Result<Catalogue, CatalogueError> {
        Catalogue::read(STANDARD, Semantics::Strict)
    }

    /// With a rule of whoever embeds this library: it measures, and no typology weighs it. One that
    /// panics spoils its own result and no other.
    #[must_use]
    pub fn with_rule(mut self, rule: ConfiguredRule) -> Catalogue {
        self.rules.push(rule);
        self
    }

    /// Those that a change makes count.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub fn changed(change: &CatalogueChange) -> Result<Catalogue, CatalogueError> {
        Catalogue::read(change.json.as_bytes(), change.semantics)
    }

    /// How far back its rules look.
    pub fn reach(&self) -> Reach {
        let most = |reach: fn(&ConfiguredRule) -> i64| self.rules.iter().map(reach).max();
        // To the peer a window holds its beginning.
        let beginning_ms = i64::from(self.semantics == Semantics::Peer);
        let recent_ms = most(ConfiguredRule::recent_ms).unwrap_or(0).max(RECENT_MIN_MS);
        Reach {
            recent_ms: recent_ms.saturating_add(beginning_ms),
            peak_ms: most(ConfiguredRule::peak_ms).unwrap_or(0),
        }
    }

    /// Whether a rule processor elsewhere is asked for this rule.
    pub(crate) fn asks(&self, rule: &RuleName) -> bool {
        let is_external = |rule: &ConfiguredRule| matches!(rule.source, Source::External);
        self.rules.iter().any(|known| is_external(known) && *known.name == *rule)
    }

    /// Its rules.
    pub fn rules(&self) -> &[ConfiguredRule] {
        &self.rules
    }

    /// Its typologies.
    pub fn typologies(&self) -> &[Typology] {
        &self.typologies
    }

    /// How its file was read.
    pub fn semantics(&self) -> Semantics {
        self.semantics
    }

    /// The active network map, if its file has one.
    pub fn map(&self) -> Option<&MapEntry> {
        self.map.as_deref()
    }
}

impl CatalogueChange {
    /// What counts from it on, where `counts` did before and `first` is what the scorer was started with;
    /// none if it changes nothing, since it is older, or cannot be read: who appends it has read it.
    pub fn counting(
        &self,
        counts: Option<&CatalogueChange>,
        first: &Arc<Catalogue>,
    ) -> Option<Arc<Catalogue>> {
        match self.json.is_empty() {
            _ if self.is_older_than(counts) => None,
            true => Some(Arc::clone(first)),
            false => Catalogue::changed(self).ok().map(Arc::new),
        }
    }

    /// Whether it was made live before the one that counts. The same number once more is not older: it may
    /// be read in another way. What has no number counts as it comes.
    fn is_older_than(&self, counts: Option<&CatalogueChange>) -> bool {
        let number = |change: &CatalogueChange| change.name.parse::<u64>().ok();
        let numbers = number(self).zip(counts.and_then(number));
        numbers.is_some_and(|(own, known)| own < known)
    }
}

impl RuleName {
    /// Number, version and configuration.
    pub fn new(id: &str, cfg: &str) -> RuleName {
        RuleName { id: id.to_owned(), cfg: cfg.to_owned() }
    }

    /// `901` of `901@1.0.0`.
    pub fn number(&self) -> &str {
        self.id.split('@').next().unwrap_or_default()
    }
}
