//! Quotes: the terms of a transfer (API Definition, section 6.5).

mod conversion;
mod transaction;

pub use conversion::{CurrencyConverter, FxRate};
pub use transaction::{GeoCode, Refund, Transaction, TransactionType};

use crate::amount::Money;
use crate::error::{Extension, Refusal, read_extension_list, write_extension_list};
use crate::identifiers::{AmountType, CorrelationId, short_text};
use crate::ilp::Condition;
use crate::json::{Node, ObjectWriter, Unfit, Value, to_canonical};
use crate::party::Party;
use crate::time::DateTime;
use crate::transfer::IlpPacketText;
use crate::version::Rules;
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// Body of POST /quotes (section 6.5.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotesPost {
    /// The quote's id.
    pub quote_id: CorrelationId,
    /// The transaction that it is part of.
    pub transaction_id: CorrelationId,
    /// The payee's wish that it answers, if it does.
    pub transaction_request_id: Option<CorrelationId>,
    /// Who is to be paid.
    pub payee: Party,
    /// Who pays.
    pub payer: Party,
    /// What `amount` is.
    pub amount_type: AmountType,
    /// What the payer sends or the payee receives.
    pub amount: Money,
    /// The payer FSP's fees, if it discloses them.
    pub fees: Option<Money>,
    /// What for.
    pub transaction_type: TransactionType,
    /// Whose FSP converts, where the transaction needs that; of 2.0.
    pub converter: Option<CurrencyConverter>,
    /// What the payer FSP has agreed with its converter; of 2.0.
    pub currency_conversion: Option<FxRate>,
    /// Where.
    pub geo_code: Option<GeoCode>,
    /// For the payee to read.
    pub note: Option<String>,
    /// When the payer FSP stops waiting.
    pub expiration: Option<DateTime>,
    /// Extensions.
    pub extensions: Vec<Extension>,
}

impl QuotesPost {
    /// Reads the body.
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
            quote_id: node.required_text("quoteId", id)?,
            transaction_id: node.required_text("transactionId", id)?,
            transaction_request_id: node.optional_text("transactionRequestId", id)?,
            payee: node.required_as("payee", party)?,
            payer: node.required_as("payer", party)?,
            amount_type: node.required_text("amountType", AmountType::parse)?,
            amount: node.required_as("amount", money)?,
            fees: node.optional_as("fees", money)?,
            transaction_type: node.required_as("transactionType", kind)?,
            converter,
            currency_conversion,
            geo_code: node.optional_as("geoCode", GeoCode::read)?,
            note: node.optional_text("note", short_text)?,
            expiration: node.optional_text("expiration", DateTime::parse)?,
            extensions: node.optional_as("extensionList", read_extension_list)?.unwrap_or_default(),
        })
    }

    /// The body as a value.
    pub fn to_value(&self) -> Value {
        ObjectWriter::default()
            .with("quoteId", &self.quote_id)
            .with("transactionId", &self.transaction_id)
            .with_optional("transactionRequestId", self.transaction_request_id.as_ref())
            .with("payee", &self.payee)
            .with("payer", &self.payer)
            .with("amountType", self.amount_type)
            .with("amount", &self.amount)
            .with_optional("fees", self.fees.as_ref())
            .with("transactionType", &self.transaction_type)
            .with_optional("converter", self.converter)
            .with_optional("currencyConversion", self.currency_conversion.as_ref())
            .with_optional("geoCode", self.geo_code.as_ref())
            .with_optional("note", self.note.as_deref())
            .with_optional("expiration", self.expiration.as_ref())
            .with_optional("extensionList", write_extension_list(&self.extensions))
            .finish()
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        to_canonical(&self.to_value())
    }
}

/// Body of PUT /quotes/{ID} (section 6.5.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotesPut {
    /// What the payer FSP is to transfer.
    pub transfer_amount: Money,
    /// What the payee is to receive.
    pub payee_receive_amount: Option<Money>,
    /// The payee FSP's fee.
    pub payee_fsp_fee: Option<Money>,
    /// What the payee FSP pays to the payer FSP.
    pub payee_fsp_commission: Option<Money>,
    /// Until when the terms hold.
    pub expiration: DateTime,
    /// Where.
    pub geo_code: Option<GeoCode>,
    /// The terms, as the payee FSP sealed them.
    pub ilp_packet: IlpPacketText,
    /// What the fulfilment must hash to.
    pub condition: Condition,
    /// Extensions.
    pub extensions: Vec<Extension>,
}

impl QuotesPut {
    /// Reads the body.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn parse(body: &Value, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let node = Node::root(body);
        let money = |node: &Node<'_>| Money::read(node, rules.currencies);
        Ok(Self {
            transfer_amount: node.required_as("transferAmount", money)?,
            payee_receive_amount: node.optional_as("payeeReceiveAmount", money)?,
            payee_fsp_fee: node.optional_as("payeeFspFee", money)?,
            payee_fsp_commission: node.optional_as("payeeFspCommission", money)?,
            expiration: node.required_text("expiration", DateTime::parse)?,
            geo_code: node.optional_as("geoCode", GeoCode::read)?,
            ilp_packet: node.required_text("ilpPacket", IlpPacketText::parse)?,
            condition: node.required_text("condition", loose_condition)?,
            extensions: node.optional_as("extensionList", read_extension_list)?.unwrap_or_default(),
        })
    }

    /// The body as a value.
    pub fn to_value(&self) -> Value {
        ObjectWriter::default()
            .with("transferAmount", &self.transfer_amount)
            .with_optional("payeeReceiveAmount", self.payee_receive_amount.as_ref())
            .with_optional("payeeFspFee", self.payee_fsp_fee.as_ref())
            .with_optional("payeeFspCommission", self.payee_fsp_commission.as_ref())
            .with("expiration", &self.expiration)
            .with_optional("geoCode", self.geo_code.as_ref())
            .with("ilpPacket", &self.ilp_packet)
            .with("condition", Value::String(self.condition.to_string()))
            .with_optional("extensionList", write_extension_list(&self.extensions))
            .finish()
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        to_canonical(&self.to_value())
    }
}

/// The scheme's collections send conditions whose last character has stray low bits. A quote locks no
/// money, so they are cut off here; a transfer's condition must be canonical.
fn loose_condition(text: &str) -> Result<Condition, Unfit> {
    const RULE: Unfit = Unfit("must be 32 bytes in 43 characters of base64url");
    const LOOSE: GeneralPurpose =
        GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));
    let bytes = if text.len() == 43 { LOOSE.decode(text).map_err(|_| RULE)? } else { Vec::new() };
    bytes.try_into().map(Condition).map_err(|_| RULE)
}
