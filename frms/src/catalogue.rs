//! The rules and typologies of a tenant: the standard ones, or a file in the peer's formats
//! (frms.md §2.2, §2.3). What the peer's own reader passes over in silence is an error here.

use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;

use crate::limits::{CONFIGURED_MAX, WINDOW_MAX_MS};
use crate::rules::{ConfiguredRule, Parameters, RULES, Rule};
use crate::{Band, Bands, BandsError, Interdiction, SubRuleRef, Term, Typology, TypologyError};

/// The rules and typologies of a tenant.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub(crate) rules: Vec<ConfiguredRule>,
    pub(crate) typologies: Vec<Typology>,
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
    /// A window that no memory reaches back to.
    #[error("rule {0}: maxQueryRange must be 1 to {WINDOW_MAX_MS} ms")]
    Window(String),
    /// The bands of a rule.
    #[error("rule {0}: {1}")]
    Bands(String, BandsError),
    /// A limit of 0, which the peer takes for no limit, a gap or an overlap.
    #[error("rule {0}: each band but the last ends where the next begins, and no limit is 0")]
    Limits(String),
    /// An expression that is not the sum of the terms.
    #[error("typology {0}: the expression must be [\"Add\", ...] with each term once")]
    Expression(String),
    /// A condition's outcome that weighs something.
    #[error("typology {0}: EFRuP weighs 0, its conditions decide by themselves")]
    Flow(String),
    /// A typology that does not fit the rules.
    #[error(transparent)]
    Typology(#[from] TypologyError),
}

#[derive(Deserialize)]
struct File {
    rules: Vec<RuleEntry>,
    typologies: Vec<TypologyEntry>,
}

#[derive(Deserialize)]
struct RuleEntry {
    id: String,
    config: RuleConfig,
}

#[derive(Deserialize)]
struct RuleConfig {
    parameters: ParameterEntry,
    bands: Vec<BandEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ParameterEntry {
    max_query_range: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BandEntry {
    sub_rule_ref: String,
    lower_limit: Option<u64>,
    upper_limit: Option<u64>,
    reason: String,
}

#[derive(Deserialize)]
struct TypologyEntry {
    cfg: String,
    #[serde(default)]
    desc: String,
    workflow: Workflow,
    rules: Vec<TermEntry>,
    expression: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Workflow {
    alert_threshold: u32,
    interdiction_threshold: Option<u32>,
    /// Ours: `block` unless it says `review`.
    interdiction: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TermEntry {
    id: String,
    term_id: String,
    wghts: Vec<Weight>,
}

#[derive(Deserialize)]
struct Weight {
    #[serde(rename = "ref")]
    reference: String,
    wght: Number,
}

/// The peer writes weights as numbers and as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(u32),
    Text(String),
}

impl Catalogue {
    /// Rules and typologies that fit each other.
    ///
    /// # Errors
    /// A typology that weighs what is not there.
    pub fn new(
        rules: Vec<ConfiguredRule>,
        typologies: Vec<Typology>,
    ) -> Result<Catalogue, TypologyError> {
        let fitting = typologies.into_iter().map(|typology| typology.fitting(&rules));
        let typologies = fitting.collect::<Result<Vec<_>, _>>()?;
        Ok(Catalogue { rules, typologies })
    }

    /// All rules as they are unless configured otherwise, and one typology that tells of accounts
    /// which pay or are paid often within a day. It stops nothing: how often is too often is a
    /// scheme's to say.
    ///
    /// # Errors
    /// None: a test builds it.
    pub fn standard() -> Result<Catalogue, BandsError> {
        let rules: Vec<_> = RULES.iter().map(|rule| rule.configured()).collect::<Result<_, _>>()?;
        let weigh = |rule: &ConfiguredRule| Term {
            rule: rule.rule.number.to_owned(),
            weights: rule.outcomes().into_iter().map(|it| (it, standard_weight(it))).collect(),
        };
        let velocity = Typology {
            id: Arc::from("velocity@1.0.0"),
            description: "Many payments from one account and to one account in a day".to_owned(),
            alert_at: 200,
            interdict_at: None,
            terms: rules.iter().map(weigh).collect(),
        };
        Ok(Catalogue { rules, typologies: vec![velocity] })
    }

    /// Reads `{"rules": [...], "typologies": [...]}` of the peer's entries. A typology stops payments
    /// from its `interdictionThreshold` on, by `"interdiction": "review"` in its workflow for review.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub fn read(json: &[u8]) -> Result<Catalogue, CatalogueError> {
        let file: File = serde_json::from_slice(json)
            .map_err(|error| CatalogueError::Shape(error.to_string()))?;
        let rules = file.rules.iter().map(RuleEntry::read).collect::<Result<Vec<_>, _>>()?;
        let typologies = file.typologies.iter().map(TypologyEntry::read);
        let typologies = typologies.collect::<Result<Vec<_>, _>>()?;
        let mut names: Vec<&str> = rules.iter().map(|rule| rule.rule.number).collect();
        names.extend(typologies.iter().map(|typology| &*typology.id));
        let written = names.len();
        names.sort_unstable();
        names.dedup();
        if names.len() != written || written > CONFIGURED_MAX {
            return Err(CatalogueError::Number);
        }
        Ok(Catalogue::new(rules, typologies)?)
    }

    /// How far back its rules look, in milliseconds.
    pub(crate) fn window_ms(&self) -> i64 {
        let windows = self.rules.iter().map(|rule| rule.parameters.window_ms);
        windows.max().unwrap_or(0)
    }
}

fn standard_weight(outcome: SubRuleRef) -> u32 {
    match outcome {
        SubRuleRef::Band(number) => u32::from(number.saturating_sub(1)) * 50,
        SubRuleRef::Exit(_) | SubRuleRef::Error => 0,
    }
}

impl RuleEntry {
    fn read(&self) -> Result<ConfiguredRule, CatalogueError> {
        let id = || self.id.clone();
        let rule = Rule::find(number(&self.id)).ok_or_else(|| CatalogueError::Rule(id()))?;
        let window_ms = self.config.parameters.max_query_range;
        if !(1..=WINDOW_MAX_MS).contains(&window_ms) {
            return Err(CatalogueError::Window(id()));
        }
        let bands = self.bands().map_err(|error| CatalogueError::Bands(id(), error))?;
        let entries = &self.config.bands;
        let joined = entries.windows(2).all(|pair| match pair {
            [one, next] => one.upper_limit.is_some() && one.upper_limit == next.lower_limit,
            _ => true,
        });
        let open = entries.first().is_none_or(|first| first.lower_limit.is_none())
            && entries.last().is_none_or(|last| last.upper_limit.is_none());
        let zero =
            entries.iter().any(|band| band.lower_limit == Some(0) || band.upper_limit == Some(0));
        if !joined || !open || zero {
            return Err(CatalogueError::Limits(id()));
        }
        Ok(ConfiguredRule { rule, parameters: Parameters { window_ms }, bands })
    }

    fn bands(&self) -> Result<Bands, BandsError> {
        let band = |entry: &BandEntry| {
            Ok(Band {
                reference: entry.sub_rule_ref.parse()?,
                lower: entry.lower_limit.unwrap_or(0),
                reason: entry.reason.clone(),
            })
        };
        Bands::new(self.config.bands.iter().map(band).collect::<Result<_, _>>()?)
    }
}

impl TypologyEntry {
    fn read(&self) -> Result<Typology, CatalogueError> {
        let id = || self.cfg.clone();
        let how = match self.workflow.interdiction.as_deref() {
            None | Some("block") => Interdiction::Block,
            Some("review") => Interdiction::Review,
            Some(_) => {
                let reason = "interdiction is \"block\" or \"review\"".to_owned();
                return Err(CatalogueError::Shape(reason));
            }
        };
        let (flow, terms): (Vec<_>, Vec<_>) =
            self.rules.iter().partition(|term| number(&term.id) == "EFRuP");
        if flow.iter().flat_map(|term| &term.wghts).any(|weight| weight.value() != Some(0)) {
            return Err(CatalogueError::Flow(id()));
        }
        self.sum(&terms)?;
        let threshold = self.workflow.interdiction_threshold;
        Ok(Typology {
            id: Arc::from(self.cfg.as_str()),
            description: self.desc.clone(),
            alert_at: self.workflow.alert_threshold,
            interdict_at: threshold.map(|threshold| (threshold, how)),
            terms: terms.iter().map(|term| term.read()).collect::<Result<_, _>>()?,
        })
    }

    /// The expression adds each of these terms once; one of EFRuP's, which is 0, may stand in it.
    fn sum(&self, terms: &[&TermEntry]) -> Result<(), CatalogueError> {
        let mut wanted: Vec<&str> = terms.iter().map(|term| term.term_id.as_str()).collect();
        let flow = self.rules.iter().filter(|term| number(&term.id) == "EFRuP");
        let flow: Vec<&str> = flow.map(|term| term.term_id.as_str()).collect();
        let mut parts = self.expression.iter().map(String::as_str);
        let is_sum = parts.next() == Some("Add");
        let mut given: Vec<&str> = parts.filter(|part| !flow.contains(part)).collect();
        wanted.sort_unstable();
        given.sort_unstable();
        let each_once = wanted.windows(2).all(|pair| pair.first() != pair.last());
        match is_sum && each_once && wanted == given {
            true => Ok(()),
            false => Err(CatalogueError::Expression(self.cfg.clone())),
        }
    }
}

impl TermEntry {
    fn read(&self) -> Result<Term, CatalogueError> {
        let weight = |entry: &Weight| {
            let reference = entry.reference.parse();
            let reference =
                reference.map_err(|error| CatalogueError::Bands(self.id.clone(), error))?;
            let unfit = || CatalogueError::Shape(format!("{}: a weight is a number", self.id));
            Ok((reference, entry.value().ok_or_else(unfit)?))
        };
        let weights = self.wghts.iter().map(weight).collect::<Result<_, CatalogueError>>()?;
        Ok(Term { rule: number(&self.id).to_owned(), weights })
    }
}

impl Weight {
    fn value(&self) -> Option<u32> {
        match &self.wght {
            Number::Number(value) => Some(*value),
            Number::Text(text) => text.parse().ok(),
        }
    }
}

/// `901` of `901@1.0.0`.
fn number(id: &str) -> &str {
    id.split('@').next().unwrap_or_default()
}
