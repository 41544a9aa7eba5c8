//! Transfers: the movement of money (API Definition, section 6.7).

mod terms;

use crate::amount::Money;
use crate::error::{Extension, Refusal, read_extension_list, write_extension_list};
use crate::identifiers::{CorrelationId, FspId, enumeration};
use crate::ilp::{Condition, Fulfilment};
use crate::json::{Node, ObjectWriter, Unfit, Value, to_canonical};
use crate::limits;
use crate::time::DateTime;
use crate::version::Rules;
use terms::TermsWriter;

/// An ILP packet as it stands in JSON: base64url of 1 to 32,768 characters, perhaps padded. What is in
/// it is [`crate::ilp::Packet`]'s to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IlpPacketText(Box<str>);

impl IlpPacketText {
    /// Parses `^[A-Za-z0-9-_]+[=]{0,2}$`.
    ///
    /// # Errors
    /// [`Unfit`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        let unpadded = text.strip_suffix('=').unwrap_or(text);
        let unpadded = unpadded.strip_suffix('=').unwrap_or(unpadded);
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let short = text.len() <= limits::ILP_PACKET_CHARS;
        if short && !unpadded.is_empty() && unpadded.bytes().all(fits) {
            Ok(Self(text.into()))
        } else {
            Err(Unfit("must be 1 to 32768 characters of base64url"))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&IlpPacketText> for Value {
    fn from(packet: &IlpPacketText) -> Self {
        Self::from(packet.as_str())
    }
}

/// Parses a condition: 43 characters of canonical base64url.
///
/// # Errors
/// [`Unfit`] for anything else.
pub fn condition(text: &str) -> Result<Condition, Unfit> {
    text.parse().map_err(|_| Unfit("must be 32 bytes in 43 characters of base64url"))
}

/// Parses a fulfilment: 43 characters of canonical base64url.
///
/// # Errors
/// [`Unfit`] for anything else.
pub fn fulfilment(text: &str) -> Result<Fulfilment, Unfit> {
    text.parse().map_err(|_| Unfit("must be 32 bytes in 43 characters of base64url"))
}

enumeration! {
    /// The state of a transfer on the wire (section 7.5.14).
    TransferState, "must be RECEIVED, RESERVED, COMMITTED or ABORTED" {
        /// Taken, nothing decided.
        Received = "RECEIVED",
        /// The money is reserved; in a PUT of 1.1, the payee FSP wants to be told of the commit.
        Reserved = "RESERVED",
        /// Done.
        Committed = "COMMITTED",
        /// Ended without money moving; never in a PUT that answers a POST.
        Aborted = "ABORTED",
    }
}

/// Body of POST /transfers (section 6.7.3.2): the prepare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransfersPost {
    /// The transfer's id.
    pub transfer_id: CorrelationId,
    /// The FSP that is to be paid.
    pub payee_fsp: FspId,
    /// The FSP that pays.
    pub payer_fsp: FspId,
    /// How much.
    pub amount: Money,
    /// The terms, as the payee FSP sealed them.
    pub ilp_packet: IlpPacketText,
    /// What the fulfilment must hash to.
    pub condition: Condition,
    /// When the transfer is over unless it is fulfilled.
    pub expiration: DateTime,
    /// Extensions.
    pub extensions: Vec<Extension>,
}

impl TransfersPost {
    /// Reads the body.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn parse(body: &Value, rules: &Rules<'_>) -> Result<Self, Refusal> {
        let node = Node::root(body);
        Ok(Self {
            transfer_id: node.required_text("transferId", |text| rules.correlation_id(text))?,
            payee_fsp: node.required_text("payeeFsp", FspId::parse)?,
            payer_fsp: node.required_text("payerFsp", FspId::parse)?,
            amount: node.required_as("amount", |node| Money::read(node, rules.currencies))?,
            ilp_packet: node.required_text("ilpPacket", IlpPacketText::parse)?,
            condition: node.required_text("condition", condition)?,
            expiration: node.required_text("expiration", DateTime::parse)?,
            extensions: node.optional_as("extensionList", read_extension_list)?.unwrap_or_default(),
        })
    }

    /// The body as a value.
    pub fn to_value(&self) -> Value {
        ObjectWriter::default()
            .with("transferId", &self.transfer_id)
            .with("payeeFsp", &self.payee_fsp)
            .with("payerFsp", &self.payer_fsp)
            .with("amount", &self.amount)
            .with("ilpPacket", &self.ilp_packet)
            .with("condition", Value::String(self.condition.to_string()))
            .with("expiration", &self.expiration)
            .with_optional("extensionList", write_extension_list(&self.extensions))
            .finish()
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        to_canonical(&self.to_value())
    }

    /// Every business member in a fixed binary form, whatever the spelling of the JSON was: what a
    /// resend under the same id must have in common with the first (CONTRACTS section 3).
    pub fn hash_terms(&self) -> Vec<u8> {
        TermsWriter::new("transfer")
            .bytes(&self.transfer_id.id().to_bytes())
            .bytes(self.payee_fsp.as_str().as_bytes())
            .bytes(self.payer_fsp.as_str().as_bytes())
            .bytes(&self.amount.amount.units().to_be_bytes())
            .bytes(self.amount.currency.as_str().as_bytes())
            .bytes(self.ilp_packet.as_str().as_bytes())
            .bytes(&self.condition.0)
            .bytes(&self.expiration.epoch_ms().to_be_bytes())
            .extensions(&self.extensions)
            .finish()
    }

    /// SHA-256 of [`TransfersPost::hash_terms`].
    pub fn terms_hash(&self) -> [u8; 32] {
        terms::sha256(&self.hash_terms())
    }
}

/// Body of PUT /transfers/{ID} (section 6.7.4.1): the fulfil, or the answer to a GET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransfersPut {
    /// What hashes to the condition.
    pub fulfilment: Option<Fulfilment>,
    /// When the payee FSP was done.
    pub completed_timestamp: Option<DateTime>,
    /// The state.
    pub transfer_state: TransferState,
    /// Extensions.
    pub extensions: Vec<Extension>,
}

impl TransfersPut {
    /// Reads the body.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn parse(body: &Value) -> Result<Self, Refusal> {
        let node = Node::root(body);
        Ok(Self {
            fulfilment: node.optional_text("fulfilment", fulfilment)?,
            completed_timestamp: node.optional_text("completedTimestamp", DateTime::parse)?,
            transfer_state: node.required_text("transferState", TransferState::parse)?,
            extensions: node.optional_as("extensionList", read_extension_list)?.unwrap_or_default(),
        })
    }

    /// The body as a value.
    pub fn to_value(&self) -> Value {
        let fulfilment = self.fulfilment.as_ref().map(|f| Value::String(f.to_string()));
        ObjectWriter::default()
            .with_optional("fulfilment", fulfilment)
            .with_optional("completedTimestamp", self.completed_timestamp.as_ref())
            .with("transferState", self.transfer_state)
            .with_optional("extensionList", write_extension_list(&self.extensions))
            .finish()
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        to_canonical(&self.to_value())
    }

    /// SHA-256 of fulfilment and state, by which a fulfil is known again (CONTRACTS section 3).
    pub fn terms_hash(&self) -> [u8; 32] {
        let fulfilment = self.fulfilment.as_ref().map(|f| f.0.as_slice());
        let terms = TermsWriter::new("fulfil")
            .bytes(fulfilment.unwrap_or_default())
            .bytes(self.transfer_state.as_str().as_bytes())
            .finish();
        terms::sha256(&terms)
    }
}

/// Body of PATCH /transfers/{ID} (section 6.7.3.3): the hub tells the payee FSP how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransfersPatch {
    /// When it ended.
    pub completed_timestamp: DateTime,
    /// COMMITTED or ABORTED.
    pub transfer_state: TransferState,
    /// Extensions, for instance the cause of an abort.
    pub extensions: Vec<Extension>,
}

impl TransfersPatch {
    /// Reads the body.
    ///
    /// # Errors
    /// 3101, 3102, 3100, 3103 with the place.
    pub fn parse(body: &Value) -> Result<Self, Refusal> {
        let node = Node::root(body);
        Ok(Self {
            completed_timestamp: node.required_text("completedTimestamp", DateTime::parse)?,
            transfer_state: node.required_text("transferState", TransferState::parse)?,
            extensions: node.optional_as("extensionList", read_extension_list)?.unwrap_or_default(),
        })
    }

    /// The body as a value.
    pub fn to_value(&self) -> Value {
        ObjectWriter::default()
            .with("completedTimestamp", &self.completed_timestamp)
            .with("transferState", self.transfer_state)
            .with_optional("extensionList", write_extension_list(&self.extensions))
            .finish()
    }

    /// Canonical JSON.
    pub fn render(&self) -> Vec<u8> {
        to_canonical(&self.to_value())
    }
}
