//! What is screened, and how it ended: facts that the gateway has, made once and in one place.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits::DESCRIPTION_CHARS_MAX;
use crate::{Party, PaymentId};

/// A payment that somebody tries to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The transfer's id.
    pub id: PaymentId,
    /// The hash of its terms: with the id the key of its verdict.
    pub hash: TermsHash,
    /// When in its life it is screened.
    #[serde(default)]
    pub point: Point,
    /// When it was given to the scorer: Unix milliseconds on the hub's clock.
    pub at_ms: i64,
    /// Who sends the money: a participant.
    pub payer_fsp: String,
    /// Who gets it: a participant.
    pub payee_fsp: String,
    /// How much, in ten-thousandths of the currency's whole.
    pub units: Units,
    /// ISO 4217.
    pub currency: String,
    /// Whose account is debited, if that is known.
    pub debtor: Option<Party>,
    /// Whose account is credited, if that is known.
    pub creditor: Option<Party>,
    /// Where debtor and creditor are known from.
    pub facts: Facts,
    /// What kind of payment it is, as the peer names it (`CtgyPurp/Prtry`): [`MP2P`], [`MP2B`],
    /// [`CASH`] or another; none if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The debtor's age in whole years on the day of the payment: the day of birth itself is nobody's
    /// business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debtor_age_years: Option<u16>,
    /// Where the debtor was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What it is for (`RmtInf/Ustrd`), disguised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Disguised>,
}

/// When in a payment's life it is screened.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Point {
    /// Its terms are asked for: nobody has promised anything.
    BeforeQuote,
    /// It is to be made: nothing is reserved yet.
    #[default]
    BeforeReserve,
    /// Its debtor is asked to authorize it, by a third party.
    BeforeAuthorization,
    /// It was paid.
    AfterCommit,
}

impl Point {
    /// What tells the messages of one payment apart ([`crate::Event::message_id`]).
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::BeforeQuote => "-quote",
            Self::BeforeReserve => "",
            Self::BeforeAuthorization => "-authorization",
            Self::AfterCommit => "-commit",
        }
    }
}

/// From a person to a person (FSPIOP scenario `TRANSFER`).
pub const MP2P: &str = "MP2P";
/// From a person to a business (`PAYMENT`).
pub const MP2B: &str = "MP2B";
/// Taken out in cash (`WITHDRAWAL`).
pub const CASH: &str = "CASH";
/// Paid in in cash (`DEPOSIT`); the peer has no name for it.
pub const DEPOSIT: &str = "DEPOSIT";
/// Given back (`REFUND`); the peer has no name for it.
pub const REFUND: &str = "REFUND";

/// A place on earth, in hundred-thousandths of a degree: about a metre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// North of the equator.
    pub latitude_e5: i32,
    /// East of Greenwich.
    pub longitude_e5: i32,
}

/// A text in disguise, whose distance to another one is that of the texts: each character stands for
/// another one under the tenant's secret ([`crate::Pseudonyms::disguise`]). It keeps a text from being
/// read in passing and is no encryption. In JSON hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Disguised(pub Box<[u8]>);

/// Where the parties of an attempt are known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Facts {
    /// From the quote that it follows.
    Quote,
    /// From its ILP packet.
    IlpPacket,
    /// Not at all.
    Unknown,
}

/// SHA-256 of a transfer's terms. In JSON 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TermsHash(pub [u8; 32]);

impl fmt::Debug for TermsHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for TermsHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

impl<'de> Deserialize<'de> for TermsHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TermsHash, D::Error> {
        let bytes = hexadecimal(deserializer)?;
        <[u8; 32]>::try_from(bytes).map(TermsHash).map_err(|_| de::Error::custom("not 64 digits"))
    }
}

impl fmt::Debug for Disguised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Disguised {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

impl<'de> Deserialize<'de> for Disguised {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Disguised, D::Error> {
        let bytes = hexadecimal(deserializer)?;
        match bytes.len() <= DESCRIPTION_CHARS_MAX {
            true => Ok(Disguised(bytes.into())),
            false => Err(de::Error::custom("a description is too long")),
        }
    }
}

/// Bytes from pairs of hexadecimal digits.
fn hexadecimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let pair = |pair: &[u8]| {
        let digits = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(digits, 16).ok()
    };
    let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
    bytes.ok_or_else(|| de::Error::custom("pairs of hexadecimal digits are expected"))
}

/// Ten-thousandths of a currency's whole. In JSON text, since JSON readers round large numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Units(pub i128);

impl Units {
    /// As features keep it: an amount has at most 18 digits.
    pub fn bounded(self) -> i64 {
        i64::try_from(self.0).unwrap_or(if self.0 < 0 { i64::MIN } else { i64::MAX })
    }
}

impl Serialize for Units {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Units {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Units, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Units).map_err(|_| de::Error::custom("a whole number as text is expected"))
    }
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The transfer's id.
    pub id: PaymentId,
    /// What.
    pub kind: OutcomeKind,
    /// When: Unix milliseconds, the time of the batch that decided it.
    pub at_ms: i64,
}

/// The outcomes, as the ledger knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OutcomeKind {
    /// Paid.
    Committed,
    /// Refused by the hub or the payee.
    Aborted,
    /// Its time was over.
    Expired,
    /// It waits for somebody to look at it.
    Held,
    /// It was let go, and is under way.
    Released,
    /// Screening or a reviewer said no.
    Blocked,
}

impl OutcomeKind {
    /// As it stands in subjects.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Aborted => "aborted",
            Self::Expired => "expired",
            Self::Held => "held",
            Self::Released => "released",
            Self::Blocked => "blocked",
        }
    }

    /// Whether nothing can follow.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Held | Self::Released)
    }
}
