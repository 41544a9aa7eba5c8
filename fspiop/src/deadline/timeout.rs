//! The header text: `^[1-9][0-9]{0,8}$`, milliseconds, one line.

use std::fmt;

use super::budget::{TimeRefusal, TimeRefusalReason};

/// The largest value the nine digits can say.
const LARGEST_MS: u32 = 999_999_999;

/// How much older than the deducted budget a signed `Date` may look before a hop is suspected of holding the message.
const HOLD_TOLERANCE_MS: u64 = 2_000;

/// A timeout as it stands in a header: 1 to 999,999,999 milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timeout(u32);

impl Timeout {
    /// Reads exactly `^[1-9][0-9]{0,8}$`: no sign, no blank, no leading zero, no unit.
    pub fn parse(text: &[u8]) -> Option<Timeout> {
        let well_formed = matches!(text, [b'1'..=b'9', rest @ ..]
            if rest.len() <= 8 && rest.iter().all(u8::is_ascii_digit));
        well_formed
            .then(|| Timeout(text.iter().fold(0, |ms, digit| ms * 10 + u32::from(digit - b'0'))))
    }

    /// The largest sayable timeout that is not more than `ms`; `None` for 0, which cannot be said.
    pub fn at_most(ms: u64) -> Option<Timeout> {
        let ms = u32::try_from(ms).unwrap_or(LARGEST_MS).min(LARGEST_MS);
        (ms > 0).then_some(Timeout(ms))
    }

    /// Milliseconds.
    pub fn ms(self) -> u64 {
        u64::from(self.0)
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The two timeout headers of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeoutHeaders {
    /// `FSPIOP-Timeout`: within it the sender must have the final callback. Every hop rewrites it.
    pub timeout: Option<Timeout>,
    /// `FSPIOP-Timeout-Origin`: the initiator's own budget. Forwarded unchanged.
    pub origin: Option<Timeout>,
}

impl TimeoutHeaders {
    /// The name of the header that every hop rewrites; it must not be in the JWS protected header.
    pub const TIMEOUT: &'static str = "FSPIOP-Timeout";
    /// The name of the initiator's header; it may be in the JWS protected header.
    pub const ORIGIN: &'static str = "FSPIOP-Timeout-Origin";
    /// The name of the header on the 202 that tells the caller what its budget became.
    pub const EFFECTIVE: &'static str = "FSPIOP-Timeout-Effective";

    /// Finds both among a request's header lines. `timeout_is_protected`: the JWS protected header lists
    /// `FSPIOP-Timeout`, which no hop could then rewrite.
    ///
    /// A second line of either, a malformed text and a protected timeout are the sender's fault: 400 / 3101.
    pub fn read<'a>(
        lines: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        timeout_is_protected: bool,
    ) -> Result<TimeoutHeaders, TimeRefusal> {
        let mut found = TimeoutHeaders::default();
        for (name, value) in lines {
            if name.eq_ignore_ascii_case(Self::TIMEOUT) {
                take(&mut found.timeout, value)?;
            } else if name.eq_ignore_ascii_case(Self::ORIGIN) {
                take(&mut found.origin, value)?;
            }
        }
        match timeout_is_protected {
            true => Err(TimeRefusal::malformed(TimeRefusalReason::TimeoutProtected)),
            false => Ok(found),
        }
    }

    /// Whether the signed `Date` is older than what the hops say they have used: a hop held the message without
    /// deducting. Something to raise an alarm for, never to refuse, because clocks differ.
    pub fn held_without_deducting(&self, date_age_ms: i64) -> bool {
        let (Some(timeout), Some(origin)) = (self.timeout, self.origin) else {
            return false;
        };
        let deducted_ms = origin.ms().saturating_sub(timeout.ms());
        u64::try_from(date_age_ms)
            .is_ok_and(|age_ms| age_ms > deducted_ms.saturating_add(HOLD_TOLERANCE_MS))
    }
}

fn take(slot: &mut Option<Timeout>, value: &[u8]) -> Result<(), TimeRefusal> {
    if slot.is_some() {
        return Err(TimeRefusal::malformed(TimeRefusalReason::TimeoutTwice));
    }
    *slot = Some(
        Timeout::parse(value)
            .ok_or_else(|| TimeRefusal::malformed(TimeRefusalReason::TimeoutMalformed))?,
    );
    Ok(())
}
