//! Draws from one seed, the same on every machine: whole numbers, and of floating-point numbers
//! only what IEEE 754 fixes to the last bit (+ - * / and the square root). The logarithm and the
//! exponential function of the platform are not among that, so that they are made here.

#![allow(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "draws, not money")]

use std::f64::consts::LN_2;

/// A source of draws (SplitMix64).
#[derive(Clone, Debug)]
pub(super) struct Draws {
    state: u64,
}

impl Draws {
    /// From a seed. What is drawn from one stream changes nothing in another one.
    pub(super) fn new(seed: u64, stream: u64) -> Draws {
        let mut first = Draws { state: seed };
        Draws { state: first.bits() ^ Draws { state: stream }.bits() }
    }

    /// 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let once = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let twice = (once ^ (once >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        twice ^ (twice >> 31)
    }

    /// A number below `end`; 0 if that is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.bits()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A place in a list of so many.
    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A number from the first to the last, both included.
    pub(super) fn between(&mut self, (first, last): (u32, u32)) -> u32 {
        let span = u64::from(last.saturating_sub(first)) + 1;
        first + u32::try_from(self.below(span)).unwrap_or(0)
    }

    /// True so many times of so many.
    pub(super) fn chance(&mut self, (times, of): (u64, u64)) -> bool {
        self.below(of) < times
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.index(from.len())).copied()
    }

    /// Each order as likely as any other.
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            let other = self.index(last + 1);
            list.swap(last, other);
        }
    }

    /// A place in a list of sums of weights, each with its own and all before it.
    pub(super) fn weighted(&mut self, sums: &[u64]) -> usize {
        let at = self.below(sums.last().copied().unwrap_or(0));
        sums.partition_point(|sum| *sum <= at)
    }

    /// From the gamma distribution with this mean and standard deviation (Marsaglia and Tsang,
    /// 2000).
    pub(super) fn gamma(&mut self, mean: f64, deviation: f64) -> f64 {
        let shape = (mean / deviation) * (mean / deviation);
        let scale = deviation * deviation / mean;
        if shape >= 1.0 {
            return self.gamma_of_shape(shape) * scale;
        }
        let thinned = exponential(logarithm(self.fraction()) / shape);
        self.gamma_of_shape(shape + 1.0) * thinned * scale
    }

    /// Of scale 1 and a shape of at least 1.
    fn gamma_of_shape(&mut self, shape: f64) -> f64 {
        let middle = shape - 1.0 / 3.0;
        let spread = 1.0 / (9.0 * middle).sqrt();
        loop {
            let normal = self.normal();
            let root = 1.0 + spread * normal;
            if root <= 0.0 {
                continue;
            }
            let cube = root * root * root;
            let bound = 0.5 * normal * normal + middle * (1.0 - cube + logarithm(cube));
            if logarithm(self.fraction()) < bound {
                return middle * cube;
            }
        }
    }

    /// From the normal distribution of mean 0 and standard deviation 1 (Marsaglia's polar method).
    fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.fraction() - 1.0, 2.0 * self.fraction() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * logarithm(square) / square).sqrt();
            }
        }
    }

    /// Between 0 and 1, neither included.
    fn fraction(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

/// Terms of the series of [`logarithm`]: the last one is below 2^-60 of the sum.
const LOGARITHM_TERMS: u32 = 12;

/// The natural logarithm of a positive number.
fn logarithm(of: f64) -> f64 {
    let bits = of.to_bits();
    let exponent = (bits >> 52) as i32 - 1023;
    let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    let (mantissa, exponent) = match mantissa > std::f64::consts::SQRT_2 {
        true => (mantissa / 2.0, exponent + 1),
        false => (mantissa, exponent),
    };
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let series = (0..LOGARITHM_TERMS)
        .rev()
        .fold(0.0, |sum, term| sum * ratio * ratio + 1.0 / f64::from(2 * term + 1));
    2.0 * ratio * series + f64::from(exponent) * LN_2
}

/// Terms of the series of [`exponential`]: the last one is below 2^-60 of the sum.
const EXPONENTIAL_TERMS: u32 = 16;

/// e to the power of a number below 700; 0 where that is less than 1e-300.
fn exponential(power: f64) -> f64 {
    if power < -690.0 {
        return 0.0;
    }
    let halvings = (power / LN_2 + 0.5).floor();
    let rest = power - halvings * LN_2;
    let series =
        (1..EXPONENTIAL_TERMS).rev().fold(1.0, |sum, term| 1.0 + sum * rest / f64::from(term));
    series * f64::from_bits(((halvings as i64 + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_exponential_are_those_of_the_platform_to_14_digits() {
        for step in 1..4_000 {
            let number = f64::from(step) / 173.0;
            let far = (logarithm(number) - number.ln()).abs();
            assert!(far < 1e-14 * (1.0 + number.ln().abs()), "ln {number}: {far}");
            for power in [number, -number * 20.0] {
                let far = (exponential(power) / power.exp() - 1.0).abs();
                assert!(far < 1e-12, "exp {power}: {far}");
            }
        }
        assert_eq!(exponential(-5_000.0), 0.0);
    }

    #[test]
    fn gamma_has_its_mean_and_deviation() {
        for (mean, deviation) in [(70.0, 15.0), (60.0, 50.0), (40.0, 50.0), (60.0, 300.0)] {
            let mut draws = Draws::new(7, 1);
            let (mut sum, mut squares) = (0.0, 0.0);
            let of = 400_000;
            for _ in 0..of {
                let drawn = draws.gamma(mean, deviation);
                sum += drawn;
                squares += drawn * drawn;
            }
            let found = sum / f64::from(of);
            let spread = (squares / f64::from(of) - found * found).sqrt();
            assert!((found / mean - 1.0).abs() < 0.03, "mean {found} of {mean}");
            assert!((spread / deviation - 1.0).abs() < 0.05, "deviation {spread} of {deviation}");
        }
    }

    #[test]
    fn whole_numbers_are_in_their_bounds_and_reach_them() {
        let mut draws = Draws::new(1, 1);
        let mut seen = [0_u32; 4];
        for _ in 0..4_000 {
            seen[usize::try_from(draws.between((5, 8))).unwrap() - 5] += 1;
        }
        assert!(seen.iter().all(|times| (850..1_150).contains(times)), "{seen:?}");
        let mut by_weight = [0_u32; 3];
        for _ in 0..4_000 {
            by_weight[draws.weighted(&[1, 1, 4])] += 1;
        }
        assert_eq!(by_weight[1], 0, "a weight of 0");
        assert!((850..1_150).contains(&by_weight[0]), "{by_weight:?}");
    }
}
