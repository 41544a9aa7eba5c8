//! Money on the wire: amounts as exact decimals, currencies, and the list that a scheme takes.

mod currency;

pub use currency::{Currency, CurrencyList};

use crate::error::Refusal;
use crate::json::{Node, Unfit, Value};
use crate::limits::{AMOUNT_DIGITS, AMOUNT_SCALE};
use std::fmt;

/// Units in one whole: 10 to the power of [`AMOUNT_SCALE`].
const WHOLE: i128 = 10_i128.pow(AMOUNT_SCALE);

/// A non-negative amount at scale 4 with at most 18 significant digits (section 7.2.13). There is
/// one spelling for one amount, so that [`fmt::Display`] gives back what was parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    units: i128,
}

impl Amount {
    /// Parses `^([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?$` of at most 18 significant digits.
    ///
    /// # Errors
    /// [`Unfit`] for signs, superfluous zeros, exponents, a fifth decimal, a 19th digit.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        const RULE: Unfit = Unfit("must be a decimal amount without superfluous zeros");
        const DIGITS: Unfit = Unfit("must have at most 4 decimals and 18 significant digits");
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let whole_fits = is_digits(whole) && (whole == "0" || !whole.starts_with('0'));
        if !whole_fits || fraction.is_some_and(|f| !is_digits(f) || f.ends_with('0')) {
            return Err(RULE);
        }
        let fraction = fraction.unwrap_or_default();
        if whole.len() + fraction.len() > AMOUNT_DIGITS + 1
            || fraction.len() > AMOUNT_SCALE as usize
        {
            return Err(DIGITS);
        }
        let digits = format!("{whole}{fraction}");
        if digits.trim_start_matches('0').len() > AMOUNT_DIGITS {
            return Err(DIGITS);
        }
        let scale = 10_i128.pow(AMOUNT_SCALE - fraction.len() as u32);
        let number: i128 = digits.parse().map_err(|_| RULE)?;
        Ok(Self { units: number * scale })
    }

    /// The amount of so many ten-thousandths; `None` if negative or of more than 18 significant
    /// digits (trailing zeros after the decimal point do not count).
    pub fn from_units(units: i128) -> Option<Self> {
        let amount = Self { units };
        let spelled = (0..=10_i128.pow(22)).contains(&units).then(|| amount.to_string())?;
        Self::parse(&spelled).ok()
    }

    /// Ten-thousandths.
    pub fn units(self) -> i128 {
        self.units
    }

    /// Whether this is nothing. Syntax allows it; a transfer of it is refused with 3100.
    pub fn is_zero(self) -> bool {
        self.units == 0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.units / WHOLE, self.units % WHOLE);
        if fraction == 0 {
            return write!(text, "{whole}");
        }
        let fraction = format!("{fraction:0width$}", width = AMOUNT_SCALE as usize);
        write!(text, "{whole}.{}", fraction.trim_end_matches('0'))
    }
}

/// An amount of a currency (section 7.4.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// How much.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
}

impl Money {
    /// Reads a Money object in a currency of the scheme's list.
    ///
    /// # Errors
    /// 3101, 3102, 3100 with the place.
    pub fn read(node: &Node<'_>, currencies: &CurrencyList) -> Result<Self, Refusal> {
        Ok(Self {
            currency: node.required_text("currency", |text| currencies.parse(text))?,
            amount: node.required_text("amount", Amount::parse)?,
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "{} {}", self.amount, self.currency)
    }
}

impl From<&Money> for Value {
    fn from(money: &Money) -> Self {
        Self::object([
            ("amount", Self::String(money.amount.to_string())),
            ("currency", Self::from(money.currency.as_str())),
        ])
    }
}
