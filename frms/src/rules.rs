//! The rules, a file each, under the peer's numbers (frms.md §3). A rule measures one number of an
//! attempt's accounts; bands say what the number means, typologies what it weighs.

pub mod r901;
pub mod r902;

use crate::{Account, Attempt, Band, Bands, BandsError, Missing, OutcomeKind, PaymentId};
use crate::{Side, SubRuleRef};

/// All rules there are.
pub const RULES: [&Rule; 2] = [&r901::RULE, &r902::RULE];

/// What a rule is, whoever configures it.
#[derive(Debug)]
pub struct Rule {
    /// Its number, as `901`.
    pub number: &'static str,
    /// Its name in the peer's catalogue.
    pub name: &'static str,
    /// What its number counts, for sentences: `payments from the debtor's account`.
    pub counts: &'static str,
    /// How far it looks back unless configured otherwise (`maxQueryRange`), in milliseconds.
    pub window_ms: i64,
    /// Its bands unless configured otherwise: lower limit and meaning, `.01` first.
    pub bands: &'static [(u64, &'static str)],
    /// When it has nothing to say: number and meaning.
    pub exits: &'static [(u8, &'static str)],
    /// Measures.
    pub measure: fn(&Scene<'_>, Parameters) -> Measure,
    /// The earlier payments behind the number, the newest first.
    pub contributors: fn(&Scene<'_>, Parameters) -> Vec<PaymentId>,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The attempt.
    pub attempt: &'a Attempt,
    /// How it ended; none before.
    pub ending: Option<OutcomeKind>,
    /// The debtor's account, if it is remembered.
    pub debtor: Option<&'a Account>,
    /// The creditor's account, if it is remembered.
    pub creditor: Option<&'a Account>,
}

/// What may be configured of a rule beside its bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// How far it looks back, in milliseconds (`maxQueryRange`).
    pub window_ms: i64,
}

/// What a rule measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A number.
    Value(u64),
    /// An exit condition.
    Exit(u8),
    /// It cannot be decided for want of this.
    Undecided(Missing),
}

/// A rule as a tenant uses it.
#[derive(Clone, Debug)]
pub struct ConfiguredRule {
    /// The rule.
    pub rule: &'static Rule,
    /// Its parameters.
    pub parameters: Parameters,
    /// Its bands.
    pub bands: Bands,
}

impl Rule {
    /// The rule of a number.
    pub fn find(number: &str) -> Option<&'static Rule> {
        RULES.into_iter().find(|rule| rule.number == number)
    }

    /// The rule as it is unless configured otherwise.
    ///
    /// # Errors
    /// None for the rules there are: a test builds each.
    pub fn configured(&'static self) -> Result<ConfiguredRule, BandsError> {
        let band = |(&(lower, reason), number): (&(u64, &str), u8)| Band {
            reference: SubRuleRef::Band(number),
            lower,
            reason: reason.to_owned(),
        };
        let bands = Bands::new(self.bands.iter().zip(1..).map(band).collect())?;
        let parameters = Parameters { window_ms: self.window_ms };
        Ok(ConfiguredRule { rule: self, parameters, bands })
    }
}

impl ConfiguredRule {
    /// The outcome, and the number behind it.
    pub fn outcome(&self, scene: &Scene<'_>) -> (SubRuleRef, Option<u64>, Option<Missing>) {
        match (self.rule.measure)(scene, self.parameters) {
            Measure::Value(value) => (self.bands.of(value), Some(value), None),
            Measure::Exit(number) => (SubRuleRef::Exit(number), None, None),
            Measure::Undecided(missing) => (SubRuleRef::Error, None, Some(missing)),
        }
    }

    /// Every outcome that it may have.
    pub fn outcomes(&self) -> Vec<SubRuleRef> {
        let exits = self.rule.exits.iter().map(|(number, _)| SubRuleRef::Exit(*number));
        std::iter::once(SubRuleRef::Error).chain(exits).chain(self.bands.references()).collect()
    }
}

/// A payment that failed counts nowhere: exit `.x00`.
fn failed(scene: &Scene<'_>) -> bool {
    scene.ending.is_some_and(|ending| ending.is_final() && ending != OutcomeKind::Committed)
}

/// This attempt, and the others of a side in the window, settled or pending.
fn count(scene: &Scene<'_>, side: Option<&Side>, parameters: Parameters) -> u64 {
    let others = others(scene, side, parameters).count();
    u64::try_from(others).unwrap_or(u64::MAX).saturating_add(1)
}

fn named(scene: &Scene<'_>, side: Option<&Side>, parameters: Parameters) -> Vec<PaymentId> {
    let mut ids: Vec<_> = others(scene, side, parameters).collect();
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids.into_iter().map(|(_, id)| id).collect()
}

fn others(
    scene: &Scene<'_>,
    side: Option<&Side>,
    parameters: Parameters,
) -> impl Iterator<Item = (i64, PaymentId)> {
    let (id, from_ms) =
        (scene.attempt.id, scene.attempt.at_ms.saturating_sub(parameters.window_ms));
    let seen = side.into_iter().flat_map(move |side| side.after(from_ms));
    seen.filter(move |(_, seen)| seen.id != id).map(|(_, seen)| (seen.at_ms, seen.id))
}
