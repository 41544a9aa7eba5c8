//! The peer's formats of rules and typologies.

use std::sync::Arc;

use serde_json::Value;

use crate::catalogue::{Catalogue, CatalogueError, RuleName, Semantics};
use crate::configured::{ConfiguredRule, Source};
use crate::expression::{Expression, Number, Weight};
use crate::limits::{CONFIGURED_MAX, LATEST_KEPT, WINDOW_MAX_MS};
use crate::peer::entries::{
    CaseEntry, MapEntry, MapRuleEntry, RuleEntry, TermEntry, TypologyEntry,
};
use crate::peer::{Set, is_flow};
use crate::rules::{Parameter, Rule};
use crate::typology::Sum;
use crate::{Band, Case, Interdiction, Split, SubRuleRef, Term, Typology};

/// The configuration that a rule of ours has unless a file says otherwise.
const STANDARD_CFG: &str = "1.0.0";

/// The rules whose processors the peer has published.
const PEERS_PUBLIC_RULES: [&str; 2] = ["901", "902"];

impl Catalogue {
    /// Reads `{"rules": [...], "typologies": [...]}` of the peer's entries. A typology stops payments
    /// from its `interdictionThreshold` on, by `"interdiction": "review"` in its workflow for review.
    /// Rules that are weighed and not listed are ours as they are unless configured otherwise.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub fn read(json: &[u8], semantics: Semantics) -> Result<Catalogue, CatalogueError> {
        let set = Set::read(json).map_err(|error| CatalogueError::Shape(error.to_string()))?;
        Catalogue::of(&set, semantics)
    }

    /// Reads a file that may have entries of several tenants: this one's count.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub fn read_for(
        tenant: &str,
        json: &[u8],
        semantics: Semantics,
    ) -> Result<Catalogue, CatalogueError> {
        let set = Set::read(json).map_err(|error| CatalogueError::Shape(error.to_string()))?;
        Catalogue::of(&set.for_tenant(tenant).map_err(CatalogueError::Tenant)?, semantics)
    }

    /// The rules and typologies of a set: of a tenant whose network map is active, those that it names.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub fn of(set: &Set, semantics: Semantics) -> Result<Catalogue, CatalogueError> {
        if set.rules.len() + set.typologies.len() > CONFIGURED_MAX {
            return Err(CatalogueError::Number);
        }
        let mut active = set.maps.iter().map(|(_, map)| map).filter(|map| map.active);
        let map = active.next();
        if active.next().is_some() {
            return Err(CatalogueError::Maps);
        }
        // With maps of which none is active, nothing runs at the peer.
        let idle = semantics == Semantics::Peer && map.is_none() && !set.maps.is_empty();
        let mapped = |cfg: &str| !idle && map.is_none_or(|map| map.typology(cfg).is_some());
        let map_of = |map: &MapEntry| Arc::new(map.clone());
        let mut catalogue = Catalogue { semantics, map: map.map(map_of), ..Catalogue::default() };
        let runs = |name: &RuleName| !idle && (semantics == Semantics::Strict || is_run(map, name));
        for (_, entry) in set.rules.iter().filter(|(_, entry)| runs(&entry.name())) {
            let rule = entry.read(semantics)?;
            if catalogue.place(&rule.name).is_some() {
                return Err(CatalogueError::Number);
            }
            catalogue.rules.push(rule);
        }
        for (_, entry) in set.typologies.iter().filter(|(_, entry)| mapped(&entry.cfg)) {
            let typology = entry.read(&mut catalogue, semantics)?;
            if catalogue.typologies.iter().any(|known| known.id == typology.id) {
                return Err(CatalogueError::Number);
            }
            catalogue.typologies.push(typology);
        }
        catalogue.run_all(map)?;
        Ok(catalogue)
    }

    /// What the peer's map runs has a result, whether or not a typology weighs it.
    fn run_all(&mut self, map: Option<&MapEntry>) -> Result<(), CatalogueError> {
        let map = map.filter(|_| self.semantics == Semantics::Peer);
        for rule in map.into_iter().flat_map(MapEntry::rules) {
            let (id, cfg) = (rule.id.clone(), rule.cfg.clone());
            let term = TermEntry { id, cfg, term_id: String::new(), wghts: Vec::new() };
            self.weighed(&term, Semantics::Peer)?;
        }
        if self.rules.len() > CONFIGURED_MAX { Err(CatalogueError::Number) } else { Ok(()) }
    }

    fn place(&self, name: &RuleName) -> Option<usize> {
        self.rules.iter().position(|rule| *rule.name == *name)
    }

    /// The place of a rule that a typology weighs.
    fn weighed(&mut self, term: &TermEntry, semantics: Semantics) -> Result<usize, CatalogueError> {
        let name = RuleName::new(&term.id, &term.cfg);
        if let Some(place) = self.place(&name) {
            let rule = self.rules.get_mut(place).ok_or(CatalogueError::Number)?;
            if semantics == Semantics::Peer && matches!(rule.source, Source::External) {
                term.wghts.iter().for_each(|weight| rule.may_be(&weight.reference));
            }
            return Ok(place);
        }
        let outcomes = || {
            let said =
                ["none", "block", "override"].into_iter().filter(|_| name.number() == "EFRuP");
            let weighed = term.wghts.iter().map(|weight| weight.reference.as_str());
            said.chain(weighed).map(|text| (SubRuleRef::new(text), String::new())).collect()
        };
        let ours = Rule::find(name.number()).filter(|_| term.cfg == STANDARD_CFG);
        let is_peers = self.map.is_some() && semantics == Semantics::Peer;
        let rule = match (ours, semantics) {
            _ if is_peers && Rule::find(name.number()).is_some() => {
                let outcomes = outcomes();
                ConfiguredRule::elsewhere(name, Source::Unconfigured, outcomes)
            }
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

/// Whether a map runs a rule: all do where there is none.
fn is_run(map: Option<&MapEntry>, name: &RuleName) -> bool {
    map.is_none_or(|map| map.rules().any(|rule| rule.id == name.id && rule.cfg == name.cfg))
}

impl RuleEntry {
    fn name(&self) -> RuleName {
        let cfg = if self.cfg.is_empty() { STANDARD_CFG } else { &self.cfg };
        RuleName::new(&self.id, cfg)
    }

    pub(crate) fn read(&self, semantics: Semantics) -> Result<ConfiguredRule, CatalogueError> {
        let id = || self.id.clone();
        let name = self.name();
        let Some(rule) = Rule::find(name.number()).filter(|_| !self.external) else {
            return self.read_elsewhere(name, semantics);
        };
        if semantics == Semantics::Peer && self.is_refused(rule) {
            return Ok(ConfiguredRule::elsewhere(name, Source::Refused, self.reasons()));
        }
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
        match semantics {
            Semantics::Strict => configured.check(&self.id)?,
            Semantics::Peer => return Ok(configured.leaving_by(self.exits())),
        }
        Ok(configured)
    }

    /// Whether the peer's processor of this rule does not take the configuration. Of most rules nobody
    /// knows.
    fn is_refused(&self, rule: &Rule) -> bool {
        let window = self.config.parameters.get(Parameter::MaxQueryRange.as_str());
        let has_window = window.and_then(Value::as_f64).is_some_and(|window| window > 0.0);
        let has_bands = self.config.bands.as_ref().is_some_and(|bands| !bands.is_empty());
        let mut exits = self.config.exit_conditions.iter();
        let leaves = exits.any(|exit| exit.sub_rule_ref == SubRuleRef::exit(0).as_str());
        PEERS_PUBLIC_RULES.contains(&rule.number) && !(has_window && has_bands && leaves)
    }

    fn exits(&self) -> Vec<(SubRuleRef, String)> {
        let exits = self.config.exit_conditions.iter();
        exits.map(|it| (SubRuleRef::new(&it.sub_rule_ref), it.reason.clone())).collect()
    }

    /// A rule that is not ours: the conditions', or a rule processor's elsewhere, which is handed the
    /// parameters as they are.
    fn read_elsewhere(
        &self,
        name: RuleName,
        semantics: Semantics,
    ) -> Result<ConfiguredRule, CatalogueError> {
        if is_flow(&self.id) {
            let said = ["none", "block", "override"].into_iter().chain(self.outcomes());
            let said = said.map(|text| (SubRuleRef::new(text), String::new())).collect();
            return Ok(ConfiguredRule::elsewhere(name, Source::Flow, said));
        }
        if semantics == Semantics::Strict && !self.external {
            return Err(CatalogueError::Rule(self.id.clone()));
        }
        let outcomes = self.reasons();
        let mut unique: Vec<&SubRuleRef> =
            outcomes.iter().map(|(reference, _)| reference).collect();
        unique.sort_unstable();
        unique.dedup();
        if semantics == Semantics::Strict && (unique.is_empty() || unique.len() < outcomes.len()) {
            let problem = "it needs outcomes, each under a reference of its own";
            return Err(CatalogueError::Bands { rule: self.id.clone(), problem });
        }
        let handed = Arc::new(self.config.parameters.clone());
        let elsewhere = ConfiguredRule::elsewhere(name, Source::External, outcomes);
        Ok(ConfiguredRule { handed, ..elsewhere })
    }

    /// Every outcome with what it says.
    fn reasons(&self) -> Vec<(SubRuleRef, String)> {
        let body = &self.config;
        let of = |reference: &str, reason: &str| (SubRuleRef::new(reference), reason.to_owned());
        let bands = body.bands.iter().flatten();
        let cases = body.cases.as_ref();
        let expressions = cases.iter().flat_map(|cases| &cases.expressions);
        let other = cases.and_then(|cases| cases.alternative.as_ref());
        self.exits()
            .into_iter()
            .chain(bands.map(|it| of(&it.sub_rule_ref, &it.reason)))
            .chain(expressions.map(|it| of(&it.sub_rule_ref, &it.reason)))
            .chain(other.map(|it| of(&it.sub_rule_ref, &it.reason)))
            .collect()
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
                    value: match &case.value {
                        Some(Value::String(text)) => text.clone(),
                        other => other.as_ref().map(Value::to_string).unwrap_or_default(),
                    },
                    reason: case.reason.clone(),
                };
                let alternative = cases.alternative.as_ref();
                let alternative =
                    alternative.map(|it| (SubRuleRef::new(&it.sub_rule_ref), it.reason.clone()));
                Ok(Split::Cases(cases.expressions.iter().map(case).collect(), alternative))
            }
            // The peer's processors decide nothing then: `.err`.
            (None, None) | (Some(_), Some(_)) if semantics == Semantics::Peer => {
                Ok(Split::Bands(Vec::new()))
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
        let latest = self.parameters.number(Parameter::MaxQueryLimit);
        let most = f64::from(u32::try_from(LATEST_KEPT).unwrap_or(u32::MAX));
        if takes(Parameter::MaxQueryLimit) && !(2.0..=most).contains(&latest) {
            let parameter = Parameter::MaxQueryLimit.as_str().to_owned();
            return Err(CatalogueError::Parameter { rule: id.to_owned(), parameter });
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
        let expression = self.expression(semantics)?;
        let map = catalogue.map.clone();
        let mapped = map.as_ref().and_then(|map| map.typology(&self.cfg));
        let runs = |id: &str, cfg: Option<&str>| {
            let is = |rule: &MapRuleEntry| rule.id == id && cfg.is_none_or(|cfg| rule.cfg == cfg);
            mapped.is_none_or(|mapped| mapped.rules.iter().any(is))
        };
        let mut terms = Vec::new();
        for (index, entry) in self.rules.iter().enumerate() {
            if !runs(&entry.id, Some(&entry.cfg)) {
                terms.push(self.unmapped(entry, semantics)?);
                continue;
            }
            let place = catalogue.weighed(entry, semantics)?;
            let rule = catalogue.rules.get(place).ok_or(CatalogueError::Number)?;
            terms.push(self.term((index, entry), place, rule, semantics)?);
        }
        let wrong =
            |name: &str| CatalogueError::Shape(format!("{}: {name} is no number", self.cfg));
        let workflow = &self.workflow;
        let alert_at = crate::peer::alert_threshold(workflow.alert_threshold.as_ref(), semantics)
            .map_err(|()| wrong("alertThreshold"))?;
        let interdict_at =
            crate::peer::threshold(workflow.interdiction_threshold.as_ref(), semantics)
                .map_err(|()| wrong("interdictionThreshold"))?;
        // At the peer the condition is among the results if the map runs its rule.
        let is_here = |flow: &String| match (mapped, semantics) {
            (Some(_), Semantics::Peer) => runs(flow, None),
            _ => self.rules.iter().any(|it| it.id == *flow),
        };
        let flow = workflow.flow_processor.as_ref().filter(|flow| is_flow(flow));
        let typology = Typology {
            id: Arc::from(self.cfg.as_str()),
            description: Arc::from(self.desc.as_str()),
            alert_at,
            interdict_at: interdict_at.map(|score| (score, how)),
            heeds_conditions: flow.is_some_and(is_here),
            sum: Sum::of(&terms, &expression),
            terms,
            expression,
            workflow: workflow.clone(),
        };
        if semantics == Semantics::Strict {
            typology.check()?;
        }
        Ok(typology)
    }

    /// In the strict semantics each of the terms stands in it once; EFRuP's, which decides by itself,
    /// may be left out.
    fn expression(&self, semantics: Semantics) -> Result<Expression, CatalogueError> {
        let wrong =
            |problem: String| CatalogueError::Expression { typology: self.cfg.clone(), problem };
        let ids: Vec<&str> = self.rules.iter().map(|term| term.term_id.as_str()).collect();
        let expression = Expression::read(&self.expression, &ids, semantics)
            .map_err(|error| wrong(error.to_string()))?;
        for (index, term) in self.rules.iter().enumerate() {
            let id = &term.term_id;
            if ids.iter().filter(|other| *other == id).count() > 1 {
                return Err(wrong(format!("the termId {id} stands for two rules")));
            }
            let count = expression.count(index);
            let once = count == 1 || (count == 0 && is_flow(&term.id));
            if semantics == Semantics::Strict && !once {
                return Err(wrong(format!(
                    "the term {id} stands {count} times in /expression, not once"
                )));
            }
        }
        Ok(expression)
    }

    /// The term of a rule that the map does not run.
    fn unmapped(&self, entry: &TermEntry, semantics: Semantics) -> Result<Term, CatalogueError> {
        let (id, rule, weights) = (Arc::from(&*entry.term_id), Term::NOWHERE, Vec::new());
        match semantics {
            Semantics::Peer => Ok(Term { id, rule, weights }),
            Semantics::Strict => {
                Err(CatalogueError::Unmapped { typology: self.cfg.clone(), rule: entry.id.clone() })
            }
        }
    }

    fn term(
        &self,
        (index, entry): (usize, &TermEntry),
        rule: usize,
        configured: &ConfiguredRule,
        semantics: Semantics,
    ) -> Result<Term, CatalogueError> {
        let weighs = |entry: &&TermEntry, outcome: &SubRuleRef| {
            entry.wghts.iter().any(|weight| weight.reference == outcome.as_str())
        };
        let is_same = |other: &&TermEntry| other.id == entry.id && other.cfg == entry.cfg;
        let later = || self.rules.iter().skip(index + 1).filter(is_same);
        let weight = |(outcome, _): &(SubRuleRef, String)| {
            // Of two for one outcome the later one counts, be it another term's.
            let mut weights = entry.wghts.iter().rev();
            let weight = match weights.find(|weight| weight.reference == outcome.as_str()) {
                None => None,
                Some(_) if later().any(|other| weighs(&other, outcome)) => None,
                Some(weight) => match crate::peer::weight(&weight.wght, semantics) {
                    Some(Weight::Number(number)) => Some(number.to_float()),
                    Some(Weight::Missing) => None,
                    None => {
                        let at =
                            format!("{}: weight {outcome} of {} is no number", self.cfg, entry.id);
                        return Err(CatalogueError::Shape(at));
                    }
                },
            };
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
}

impl Typology {
    /// Thresholds that can be reached.
    fn check(&self) -> Result<(), CatalogueError> {
        let weights = |index: usize| self.terms.get(index).map_or((0.0, 0.0), Term::range);
        let number = |weight: f64| Number::of_float(weight).unwrap_or(Number::ZERO);
        let range = self.expression.range(|index| {
            let (least, most) = weights(index);
            (number(least), number(most))
        });
        let Some((_, most)) = range else {
            return Err(CatalogueError::Expression {
                typology: self.id.to_string(),
                problem: "it may divide by 0".to_owned(),
            });
        };
        let most = most.to_float();
        let alert = self.alert_at.unwrap_or(0.0);
        let top = self.interdict_at.map_or(alert, |(score, _)| score);
        if alert > 0.0 && alert <= top && top <= most {
            return Ok(());
        }
        Err(CatalogueError::Threshold { typology: self.id.to_string(), most: most.to_string() })
    }
}
