//! What is screened, and how it ended: facts that the gateway has, made once and in one place.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{Party, PaymentId};

/// A payment that somebody tries to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The transfer's id.
    pub id: PaymentId,
    /// The hash of its terms: with the id the key of its verdict.
    pub hash: TermsHash,
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
}

/// Where the parties of an attempt are known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

/// Ten-thousandths of a currency's whole. In JSON text, since JSON readers round large numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Units(pub i128);

impl Serialize for Units {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
