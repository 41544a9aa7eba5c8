//! A bank's order has one budget for all its stages.

use super::profile::{Profile, TimedResource};
use super::timeout::Timeout;

/// The budget of one order of an ISO bank: lookup, quote and transfer share it. Milliseconds from its arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Journey {
    profile: &'static Profile,
    budget_ms: u64,
    order_expiry_ms: Option<u64>,
}

impl Journey {
    /// `since_accepted_ms`: arrival less `AccptncDtTm`, `None` where the order has none (pain.001). A bank whose clock
    /// is ahead (a negative value) starts at arrival. `order_expiry_ms`: `PmtInstrXpryDtTm` less arrival.
    pub fn start(
        profile: &'static Profile,
        since_accepted_ms: Option<i64>,
        order_expiry_ms: Option<i64>,
    ) -> Journey {
        let used_ms = since_accepted_ms.map_or(0, not_negative);
        let order_expiry_ms = order_expiry_ms.map(not_negative);
        let budget_ms =
            profile.journey.default_ms.min(profile.journey.max_ms).saturating_sub(used_ms);
        Journey { profile, budget_ms, order_expiry_ms }
    }

    /// What is left of it.
    pub fn left_ms(&self, elapsed_ms: u64) -> u64 {
        self.budget_ms.saturating_sub(elapsed_ms)
    }

    /// The `FSPIOP-Timeout` of a stage: what is left, at most the stage's maximum. `None`: nothing is left, or the
    /// scheme does not offer the stage.
    pub fn stage(&self, resource: TimedResource, elapsed_ms: u64) -> Option<Timeout> {
        let row = self.profile.row(resource)?;
        Timeout::at_most(self.left_ms(elapsed_ms).min(row.max_ms))
    }

    /// The `expiration` to sign into the transfer: the end of the journey less the transfers row's margin, in which the
    /// bank is answered, and never after the order's own expiry.
    pub fn expiration_ms(&self) -> u64 {
        let margin_ms =
            self.profile.row(TimedResource::Transfers).map_or(0, |row| row.answer_margin_ms);
        self.budget_ms.saturating_sub(margin_ms).min(self.order_expiry_ms.unwrap_or(u64::MAX))
    }
}

fn not_negative(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0)
}
