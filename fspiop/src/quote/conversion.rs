//! What 2.0 says of currency conversion in quotes and transactions.

use crate::amount::Money;
use crate::error::Refusal;
use crate::identifiers::enumeration;
use crate::json::{Node, ObjectWriter, Unfit, Value};
use crate::version::Rules;

enumeration! {
    /// Whose FSP converts (schema CurrencyConverter).
    CurrencyConverter, "must be PAYER or PAYEE" {
        /// The payer's.
        Payer = "PAYER",
        /// The payee's.
        Payee = "PAYEE",
    }
}

/// A conversion as two amounts (schema FxRate): never a factor, which would have to be rounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FxRate {
    /// Before.
    pub source_amount: Money,
    /// After.
    pub target_amount: Money,
}

impl FxRate {
    /// Reads an FxRate object.
    ///
    /// # Errors
    /// 3101, 3102, 3100 with the place.
    pub fn read(node: &Node<'_>, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let money = |node: &Node<'_>| Money::read(node, rules.currencies);
        Ok(Self {
            source_amount: node.required_as("sourceAmount", money)?,
            target_amount: node.required_as("targetAmount", money)?,
        })
    }
}

impl From<&FxRate> for Value {
    fn from(rate: &FxRate) -> Self {
        ObjectWriter::default()
            .with("sourceAmount", &rate.source_amount)
            .with("targetAmount", &rate.target_amount)
            .finish()
    }
}

/// `converter` and `currencyConversion`, where the version has them.
pub(super) fn read(
    node: &Node<'_>,
    rules: &Rules<'_>,
) -> Result<(Option<CurrencyConverter>, Option<FxRate>), Refusal> {
    if !rules.has_v2_members() {
        return Ok((None, None));
    }
    let rate = |node: &Node<'_>| FxRate::read(node, rules);
    Ok((
        node.optional_text("converter", CurrencyConverter::parse)?,
        node.optional_as("currencyConversion", rate)?,
    ))
}
