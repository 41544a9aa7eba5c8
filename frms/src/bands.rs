//! What a rule's value means: half-open bands over whole numbers, as the peer's configurations have
//! them (frms.md §2.2), but without gaps, overlaps, or a 0 that means "no limit".

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::limits::{CONFIGURED_MAX, SEEN_PER_SIDE_MAX};

/// Which of a rule's outcomes it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubRuleRef {
    /// `.err`: the rule could not be decided.
    Error,
    /// `.x00` and so on: an exit condition.
    Exit(u8),
    /// `.01` and so on: a band.
    Band(u8),
}

impl fmt::Display for SubRuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => f.write_str(".err"),
            Self::Exit(number) => write!(f, ".x{number:02}"),
            Self::Band(number) => write!(f, ".{number:02}"),
        }
    }
}

impl FromStr for SubRuleRef {
    type Err = BandsError;

    fn from_str(text: &str) -> Result<SubRuleRef, BandsError> {
        let number = |digits: &str| match digits.parse() {
            Ok(number) if digits.len() == 2 => Ok(number),
            _ => Err(BandsError::Reference),
        };
        match text.strip_prefix('.') {
            Some("err") => Ok(Self::Error),
            Some(rest) => match rest.strip_prefix('x') {
                Some(digits) => number(digits).map(Self::Exit),
                None => number(rest).map(Self::Band),
            },
            None => Err(BandsError::Reference),
        }
    }
}

impl Serialize for SubRuleRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One band: from its `lower` up to the next one's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Its outcome.
    pub reference: SubRuleRef,
    /// The first value in it.
    pub lower: u64,
    /// What a value in it says, for people: `the debtor has made three or more payments ...`.
    pub reason: String,
}

/// The bands of a rule: every value is in exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bands {
    bands: Vec<Band>,
}

/// Why bands cannot be used. The configuration's author's to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BandsError {
    /// Not `.01`, `.x00` or `.err`.
    #[error("a sub-rule reference is .01 to .99, .x00 to .x99 or .err")]
    Reference,
    /// None, or more than [`CONFIGURED_MAX`].
    #[error("a rule needs 1 to {CONFIGURED_MAX} bands")]
    Number,
    /// The first band leaves values out.
    #[error("the first band must have no lower limit")]
    First,
    /// Two bands begin at the same value or in the wrong order.
    #[error("bands must follow each other without gap or overlap, lowest first")]
    Order,
    /// The same reference twice, or one that is no band's.
    #[error("each band needs a reference of its own, .01 to .99")]
    References,
    /// A band that no count reaches.
    #[error("a band may not begin above {SEEN_PER_SIDE_MAX}: no more is counted")]
    Unreachable,
}

impl Bands {
    /// Bands in the order of their lower limits; the first one begins at 0.
    ///
    /// # Errors
    /// Values in no band, in two, or a band in which no value can be.
    pub fn new(bands: Vec<Band>) -> Result<Bands, BandsError> {
        if bands.is_empty() || bands.len() > CONFIGURED_MAX {
            return Err(BandsError::Number);
        }
        if bands.first().is_some_and(|band| band.lower != 0) {
            return Err(BandsError::First);
        }
        if !bands.is_sorted_by(|one, next| one.lower < next.lower) {
            return Err(BandsError::Order);
        }
        let most = u64::try_from(SEEN_PER_SIDE_MAX).unwrap_or(u64::MAX);
        if bands.iter().any(|band| band.lower > most) {
            return Err(BandsError::Unreachable);
        }
        let mut references: Vec<_> = bands.iter().map(|band| band.reference).collect();
        references.sort_unstable();
        references.dedup();
        let all_bands = references.iter().all(|one| matches!(one, SubRuleRef::Band(1..)));
        if references.len() != bands.len() || !all_bands {
            return Err(BandsError::References);
        }
        Ok(Bands { bands })
    }

    /// The band that holds a value.
    pub fn of(&self, value: u64) -> SubRuleRef {
        let holds = self.bands.iter().rev().find(|band| band.lower <= value);
        holds.map_or(SubRuleRef::Error, |band| band.reference)
    }

    /// What an outcome says, if it is a band's.
    pub fn reason(&self, reference: SubRuleRef) -> Option<&str> {
        let band = self.bands.iter().find(|band| band.reference == reference);
        band.map(|band| band.reason.as_str())
    }

    /// Their references, lowest band first.
    pub fn references(&self) -> impl Iterator<Item = SubRuleRef> + '_ {
        self.bands.iter().map(|band| band.reference)
    }
}
