use std::fmt;
use std::ops::{Add, Neg};

/// An amount of money in ten-thousandths of its currency's unit; signed, so that it can be a balance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Units(i128);

/// Not a decimal number with at most four decimals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a decimal number with at most four decimals")]
pub struct UnitsError(String);

const DECIMALS: usize = 4;
const SCALE: i128 = 10_000;
const WHOLE_DIGITS: usize = 24;

impl Units {
    /// Parses `-12.34`.
    ///
    /// # Errors
    /// [`UnitsError`] for anything else, a fifth decimal included.
    pub fn parse(text: &str) -> Result<Self, UnitsError> {
        let unfit = || UnitsError(text.to_owned());
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = (1..=WHOLE_DIGITS).contains(&whole.len()) && fraction.len() <= DECIMALS;
        if !fits || !numeric(whole) || !numeric(fraction) {
            return Err(unfit());
        }
        let number: i128 = format!("{whole}{fraction:0<4}").parse().map_err(|_| unfit())?;
        Ok(Self(sign * number))
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add for Units {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Neg for Units {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / SCALE.unsigned_abs(), self.0 % SCALE);
        let fraction = format!("{:04}", fraction.unsigned_abs());
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Units;

    #[test]
    fn numbers_come_back_as_they_went() {
        for text in ["0", "1", "-1", "12.34", "-0.0001", "999999999999999999.9999"] {
            assert_eq!(Units::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Units::parse("1.50").unwrap(), Units::parse("1.5").unwrap());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "-", ".5", "1e3", "1.23456", "+1", "1,5", "--1"] {
            assert!(Units::parse(text).is_err(), "{text}");
        }
    }
}
