//! The rules, a file each, under the peer's numbers (frms.md §3). A rule measures one number of an
//! attempt's accounts; bands say what the number means, typologies what it weighs.

pub mod r901;
pub mod r902;

use crate::{Account, Attempt, Features, Missing, OutcomeKind, PaymentId, Seen, Side};

/// All rules there are, by number.
pub const RULES: [&Rule; 2] = [&r901::RULE, &r902::RULE];

/// What a rule is, whoever configures it.
#[derive(Debug)]
pub struct Rule {
    /// Its number, as `901`.
    pub number: &'static str,
    /// Its name in the peer's catalogue.
    pub name: &'static str,
    /// What its number is, for sentences: `payments from the debtor's account`.
    pub measures: &'static str,
    /// What the number counts in.
    pub unit: Unit,
    /// The parameters that it takes, by their names in a configuration, with their values unless
    /// configured otherwise.
    pub parameters: &'static [(Parameter, f64)],
    /// Its bands or cases unless configured otherwise.
    pub outcomes: Outcomes,
    /// When it has nothing to say: number (`.x00`, ...) and meaning. A rule with exit 0 takes it by
    /// itself for a payment that has failed.
    pub exits: &'static [(u8, &'static str)],
    /// Measures.
    pub measure: for<'a> fn(&Scene<'a>, &Parameters) -> Measure<'a>,
    /// The earlier payments behind the number, the newest first; this one is not among them.
    pub contributors: fn(&Scene<'_>, &Parameters) -> Vec<PaymentId>,
}

/// What a rule's number counts in: how it is said in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Milliseconds.
    Milliseconds,
    /// Ten-thousandths of a currency's whole.
    Money,
    /// A plain number.
    Plain,
    /// No number: a text.
    Text,
}

/// Bands or cases that a rule has unless configured otherwise.
#[derive(Debug)]
pub enum Outcomes {
    /// Lower limit and meaning, `.01` first; the first one's limit is [`f64::NEG_INFINITY`] and means
    /// none.
    Bands(&'static [(f64, &'static str)]),
    /// Text and meaning, `.01` first; and the meaning of `.00`, any other text.
    Cases(&'static [(&'static str, &'static str)], &'static str),
}

/// A parameter of rules, under the name that it has in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// `maxQueryRange`: how far it looks back, in milliseconds.
    MaxQueryRange,
    /// `maxQueryLimit`: at how many payments it looks, this one among them.
    MaxQueryLimit,
    /// `tolerance`: by which part two amounts may differ and still be alike.
    Tolerance,
    /// `commission`: which part is kept.
    Commission,
    /// `evaluationIntervalTime`: the length of a period, in milliseconds.
    EvaluationIntervalTime,
    /// `minimumNumberOfTransactions`: with fewer it has nothing to say.
    MinimumNumberOfTransactions,
    /// `maxRadius`: what is near, in kilometres.
    MaxRadius,
    /// `maxQueryRangeUpstream`: how far back payments to the debtor are looked at, in milliseconds.
    MaxQueryRangeUpstream,
    /// `maxQueryRangeDownstream`: how far back payments of those who paid the debtor are looked at.
    MaxQueryRangeDownstream,
}

/// The values of a rule's parameters; 0 for those that it does not take.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parameters([f64; Parameter::ALL.len()]);

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The attempt. It is in none of the features below, or it is skipped there by its id.
    pub attempt: &'a Attempt,
    /// How it ended; none before.
    pub ending: Option<OutcomeKind>,
    /// The debtor's account, if it is remembered.
    pub debtor: Option<&'a Account>,
    /// The creditor's account, if it is remembered.
    pub creditor: Option<&'a Account>,
    /// All others.
    pub features: &'a Features,
}

/// What a rule measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure<'a> {
    /// A number.
    Number(f64),
    /// A number to be seen against those before it: bands' limits are standard deviations above the
    /// mean.
    Spread {
        /// The number.
        value: f64,
        /// The mean of those before it.
        mean: f64,
        /// Their standard deviation.
        deviation: f64,
    },
    /// A text.
    Text(&'a str),
    /// An exit condition: `.x00` and so on.
    Exit(u8),
    /// It cannot be decided for want of this.
    Missing(Missing),
}

impl Parameter {
    /// All there are.
    pub const ALL: [Parameter; 9] = [
        Self::MaxQueryRange,
        Self::MaxQueryLimit,
        Self::Tolerance,
        Self::Commission,
        Self::EvaluationIntervalTime,
        Self::MinimumNumberOfTransactions,
        Self::MaxRadius,
        Self::MaxQueryRangeUpstream,
        Self::MaxQueryRangeDownstream,
    ];

    /// Its name in a configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxQueryRange => "maxQueryRange",
            Self::MaxQueryLimit => "maxQueryLimit",
            Self::Tolerance => "tolerance",
            Self::Commission => "commission",
            Self::EvaluationIntervalTime => "evaluationIntervalTime",
            Self::MinimumNumberOfTransactions => "minimumNumberOfTransactions",
            Self::MaxRadius => "maxRadius",
            Self::MaxQueryRangeUpstream => "maxQueryRangeUpstream",
            Self::MaxQueryRangeDownstream => "maxQueryRangeDownstream",
        }
    }

    /// The parameter of this name.
    pub fn named(name: &str) -> Option<Parameter> {
        Self::ALL.into_iter().find(|parameter| parameter.as_str() == name)
    }
}

impl Parameters {
    /// The value of one.
    pub fn number(&self, parameter: Parameter) -> f64 {
        self.0.get(parameter as usize).copied().unwrap_or(0.0)
    }

    /// The value of one that is milliseconds or a count.
    #[allow(clippy::cast_possible_truncation, reason = "a float's cast saturates")]
    pub fn whole(&self, parameter: Parameter) -> i64 {
        self.number(parameter) as i64
    }

    /// Sets one.
    pub fn set(&mut self, parameter: Parameter, value: f64) {
        if let Some(place) = self.0.get_mut(parameter as usize) {
            *place = value;
        }
    }
}

impl Rule {
    /// The rule of a number.
    pub fn find(number: &str) -> Option<&'static Rule> {
        RULES.into_iter().find(|rule| rule.number == number)
    }

    /// Its parameters unless configured otherwise.
    pub fn defaults(&self) -> Parameters {
        let mut parameters = Parameters::default();
        self.parameters.iter().for_each(|(parameter, value)| parameters.set(*parameter, *value));
        parameters
    }
}

impl<'a> Scene<'a> {
    /// A payment that failed counts nowhere: exit `.x00`.
    pub fn failed(&self) -> bool {
        self.ending.is_some_and(|ending| ending.is_final() && ending != OutcomeKind::Committed)
    }

    /// What the debtor's account paid; none if nothing is remembered.
    ///
    /// # Errors
    /// The debtor's account is not known.
    pub fn outgoing(&self) -> Result<Option<&'a Side>, Missing> {
        self.attempt.debtor.ok_or(Missing::DebtorAccount)?;
        Ok(self.debtor.map(|account| &account.outgoing))
    }

    /// What the creditor's account was paid; none if nothing is remembered.
    ///
    /// # Errors
    /// The creditor's account is not known.
    pub fn incoming(&self) -> Result<Option<&'a Side>, Missing> {
        self.attempt.creditor.ok_or(Missing::CreditorAccount)?;
        Ok(self.creditor.map(|account| &account.incoming))
    }

    /// The payments of a side but this one, in both layers, in `(t - range, t]`, the newest first.
    pub fn others(
        &self,
        side: Option<&'a Side>,
        range_ms: i64,
    ) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let id = self.attempt.id;
        let from_ms = self.attempt.at_ms.saturating_sub(range_ms);
        let seen = side.into_iter().flat_map(move |side| side.recent.after(from_ms));
        seen.filter(move |seen| seen.id() != id)
    }
}

/// A rule's result from a side that may not be known.
pub(crate) fn with<'a, S>(
    side: Result<S, Missing>,
    measure: impl FnOnce(S) -> Measure<'a>,
) -> Measure<'a> {
    side.map_or_else(Measure::Missing, measure)
}

/// A number of things.
pub(crate) fn count<'a>(things: usize) -> Measure<'a> {
    Measure::Number(f64::from(u32::try_from(things).unwrap_or(u32::MAX)))
}

/// The payments of a side but this one, as contributors.
pub(crate) fn named(scene: &Scene<'_>, side: Option<&Side>, range_ms: i64) -> Vec<PaymentId> {
    scene.others(side, range_ms).map(Seen::id).collect()
}
