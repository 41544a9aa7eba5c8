//! The peer's configuration files as they are written (frms.md §2): whatever the peer's own readers
//! take. What it means, and whether it makes sense, is for those who use it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A network map: which rules and typologies run on which message.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MapEntry {
    /// Whether it is the tenant's map in use.
    #[serde(default)]
    pub active: bool,
    /// Its name, if it has one.
    #[serde(default)]
    pub name: Option<String>,
    /// Its version.
    #[serde(default)]
    pub cfg: String,
    /// Whose it is.
    #[serde(default = "default_tenant")]
    pub tenant_id: String,
    /// What runs on which message.
    pub messages: Vec<MessageEntry>,
}

/// What runs on one message.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageEntry {
    /// The processor that puts the results together.
    #[serde(default)]
    pub id: String,
    /// Its version.
    #[serde(default)]
    pub cfg: String,
    /// The message, as `pacs.002.001.12`.
    #[serde(default)]
    pub tx_tp: String,
    /// The typologies.
    #[serde(default)]
    pub typologies: Vec<MapTypologyEntry>,
    /// The form of releases up to 3: groups of typologies.
    #[serde(default)]
    pub channels: Vec<ChannelEntry>,
}

/// A group of typologies, in the form of releases up to 3.
#[derive(Clone, Debug, Deserialize)]
pub struct ChannelEntry {
    /// The typologies.
    #[serde(default)]
    pub typologies: Vec<MapTypologyEntry>,
}

/// A typology in a network map.
#[derive(Clone, Debug, Deserialize)]
pub struct MapTypologyEntry {
    /// Its processor, as `typology-processor` or `typology-processor@1.0.0`.
    pub id: String,
    /// Its number and version.
    pub cfg: String,
    /// The rules that it waits for.
    #[serde(default)]
    pub rules: Vec<MapRuleEntry>,
}

/// A rule in a network map.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MapRuleEntry {
    /// Its number and version, as `901@1.0.0`.
    pub id: String,
    /// The version of its configuration.
    #[serde(default)]
    pub cfg: String,
}

/// A rule's configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleEntry {
    /// Its number and version.
    pub id: String,
    /// The version of this configuration.
    #[serde(default)]
    pub cfg: String,
    /// Whose it is.
    #[serde(default = "default_tenant")]
    pub tenant_id: String,
    /// What it finds, for people.
    #[serde(default)]
    pub desc: String,
    /// Ours: whether a rule processor elsewhere answers it. With the peer every rule is one.
    #[serde(default)]
    pub external: bool,
    /// What it measures by, and what comes of it.
    #[serde(default)]
    pub config: RuleBodyEntry,
}

/// What a rule measures by, and what comes of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleBodyEntry {
    /// Windows, tolerances and the like.
    #[serde(default)]
    pub parameters: serde_json::Map<String, Value>,
    /// Outcomes without a measured value.
    #[serde(default)]
    pub exit_conditions: Vec<OutcomeEntry>,
    /// Outcomes of a measured value.
    #[serde(default)]
    pub bands: Option<Vec<BandEntry>>,
    /// Outcomes of a value out of a list.
    #[serde(default, deserialize_with = "cases")]
    pub cases: Option<CasesEntry>,
}

/// An outcome and what it says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeEntry {
    /// Which.
    pub sub_rule_ref: String,
    /// What it says, for people.
    #[serde(default)]
    pub reason: String,
}

/// A band: from the lower limit up to, not including, the upper one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BandEntry {
    /// Which.
    pub sub_rule_ref: String,
    /// The first value in it.
    #[serde(default)]
    pub lower_limit: Option<f64>,
    /// The first value above it.
    #[serde(default)]
    pub upper_limit: Option<f64>,
    /// What it says, for people.
    #[serde(default)]
    pub reason: String,
}

/// Values and what they mean.
#[derive(Clone, Debug, PartialEq)]
pub struct CasesEntry {
    /// One value each.
    pub expressions: Vec<CaseEntry>,
    /// Any other value.
    pub alternative: Option<OutcomeEntry>,
}

/// A value and what it means.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseEntry {
    /// Which outcome.
    pub sub_rule_ref: String,
    /// The value; the form of releases up to 3 has one entry without, for any other.
    #[serde(default)]
    pub value: Option<Value>,
    /// What it says, for people.
    #[serde(default)]
    pub reason: String,
}

/// A typology's configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TypologyEntry {
    /// Its processor.
    #[serde(default)]
    pub id: String,
    /// Its number and version.
    pub cfg: String,
    /// Whose it is.
    #[serde(default = "default_tenant")]
    pub tenant_id: String,
    /// What it finds, for people.
    #[serde(default)]
    pub desc: String,
    /// From which score on what happens.
    #[serde(default)]
    pub workflow: WorkflowEntry,
    /// What the rules weigh.
    #[serde(default)]
    pub rules: Vec<TermEntry>,
    /// How the weights make a score.
    #[serde(default)]
    pub expression: Value,
}

/// From which score on what happens.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowEntry {
    /// Somebody is told.
    #[serde(default)]
    pub alert_threshold: Option<Value>,
    /// The payment is stopped. `null` is there, and is something else than nothing.
    #[serde(default, deserialize_with = "there")]
    pub interdiction_threshold: Option<Value>,
    /// The rule whose conditions come before the score.
    #[serde(default)]
    pub flow_processor: Option<String>,
    /// Ours: `block` or `review`.
    #[serde(default)]
    pub interdiction: Option<String>,
}

/// What a rule weighs.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TermEntry {
    /// The rule's number and version.
    pub id: String,
    /// The version of its configuration.
    #[serde(default)]
    pub cfg: String,
    /// Its name in the expression.
    #[serde(default)]
    pub term_id: String,
    /// The weights.
    #[serde(default)]
    pub wghts: Vec<WeightEntry>,
}

/// What an outcome weighs.
#[derive(Clone, Debug, Deserialize)]
pub struct WeightEntry {
    /// The outcome.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Its weight: a number, or one as text.
    #[serde(default)]
    pub wght: Value,
}

/// The only message that the peer's typology processor takes.
const EVALUATED: &str = "pacs.002.001.12";

/// The tenant of entries that name none.
pub const DEFAULT_TENANT: &str = "DEFAULT";

fn default_tenant() -> String {
    DEFAULT_TENANT.to_owned()
}

fn there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// `{"expressions": [...], "alternative": {...}}`, or the list of releases up to 3, in which the entry
/// without a value is the alternative.
fn cases<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<CasesEntry>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        List(Vec<CaseEntry>),
        Cases {
            #[serde(default)]
            expressions: Vec<CaseEntry>,
            #[serde(default)]
            alternative: Option<OutcomeEntry>,
        },
    }
    Ok(Option::<Either>::deserialize(deserializer)?.map(|either| match either {
        Either::Cases { expressions, alternative } => CasesEntry { expressions, alternative },
        Either::List(list) => {
            let (expressions, without): (Vec<_>, Vec<_>) =
                list.into_iter().partition(|case| case.value.is_some());
            let outcome = |case: CaseEntry| OutcomeEntry {
                sub_rule_ref: case.sub_rule_ref,
                reason: case.reason,
            };
            CasesEntry { expressions, alternative: without.into_iter().next().map(outcome) }
        }
    }))
}

impl MapEntry {
    /// The first mention of a typology on the message that the peer's processors evaluate, or else on
    /// any.
    pub fn typology(&self, cfg: &str) -> Option<&MapTypologyEntry> {
        let evaluated = self.messages.iter().filter(|message| message.tx_tp == EVALUATED);
        let messages = evaluated.chain(&self.messages);
        messages.flat_map(MessageEntry::all_typologies).find(|it| it.cfg == cfg)
    }

    /// All rules that it runs, as often as it names them.
    pub fn rules(&self) -> impl Iterator<Item = &MapRuleEntry> {
        let typologies = self.messages.iter().flat_map(MessageEntry::all_typologies);
        typologies.flat_map(|typology| &typology.rules)
    }

    /// What runs on a message: of two entries for one the first.
    pub fn message(&self, tx_tp: &str) -> Option<&MessageEntry> {
        self.messages.iter().find(|message| message.tx_tp == tx_tp)
    }
}

impl MessageEntry {
    /// Its typologies, in either form.
    pub fn all_typologies(&self) -> impl Iterator<Item = &MapTypologyEntry> {
        self.typologies.iter().chain(self.channels.iter().flat_map(|channel| &channel.typologies))
    }
}

impl RuleEntry {
    /// Every outcome that it is configured for, in the order of the file.
    pub fn outcomes(&self) -> Vec<&str> {
        let exits = self.config.exit_conditions.iter().map(|it| it.sub_rule_ref.as_str());
        let bands = self.config.bands.iter().flatten().map(|it| it.sub_rule_ref.as_str());
        let cases = self.config.cases.as_ref();
        let expressions = cases.iter().flat_map(|cases| &cases.expressions);
        let other = cases.and_then(|cases| cases.alternative.as_ref());
        exits
            .chain(bands)
            .chain(expressions.map(|it| it.sub_rule_ref.as_str()))
            .chain(other.map(|it| it.sub_rule_ref.as_str()))
            .collect()
    }
}
