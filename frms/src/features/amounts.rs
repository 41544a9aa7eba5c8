//! What is known of the amounts of one direction of an account in one currency.

#![allow(
    clippy::float_arithmetic,
    reason = "statistics over amounts; no money is counted with them"
)]

use serde::{Deserialize, Serialize};

use crate::PaymentId;
use crate::features::size::make_room;
use crate::features::{Currency, Seen};
use crate::limits::PEAKS_MAX;

/// Amounts paid, in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amounts {
    /// Which.
    pub currency: Currency,
    /// Number, mean and spread.
    pub moments: Moments,
    /// The sum of their natural logarithms: few large ones do not hide what is usual.
    logarithms: f64,
    /// How many amounts begin with each digit from 1 to 9.
    pub digits: [u32; 9],
    /// Those than which no later one was as large, the oldest and largest first.
    peaks: Vec<Peak>,
}

/// A large amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peak {
    /// How much, in ten-thousandths of the currency's whole.
    pub units: i64,
    /// When: Unix milliseconds.
    pub at_ms: i64,
    id: [u64; 2],
}

/// Number, mean and spread of values (Welford): plain additions, multiplications and divisions, so
/// that the same values in the same order give the same bits on every machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// How many.
    pub count: u32,
    /// Their mean.
    pub mean: f64,
    /// The sum of the squares of their distances from it.
    squares: f64,
}

impl Moments {
    /// Takes in one value.
    pub fn add(&mut self, value: f64) {
        self.count = self.count.saturating_add(1);
        let distance = value - self.mean;
        self.mean += distance / f64::from(self.count);
        self.squares += distance * (value - self.mean);
    }

    /// The standard deviation of the values as a whole population; 0 for none.
    pub fn deviation(&self) -> f64 {
        (self.squares / f64::from(self.count.max(1))).max(0.0).sqrt()
    }
}

impl Amounts {
    /// The bytes of its allocations.
    pub(super) fn heap(&self) -> usize {
        super::size::allocated(&self.peaks)
    }

    pub(super) fn new(currency: Currency) -> Amounts {
        let (moments, logarithms) = (Moments::default(), 0.0);
        Amounts { currency, moments, logarithms, digits: [0; 9], peaks: Vec::new() }
    }

    pub(super) fn add(&mut self, seen: &Seen, peak_ms: i64) {
        self.moments.add(number(seen.units));
        self.logarithms += logarithm(seen.units);
        if let Some(digit) = first_digit(seen.units) {
            let count = &mut self.digits[digit - 1];
            *count = count.saturating_add(1);
        }
        let until_ms = seen.at_ms.saturating_sub(peak_ms);
        let outlives = |peak: &Peak| peak.units > seen.units || peak.at_ms > seen.at_ms;
        self.peaks.retain(|peak| outlives(peak) && peak.at_ms > until_ms);
        // Payments end nearly in the order in which they were attempted, and not quite.
        let place = self.peaks.partition_point(|peak| peak.units > seen.units);
        let outlived = self.peaks.get(place).is_some_and(|peak| peak.units == seen.units);
        if self.peaks.len() < PEAKS_MAX && !outlived {
            let peak = Peak { units: seen.units, at_ms: seen.at_ms, id: seen.id };
            make_room(&mut self.peaks);
            self.peaks.insert(place, peak);
        }
    }

    /// The usual amount, in units: the geometric mean of all but these, which must be among them; none
    /// of fewer than `least`.
    pub fn usual<'a>(&self, but: impl Iterator<Item = &'a Seen>, least: f64) -> Option<f64> {
        let all = (f64::from(self.moments.count), self.logarithms);
        let (count, sum) =
            but.fold(all, |(count, sum), seen| (count - 1.0, sum - logarithm(seen.units)));
        (count >= least.max(1.0)).then(|| libm::exp(sum / count))
    }

    /// The largest amount after `from_ms`.
    pub fn peak(&self, from_ms: i64) -> Option<&Peak> {
        self.peaks.iter().find(|peak| peak.at_ms > from_ms)
    }
}

impl Peak {
    /// Which payment.
    pub fn id(&self) -> PaymentId {
        PaymentId(u128::from(self.id[0]) << 64 | u128::from(self.id[1]))
    }
}

/// Units as a number for statistics.
#[allow(clippy::cast_precision_loss, reason = "the 15th digit of an amount is no evidence")]
pub(crate) fn number(units: i64) -> f64 {
    units as f64
}

/// The natural logarithm of an amount; not the machine's own, so that a replay gives the same bits.
fn logarithm(units: i64) -> f64 {
    libm::log(number(units.max(1)))
}

/// The first digit of an amount that is not 0.
pub(crate) fn first_digit(units: i64) -> Option<usize> {
    let mut rest = units.unsigned_abs();
    while rest > 9 {
        rest /= 10;
    }
    usize::try_from(rest).ok().filter(|digit| *digit > 0)
}
