//! What a transaction is for, and the transaction object that an ILP packet carries.

use crate::amount::Money;
use crate::error::{Extension, Refusal, read_extension_list, write_extension_list};
use crate::identifiers::{
    CorrelationId, TransactionInitiator, TransactionInitiatorType, TransactionScenario, short_text,
};
use crate::json::{Node, ObjectWriter, Unfit, Value, to_canonical};
use crate::party::Party;
use crate::version::Rules;

use super::conversion::{self, CurrencyConverter, FxRate};

/// What a transaction is for (section 7.4.18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionType {
    /// The use case.
    pub scenario: TransactionScenario,
    /// A scheme's own finer use case: 1 to 32 of `A-Z_`.
    pub sub_scenario: Option<String>,
    /// Who began.
    pub initiator: TransactionInitiator,
    /// What kind of party began.
    pub initiator_type: TransactionInitiatorType,
    /// What is refunded; only of a REFUND.
    pub refund_info: Option<Refund>,
    /// Balance of payments code: three digits, the first not 0.
    pub balance_of_payments: Option<String>,
}

impl TransactionType {
    /// Reads a TransactionType object.
    ///
    /// # Errors
    /// 3101, 3102, 3100 with the place.
    pub fn read(node: &Node<'_>, rules: &Rules<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            scenario: node.required_text("scenario", TransactionScenario::parse)?,
            sub_scenario: node.optional_text("subScenario", sub_scenario)?,
            initiator: node.required_text("initiator", TransactionInitiator::parse)?,
            initiator_type: node.required_text("initiatorType", TransactionInitiatorType::parse)?,
            refund_info: node.optional_as("refundInfo", |refund| Refund::read(refund, rules))?,
            balance_of_payments: node.optional_text("balanceOfPayments", balance_of_payments)?,
        })
    }
}

fn sub_scenario(text: &str) -> Result<String, Unfit> {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    if (1..=32).contains(&text.len()) && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err(Unfit("must be 1 to 32 upper-case letters or underscores"))
    }
}

fn balance_of_payments(text: &str) -> Result<String, Unfit> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && !text.starts_with('0') {
        Ok(text.to_owned())
    } else {
        Err(Unfit("must be three digits, the first not 0"))
    }
}

impl From<&TransactionType> for Value {
    fn from(kind: &TransactionType) -> Self {
        ObjectWriter::default()
            .with("scenario", kind.scenario)
            .with_optional("subScenario", kind.sub_scenario.as_deref())
            .with("initiator", kind.initiator)
            .with("initiatorType", kind.initiator_type)
            .with_optional("refundInfo", kind.refund_info.as_ref())
            .with_optional("balanceOfPayments", kind.balance_of_payments.as_deref())
            .finish()
    }
}

/// What is refunded (section 7.4.16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The transaction that is refunded, in whole or in part.
    pub original_transaction_id: CorrelationId,
    /// Why.
    pub reason: Option<String>,
}

impl Refund {
    fn read(node: &Node<'_>, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let id = |text: &str| rules.correlation_id(text);
        Ok(Self {
            original_transaction_id: node.required_text("originalTransactionId", id)?,
            reason: node.optional_text("refundReason", short_text)?,
        })
    }
}

impl From<&Refund> for Value {
    fn from(refund: &Refund) -> Self {
        ObjectWriter::default()
            .with("originalTransactionId", &refund.original_transaction_id)
            .with_optional("refundReason", refund.reason.as_deref())
            .finish()
    }
}

/// Where (section 7.4.9): decimal degrees as they are spelled, never a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeoCode {
    /// -90 to 90, at most six decimals.
    pub latitude: String,
    /// -180 to 180, at most six decimals.
    pub longitude: String,
}

impl GeoCode {
    /// Reads a GeoCode object.
    ///
    /// # Errors
    /// 3101, 3102, 3100 with the place.
    pub fn read(node: &Node<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            latitude: node.required_text("latitude", |text| degrees(text, 90))?,
            longitude: node.required_text("longitude", |text| degrees(text, 180))?,
        })
    }
}

fn degrees(text: &str, most: u16) -> Result<String, Unfit> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |part: &str, longest: usize| {
        (1..=longest).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let plain = digits(whole, 3) && (whole == "0" || !whole.starts_with('0'));
    let decimals = fraction.is_none_or(|fraction| digits(fraction, 6));
    let value: u16 = whole.parse().unwrap_or(u16::MAX);
    let beyond = value == most && fraction.is_some_and(|f| f.bytes().any(|byte| byte != b'0'));
    if plain && decimals && value <= most && !beyond {
        Ok(text.to_owned())
    } else {
        Err(Unfit("must be decimal degrees with at most six decimals"))
    }
}

impl From<&GeoCode> for Value {
    fn from(place: &GeoCode) -> Self {
        Self::object([
            ("latitude", Self::from(place.latitude.as_str())),
            ("longitude", Self::from(place.longitude.as_str())),
        ])
    }
}

/// The transaction object, the data of an ILP packet (section 7.4.17).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The transaction's id.
    pub transaction_id: CorrelationId,
    /// The quote's id.
    pub quote_id: CorrelationId,
    /// Who is paid.
    pub payee: Party,
    /// Who pays.
    pub payer: Party,
    /// How much.
    pub amount: Money,
    /// What the payee receives; of 2.0.
    pub payee_receive_amount: Option<Money>,
    /// Whose FSP converts; of 2.0.
    pub converter: Option<CurrencyConverter>,
    /// The conversion; of 2.0.
    pub currency_conversion: Option<FxRate>,
    /// What for.
    pub transaction_type: TransactionType,
    /// For the payee to read.
    pub note: Option<String>,
    /// Extensions.
    pub extensions: Vec<Extension>,
}

impl Transaction {
    /// Reads the object.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn parse(body: &Value, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let node = Node::root(body);
        let id = |text: &str| rules.correlation_id(text);
        let money = |node: &Node<'_>| Money::read(node, rules.currencies);
        let kind = |node: &Node<'_>| TransactionType::read(node, rules);
        let party = |node: &Node<'_>| Party::read(node, rules);
        let (converter, currency_conversion) = conversion::read(&node, rules)?;
        Ok(Self {
            transaction_id: node.required_text("transactionId", id)?,
            quote_id: node.required_text("quoteId", id)?,
            payee: node.required_as("payee", party)?,
            payer: node.required_as("payer", party)?,
            amount: node.required_as("amount", money)?,
            payee_receive_amount: match rules.has_v2_members() {
                true => node.optional_as("payeeReceiveAmount", money)?,
                false => None,
            },
            converter,
            currency_conversion,
            transaction_type: node.required_as("transactionType", kind)?,
            note: node.optional_text("note", short_text)?,
            extensions: node.optional_as("extensionList", read_extension_list)?.unwrap_or_default(),
        })
    }

    /// The object as a value.
    pub fn to_value(&self) -> Value {
        ObjectWriter::default()
            .with("transactionId", &self.transaction_id)
            .with("quoteId", &self.quote_id)
            .with("payee", &self.payee)
            .with("payer", &self.payer)
            .with("amount", &self.amount)
            .with_optional("payeeReceiveAmount", self.payee_receive_amount.as_ref())
            .with_optional("converter", self.converter)
            .with_optional("currencyConversion", self.currency_conversion.as_ref())
            .with("transactionType", &self.transaction_type)
            .with_optional("note", self.note.as_deref())
            .with_optional("extensionList", write_extension_list(&self.extensions))
            .finish()
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        to_canonical(&self.to_value())
    }
}
