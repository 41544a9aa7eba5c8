//! The rules, a file each, under the peer's numbers (frms.md §3). A rule measures one number of an
//! attempt's accounts; bands say what the number means, typologies what it weighs.

pub mod r001;
pub mod r002;
pub mod r003;
pub mod r004;
pub mod r006;
pub mod r007;
pub mod r008;
pub mod r010;
pub mod r011;
pub mod r016;
pub mod r017;
pub mod r018;
pub mod r020;
pub mod r021;
pub mod r024;
pub mod r025;
pub mod r026;
pub mod r027;
pub mod r028;
pub mod r030;
pub mod r034;
pub mod r035;
pub mod r036;
pub mod r037;
pub mod r044;
pub mod r045;
pub mod r048;
pub mod r054;
pub mod r063;
pub mod r074;
pub mod r075;
pub mod r076;
pub mod r078;
pub mod r083;
pub mod r084;
pub mod r090;
pub mod r091;
pub mod r601;
pub mod r602;
pub mod r603;
pub mod r604;
pub mod r605;
pub mod r606;
pub mod r607;
pub mod r608;
pub mod r609;
pub mod r610;
pub mod r611;
pub mod r612;
pub mod r613;
pub mod r614;
pub mod r615;
pub mod r616;
pub mod r617;
pub mod r618;
pub mod r619;
pub mod r620;
pub mod r621;
pub mod r622;
pub mod r623;
pub mod r624;
pub mod r625;
pub mod r626;
pub mod r631;
pub mod r632;
pub mod r633;
pub mod r634;
pub mod r635;
pub mod r636;
pub mod r640;
pub mod r641;
pub mod r642;
pub mod r643;
pub mod r644;
pub mod r645;
pub mod r646;
pub mod r647;
pub mod r648;
pub mod r649;
pub mod r650;
pub mod r651;
pub mod r652;
pub mod r653;
pub mod r901;
pub mod r902;

mod measures;
mod relations;

use crate::conditions::Watched;
use crate::features::Layer;
use crate::limits::SEEN_PER_SIDE_MAX;
use crate::{Account, Attempt, Currency, Features, Missing, OutcomeKind, PaymentId, Seen, Side};
use measures::{
    MONTH_MS, against_busiest, against_usual, at_places, benford, count, distinct, just_under,
    kind_share, milliseconds, mirrored, money, money_of, named, nobody, number, of_strangers,
    spread, strangers, structured, sum, volume, with,
};

/// All rules there are, by number.
pub const RULES: [&Rule; 85] = [
    &r001::RULE,
    &r002::RULE,
    &r003::RULE,
    &r004::RULE,
    &r006::RULE,
    &r007::RULE,
    &r008::RULE,
    &r010::RULE,
    &r011::RULE,
    &r016::RULE,
    &r017::RULE,
    &r018::RULE,
    &r020::RULE,
    &r021::RULE,
    &r024::RULE,
    &r025::RULE,
    &r026::RULE,
    &r027::RULE,
    &r028::RULE,
    &r030::RULE,
    &r034::RULE,
    &r035::RULE,
    &r036::RULE,
    &r037::RULE,
    &r044::RULE,
    &r045::RULE,
    &r048::RULE,
    &r054::RULE,
    &r063::RULE,
    &r074::RULE,
    &r075::RULE,
    &r076::RULE,
    &r078::RULE,
    &r083::RULE,
    &r084::RULE,
    &r090::RULE,
    &r091::RULE,
    &r601::RULE,
    &r602::RULE,
    &r603::RULE,
    &r604::RULE,
    &r605::RULE,
    &r606::RULE,
    &r607::RULE,
    &r608::RULE,
    &r609::RULE,
    &r610::RULE,
    &r611::RULE,
    &r612::RULE,
    &r613::RULE,
    &r614::RULE,
    &r615::RULE,
    &r616::RULE,
    &r617::RULE,
    &r618::RULE,
    &r619::RULE,
    &r620::RULE,
    &r621::RULE,
    &r622::RULE,
    &r623::RULE,
    &r624::RULE,
    &r625::RULE,
    &r626::RULE,
    &r631::RULE,
    &r632::RULE,
    &r633::RULE,
    &r634::RULE,
    &r635::RULE,
    &r636::RULE,
    &r640::RULE,
    &r641::RULE,
    &r642::RULE,
    &r643::RULE,
    &r644::RULE,
    &r645::RULE,
    &r646::RULE,
    &r647::RULE,
    &r648::RULE,
    &r649::RULE,
    &r650::RULE,
    &r651::RULE,
    &r652::RULE,
    &r653::RULE,
    &r901::RULE,
    &r902::RULE,
];

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
    /// `maxHops`: how many payments are followed in a row; ours.
    MaxHops,
    /// `threshold`: an amount in wholes of a currency; ours.
    Threshold,
    /// `maxQueryRangeUpstream`: how far back payments to the debtor are looked at, in milliseconds.
    MaxQueryRangeUpstream,
    /// `maxQueryRangeDownstream`: how far back payments of those who paid the debtor are looked at.
    MaxQueryRangeDownstream,
    /// `habit`: how many new counterparties in 30 days an account may be used to meet; ours.
    Habit,
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
    /// Which of the parties are on a watch list.
    pub watched: Watched,
    /// Whether it is looked at as the peer does, whose rules are asked after a payment has ended: then
    /// only payments that have ended by then count, and a window holds its beginning.
    pub as_peer: bool,
}

/// What rules 034 to 037 say of a party on a list.
pub const LISTED: &str = "listed";

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
    pub const ALL: [Parameter; 12] = [
        Self::MaxQueryRange,
        Self::MaxQueryLimit,
        Self::Tolerance,
        Self::Commission,
        Self::EvaluationIntervalTime,
        Self::MinimumNumberOfTransactions,
        Self::MaxRadius,
        Self::MaxHops,
        Self::Threshold,
        Self::MaxQueryRangeUpstream,
        Self::MaxQueryRangeDownstream,
        Self::Habit,
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
            Self::MaxHops => "maxHops",
            Self::Threshold => "threshold",
            Self::MaxQueryRangeUpstream => "maxQueryRangeUpstream",
            Self::MaxQueryRangeDownstream => "maxQueryRangeDownstream",
            Self::Habit => "habit",
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

    /// What the debtor's account was paid; none if nothing is remembered.
    ///
    /// # Errors
    /// The debtor's account is not known.
    pub fn debtor_incoming(&self) -> Result<Option<&'a Side>, Missing> {
        self.attempt.debtor.ok_or(Missing::DebtorAccount)?;
        Ok(self.debtor.map(|account| &account.incoming))
    }

    /// What the creditor's account paid; none if nothing is remembered.
    ///
    /// # Errors
    /// The creditor's account is not known.
    pub fn creditor_outgoing(&self) -> Result<Option<&'a Side>, Missing> {
        self.attempt.creditor.ok_or(Missing::CreditorAccount)?;
        Ok(self.creditor.map(|account| &account.outgoing))
    }

    /// The amount, in wholes of its currency.
    pub fn amount(&self) -> f64 {
        money(self.attempt.units.bounded())
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        Currency::of(&self.attempt.currency)
    }

    /// 1 for this payment, 0 if it has failed: what it adds to a count.
    pub fn this(&self) -> usize {
        usize::from(!self.failed())
    }

    /// The first payment but this one that an account tried to make or was paid, Unix milliseconds.
    pub fn first_active_ms(&self, account: &'a Account) -> Option<i64> {
        let trying = self.others(Some(&account.outgoing), i64::MAX).map(|seen| seen.at_ms).min();
        Some(account.first_ms.min(trying.unwrap_or(i64::MAX))).filter(|ms| *ms < i64::MAX)
    }

    /// The latest payment but this one that an account tried to make or was paid, Unix milliseconds.
    pub fn last_active_ms(&self, account: &'a Account) -> Option<i64> {
        let trying = self.others(Some(&account.outgoing), i64::MAX).map(|seen| seen.at_ms).next();
        let ended_ms = account.tried_ms.max(account.incoming.last_ms);
        Some(ended_ms.max(trying.unwrap_or(i64::MIN))).filter(|ms| *ms > i64::MIN)
    }

    /// The latest payments of a side but this one, so many that with it they are `maxQueryLimit`.
    pub fn latest(
        &self,
        side: Option<&'a Side>,
        parameters: &Parameters,
    ) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let most = parameters.whole(Parameter::MaxQueryLimit).saturating_sub(1);
        self.others(side, i64::MAX).take(usize::try_from(most).unwrap_or(0))
    }

    /// Whether a payment's amount is within this part of the attempt's, in the same currency.
    pub fn alike(&self, tolerance: f64) -> impl Fn(&Seen) -> bool + use<> {
        let (currency, units) = (self.currency(), self.attempt.units.bounded());
        move |seen| {
            seen.currency == currency
                && measures::within(number(seen.units), number(units), tolerance)
        }
    }

    /// The payments of a side but this one, in both layers, in `(t - range, t]`, the newest first.
    pub fn others(
        &self,
        side: Option<&'a Side>,
        range_ms: i64,
    ) -> impl Iterator<Item = &'a Seen> + use<'a> {
        self.told(side, range_ms).filter(|seen| seen.layer != Layer::Failed)
    }

    /// The same, and in the peer's semantics those that have failed: rules 901 and 902 count all that
    /// has ended.
    pub fn told(
        &self,
        side: Option<&'a Side>,
        range_ms: i64,
    ) -> impl Iterator<Item = &'a Seen> + use<'a> {
        let (id, at_ms) = (self.attempt.id, self.attempt.at_ms);
        let ended_only = self.as_peer && self.ending.is_some();
        let from_ms = at_ms.saturating_sub(range_ms).saturating_sub(i64::from(self.as_peer));
        let seen = side.map_or(&[][..], |side| side.recent.since(from_ms));
        let counts = move |seen: &&Seen| match ended_only {
            true => seen.layer != Layer::Pending && seen.at_ms <= at_ms,
            false => true,
        };
        seen.iter().rev().filter(move |seen| seen.id() != id).filter(counts).take(SEEN_PER_SIDE_MAX)
    }
}
