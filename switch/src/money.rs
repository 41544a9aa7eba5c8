//! Money: a whole number of ten-thousandths with its currency. Never a float, never rounded.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::{BALANCE_UNITS_MAX, MONEY_DIGITS_MAX, MONEY_SCALE, MONEY_UNITS_PER_WHOLE};

/// A currency code: three capital letters (ISO 4217 alphabetic). Which codes a scheme takes is
/// configuration and not decided here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match *text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(MoneyError::Currency),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount or a balance: units of 1/10,000 of its currency, signed.
///
/// [`Money::amount`] and [`Money::from_units`] hold an amount to 18 significant digits; sums are
/// held to [`BALANCE_UNITS_MAX`] only, since a balance may outgrow any single amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    units: i128,
    currency: Currency,
}

impl Money {
    /// Nothing, in `currency`.
    pub fn zero(currency: Currency) -> Self {
        Self { units: 0, currency }
    }

    /// Reads a decimal amount such as `12.5` (no sign, no exponent, at most 4 decimals).
    ///
    /// # Errors
    /// [`MoneyError::Syntax`], [`MoneyError::Scale`] or [`MoneyError::Digits`].
    pub fn amount(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        if whole.is_empty() || fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(MoneyError::Syntax);
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > MONEY_SCALE as usize {
            return Err(MoneyError::Scale);
        }
        if whole.len() + fraction.len() > MONEY_DIGITS_MAX as usize {
            return Err(MoneyError::Digits);
        }
        let digits = format!("{whole}{fraction:0<width$}", width = MONEY_SCALE as usize);
        let units = digits.parse().map_err(|_| MoneyError::Syntax)?;
        Ok(Self { units, currency })
    }

    /// An amount of `units` ten-thousandths.
    ///
    /// # Errors
    /// [`MoneyError::Digits`] beyond 18 significant digits.
    pub fn from_units(units: i128, currency: Currency) -> Result<Self, MoneyError> {
        let money = Self { units, currency };
        if money.digits() > MONEY_DIGITS_MAX { Err(MoneyError::Digits) } else { Ok(money) }
    }

    /// Units of 1/10,000.
    pub fn units(&self) -> i128 {
        self.units
    }

    /// Its currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.units == 0
    }

    /// Whether it is less than nothing.
    pub fn is_negative(&self) -> bool {
        self.units < 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], or [`MoneyError::Overflow`] past [`BALANCE_UNITS_MAX`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let units = self.units.checked_add(other.units).ok_or(MoneyError::Overflow)?;
        if units.unsigned_abs() > BALANCE_UNITS_MAX.unsigned_abs() {
            return Err(MoneyError::Overflow);
        }
        Ok(Self { units, ..self })
    }

    /// The difference.
    ///
    /// # Errors
    /// As [`Money::checked_add`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.checked_add(other.negated())
    }

    /// The same with the other sign. Units never reach the end of i128, so this cannot overflow.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { units: self.units.saturating_neg(), ..self }
    }

    /// Digits before the point without leading zeros, and after it without trailing ones.
    fn digits(&self) -> u32 {
        let mut shown = self.units.unsigned_abs();
        let whole = shown / MONEY_UNITS_PER_WHOLE.unsigned_abs();
        let mut decimals = MONEY_SCALE;
        while decimals > 0 && shown.is_multiple_of(10) {
            shown /= 10;
            decimals -= 1;
        }
        decimals + whole.checked_ilog10().map_or(0, |log| log + 1)
    }
}

/// Without trailing zeros and without the currency: `-12.5`, `0.0001`, `7`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_whole = MONEY_UNITS_PER_WHOLE.unsigned_abs();
        let (whole, part) =
            (self.units.unsigned_abs() / per_whole, self.units.unsigned_abs() % per_whole);
        let sign = if self.units < 0 { "-" } else { "" };
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let part = format!("{part:0width$}", width = MONEY_SCALE as usize);
        write!(f, "{sign}{whole}.{}", part.trim_end_matches('0'))
    }
}

/// Why a text or a sum is not money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three capital letters.
    #[error("a currency is three capital letters")]
    Currency,
    /// Two currencies in one sum.
    #[error("two currencies cannot be added")]
    CurrencyMismatch,
    /// More than 18 significant digits.
    #[error("an amount has at most 18 significant digits")]
    Digits,
    /// A balance past its bound.
    #[error("the sum is past the ledger's bound")]
    Overflow,
    /// A fifth decimal.
    #[error("an amount has at most 4 decimals")]
    Scale,
    /// Not a plain decimal number.
    #[error("an amount is digits with at most one point")]
    Syntax,
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}
