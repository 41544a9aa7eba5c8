//! Draws from a seed. Additions, multiplications, divisions and square roots alone, in one order: IEEE 754 fixes
//! their results to the last bit, so that every machine draws the same. The library's `exp` and `ln` are not fixed.

use crate::load::Random;

/// A sequence of draws.
#[derive(Debug, Clone)]
pub(super) struct Chance(Random);

/// The natural logarithm of 2, in two parts, so that a multiple of it can be taken away exactly.
const LN_2: (f64, f64) = (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10);

impl Chance {
    /// The sequence of one purpose: what another purpose draws does not change it.
    pub(super) fn of(seed: u64, purpose: &[u64]) -> Chance {
        let mixed = purpose.iter().fold(seed, |mixed, part| {
            Random::new(mixed ^ part.wrapping_mul(0xa076_1d64_78bd_642f).rotate_left(29)).number()
        });
        Chance(Random::new(mixed))
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0.number()
    }

    /// From 0 to below `end`; 0 if that is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// From `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).max(0) as usize + 1) as i64
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// From 0 to below 1.
    pub(super) fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// From `low` to below `high`.
    pub(super) fn real(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.fraction()
    }

    /// About normal, with mean 0 and deviation 1: the sum of twelve uniform draws, less 6.
    pub(super) fn normal(&mut self) -> f64 {
        let sum: u64 = (0..3).map(|_| quarters(self.bits())).sum();
        (sum as f64 + 6.0) / 65_536.0 - 6.0
    }

    /// Log-normal: half of the draws are below `median`, `sigma` is the deviation of the logarithm.
    pub(super) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * exponential(sigma * self.normal())
    }

    /// How many events happen, if `mean` of them are expected.
    pub(super) fn poisson(&mut self, mean: f64) -> usize {
        let (limit, mut product, mut count) = (exponential(-mean.min(MEAN_MAX)), 1.0, 0);
        loop {
            product *= self.fraction();
            if product <= limit {
                return count;
            }
            count += 1;
        }
    }

    /// One of them, each as likely as its weight; 0 if there is none.
    pub(super) fn weighted(&mut self, weights: &[u16]) -> usize {
        let total: usize = weights.iter().map(|weight| usize::from(*weight)).sum();
        let mut rest = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            match rest.checked_sub(usize::from(*weight)) {
                Some(less) => rest = less,
                None => return index,
            }
        }
        0
    }

    /// One of them.
    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.get(self.below(of.len())).copied()
    }
}

/// The largest mean of a Poisson draw: the exponential of more is no number any more.
const MEAN_MAX: f64 = 500.0;

fn quarters(bits: u64) -> u64 {
    (0..4).map(|quarter| (bits >> (16 * quarter)) & 0xffff).sum()
}

/// e to the power of `x`: the series after halving the range, scaled by a power of two.
fn exponential(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let twos = (x / (LN_2.0 + LN_2.1)) as i32;
    let rest = x - f64::from(twos) * LN_2.0 - f64::from(twos) * LN_2.1;
    let series = (1..=18).rev().fold(1.0, |sum, n| 1.0 + rest / f64::from(n) * sum);
    f64::from_bits(((1_023 + i64::from(twos)) as u64) << 52) * series
}

/// The cosine of an angle in degrees, from -90 to 90.
pub(super) fn cosine(degrees: f64) -> f64 {
    let x = degrees * 0.017_453_292_519_943_295;
    (1..=8).rev().fold(1.0, |sum, n| 1.0 - x * x / f64::from((2 * n - 1) * (2 * n)) * sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_those_of_the_books() {
        for x in [-30.0, -1.0, -0.1, 0.0, 0.1, 1.0, 2.5, 30.0] {
            assert!((exponential(x) / f64::exp(x) - 1.0).abs() < 1e-14, "e^{x}");
        }
        for degrees in [-60.0, 0.0, 30.0, 52.5, 89.0] {
            assert!((cosine(degrees) - f64::to_radians(degrees).cos()).abs() < 1e-12, "{degrees}");
        }
    }

    #[test]
    fn the_draws_have_their_means_and_stay_within() {
        let mut chance = Chance::of(5, &[1]);
        let mut mean = |draw: &mut dyn FnMut(&mut Chance) -> f64| {
            (0..100_000).map(|_| draw(&mut chance)).sum::<f64>() / 100_000.0
        };
        assert!(mean(&mut |chance| chance.normal()).abs() < 0.02);
        let squared = mean(&mut |chance| {
            let normal = chance.normal();
            normal * normal
        });
        assert!((0.97..1.03).contains(&squared), "{squared}");
        let poisson = mean(&mut |chance| chance.poisson(2.5) as f64);
        assert!((2.45..2.55).contains(&poisson), "{poisson}");
        let below = mean(&mut |chance| if chance.log_normal(7.0, 1.2) < 7.0 { 1.0 } else { 0.0 });
        assert!((0.49..0.51).contains(&below), "{below}");
        let second = mean(&mut |chance| (chance.weighted(&[1, 3, 0]) == 1).into());
        assert!((0.74..0.76).contains(&second), "{second}");
        assert!((0..1_000).all(|_| (3..=5).contains(&chance.between(3, 5))));
    }

    #[test]
    fn purposes_draw_each_for_itself() {
        let first = |seed, purpose: &[u64]| Chance::of(seed, purpose).bits();
        assert_eq!(first(1, &[2, 3]), first(1, &[2, 3]));
        let all = [first(1, &[2, 3]), first(1, &[3, 2]), first(2, &[2, 3]), first(1, &[2])];
        assert!((0..4).all(|one| (0..one).all(|other| all[one] != all[other])));
    }
}
