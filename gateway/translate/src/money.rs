//! One amount in three vocabularies; what the other side cannot express is refused, never rounded.

use fspiop::amount as fspiop_amount;

/// Why an amount cannot be said on the other side. The text names the amount's rule and the mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// More decimals than the currency has (ISO 4217).
    #[error("{amount} has more than the {digits} decimals of its currency")]
    CurrencyDigits {
        /// The amount with its currency.
        amount: String,
        /// The decimals of the currency.
        digits: u8,
    },
    /// A fifth decimal: FSPIOP and the ledger have four.
    #[error("{amount} has more than 4 decimals")]
    Scale {
        /// The amount with its currency.
        amount: String,
    },
    /// More than 18 significant digits.
    #[error("{amount} has more than 18 digits")]
    Digits {
        /// The amount with its currency.
        amount: String,
    },
    /// Nothing.
    #[error("an amount of 0 cannot be paid")]
    Zero,
    /// Less than nothing; only reachable from inside.
    #[error("an amount below 0 cannot be paid")]
    Negative,
    /// A currency that the scheme does not take.
    #[error("{currency} is no currency of this scheme")]
    Currency {
        /// The code.
        currency: String,
    },
}

impl MoneyError {
    /// The ISO external status reason.
    pub fn iso_reason(&self) -> &'static str {
        match self {
            Self::CurrencyDigits { .. } => "CH20",
            Self::Scale { .. } | Self::Digits { .. } | Self::Negative => "AM12",
            Self::Zero => "AM01",
            Self::Currency { .. } => "AM03",
        }
    }
}

/// ISO 20022 to FSPIOP: at most the currency's own decimals, more than 0, of the scheme's list.
///
/// # Errors
/// What FSPIOP cannot express.
pub fn fspiop_of_iso(
    amount: &iso20022::Amount,
    currencies: &fspiop_amount::CurrencyList,
) -> Result<fspiop_amount::Money, MoneyError> {
    let code = amount.currency();
    let currency = currencies
        .parse(code.as_str())
        .map_err(|_| MoneyError::Currency { currency: code.as_str().to_owned() })?;
    let shown = || amount.to_string();
    if amount.units() == 0 {
        return Err(MoneyError::Zero);
    }
    if let Some(digits) = currency.minor_digits()
        && !is_multiple(amount.units(), iso20022::SCALE, digits)
    {
        return Err(MoneyError::CurrencyDigits { amount: shown(), digits });
    }
    if amount.units() % 10 != 0 {
        return Err(MoneyError::Scale { amount: shown() });
    }
    let units = fspiop_amount::Amount::from_units(amount.units() / 10);
    let amount = units.ok_or_else(|| MoneyError::Digits { amount: shown() })?;
    Ok(fspiop_amount::Money { amount, currency })
}

/// FSPIOP to ISO 20022: at most the currency's own decimals.
///
/// # Errors
/// What ISO 20022 cannot express.
pub fn iso_of_fspiop(money: &fspiop_amount::Money) -> Result<iso20022::Amount, MoneyError> {
    let shown = || money.to_string();
    let units = money.amount.units();
    if let Some(digits) = money.currency.minor_digits()
        && !is_multiple(units, fspiop::limits::AMOUNT_SCALE, digits)
    {
        return Err(MoneyError::CurrencyDigits { amount: shown(), digits });
    }
    let currency = iso20022::Currency::parse(money.currency.as_str())
        .map_err(|_| MoneyError::Currency { currency: money.currency.to_string() })?;
    let scaled = units.checked_mul(10).ok_or_else(|| MoneyError::Digits { amount: shown() })?;
    iso20022::Amount::from_units(scaled, currency)
        .map_err(|_| MoneyError::Digits { amount: shown() })
}

/// FSPIOP to the ledger; both count ten-thousandths.
///
/// # Errors
/// [`MoneyError::Digits`], which FSPIOP's own bound makes unreachable.
pub fn switch_of_fspiop(money: &fspiop_amount::Money) -> Result<switch::Money, MoneyError> {
    let currency = money
        .currency
        .as_str()
        .parse()
        .map_err(|_| MoneyError::Currency { currency: money.currency.to_string() })?;
    switch::Money::from_units(money.amount.units(), currency)
        .map_err(|_| MoneyError::Digits { amount: money.to_string() })
}

/// The ledger to FSPIOP.
///
/// # Errors
/// A negative amount, or a balance that no amount can say.
pub fn fspiop_of_switch(money: &switch::Money) -> Result<fspiop_amount::Money, MoneyError> {
    let code = money.currency();
    let currency = fspiop_amount::Currency::parse(code.as_str())
        .map_err(|_| MoneyError::Currency { currency: code.to_string() })?;
    if money.is_negative() {
        return Err(MoneyError::Negative);
    }
    fspiop_amount::Amount::from_units(money.units())
        .map(|amount| fspiop_amount::Money { amount, currency })
        .ok_or_else(|| MoneyError::Digits { amount: format!("{money} {code}") })
}

/// Whether units at `scale` have no more than `digits` decimals.
fn is_multiple(units: i128, scale: u32, digits: u8) -> bool {
    units % 10_i128.pow(scale.saturating_sub(u32::from(digits))) == 0
}
