//! What a callback says of time (security-and-timeouts.md §4.3): `FSPIOP-Timeout` with what is left
//! for whoever asked, as advice, and in an error callback where the time ran out.

use fspiop::deadline::TimeoutStage;
use fspiop::error::ErrorInformation;
use switch::{About, Refusal, Timestamp, Transfer};

use crate::node::HUB;
use crate::outbound::HopBudget;

/// The time of somebody who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upstream {
    /// When it asked.
    pub since: Timestamp,
    /// When its budget ends: the `FSPIOP-Timeout-Effective` that it was told, after `since`.
    pub until: Timestamp,
}

impl Upstream {
    /// The payer's time in a transfer.
    pub fn of(transfer: &Transfer, answer_margin_ms: u64) -> Upstream {
        let until = until(transfer.expires_at, transfer.expiration, answer_margin_ms);
        Upstream { since: transfer.prepared_at, until }
    }

    /// The error with where the time ran out, at `at`.
    #[must_use]
    pub fn explain(
        self,
        mut error: ErrorInformation,
        stage: TimeoutStage,
        at: Timestamp,
    ) -> ErrorInformation {
        let (effective_ms, elapsed_ms) = (between(self.since, self.until), between(self.since, at));
        error.extensions.extend(stage.extensions(effective_ms, elapsed_ms, HUB));
        error
    }

    /// What every attempt of a callback turns into `FSPIOP-Timeout`.
    pub fn budget(self) -> HopBudget {
        left_until(self.until)
    }
}

/// The same for a callback about a transfer.
pub fn budget(about: &About, answer_margin_ms: u64) -> HopBudget {
    left_until(until(about.expires_at, about.expiration, answer_margin_ms))
}

/// Where a transfer was when its time ran out, if a refusal says that it did.
pub fn stage(refusal: &Refusal) -> Option<TimeoutStage> {
    match refusal {
        Refusal::ExpirationPast | Refusal::NoTimeLeft => Some(TimeoutStage::Ingress),
        Refusal::NeverSent => Some(TimeoutStage::Egress),
        Refusal::TransferExpired => Some(TimeoutStage::AwaitingCallback),
        _ => None,
    }
}

/// Our own deadline is the effective one less the margin, or the signed expiration, which bounds
/// both (DESIGN §5): so it leads back to the effective one.
fn until(expires_at: Timestamp, expiration: Timestamp, answer_margin_ms: u64) -> Timestamp {
    let margin_ms = i64::try_from(answer_margin_ms).unwrap_or(i64::MAX);
    expires_at.plus_ms(margin_ms).min(expiration)
}

fn left_until(until: Timestamp) -> HopBudget {
    HopBudget { until_ms: until.0, link_ms: 0, floor_ms: None, origin_ms: None }
}

fn between(since: Timestamp, until: Timestamp) -> u64 {
    u64::try_from(until.0.saturating_sub(since.0)).unwrap_or(0)
}
