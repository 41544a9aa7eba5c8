//! Numbers as the peer's engine computes with them: decimals and fractions are exact (0.1 + 0.2 is
//! 0.3, a third times three is 1), and become floating point when the score is read.

use std::cmp::Ordering;

/// A fraction of two whole numbers, or, where they no longer fit 127 bits, the nearest float.
#[derive(Clone, Copy, Debug)]
pub struct Number(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// In lowest terms, the denominator positive.
    Exact {
        numerator: i128,
        denominator: i128,
    },
    Float(f64),
}

/// The denominators beyond this are no longer kept exact: twice one must fit.
const DENOMINATOR_MAX: i128 = i128::MAX / 4;
/// Whole floats below this are taken as they are.
const WHOLE_BELOW: f64 = 9_007_199_254_740_992.0;
/// Whole numbers up to this are exact in floating point.
const FLOAT_EXACT_MAX: u128 = 1 << f64::MANTISSA_DIGITS;

impl Number {
    /// Nothing.
    pub const ZERO: Number = Number::whole(0);
    /// What multiplies without effect.
    pub const ONE: Number = Number::whole(1);

    /// A whole number.
    pub const fn whole(value: i64) -> Number {
        // `as`, since `From` is not const; i64 always fits.
        #[allow(clippy::as_conversions, clippy::cast_lossless, reason = "i64 fits i128")]
        Number(Kind::Exact { numerator: value as i128, denominator: 1 })
    }

    /// The decimal that a float is written as, as JavaScript and JSON readers take it; none for what
    /// is not finite.
    pub fn of_float(value: f64) -> Option<Number> {
        if value.fract() == 0.0 && value.abs() < WHOLE_BELOW {
            #[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "fits")]
            return Some(Number::whole(value as i64));
        }
        value
            .is_finite()
            .then(|| Number::of_decimal(&value.to_string()).unwrap_or(Number::float(value)))
    }

    /// A decimal in digits: `-12.50`, `1e3`.
    pub fn of_decimal(text: &str) -> Option<Number> {
        let float: f64 = text.parse().ok()?;
        if !text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) {
            return None;
        }
        Some(exact_decimal(text).unwrap_or(Number::float(float)))
    }

    fn float(value: f64) -> Number {
        Number(Kind::Float(value))
    }

    /// In lowest terms; a float where it does not fit.
    fn ratio(numerator: i128, denominator: i128) -> Option<Number> {
        let divisor = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).ok().filter(|divisor| *divisor != 0)?;
        let (numerator, denominator) = (numerator / divisor, denominator / divisor);
        let sign = denominator.signum();
        let numerator = numerator.checked_mul(sign)?;
        let denominator = denominator.checked_mul(sign)?;
        let fits = denominator <= DENOMINATOR_MAX;
        fits.then_some(Number(Kind::Exact { numerator, denominator }))
    }

    /// Nearest float, rounded once.
    pub fn to_float(self) -> f64 {
        match self.0 {
            Kind::Float(value) => value,
            Kind::Exact { numerator, denominator } => {
                let magnitude = quotient(numerator.unsigned_abs(), denominator.unsigned_abs());
                if numerator < 0 { magnitude.copysign(-1.0) } else { magnitude }
            }
        }
    }

    /// Whether it is 0.
    pub fn is_zero(self) -> bool {
        self.sign() == Ordering::Equal
    }

    /// Whether it is 1 (or -1 with `negative`).
    pub fn is_unit(self, negative: bool) -> bool {
        let unit = if negative { -1 } else { 1 };
        matches!(self.0, Kind::Exact { numerator, denominator: 1 } if numerator == unit)
    }

    /// Whether it is less than, equal to or more than 0.
    pub fn sign(self) -> Ordering {
        match self.0 {
            Kind::Exact { numerator, .. } => numerator.cmp(&0),
            Kind::Float(value) => value.partial_cmp(&0.0).unwrap_or(Ordering::Equal),
        }
    }

    /// Whether it has a fraction in decimals, which the peer's engine does not combine.
    pub fn is_whole(self) -> bool {
        matches!(self.0, Kind::Exact { denominator: 1, .. })
    }

    /// The sum.
    #[must_use]
    #[allow(clippy::float_arithmetic, reason = "only where exact numbers do not fit")]
    pub fn plus(self, other: Number) -> Number {
        let exact = || {
            let ((one, below), (two, beneath)) = (self.exact()?, other.exact()?);
            if below == 1 && beneath == 1 {
                return Some(Number(Kind::Exact {
                    numerator: one.checked_add(two)?,
                    denominator: 1,
                }));
            }
            let sum = one.checked_mul(beneath)?.checked_add(two.checked_mul(below)?)?;
            Number::ratio(sum, below.checked_mul(beneath)?)
        };
        exact().unwrap_or_else(|| Number::float(self.to_float() + other.to_float()))
    }

    /// The product.
    #[must_use]
    #[allow(clippy::float_arithmetic, reason = "only where exact numbers do not fit")]
    pub fn times(self, other: Number) -> Number {
        let exact = || {
            let ((one, below), (two, beneath)) = (self.exact()?, other.exact()?);
            if below == 1 && beneath == 1 {
                return Some(Number(Kind::Exact {
                    numerator: one.checked_mul(two)?,
                    denominator: 1,
                }));
            }
            Number::ratio(one.checked_mul(two)?, below.checked_mul(beneath)?)
        };
        exact().unwrap_or_else(|| Number::float(self.to_float() * other.to_float()))
    }

    /// The quotient; none by 0.
    #[allow(clippy::float_arithmetic, reason = "only where exact numbers do not fit")]
    pub fn over(self, other: Number) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        let exact = || {
            let ((one, below), (two, beneath)) = (self.exact()?, other.exact()?);
            Number::ratio(one.checked_mul(beneath)?, below.checked_mul(two)?)
        };
        Some(exact().unwrap_or_else(|| Number::float(self.to_float() / other.to_float())))
    }

    /// With the other sign.
    #[must_use]
    pub fn negated(self) -> Number {
        self.times(Number::whole(-1))
    }

    fn exact(self) -> Option<(i128, i128)> {
        match self.0 {
            Kind::Exact { numerator, denominator } => Some((numerator, denominator)),
            Kind::Float(_) => None,
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (self.exact(), other.exact()) {
            (Some(one), Some(two)) => one == two,
            _ => self.to_float() == other.to_float(),
        }
    }
}

fn exact_decimal(text: &str) -> Option<Number> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        None => (text, 0),
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let numerator: i128 = digits.parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let power = 10_i128.checked_pow(places.unsigned_abs())?;
    match places > 0 {
        true => Number::ratio(numerator, power),
        false => {
            Some(Number(Kind::Exact { numerator: numerator.checked_mul(power)?, denominator: 1 }))
        }
    }
}

fn greatest_common_divisor(mut one: u128, mut two: u128) -> u128 {
    while two != 0 {
        (one, two) = (two, one % two);
    }
    one
}

/// The float nearest to a fraction: its quotient in more bits than a float has, the last of which
/// says whether anything was cut.
#[allow(clippy::float_arithmetic, reason = "one rounding, and a scaling by a power of two")]
#[allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "rounds to nearest, as meant"
)]
fn quotient(numerator: u128, denominator: u128) -> f64 {
    if numerator <= FLOAT_EXACT_MAX && denominator <= FLOAT_EXACT_MAX {
        return numerator as f64 / denominator as f64;
    }
    let (mut bits, mut rest) = (numerator / denominator, numerator % denominator);
    let mut scale = 1.0_f64;
    while bits < FLOAT_EXACT_MAX << 8 && rest != 0 {
        rest *= 2;
        bits = bits * 2 + u128::from(rest >= denominator);
        rest %= denominator;
        scale *= 0.5;
    }
    (bits | u128::from(rest != 0)) as f64 * scale
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn decimals_and_fractions_are_exact_until_they_are_read() {
        let decimal = |text: &str| Number::of_decimal(text).unwrap();
        let rows = [
            (decimal("0.1").plus(decimal("0.2")), 0.3),
            (Number::whole(1).over(Number::whole(3)).unwrap().times(Number::whole(3)), 1.0),
            (decimal("1e3"), 1_000.0),
            (decimal("-12.50"), -12.5),
            (decimal("9007199254740993"), 9_007_199_254_740_992.0),
            (decimal("1e30").times(decimal("1e30")), 1.000_000_000_000_000_1e60),
            (decimal("1e-300"), 1e-300),
            (Number::of_float(0.1).unwrap().times(Number::whole(3)), 0.3),
            (decimal("0.3333333333333333333333333333333333"), 1.0 / 3.0),
        ];
        for (number, float) in rows {
            assert_eq!(number.to_float(), float, "{number:?}");
        }
        assert!(Number::of_decimal("12a").is_none());
        assert!(Number::of_decimal("inf").is_none());
        assert!(Number::of_float(f64::NAN).is_none());
        assert!(Number::ONE.over(Number::ZERO).is_none());
    }
}
