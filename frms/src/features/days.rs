//! How many payments were paid on each day, for comparisons of a period with those before it.

use serde::{Deserialize, Serialize};

use crate::features::size::make_room;
use crate::limits::DAYS_MAX;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Days (since 1970, UTC) on which something was paid, with the number of payments, in the order of
/// time; at most [`DAYS_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days(Vec<(u16, u16)>);

impl Days {
    /// The bytes of its allocations.
    pub(super) fn heap(&self) -> usize {
        super::size::allocated(&self.0)
    }

    /// One more payment.
    pub fn add(&mut self, at_ms: i64) {
        let day = day(at_ms);
        let place = self.0.partition_point(|(known, _)| *known < day);
        match self.0.get_mut(place) {
            Some((known, count)) if *known == day => *count = count.saturating_add(1),
            _ => {
                if self.0.len() >= DAYS_MAX && place > 0 {
                    self.0.remove(0);
                    self.0.insert(place - 1, (day, 1));
                } else if self.0.len() < DAYS_MAX {
                    make_room(&mut self.0);
                    self.0.insert(place, (day, 1));
                }
            }
        }
    }

    /// Payments in each of the periods of so many days that end with the day of `at_ms`, the newest
    /// first, back to the one in which the first remembered payment was made.
    pub fn periods(&self, at_ms: i64, days: u16) -> Vec<u32> {
        let today = day(at_ms);
        let days = days.max(1);
        let Some((first, _)) = self.0.first() else { return Vec::new() };
        let mut counts = vec![0_u32; usize::from(today.saturating_sub(*first) / days) + 1];
        // Backwards, so that no day needs a division.
        let (mut period, mut until) = (0, u32::from(days));
        for (day, count) in self.0.iter().rev() {
            while u32::from(today.saturating_sub(*day)) >= until {
                (period, until) = (period + 1, until + u32::from(days));
            }
            if let Some(sum) = counts.get_mut(period) {
                *sum = sum.saturating_add(u32::from(*count));
            }
        }
        counts
    }
}

impl Days {
    /// The most payments on one day before that of `at_ms`.
    pub fn busiest_before(&self, at_ms: i64) -> u16 {
        let today = day(at_ms);
        let before = self.0.iter().take_while(|(known, _)| *known < today);
        before.map(|(_, count)| *count).max().unwrap_or(0)
    }
}

fn day(at_ms: i64) -> u16 {
    u16::try_from(at_ms.div_euclid(DAY_MS).clamp(0, i64::from(u16::MAX))).unwrap_or(u16::MAX)
}
