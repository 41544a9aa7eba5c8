//! With whom an account has ever dealt, and how often it meets somebody new.

#![allow(clippy::float_arithmetic, reason = "how often something happens; no money")]

use serde::{Deserialize, Serialize};

use crate::features::size::make_room;
use crate::features::{Account, Kind, Seen};
use crate::limits::RELATIONS_MAX;

/// An account that is known for less has no habits yet.
const HABITS_AFTER_MS: i64 = 90 * DAY_MS;
/// After so long, a new counterparty counts for 1/e in the habit.
const MEMORY_MS: f64 = 45.0 * 86_400_000.0;
/// An account that sleeps does not change its habit: so much of a pause counts.
const PAUSE_MAX_MS: i64 = 14 * DAY_MS;
/// A habit is told for so long.
const MONTH_MS: f64 = 30.0 * 86_400_000.0;
const DAY_MS: i64 = 86_400_000;
/// A habit is kept in parts of one.
const GRAIN: f64 = 16.0;

/// Whom an account has paid or was paid by, ever.
///
/// Of each counterparty 16 bits are kept, at most [`RELATIONS_MAX`] of them: of a thousand accounts
/// that are new to one with so many relations, 8 are taken for known, of one with 64 relations 1. Who
/// has more meets new ones so often that nothing about one more is remarkable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Relations {
    /// In their order.
    known: Vec<u16>,
    /// New counterparties other than shops and cash, each the less the longer ago.
    met: f64,
    /// When it dealt with anybody, Unix milliseconds.
    last_ms: i64,
}

/// How new a counterparty was to an account when a payment was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News(u8);

impl News {
    /// They had dealt with each other before, or it is a shop, or cash.
    pub const NONE: News = News(0);
    /// New to an account that has no habits yet.
    pub const TO_A_NEW_ACCOUNT: News = News(u8::MAX);

    /// Whether the counterparty was new.
    pub fn is_new(self) -> bool {
        self != News::NONE
    }

    /// How many new ones the account used to meet in 30 days, if it was new and that is known.
    pub fn habit(self) -> Option<f64> {
        let habit = f64::from(self.0.checked_sub(1)?) / GRAIN;
        (self != News::TO_A_NEW_ACCOUNT).then_some(habit)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    fn to_one_who_met(habit: f64) -> News {
        let parts = (habit * GRAIN) as u8;
        News(parts.saturating_add(1).min(u8::MAX - 1))
    }
}

impl Relations {
    /// The bytes of its allocations.
    pub(super) fn heap(&self) -> usize {
        super::size::allocated(&self.known)
    }

    /// Whether they have dealt with each other, in whichever direction.
    pub fn know(&self, counterparty: u64) -> bool {
        self.known.binary_search(&fingerprint(counterparty)).is_ok()
    }

    /// How many new ones it meets in 30 days.
    fn habit(&self, at_ms: i64) -> f64 {
        self.faded(at_ms) * MONTH_MS / MEMORY_MS
    }

    fn faded(&self, at_ms: i64) -> f64 {
        let pause_ms = at_ms.saturating_sub(self.last_ms).clamp(0, PAUSE_MAX_MS);
        self.met * libm::exp(-super::number(pause_ms) / MEMORY_MS)
    }

    /// A payment was paid.
    pub(super) fn dealt(&mut self, seen: &Seen) {
        self.met = self.faded(seen.at_ms) + if seen.news.is_new() { 1.0 } else { 0.0 };
        self.last_ms = self.last_ms.max(seen.at_ms);
        let one = fingerprint(seen.counterparty);
        if seen.counterparty != 0
            && self.known.len() < RELATIONS_MAX
            && let Err(place) = self.known.binary_search(&one)
        {
            make_room(&mut self.known);
            self.known.insert(place, one);
        }
    }
}

impl Account {
    /// How new the counterparty of a payment is to this account.
    pub fn news(&self, seen: &Seen) -> News {
        let known = seen.counterparty == 0 || self.relations.know(seen.counterparty);
        if known || !matches!(seen.kind, Kind::Person | Kind::Other) {
            return News::NONE;
        }
        match seen.at_ms.saturating_sub(self.first_ms) >= HABITS_AFTER_MS {
            true => News::to_one_who_met(self.relations.habit(seen.at_ms)),
            false => News::TO_A_NEW_ACCOUNT,
        }
    }
}

/// Pseudonyms are as good as a hash: any of their bits are.
fn fingerprint(counterparty: u64) -> u16 {
    u16::try_from(counterparty >> 48).unwrap_or(u16::MAX)
}
