//! The arithmetic: what a request may still take here, in the ledger and at the next hop.

use thiserror::Error;

use super::profile::{Row, TimedResource};
use super::timeout::{Timeout, TimeoutHeaders};
use crate::error::{ErrorCode, Extension, Refusal};

/// The share of a budget that screening may use at most: one twentieth.
const SCREENING_SHARE: u64 = 20;

/// What is known of a request when its budget is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// The row that the request falls under.
    pub resource: TimedResource,
    /// Its timeout headers.
    pub headers: TimeoutHeaders,
    /// The signed `expiration` less the hub's time, if the body carries one. Negative or 0: already past.
    pub expiration_minus_now_ms: Option<i64>,
    /// What was left when this id was first seen, less the time since: a resend gets no new clock.
    pub first_sight_remaining_ms: Option<u64>,
    /// Whether the payee is registered as honouring `FSPIOP-Timeout`. Matters for transfers only.
    pub payee_honours_timeout: bool,
    /// Whether the next hop is a proxy: then no clock may end a transfer.
    pub to_proxy: bool,
}

/// A header that asked for more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// `FSPIOP-Timeout` above `FSPIOP-Timeout-Origin`: a hop tried to extend.
    TimeoutAboveOrigin,
    /// `FSPIOP-Timeout` above the scheme's maximum.
    TimeoutAboveSchemeMax,
}

impl Violation {
    /// As audit records and metrics name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Violation::TimeoutAboveOrigin => "timeout>origin",
            Violation::TimeoutAboveSchemeMax => "timeout>schemeMax",
        }
    }
}

/// What a request may take, in milliseconds from the end of its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// What the caller may count on: the `FSPIOP-Timeout-Effective` of the 202.
    pub effective_ms: u64,
    /// When this hop itself gives up (or, towards a proxy, begins to ask by GET).
    pub own_ms: u64,
    /// When the ledger expires it: transfers only, and none where a proxy has it.
    pub ledger_expiry_ms: Option<u64>,
    /// `FSPIOP-Timeout-Origin`, forwarded unchanged.
    pub origin: Option<Timeout>,
    /// Headers that asked for too much. They were cut, not refused; count and audit them.
    pub violations: Vec<Violation>,
    onward_ms: u64,
    link_ms: u64,
    floor_ms: Option<u64>,
    expired_code: ErrorCode,
    to_proxy: bool,
}

/// Whether, and with which header, the next hop is asked now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Down {
    /// Ask it. `None`: leave the header out.
    Forward {
        /// The next hop's `FSPIOP-Timeout`.
        timeout: Option<Timeout>,
    },
    /// Too little is left to ask it.
    Refuse(TimeRefusal),
}

/// How a refusal reaches the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// HTTP 400 with the error in its body.
    Reject,
    /// HTTP 202, then PUT .../error.
    ErrorCallback,
}

/// Where a request was when its time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeoutStage {
    /// Before anything was done.
    Ingress,
    /// Before the next hop was asked.
    Egress,
    /// The next hop was asked and has not answered.
    AwaitingCallback,
    /// The answer was there and did not get through.
    Notify,
}

impl TimeoutStage {
    /// As `timeoutStage` names it.
    pub fn as_str(self) -> &'static str {
        match self {
            TimeoutStage::Ingress => "ingress",
            TimeoutStage::Egress => "egress",
            TimeoutStage::AwaitingCallback => "awaiting-callback",
            TimeoutStage::Notify => "notify",
        }
    }

    /// The extension list of the error callback that says so. `hop`: the FSP id of who gives up.
    pub fn extensions(self, effective_ms: u64, elapsed_ms: u64, hop: &str) -> Vec<Extension> {
        vec![
            Extension::new("timeoutStage", self.as_str()),
            Extension::new("timeoutEffectiveMs", effective_ms.to_string()),
            Extension::new("timeoutElapsedMs", elapsed_ms.to_string()),
            Extension::new("timeoutHop", hop),
        ]
    }
}

/// A refusal for want of time, or of a readable timeout. Always the sender's side to mend.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct TimeRefusal {
    /// How to answer, as long as the 202 is not out; see [`TimeRefusal::once_accepted`].
    pub answer: Answer,
    /// The FSPIOP error code.
    pub code: ErrorCode,
    /// Why.
    pub reason: TimeRefusalReason,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TimeRefusalReason {
    /// Not `^[1-9][0-9]{0,8}$`.
    #[error("a timeout header is not 1 to 999999999 milliseconds in plain digits")]
    TimeoutMalformed,
    /// Two lines of one timeout header.
    #[error("a timeout header is there twice")]
    TimeoutTwice,
    /// `FSPIOP-Timeout` in the JWS protected header.
    #[error("FSPIOP-Timeout is rewritten at every hop and must not be in the protected header")]
    TimeoutProtected,
    /// The signed expiration is past.
    #[error("it had expired before it arrived")]
    AlreadyExpired,
    /// Less is left than the next hop needs.
    #[error("too little time is left to ask the next party")]
    TooLittleLeft,
}

impl Budget {
    /// Computes the budget of a request under its scheme's row.
    ///
    /// Refuses what is over before it starts: with a header 400, without one 202 and the callback that peers expect.
    pub fn compute(row: &Row, input: &Input) -> Result<Budget, TimeRefusal> {
        let expiration_ms =
            input.expiration_minus_now_ms.map(|left_ms| u64::try_from(left_ms).unwrap_or(0));
        if expiration_ms == Some(0) {
            return Err(already_expired(input));
        }
        let at_most_expiration = |ms: u64| ms.min(expiration_ms.unwrap_or(u64::MAX));
        let budget_ms = budget_ms(row, input);
        let onward_ms = at_most_expiration(budget_ms.saturating_sub(row.answer_margin_ms));
        // Peers that know nothing of the header must see a transfer end when its signed expiration says, not before.
        let (effective_ms, own_ms, onward_ms) = match expiration_ms {
            Some(left_ms) if input.resource.is_transfer() && input.headers.timeout.is_none() => {
                (left_ms, left_ms, left_ms)
            }
            Some(left_ms) if input.resource.is_transfer() && !input.payee_honours_timeout => {
                (left_ms, left_ms, onward_ms)
            }
            _ => (at_most_expiration(budget_ms), onward_ms, onward_ms),
        };
        if input.headers.timeout.is_none() && own_ms < 1 {
            return Err(TimeRefusal {
                answer: Answer::ErrorCallback,
                code: input.resource.expired_code(),
                reason: TimeRefusalReason::TooLittleLeft,
            });
        }
        Ok(Budget {
            effective_ms,
            own_ms,
            ledger_expiry_ms: (input.resource.is_transfer() && !input.to_proxy).then_some(own_ms),
            origin: input.headers.origin,
            violations: violations(row, &input.headers),
            onward_ms,
            link_ms: row.link_ms,
            floor_ms: input.headers.timeout.map(|_| row.floor_ms),
            expired_code: input.resource.expired_code(),
            to_proxy: input.to_proxy,
        })
    }

    /// What the next hop gets when it is asked `elapsed_ms` after the end of the request's headers. To be asked before
    /// every attempt: with a header, an attempt that would leave less than the floor is not made.
    pub fn down(&self, elapsed_ms: u64) -> Down {
        let down_ms = self.onward_ms.saturating_sub(elapsed_ms).saturating_sub(self.link_ms);
        match self.floor_ms {
            Some(floor_ms) if down_ms < floor_ms => Down::Refuse(TimeRefusal {
                answer: Answer::Reject,
                code: self.expired_code,
                reason: TimeRefusalReason::TooLittleLeft,
            }),
            _ => Down::Forward { timeout: Timeout::at_most(down_ms) },
        }
    }

    /// When the next hop must have answered; what each attempt's header is computed from.
    pub fn onward_ms(&self) -> u64 {
        self.onward_ms
    }

    /// The allowance for the way to the next hop and back.
    pub fn link_ms(&self) -> u64 {
        self.link_ms
    }

    /// What must at least be left for the next hop; none where no header came in.
    pub fn floor_ms(&self) -> Option<u64> {
        self.floor_ms
    }

    /// `FSPIOP-Timeout-Effective` of the 202; a transfer through a proxy promises no time.
    pub fn effective(&self) -> Option<Timeout> {
        (!self.to_proxy).then(|| Timeout::at_most(self.effective_ms)).flatten()
    }

    /// `FSPIOP-Timeout` of a callback to the caller: what is left of its budget. Advice, never a condition.
    pub fn upstream(&self, elapsed_ms: u64) -> Option<Timeout> {
        Timeout::at_most(self.effective_ms.saturating_sub(elapsed_ms))
    }

    /// The longest that screening may take: the policy's cap, at most a twentieth of the budget.
    pub fn screening_cap_ms(&self, policy_cap_ms: u64) -> u64 {
        policy_cap_ms.min(self.effective_ms / SCREENING_SHARE)
    }
}

impl TimeRefusal {
    /// The same refusal after the 202 is out: now only a callback can say it.
    pub fn once_accepted(self) -> TimeRefusal {
        TimeRefusal { answer: Answer::ErrorCallback, ..self }
    }

    /// The HTTP status of the answer to the request: 400 or 202.
    pub fn http_status(&self) -> u16 {
        match self.answer {
            Answer::Reject => 400,
            Answer::ErrorCallback => 202,
        }
    }

    pub(super) fn malformed(reason: TimeRefusalReason) -> TimeRefusal {
        TimeRefusal { answer: Answer::Reject, code: ErrorCode::MalformedSyntax, reason }
    }
}

impl From<TimeRefusal> for Refusal {
    fn from(refusal: TimeRefusal) -> Refusal {
        Refusal::new(refusal.code, refusal.reason.to_string())
    }
}

fn budget_ms(row: &Row, input: &Input) -> u64 {
    let first_sight_ms = input.first_sight_remaining_ms.unwrap_or(u64::MAX);
    match input.headers.timeout {
        Some(timeout) => {
            let origin_ms = input.headers.origin.map_or(u64::MAX, Timeout::ms);
            timeout.ms().min(row.max_ms).min(origin_ms).min(first_sight_ms)
        }
        None => row.default_ms.min(first_sight_ms),
    }
}

fn violations(row: &Row, headers: &TimeoutHeaders) -> Vec<Violation> {
    let Some(timeout) = headers.timeout else {
        return Vec::new();
    };
    let above_origin = headers.origin.is_some_and(|origin| timeout > origin);
    let above_max = timeout.ms() > row.max_ms;
    [(above_origin, Violation::TimeoutAboveOrigin), (above_max, Violation::TimeoutAboveSchemeMax)]
        .into_iter()
        .filter_map(|(broken, violation)| broken.then_some(violation))
        .collect()
}

fn already_expired(input: &Input) -> TimeRefusal {
    let (answer, code) = match input.headers.timeout {
        Some(_) => (Answer::Reject, input.resource.expired_code()),
        None => (Answer::ErrorCallback, input.resource.stale_code()),
    };
    TimeRefusal { answer, code, reason: TimeRefusalReason::AlreadyExpired }
}
