//! The timeout headers, and the arithmetic that follows from them. Ten bytes are what is left of an
//! expiration and how long the request has been here, the rest are header lines.

use fspiop::deadline::{Budget, Down, Input, Profile, TimedResource, Timeout, TimeoutHeaders};

/// No header is worth more than it says: what goes on is never longer than what came in.
pub fn budget(bytes: &[u8]) {
    let Some((numbers, lines)) = bytes.split_at_checked(10) else { return };
    let number = |at: usize, len: usize| {
        let digits = numbers.iter().skip(at).take(len);
        digits.fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    let (flags, left, elapsed_ms) = (number(0, 1), number(1, 6), number(7, 3));
    let lines = lines.split(|byte| *byte == b'\n').filter_map(|line| {
        let at = line.iter().position(|byte| *byte == b':')?;
        Some((std::str::from_utf8(line.get(..at)?).ok()?, line.get(at + 1..)?))
    });
    let Ok(headers) = TimeoutHeaders::read(lines, flags & 1 == 1) else { return };
    for profile in Profile::ALL {
        for resource in [TimedResource::Parties, TimedResource::Quotes, TimedResource::Transfers] {
            let expiration = i64::try_from(left).unwrap_or(i64::MAX).wrapping_sub(1 << 46);
            let input = Input {
                resource,
                headers,
                expiration_minus_now_ms: (flags & 2 == 2).then_some(expiration),
                first_sight_remaining_ms: (flags & 4 == 4).then_some(left),
                payee_honours_timeout: flags & 8 == 8,
                to_proxy: flags & 16 == 16,
            };
            if let Some(row) = profile.row(resource) {
                bounded(Budget::compute(row, &input).ok(), &input, elapsed_ms);
            }
        }
    }
}

fn bounded(budget: Option<Budget>, input: &Input, elapsed_ms: u64) {
    let Some(budget) = budget else { return };
    assert!(budget.own_ms <= budget.effective_ms, "{budget:?}");
    if let Some(left_ms) = input.expiration_minus_now_ms {
        assert!(left_ms > 0 && budget.effective_ms <= left_ms.unsigned_abs(), "{budget:?}");
    }
    if let Down::Forward { timeout: Some(down) } = budget.down(elapsed_ms) {
        // DESIGN §5: without the header itself the initiator's budget counts for nothing.
        let (named, origin) = (input.headers.timeout, input.headers.origin);
        let bounds = named.into_iter().chain(origin.filter(|_| named.is_some()));
        for bound in bounds.map(Timeout::ms) {
            assert!(down.ms() <= bound, "{down:?} of {bound}: {budget:?}");
        }
        assert!(down.ms().saturating_add(elapsed_ms) <= budget.effective_ms, "{budget:?}");
    }
}
