//! Money as ISO 20022 writes it: at most 18 digits, at most 5 of them after the point.

use std::fmt;

use crate::currency::MinorDigits;
use crate::write::Writer;

/// Digits after the point that [`Amount::units`] counts in.
pub const SCALE: u32 = 5;

/// An ISO 4217 alphabetic code: three upper-case letters. Whether the code is in use is a rule's or a
/// scheme's question, not this type's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// An amount of money, never negative, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    units: i128,
    currency: Currency,
}

/// Why a text is no [`Amount`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a decimal number.
    #[error("an amount is digits with at most one decimal point")]
    NotDecimal,
    /// Below zero.
    #[error("an amount is not negative")]
    Negative,
    /// More than 5 significant digits after the point.
    #[error("an amount has at most 5 digits after the point")]
    FractionDigits,
    /// More than 18 significant digits.
    #[error("an amount has at most 18 digits")]
    TotalDigits,
    /// Not three upper-case letters.
    #[error("a currency is three upper-case letters")]
    Currency,
}

impl Currency {
    /// Three upper-case ASCII letters.
    ///
    /// # Errors
    /// [`AmountError::Currency`] for anything else.
    pub fn parse(text: &str) -> Result<Currency, AmountError> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Currency([a, b, c])),
            _ => Err(AmountError::Currency),
        }
    }

    /// The code: `EUR`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Most significant digits of an amount (totalDigits of ActiveCurrencyAndAmount).
const TOTAL_DIGITS: u32 = 18;

impl Amount {
    /// An amount from units of 10^-[`SCALE`].
    ///
    /// # Errors
    /// Negative, or more than 18 significant digits.
    pub fn from_units(units: i128, currency: Currency) -> Result<Amount, AmountError> {
        if units < 0 {
            return Err(AmountError::Negative);
        }
        let mut fraction = SCALE;
        let mut significant = units;
        while fraction > 0 && significant % 10 == 0 {
            significant /= 10;
            fraction -= 1;
        }
        if significant >= 10_i128.pow(TOTAL_DIGITS) {
            return Err(AmountError::TotalDigits);
        }
        Ok(Amount { units, currency })
    }

    /// An amount from its decimal text: `12`, `12.50`, `.5`.
    ///
    /// # Errors
    /// What the text breaks; nothing is rounded.
    pub fn parse(text: &str, currency: Currency) -> Result<Amount, AmountError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return Err(AmountError::NotDecimal);
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if fraction.len() > SCALE as usize {
            return Err(AmountError::FractionDigits);
        }
        if whole.len() + fraction.len() > TOTAL_DIGITS as usize {
            return Err(AmountError::TotalDigits);
        }
        let scaled = format!("{whole}{fraction:0<5}");
        let units: i128 = scaled.parse().map_err(|_| AmountError::NotDecimal)?;
        if negative && units != 0 {
            return Err(AmountError::Negative);
        }
        Ok(Amount { units, currency })
    }

    /// In units of 10^-[`SCALE`]: EUR 1.50 is 150,000.
    pub fn units(&self) -> i128 {
        self.units
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The shortest decimal text: `1.5`, `12`.
    pub fn decimal(&self) -> String {
        self.decimal_with(0)
    }

    /// Writes the amount with its currency's digits, and more where it has more.
    pub(crate) fn write(&self, w: &mut Writer, name: &str) {
        let digits = match self.currency.minor_digits() {
            MinorDigits::Digits(digits) => usize::from(digits),
            MinorDigits::NotApplicable | MinorDigits::NotListed => 0,
        };
        let text = self.decimal_with(digits);
        w.element_with(name, &[("Ccy", self.currency.as_str())], |w| w.escaped(&text));
    }

    /// Decimal text with at least this many digits after the point (at most [`SCALE`]).
    pub(crate) fn decimal_with(&self, digits: usize) -> String {
        let scale = 10_i128.pow(SCALE);
        let fraction = format!("{:05}", self.units % scale);
        let kept = fraction.trim_end_matches('0').len().max(digits.min(fraction.len()));
        match &fraction[..kept] {
            "" => (self.units / scale).to_string(),
            fraction => format!("{}.{fraction}", self.units / scale),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.decimal())
    }
}
