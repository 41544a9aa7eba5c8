//! The peer's formats of rules and typologies.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::catalogue::{Catalogue, CatalogueError, RuleName, Semantics};
use crate::configured::{ConfiguredRule, Source};
use crate::limits::{CONFIGURED_MAX, WINDOW_MAX_MS};
use crate::rules::{Parameter, Rule};
use crate::{Band, Case, Interdiction, Split, SubRuleRef, Term, Typology};

/// The configuration that a rule of ours has unless a file says otherwise.
const STANDARD_CFG: &str = "1.0.0";

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    rules: Vec<RuleEntry>,
    typologies: Vec<TypologyEntry>,
}

#[derive(Deserialize)]
struct RuleEntry {
    id: String,
    #[serde(default)]
    cfg: Option<String>,
    config: RuleConfig,
}

#[derive(Deserialize)]
struct RuleConfig {
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    #[serde(default)]
    bands: Option<Vec<BandEntry>>,
    #[serde(default)]
    cases: Option<CasesEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BandEntry {
    sub_rule_ref: String,
    lower_limit: Option<f64>,
    upper_limit: Option<f64>,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CasesEntry {
    expressions: Vec<CaseEntry>,
    alternative: Option<CaseEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CaseEntry {
    sub_rule_ref: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct TypologyEntry {
    cfg: String,
    #[serde(default)]
    desc: String,
    workflow: Workflow,
    rules: Vec<TermEntry>,
    expression: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Workflow {
    alert_threshold: Option<f64>,
    interdiction_threshold: Option<f64>,
    /// Ours: `block` unless it says `review`.
    interdiction: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TermEntry {
    id: String,
    cfg: String,
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
    Number(f64),
    Text(String),
}

impl Catalogue {
    /// Reads `{"rules": [...], "typologies": [...]}` of the peer's entries. A typology stops payments
    /// from its `interdictionThreshold` on, by `"interdiction": "review"` in its workflow for review.
    /// Rules that are weighed and not listed are ours as they are unless configured otherwise.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub fn read(json: &[u8], semantics: Semantics) -> Result<Catalogue, CatalogueError> {
        let file: File = serde_json::from_slice(json)
            .map_err(|error| CatalogueError::Shape(error.to_string()))?;
        if file.rules.len() + file.typologies.len() > CONFIGURED_MAX {
            return Err(CatalogueError::Number);
        }
        let mut catalogue = Catalogue::default();
        for entry in &file.rules {
            let rule = entry.read(semantics)?;
            if catalogue.place(&rule.name).is_some() {
                return Err(CatalogueError::Number);
            }
            catalogue.rules.push(rule);
        }
        for entry in &file.typologies {
            let typology = entry.read(&mut catalogue, semantics)?;
            if catalogue.typologies.iter().any(|known| known.id == typology.id) {
                return Err(CatalogueError::Number);
            }
            catalogue.typologies.push(typology);
        }
        Ok(catalogue)
    }

    fn place(&self, name: &RuleName) -> Option<usize> {
        self.rules.iter().position(|rule| *rule.name == *name)
    }

    /// The place of a rule that a typology weighs.
    fn weighed(&mut self, term: &TermEntry, semantics: Semantics) -> Result<usize, CatalogueError> {
        let name = RuleName::new(&term.id, &term.cfg);
        if let Some(place) = self.place(&name) {
            return Ok(place);
        }
        let outcomes = || {
            let said =
                ["none", "block", "override"].into_iter().filter(|_| name.number() == "EFRuP");
            let weighed = term.wghts.iter().map(|weight| weight.reference.as_str());
            said.chain(weighed).map(|text| (SubRuleRef::new(text), String::new())).collect()
        };
        let ours = Rule::find(name.number()).filter(|_| term.cfg == STANDARD_CFG);
        let rule = match (ours, semantics) {
            (Some(rule), _) => ConfiguredRule::standard(name, rule),
            (None, _) if name.number() == "EFRuP" => {
                let outcomes = outcomes();
                ConfiguredRule::elsewhere(name, Source::Flow, outcomes)
            }
            (None, Semantics::Peer) => {
                let outcomes = outcomes();
                ConfiguredRule::elsewhere(name, Source::External, outcomes)
            }
            (None, Semantics::Strict) => return Err(CatalogueError::Rule(term.id.clone())),
        };
        self.rules.push(rule);
        Ok(self.rules.len() - 1)
    }
}

impl RuleEntry {
    fn read(&self, semantics: Semantics) -> Result<ConfiguredRule, CatalogueError> {
        let id = || self.id.clone();
        let name = RuleName::new(&self.id, self.cfg.as_deref().unwrap_or(STANDARD_CFG));
        let rule = Rule::find(name.number()).ok_or_else(|| CatalogueError::Rule(id()))?;
        let mut parameters = rule.defaults();
        for (given, value) in &self.config.parameters {
            let taken = Parameter::named(given)
                .filter(|parameter| rule.parameters.iter().any(|(known, _)| known == parameter));
            match (taken, value.as_f64().filter(|value| *value >= 0.0), semantics) {
                (Some(parameter), Some(value), _) => parameters.set(parameter, value),
                (_, _, Semantics::Peer) => {}
                (_, _, Semantics::Strict) => {
                    return Err(CatalogueError::Parameter { rule: id(), parameter: given.clone() });
                }
            }
        }
        let split = self.split(rule, semantics)?;
        let configured = ConfiguredRule::new(name, rule, parameters, split);
        if semantics == Semantics::Strict {
            configured.check(&self.id)?;
        }
        Ok(configured)
    }

    fn split(&self, rule: &'static Rule, semantics: Semantics) -> Result<Split, CatalogueError> {
        let limit = |limit: Option<f64>| match semantics {
            // To the peer's processor a limit of 0 is as none.
            Semantics::Peer => limit.filter(|limit| *limit != 0.0),
            Semantics::Strict => limit,
        };
        match (&self.config.bands, &self.config.cases) {
            (Some(bands), None) => Ok(Split::Bands(
                bands
                    .iter()
                    .map(|band| Band {
                        reference: SubRuleRef::new(&band.sub_rule_ref),
                        lower: limit(band.lower_limit),
                        upper: limit(band.upper_limit),
                        reason: band.reason.clone(),
                    })
                    .collect(),
            )),
            (None, Some(cases)) => {
                let case = |case: &CaseEntry| Case {
                    reference: SubRuleRef::new(&case.sub_rule_ref),
                    value: case.value.clone(),
                    reason: case.reason.clone(),
                };
                let other =
                    |case: &CaseEntry| (SubRuleRef::new(&case.sub_rule_ref), case.reason.clone());
                let alternative = cases.alternative.as_ref().map(other);
                Ok(Split::Cases(cases.expressions.iter().map(case).collect(), alternative))
            }
            (None, None) => Ok(rule.split()),
            (Some(_), Some(_)) => {
                let problem = "it has bands or cases, not both";
                Err(CatalogueError::Bands { rule: self.id.clone(), problem })
            }
        }
    }
}

impl ConfiguredRule {
    /// What the peer passes over in silence.
    fn check(&self, id: &str) -> Result<(), CatalogueError> {
        let windows = [Parameter::MaxQueryRangeUpstream, Parameter::MaxQueryRangeDownstream];
        let longest = match self.peak_ms() {
            0 => self.recent_ms(),
            _ => 0,
        };
        let Source::Rule(rule) = self.source else { return Ok(()) };
        let takes = |wanted: Parameter| rule.parameters.iter().any(|(known, _)| *known == wanted);
        let empty = windows.into_iter().chain([Parameter::MaxQueryRange]);
        let empty = empty.filter(|window| takes(*window));
        if longest > WINDOW_MAX_MS || empty.into_iter().any(|it| self.parameters.whole(it) < 1) {
            return Err(CatalogueError::Window(id.to_owned()));
        }
        let wrong = |problem| Err(CatalogueError::Bands { rule: id.to_owned(), problem });
        let numbered = |reference: &SubRuleRef| {
            let digits = reference.as_str().strip_prefix('.').unwrap_or_default();
            digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        let references: Vec<&SubRuleRef> = match &self.split {
            Split::Bands(bands) => bands.iter().map(|band| &band.reference).collect(),
            Split::Cases(cases, alternative) => {
                let cases = cases.iter().map(|case| &case.reference);
                cases.chain(alternative.iter().map(|(reference, _)| reference)).collect()
            }
        };
        let mut unique = references.clone();
        unique.sort_unstable();
        unique.dedup();
        if references.is_empty() || unique.len() != references.len() {
            return wrong("it needs bands or cases, each under a reference of its own");
        }
        if !references.iter().all(|reference| numbered(reference)) {
            return wrong("a band's or case's reference is .00 to .99");
        }
        match &self.split {
            Split::Bands(bands) => match joined(bands, self.most()) {
                Some(problem) => wrong(problem),
                None => Ok(()),
            },
            Split::Cases(_, Some(_)) => Ok(()),
            Split::Cases(_, None) => wrong("cases need an alternative for any other text"),
        }
    }
}

/// What is wrong with bands that shall hold every number once.
fn joined(bands: &[Band], most: Option<f64>) -> Option<&'static str> {
    let zero = |band: &Band| band.lower == Some(0.0) || band.upper == Some(0.0);
    let joined = bands.windows(2).all(|pair| match pair {
        [one, next] => one.upper.is_some() && one.upper == next.lower,
        _ => true,
    });
    let rising = bands.iter().all(|band| match (band.lower, band.upper) {
        (Some(lower), Some(upper)) => lower < upper,
        _ => true,
    });
    let open = bands.first().is_none_or(|first| first.lower.is_none())
        && bands.last().is_none_or(|last| last.upper.is_none());
    let unreachable = bands.iter().any(|band| band.lower > most && most.is_some());
    match () {
        () if bands.iter().any(zero) => Some("a limit of 0 is no limit to the peer: leave it out"),
        () if !joined || !rising || !open => {
            Some("each band ends where the next begins, the first and the last are open")
        }
        () if unreachable => Some("a band begins above what is remembered"),
        () => None,
    }
}

impl TypologyEntry {
    fn read(
        &self,
        catalogue: &mut Catalogue,
        semantics: Semantics,
    ) -> Result<Typology, CatalogueError> {
        let how = match self.workflow.interdiction.as_deref() {
            None | Some("block") => Interdiction::Block,
            Some("review") => Interdiction::Review,
            Some(_) => {
                let reason = "interdiction is \"block\" or \"review\"".to_owned();
                return Err(CatalogueError::Shape(reason));
            }
        };
        let in_expression = |term: &&TermEntry| {
            self.expression.iter().any(|part| part.as_str() == Some(&term.term_id))
        };
        let mut terms = Vec::new();
        for entry in self.rules.iter().filter(in_expression) {
            let place = catalogue.weighed(entry, semantics)?;
            terms.push(self.term(entry, place, &catalogue.rules[place], semantics)?);
        }
        let typology = Typology {
            id: Arc::from(self.cfg.as_str()),
            description: Arc::from(self.desc.as_str()),
            alert_at: self.workflow.alert_threshold,
            interdict_at: self.workflow.interdiction_threshold.map(|score| (score, how)),
            terms,
        };
        if semantics == Semantics::Strict {
            self.sum()?;
            typology.check()?;
        }
        Ok(typology)
    }

    fn term(
        &self,
        entry: &TermEntry,
        rule: usize,
        configured: &ConfiguredRule,
        semantics: Semantics,
    ) -> Result<Term, CatalogueError> {
        let weight = |(outcome, _): &(SubRuleRef, String)| {
            let weight = entry.wghts.iter().find(|weight| weight.reference == outcome.as_str());
            let weight = weight.and_then(Weight::value);
            match (weight, semantics) {
                // The conditions decide by themselves.
                (None, Semantics::Strict) if matches!(configured.source, Source::Flow) => {
                    Ok(Some(0.0))
                }
                (None, Semantics::Strict) => Err(CatalogueError::Weight {
                    typology: self.cfg.clone(),
                    rule: entry.id.clone(),
                    outcome: outcome.to_string(),
                }),
                (weight, _) => Ok(weight),
            }
        };
        let weights = configured.outcomes.iter().map(weight).collect::<Result<_, _>>()?;
        Ok(Term { id: Arc::from(entry.term_id.as_str()), rule, weights })
    }

    /// The expression adds each of the terms once; EFRuP's, which decides by itself, may be left out.
    fn sum(&self) -> Result<(), CatalogueError> {
        let flow = |term: &&TermEntry| !term.id.starts_with("EFRuP");
        let mut wanted: Vec<&str> =
            self.rules.iter().filter(flow).map(|term| term.term_id.as_str()).collect();
        let of_flow = |part: &&str| wanted_elsewhere(&self.rules, part);
        let mut parts = self.expression.iter().map(|part| part.as_str().unwrap_or_default());
        let is_sum = parts.next() == Some("Add");
        let mut given: Vec<&str> = parts.filter(|part| !of_flow(part)).collect();
        wanted.sort_unstable();
        given.sort_unstable();
        let each_once = wanted.windows(2).all(|pair| pair.first() != pair.last());
        match is_sum && each_once && wanted == given {
            true => Ok(()),
            false => Err(CatalogueError::Expression(self.cfg.clone())),
        }
    }
}

fn wanted_elsewhere(terms: &[TermEntry], part: &str) -> bool {
    terms.iter().any(|term| term.id.starts_with("EFRuP") && term.term_id == part)
}

impl Typology {
    /// Thresholds that can be reached.
    #[allow(clippy::float_arithmetic, reason = "scores, not money")]
    fn check(&self) -> Result<(), CatalogueError> {
        let most: f64 = self.terms.iter().map(Term::most).sum();
        let alert = self.alert_at.unwrap_or(0.0);
        let top = self.interdict_at.map_or(alert, |(score, _)| score);
        if alert > 0.0 && alert <= top && top <= most {
            return Ok(());
        }
        Err(CatalogueError::Threshold { typology: self.id.to_string(), most: most.to_string() })
    }
}

impl Weight {
    fn value(&self) -> Option<f64> {
        match &self.wght {
            Number::Number(value) => Some(*value),
            Number::Text(text) => text.parse().ok(),
        }
    }
}
