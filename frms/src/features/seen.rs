//! The latest payments of one direction of an account, one by one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::features::News;
use crate::features::size::make_room;
use crate::limits::SEEN_PER_SIDE_MAX;
use crate::{Attempt, CASH, DEPOSIT, MP2B, MP2P, PaymentId, Place};

/// The side of a cell, in hundred-thousandths of a degree.
const CELL_E5: i32 = 1_000;

/// A payment, as an account remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub(super) id: [u64; 2],
    /// When it was attempted: Unix milliseconds.
    pub at_ms: i64,
    /// How much, in ten-thousandths of the currency's whole.
    pub units: i64,
    /// The account at the other end, short ([`crate::AccountKey::short`]); 0 if that is not known.
    pub counterparty: u64,
    /// In which currency.
    pub currency: Currency,
    /// Whether it was paid.
    pub layer: Layer,
    /// What kind of payment it was.
    pub kind: Kind,
    /// Where it was made, to about a kilometre: one of 65,535 numbers; 0 if that is not known.
    pub place: u16,
    /// How new the account at the other end was to this one.
    pub news: News,
}

/// What kind of payment it was, as far as rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Paid in in cash.
    Deposit,
    /// Taken out in cash.
    Cash,
    /// Any other, or not known.
    Other,
    /// From a person to a person.
    Person,
    /// From a person to a business.
    Business,
}

/// ISO 4217, as three letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency([u8; 3]);

/// Which of the two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layer {
    /// Committed.
    Settled,
    /// Screened, and not ended yet.
    Pending,
    /// Came to nothing; remembered only where the peer's semantics count such payments.
    Failed,
}

/// The latest payments, the oldest first; at most [`SEEN_PER_SIDE_MAX`], and one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent(Vec<Seen>);

impl Seen {
    /// An attempt with this one at the other end, not paid yet.
    pub fn of(attempt: &Attempt, counterparty: u64) -> Seen {
        let bits = |shift: u32| u64::try_from(attempt.id.0 >> shift & u128::from(u64::MAX));
        Seen {
            id: [bits(64).unwrap_or(0), bits(0).unwrap_or(0)],
            at_ms: attempt.at_ms,
            units: attempt.units.bounded(),
            counterparty,
            currency: Currency::of(&attempt.currency),
            layer: Layer::Pending,
            kind: Kind::of(attempt),
            place: attempt.place.map_or(0, coarse),
            news: News::NONE,
        }
    }

    /// Which payment.
    pub fn id(&self) -> PaymentId {
        PaymentId(u128::from(self.id[0]) << 64 | u128::from(self.id[1]))
    }
}

impl Kind {
    /// How many there are.
    pub const COUNT: usize = 5;

    /// The kind of an attempt.
    pub fn of(attempt: &Attempt) -> Kind {
        match attempt.category.as_deref() {
            Some(DEPOSIT) => Kind::Deposit,
            Some(CASH) => Kind::Cash,
            Some(MP2P) => Kind::Person,
            Some(MP2B) => Kind::Business,
            _ => Kind::Other,
        }
    }
}

/// The number of a place: two that are more than about a kilometre apart seldom have the same.
fn coarse(place: Place) -> u16 {
    let cell = |e5: i32| i64::from(e5.div_euclid(CELL_E5));
    let number = cell(place.latitude_e5) * 40_503 + cell(place.longitude_e5) * 30_011;
    u16::try_from(number.rem_euclid(65_535) + 1).unwrap_or(u16::MAX)
}

impl Currency {
    /// The first three bytes of the code; what is shorter is filled up.
    pub fn of(code: &str) -> Currency {
        let mut letters = [b' '; 3];
        letters.iter_mut().zip(code.bytes()).for_each(|(letter, byte)| *letter = byte);
        Currency(letters)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl Recent {
    /// The bytes of its allocations.
    pub(super) fn heap(&self) -> usize {
        super::size::allocated(&self.0)
    }

    /// What was attempted after `from_ms`, the newest first, in both layers. There is no other end:
    /// what the stream has already said counts, even if its time is a little past that of an attempt
    /// which had to queue.
    pub fn after(&self, from_ms: i64) -> impl Iterator<Item = &Seen> {
        self.since(from_ms).iter().rev()
    }

    /// The same, the oldest first.
    pub(crate) fn since(&self, from_ms: i64) -> &[Seen] {
        let first = self.0.partition_point(|seen| seen.at_ms <= from_ms);
        self.0.get(first..).unwrap_or_default()
    }

    /// Adds an attempt; the same one again changes nothing.
    pub fn add(&mut self, seen: Seen) {
        if self.0.iter().all(|known| known.id != seen.id) {
            self.push(seen);
        }
    }

    /// An attempt was paid: whether that is news.
    pub fn settle(&mut self, seen: Seen) -> bool {
        self.end(Seen { layer: Layer::Settled, ..seen })
    }

    /// An attempt came to nothing, and is remembered all the same.
    pub fn fail(&mut self, seen: Seen) {
        self.end(Seen { layer: Layer::Failed, ..seen });
    }

    fn end(&mut self, seen: Seen) -> bool {
        match self.0.iter().position(|known| known.id == seen.id) {
            Some(place) => match self.0.get_mut(place) {
                Some(known) if known.layer == Layer::Settled => return false,
                Some(known) if known.at_ms == seen.at_ms => *known = seen,
                // Its time has become that of its end: the order is one of times.
                _ => {
                    self.0.remove(place);
                    self.push(seen);
                }
            },
            None => self.push(seen),
        }
        true
    }

    /// An attempt came to nothing.
    pub fn drop_pending(&mut self, id: [u64; 2]) {
        self.0.retain(|seen| seen.id != id || seen.layer == Layer::Settled);
    }

    /// Forgets what was attempted at `at_ms` or before, but for the latest `kept`; the times of the
    /// first and the last one that it has forgotten.
    pub fn forget_until(&mut self, at_ms: i64, kept: usize) -> Option<(i64, i64)> {
        let old = self.0.partition_point(|seen| seen.at_ms <= at_ms);
        let forgotten = old.min(self.0.len().saturating_sub(kept));
        let times = self.0.first()?.at_ms..=self.0.get(forgotten.checked_sub(1)?)?.at_ms;
        self.0.drain(..forgotten);
        if self.0.capacity() > self.0.len().saturating_mul(2) {
            self.0.shrink_to(self.0.len().saturating_mul(5) / 4);
        }
        Some((*times.start(), *times.end()))
    }

    fn push(&mut self, seen: Seen) {
        // One more than are counted: after a commit the payment in question is among them.
        if self.0.len() > SEEN_PER_SIDE_MAX {
            self.0.remove(0);
        }
        // In the order of time, so that "the newest" is the last one: attempts come nearly so.
        let place = self.0.partition_point(|known| known.at_ms <= seen.at_ms);
        make_room(&mut self.0);
        self.0.insert(place, seen);
    }
}
