//! A rule as a tenant uses it: with parameters, and with bands or cases that say what it found.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::limits::{ACCOUNTS_PER_ENTITY_MAX, SEEN_PER_SIDE_MAX};
use crate::rules::{Measure, Outcomes, Parameter, Parameters, Rule, Scene};
use crate::{Band, Case, Missing, RuleName, Split, SubRuleRef};

/// A rule as a tenant uses it.
#[derive(Clone, Debug)]
pub struct ConfiguredRule {
    /// Its name: number, version and configuration.
    pub name: Arc<RuleName>,
    /// Who measures.
    pub source: Source,
    /// Its parameters.
    pub parameters: Parameters,
    /// What a measure means.
    pub split: Split,
    /// Every outcome that it may have, `.err` first; a result's outcome is a place in here.
    pub outcomes: Vec<(SubRuleRef, String)>,
    /// The configuration's parameters as they stand there, for a processor elsewhere.
    pub handed: Arc<Map<String, Value>>,
    /// Where in it the outcome of each band or case stands.
    pub(crate) places: Vec<Option<u8>>,
}

/// Who measures.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A rule of ours.
    Rule(&'static Rule),
    /// The conditions on the parties (EFRuP): their word is the outcome.
    Flow,
    /// A rule processor elsewhere, which answers over the stream.
    External,
    /// Nobody: the network map names a rule of ours without a configuration, which with the peer is
    /// `.err` for every payment.
    Unconfigured,
    /// Nobody: the peer's processor of this rule refuses its configuration, which is `.err`, too.
    Refused,
}

/// What a rule found: the place of its outcome, and the number behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Place of the outcome in [`ConfiguredRule::outcomes`]; none for one that is not there.
    pub outcome: Option<u8>,
    /// The number measured.
    pub value: Option<f64>,
    /// What it did without.
    pub missing: Option<Missing>,
}

impl ConfiguredRule {
    /// A rule with these parameters and bands or cases.
    pub fn new(name: RuleName, rule: &'static Rule, parameters: Parameters, split: Split) -> Self {
        let exits = rule.exits.iter();
        let exits = exits.map(|(number, reason)| (SubRuleRef::exit(*number), (*reason).to_owned()));
        let outcomes = outcomes(exits, &split);
        let places = places(&outcomes, &split);
        let (name, source, handed) = (Arc::new(name), Source::Rule(rule), Arc::default());
        ConfiguredRule { name, source, parameters, split, outcomes, handed, places }
    }

    /// With these exits and no others: one that the configuration does not name is `.err`.
    pub(crate) fn leaving_by(mut self, exits: Vec<(SubRuleRef, String)>) -> ConfiguredRule {
        self.outcomes = outcomes(exits.into_iter(), &self.split);
        self.places = places(&self.outcomes, &self.split);
        self
    }

    /// Takes in an outcome that somebody weighs.
    pub(crate) fn may_be(&mut self, reference: &str) {
        if self.outcomes.iter().all(|(known, _)| known.as_str() != reference) {
            self.outcomes.push((SubRuleRef::new(reference), String::new()));
        }
    }

    /// A rule that is answered elsewhere, with these outcomes.
    pub fn elsewhere(name: RuleName, source: Source, results: Vec<(SubRuleRef, String)>) -> Self {
        let split = Split::Bands(Vec::new());
        let outcomes = outcomes(results.into_iter(), &split);
        let (parameters, handed) = (Parameters::default(), Arc::default());
        let (name, places) = (Arc::new(name), Vec::new());
        ConfiguredRule { name, source, parameters, split, outcomes, handed, places }
    }

    /// The rule as it is unless configured otherwise, under this name.
    pub fn standard(name: RuleName, rule: &'static Rule) -> ConfiguredRule {
        ConfiguredRule::new(name, rule, rule.defaults(), rule.split())
    }

    /// What the rule finds in a scene; none for one that is not ours.
    pub fn measure(&self, scene: &Scene<'_>) -> Option<Found> {
        let Source::Rule(rule) = self.source else { return None };
        let leaves = rule.exits.iter().any(|(number, _)| *number == 0);
        if scene.failed() && (leaves || self.place(exit_name(0)).is_some()) {
            return Some(self.exit(0));
        }
        Some(match (rule.measure)(scene, &self.parameters) {
            Measure::Number(value) => self.in_band(value, |band| band.holds(value)),
            Measure::Spread { value, mean, deviation } => {
                self.in_band(value, |band| band.holds_spread(value, mean, deviation))
            }
            Measure::Text(text) => self.in_case(text),
            Measure::Exit(number) => self.exit(number),
            Measure::Missing(missing) => {
                Found { missing: Some(missing), ..self.found(".err", None) }
            }
        })
    }

    /// The outcome of this name, with the number behind it.
    pub fn found(&self, reference: &str, value: Option<f64>) -> Found {
        let outcome = self.place(reference).and_then(|place| u8::try_from(place).ok());
        Found { outcome, value, missing: None }
    }

    fn place(&self, reference: &str) -> Option<usize> {
        self.outcomes.iter().position(|(known, _)| known.as_str() == reference)
    }

    fn exit(&self, number: u8) -> Found {
        let name = exit_name(number);
        self.found(if self.place(name).is_some() { name } else { ".err" }, None)
    }

    /// What an outcome is called, and what it says.
    pub fn outcome(&self, place: Option<u8>) -> Option<&(SubRuleRef, String)> {
        self.outcomes.get(usize::from(place?))
    }

    /// How far back it looks at single payments, in milliseconds.
    pub fn recent_ms(&self) -> i64 {
        let range = |parameter| self.parameters.whole(parameter);
        let ranges = [
            range(Parameter::MaxQueryRangeUpstream),
            range(Parameter::MaxQueryRangeDownstream),
            if self.looks_at_peaks() { 0 } else { range(Parameter::MaxQueryRange) },
        ];
        ranges.into_iter().max().unwrap_or(0)
    }

    /// How far back it looks at largest amounts, in milliseconds.
    pub fn peak_ms(&self) -> i64 {
        match self.looks_at_peaks() {
            true => self.parameters.whole(Parameter::MaxQueryRange),
            false => 0,
        }
    }

    /// The largest number that it can come to, where that is bounded by what is remembered.
    pub fn most(&self) -> Option<f64> {
        let Source::Rule(rule) = self.source else { return None };
        let most = match rule.number {
            "083" | "084" => ACCOUNTS_PER_ENTITY_MAX,
            "002" | "016" | "017" | "021" | "901" | "902" => SEEN_PER_SIDE_MAX,
            "603" | "604" | "606" | "611" | "612" | "613" | "624" | "625" | "626" | "631"
            | "632" | "649" => SEEN_PER_SIDE_MAX,
            _ => return None,
        };
        u32::try_from(most).ok().map(f64::from)
    }

    /// Rule 018 alone looks further back than single payments are kept.
    fn looks_at_peaks(&self) -> bool {
        matches!(self.source, Source::Rule(rule) if rule.number == "018")
    }

    fn in_band(&self, value: f64, holds: impl Fn(&Band) -> bool) -> Found {
        let Split::Bands(bands) = &self.split else { return self.found(".err", Some(value)) };
        match bands.iter().position(holds) {
            Some(band) => self.at(band, Some(value)),
            None => self.found(".err", Some(value)),
        }
    }

    fn in_case(&self, text: &str) -> Found {
        let Split::Cases(cases, alternative) = &self.split else { return self.found(".err", None) };
        match cases.iter().position(|case| case.value == text) {
            Some(case) => self.at(case, None),
            None if alternative.is_some() => self.at(cases.len(), None),
            None => self.found(".err", None),
        }
    }

    /// The outcome of a band or case by its place among them; the alternative stands behind the cases.
    fn at(&self, place: usize, value: Option<f64>) -> Found {
        Found { outcome: self.places.get(place).copied().flatten(), value, missing: None }
    }
}

impl Rule {
    /// Its bands or cases unless configured otherwise.
    pub fn split(&self) -> Split {
        match self.outcomes {
            Outcomes::Bands(bands) => Split::Bands(standard_bands(bands)),
            Outcomes::Cases(cases, other) => {
                let cases = cases.iter().zip(1..).map(|((value, reason), number)| Case {
                    reference: SubRuleRef::band(number),
                    value: (*value).to_owned(),
                    reason: (*reason).to_owned(),
                });
                let alternative = (SubRuleRef::band(0), other.to_owned());
                Split::Cases(cases.collect(), Some(alternative))
            }
        }
    }
}

/// [`SubRuleRef::exit`] of the exits that rules have, without making a text for each measure.
fn exit_name(number: u8) -> &'static str {
    match number {
        0 => ".x00",
        1 => ".x01",
        3 => ".x03",
        4 => ".x04",
        _ => ".err",
    }
}

fn standard_bands(bands: &[(f64, &str)]) -> Vec<Band> {
    let uppers = bands.iter().skip(1).map(|(lower, _)| Some(*lower)).chain([None]);
    let band = |((&(lower, reason), upper), number): ((&(f64, &str), Option<f64>), usize)| Band {
        reference: SubRuleRef::band(number),
        lower: lower.is_finite().then_some(lower),
        upper,
        reason: reason.to_owned(),
    };
    bands.iter().zip(uppers).zip(1..).map(band).collect()
}

/// Where the outcomes of bands, or of cases and the alternative, stand among all.
fn places(outcomes: &[(SubRuleRef, String)], split: &Split) -> Vec<Option<u8>> {
    let place = |reference: &SubRuleRef| {
        let place = outcomes.iter().position(|(known, _)| known == reference);
        place.and_then(|place| u8::try_from(place).ok())
    };
    match split {
        Split::Bands(bands) => bands.iter().map(|band| place(&band.reference)).collect(),
        Split::Cases(cases, alternative) => {
            let cases = cases.iter().map(|case| &case.reference);
            let alternative = alternative.iter().map(|(reference, _)| reference);
            cases.chain(alternative).map(place).collect()
        }
    }
}

fn outcomes(
    others: impl Iterator<Item = (SubRuleRef, String)>,
    split: &Split,
) -> Vec<(SubRuleRef, String)> {
    let mut outcomes = vec![(SubRuleRef::error(), "the rule could not be decided".to_owned())];
    let mut add = |outcome: (SubRuleRef, String)| {
        if outcomes.iter().all(|(known, _)| *known != outcome.0) {
            outcomes.push(outcome);
        }
    };
    others.for_each(&mut add);
    match split {
        Split::Bands(bands) => {
            bands.iter().map(|band| (band.reference.clone(), band.reason.clone())).for_each(add);
        }
        Split::Cases(cases, alternative) => {
            let cases = cases.iter().map(|case| (case.reference.clone(), case.reason.clone()));
            cases.chain(alternative.iter().cloned()).for_each(add);
        }
    }
    outcomes
}
