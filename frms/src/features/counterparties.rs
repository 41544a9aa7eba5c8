//! Whom an account has paid, and how often.

use crate::limits::COUNTERPARTIES_MAX;

/// Accounts that were paid; at most [`COUNTERPARTIES_MAX`], the one paid least lately makes room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counterparties(Vec<Paid>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Paid {
    counterparty: u64,
    /// Seconds since 1970.
    last_s: u32,
    count: u32,
}

impl Counterparties {
    /// How often this one was paid.
    pub fn count(&self, counterparty: u64) -> u32 {
        let paid = self.0.iter().find(|paid| paid.counterparty == counterparty);
        paid.map_or(0, |paid| paid.count)
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn paid(&mut self, counterparty: u64, at_ms: i64) {
        let last_s = u32::try_from(at_ms.div_euclid(1_000).clamp(0, i64::from(u32::MAX)));
        let last_s = last_s.unwrap_or(u32::MAX);
        if let Some(paid) = self.0.iter_mut().find(|paid| paid.counterparty == counterparty) {
            paid.count = paid.count.saturating_add(1);
            paid.last_s = paid.last_s.max(last_s);
            return;
        }
        let paid = Paid { counterparty, last_s, count: 1 };
        if self.0.len() < COUNTERPARTIES_MAX {
            self.0.push(paid);
        } else if let Some(oldest) = self.0.iter_mut().min_by_key(|paid| paid.last_s) {
            *oldest = paid;
        }
    }
}
