//! One 128-bit id a payment, and its form in each dialect.
//!
//! `quoteId`, `transactionId` and `transferId` are all the order's id, so that every FSPIOP callback
//! finds its order. Ids are compared as bits (DESIGN §2, Ids).

use std::fmt;

use aws_lc_rs::digest;
use fspiop::identifiers::{CorrelationId, Id128};
use serde::{Deserialize, Serialize};

/// The namespace of ids that are derived from a bank's own references (RFC 9562 §5.5).
const ORDERS: u128 = 0x6ee3_0f0c_9a3b_5d5e_8e0c_2c6f_7f5a_1b01;
/// The namespace of UETRs that stand for ids which are no UUID version 4.
const ALIASES: u128 = 0x6ee3_0f0c_9a3b_5d5e_8e0c_2c6f_7f5a_1b02;
/// The id of a payment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentId(Id128);

/// The text is neither a UUID nor a ULID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID (8-4-4-4-12 hexadecimal digits) or a ULID (26 characters)")]
pub struct NotAnId;

/// What names an order of a bank that gave it no UETR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BankReference<'r> {
    /// The bank's fspId.
    pub bank: &'r str,
    /// `GrpHdr/MsgId`
    pub message_id: &'r str,
    /// `PmtInfId`; empty for pacs.008.
    pub payment_information_id: &'r str,
    /// `EndToEndId`; empty for a message that is refused as a whole.
    pub end_to_end_id: &'r str,
    /// The transaction's position in the message, from 0.
    pub index: u32,
}

impl PaymentId {
    /// The bits.
    pub fn bits(self) -> u128 {
        self.0.0
    }

    /// Reads a UUID in either case, 32 hexadecimal digits, or a ULID.
    ///
    /// # Errors
    /// [`NotAnId`]
    pub fn parse(text: &str) -> Result<Self, NotAnId> {
        let id = match text.len() {
            32 => from_hex(text),
            _ => Id128::from_ulid(text).or_else(|| Id128::from_uuid(text)),
        };
        id.map(Self).ok_or(NotAnId)
    }

    /// A UUID version 5 over a bank's own references: the same order has the same id.
    pub fn of_bank_reference(reference: &BankReference<'_>) -> Self {
        let index = reference.index.to_string();
        Self::derived(
            ORDERS,
            &[
                reference.bank,
                reference.message_id,
                reference.payment_information_id,
                reference.end_to_end_id,
                &index,
            ],
        )
    }

    /// `8-4-4-4-12`, lower case.
    pub fn uuid(self) -> String {
        self.0.to_uuid()
    }

    /// 32 hexadecimal digits, lower case: a TxId or InstrId of at most 35 characters.
    pub fn max35(self) -> String {
        format!("{:032x}", self.bits())
    }

    /// 26 characters of Crockford's base 32 (lossless).
    pub fn ulid(self) -> String {
        self.0.to_ulid()
    }

    /// The MsgId of the payment's `part`th message: 32 hexadecimal digits and two more.
    pub fn message_id(self, part: u8) -> String {
        format!("{}{:02}", self.max35(), part % 100)
    }

    /// The payment of a MsgId that [`PaymentId::message_id`] made.
    pub fn of_message_id(text: &str) -> Option<Self> {
        let (id, part) = text.split_at_checked(32)?;
        let ours = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        ours.then(|| Self::parse(id).ok()).flatten()
    }

    /// The id of the answer to a bank's other terms under a known id: depends on all three.
    pub fn of_duplicate(id: Self, bank: &str, hash: &str) -> Self {
        Self::derived(ORDERS, &[&id.max35(), bank, hash])
    }

    /// The id of an admi.002, by all that it says.
    pub(crate) fn of_reject(document: &str) -> Self {
        Self::derived(ORDERS, &["admi.002", document])
    }

    /// The id as a UETR: its UUID where that is a version 4 of the standard variant, else an alias of
    /// that form which depends on the id alone. Keep the alias with the journey.
    pub fn uetr(self) -> String {
        if self.is_uuid_v4() {
            return self.uuid();
        }
        let alias = Self::derived(ALIASES, &[&self.max35()]).bits();
        Id128(with_version(alias, 4)).to_uuid()
    }

    /// Whether the bits are a UUID of version 4, variant 1 (RFC 9562).
    pub fn is_uuid_v4(self) -> bool {
        self.bits() >> 76 & 0xf == 4 && self.bits() >> 62 & 0b11 == 0b10
    }

    /// A UUID version 5 of fields whose borders count.
    fn derived(namespace: u128, fields: &[&str]) -> Self {
        let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        context.update(&namespace.to_be_bytes());
        for field in fields {
            context.update(&(field.len() as u64).to_be_bytes());
            context.update(field.as_bytes());
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&context.finish().as_ref()[..16]);
        Self(Id128(with_version(u128::from_be_bytes(bytes), 5)))
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uuid())
    }
}

impl fmt::Debug for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PaymentId({})", self.uuid())
    }
}

impl TryFrom<String> for PaymentId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        Self::parse(&text)
    }
}

impl From<PaymentId> for String {
    fn from(id: PaymentId) -> Self {
        id.uuid()
    }
}

impl From<Id128> for PaymentId {
    fn from(id: Id128) -> Self {
        Self(id)
    }
}

impl From<PaymentId> for Id128 {
    fn from(id: PaymentId) -> Self {
        id.0
    }
}

impl From<PaymentId> for CorrelationId {
    fn from(id: PaymentId) -> Self {
        Self::from_id(id.0)
    }
}

impl From<switch::TransferId> for PaymentId {
    fn from(id: switch::TransferId) -> Self {
        Self(Id128(id.0))
    }
}

impl From<PaymentId> for switch::TransferId {
    fn from(id: PaymentId) -> Self {
        Self(id.bits())
    }
}

fn with_version(bits: u128, version: u128) -> u128 {
    bits & !(0xf << 76) & !(0b11 << 62) | version << 76 | 0b10 << 62
}

fn from_hex(text: &str) -> Option<Id128> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u128::from_str_radix(text, 16).ok().map(Id128)).flatten()
}
