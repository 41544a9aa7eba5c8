//! Ratios and quantiles. The only place with floats: these are figures for people, never money.

#![allow(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "figures, not money")]

/// `numerator / denominator` to three decimals; 0 where there is nothing to divide by.
pub(super) fn ratio(numerator: u64, denominator: u64) -> f64 {
    if denominator == 0 {
        return 0.0;
    }
    rounded(numerator as f64 / denominator as f64)
}

/// Events a second, to one decimal.
pub(super) fn per_second(events: u64, window_us: u64) -> f64 {
    (ratio(events.saturating_mul(1_000_000), window_us) * 10.0).round() / 10.0
}

/// CPU seconds for a thousand transactions.
pub(super) fn cpu_s_per_1000(cpu_us: u64, transactions: u64) -> f64 {
    ratio(cpu_us, transactions.saturating_mul(1_000))
}

/// Microseconds as milliseconds.
pub(super) fn ms(us: u64) -> f64 {
    ratio(us, 1_000)
}

/// KiB as MB.
pub(super) fn mb(kib: u64) -> f64 {
    (ratio(kib.saturating_mul(1_024), 1_000_000) * 10.0).round() / 10.0
}

/// The quotient of two figures, to three decimals.
pub(super) fn quotient(one: f64, other: f64) -> f64 {
    if other > 0.0 { rounded(one / other) } else { 0.0 }
}

/// The gap after which the next of many independent payers comes, in nanoseconds, for a uniform draw from [0, 2^53).
pub(super) fn exponential_ns(draw: u64, rate: u64) -> u64 {
    const DRAWS: f64 = 9_007_199_254_740_992.0;
    let uniform = (draw as f64 + 1.0) / (DRAWS + 1.0);
    let gap = -uniform.ln() * 1_000_000_000.0 / rate.max(1) as f64;
    gap as u64
}

fn rounded(figure: f64) -> f64 {
    (figure * 1_000.0).round() / 1_000.0
}

/// Durations in microseconds, all of them: quantiles are exact.
#[derive(Debug, Clone, Default)]
pub(super) struct Durations(Vec<u64>);

impl Durations {
    /// Sorts them.
    pub(super) fn of(durations_us: impl Iterator<Item = u64>) -> Durations {
        let mut durations: Vec<u64> = durations_us.collect();
        durations.sort_unstable();
        Durations(durations)
    }

    /// Those of several runs.
    pub(super) fn all<'a>(runs: impl Iterator<Item = &'a Durations>) -> Durations {
        Durations::of(runs.flat_map(|run| run.0.iter().copied()))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The smallest duration that `per_mille` of all do not exceed; 0 of none.
    pub(super) fn quantile_us(&self, per_mille: usize) -> u64 {
        let rank = (self.0.len() * per_mille).div_ceil(1_000).max(1);
        self.0.get(rank - 1).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact() {
        let durations = Durations::of((1..=1_000).rev());
        assert_eq!(durations.quantile_us(500), 500);
        assert_eq!(durations.quantile_us(990), 990);
        assert_eq!(durations.quantile_us(999), 999);
        assert_eq!(durations.quantile_us(1_000), 1_000);
        assert_eq!(Durations::of([7].into_iter()).quantile_us(1), 7);
        assert_eq!(Durations::default().quantile_us(990), 0);
        let [one, other] = [[9, 1], [4, 2]].map(|durations| Durations::of(durations.into_iter()));
        let all = Durations::all([&one, &other].into_iter());
        assert_eq!((all.len(), all.quantile_us(500), all.quantile_us(750)), (4, 2, 4));
    }

    #[test]
    fn figures_have_their_units() {
        assert_eq!(cpu_s_per_1000(600_000, 1_000), 0.6);
        assert_eq!(per_second(1_500, 1_000_000), 1_500.0);
        assert_eq!(ms(1_234), 1.234);
        assert_eq!(ratio(1, 0), 0.0);
        assert_eq!(quotient(1.0, 3.0), 0.333);
    }

    #[test]
    fn gaps_are_exponential_around_their_mean() {
        let draws = (0..10_000_u64).map(|step| step * ((1 << 53) / 10_000));
        let sum: u64 = draws.map(|draw| exponential_ns(draw, 1_000)).sum();
        assert!((990_000..1_010_000).contains(&(sum / 10_000)), "mean {} ns", sum / 10_000);
        assert_eq!(exponential_ns((1 << 53) - 1, 1_000), 0);
    }
}
