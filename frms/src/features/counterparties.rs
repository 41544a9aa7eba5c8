//! Whom an account has paid, or by whom it was paid, and how often.

use serde::{Deserialize, Serialize};

use crate::features::Seen;
use crate::features::size::make_room;

/// Accounts at the other end of payments; the one met least lately makes room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterparties(Vec<Met>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Met {
    counterparty: u64,
    /// Seconds since 1970.
    last_s: u32,
    count: u32,
}

impl Counterparties {
    /// The bytes of its allocations.
    pub(super) fn heap(&self) -> usize {
        super::size::allocated(&self.0)
    }

    /// How often payments were made with this one.
    pub fn count(&self, counterparty: u64) -> u32 {
        let met = self.0.iter().find(|met| met.counterparty == counterparty);
        met.map_or(0, |met| met.count)
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One more payment; at most so many counterparties are remembered.
    pub(super) fn met(&mut self, Seen { counterparty, at_ms, .. }: Seen, most: usize) {
        let last_s = u32::try_from(at_ms.div_euclid(1_000).clamp(0, i64::from(u32::MAX)));
        let last_s = last_s.unwrap_or(u32::MAX);
        if let Some(met) = self.0.iter_mut().find(|met| met.counterparty == counterparty) {
            met.count = met.count.saturating_add(1);
            met.last_s = met.last_s.max(last_s);
            return;
        }
        let met = Met { counterparty, last_s, count: 1 };
        if self.0.len() < most {
            make_room(&mut self.0);
            self.0.push(met);
        } else if let Some(oldest) = self.0.iter_mut().min_by_key(|met| met.last_s) {
            *oldest = met;
        }
    }
}
