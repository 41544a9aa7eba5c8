//! The peer's messages (frms.md §1.1) as what is screened. They look like ISO 20022 and are not: see
//! `shape`. What they say is an [`Attempt`] or an [`Outcome`]; the two meet by the end-to-end id, under
//! which the engine keeps what has not ended.

mod shape;

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

use self::shape::Shape;
use crate::limits::{CURRENCY_CHARS_MAX, TMS_TEXT_CHARS_MAX};
use crate::{
    Attempt, Facts, Outcome, OutcomeKind, Party, PaymentId, Place, Point, Pseudonyms, Semantics,
    TermsHash, Units,
};

/// The messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TmsMessage {
    /// `pain.001.001.11`: a transfer is asked for.
    Pain001,
    /// `pain.013.001.09`: it is quoted.
    Pain013,
    /// `pacs.008.001.10`: it is made.
    Pacs008,
    /// `pacs.002.001.12`: it has ended.
    Pacs002,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Somebody tries to pay.
    Attempt(Box<Attempt>),
    /// A payment has ended.
    Outcome(Outcome),
    /// Nothing that is screened: a quote, or a status that is not the last.
    Nothing,
}

/// Why a message is refused. Its sender's to mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TmsError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// The tenant is who is logged in, never what the message says.
    #[error("a message must not contain TenantId")]
    Tenant,
    /// A member is not there.
    #[error("{0} is required")]
    Missing(String),
    /// A member is something else than it must be.
    #[error("{at} must be {what}")]
    Type {
        /// Where.
        at: String,
        /// What it must be.
        what: &'static str,
    },
    /// A text is longer than any that means something.
    #[error("{at} must have at most {most} characters")]
    Long {
        /// Where.
        at: String,
        /// How many it may have.
        most: usize,
    },
    /// A member's value cannot be.
    #[error("{at}: {what}")]
    Value {
        /// Where.
        at: String,
        /// What it must be.
        what: &'static str,
    },
}

impl Told {
    /// When, Unix milliseconds; none for what is not screened.
    pub fn at_ms(&self) -> Option<i64> {
        match self {
            Told::Attempt(attempt) => Some(attempt.at_ms),
            Told::Outcome(outcome) => Some(outcome.at_ms),
            Told::Nothing => None,
        }
    }
}

impl TmsMessage {
    /// All of them.
    pub const ALL: [TmsMessage; 4] =
        [TmsMessage::Pain001, TmsMessage::Pain013, TmsMessage::Pacs008, TmsMessage::Pacs002];

    /// Its name in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pain001 => "pain.001.001.11",
            Self::Pain013 => "pain.013.001.09",
            Self::Pacs008 => "pacs.008.001.10",
            Self::Pacs002 => "pacs.002.001.12",
        }
    }

    /// Its root member.
    pub fn root(self) -> &'static str {
        match self {
            Self::Pain001 => "CstmrCdtTrfInitn",
            Self::Pain013 => "CdtrPmtActvtnReq",
            Self::Pacs008 => "FIToFICstmrCdtTrf",
            Self::Pacs002 => "FIToFIPmtSts",
        }
    }

    fn shape(self) -> Shape {
        match self {
            Self::Pain001 => shape::PAIN_001,
            Self::Pain013 => shape::PAIN_013,
            Self::Pacs008 => shape::PACS_008,
            Self::Pacs002 => shape::PACS_002,
        }
    }

    /// The message of a name in paths.
    pub fn named(name: &str) -> Option<TmsMessage> {
        Self::ALL.into_iter().find(|message| message.as_str() == name)
    }

    /// What a message of this kind says. To the peer a payment whose first status is not `ACCC` has
    /// failed; in the strict semantics `ACSC` is a commit, too, and a status that is not the last says
    /// nothing yet.
    ///
    /// # Errors
    /// A member that is missing, of another type, or without sense.
    pub fn read(
        self,
        json: &[u8],
        pseudonyms: &Pseudonyms,
        semantics: Semantics,
    ) -> Result<Told, TmsError> {
        let broken = |error: String| TmsError::Json(error);
        let text = std::str::from_utf8(json).map_err(|error| broken(error.to_string()))?;
        let value: Value = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
        if value.get("TenantId").is_some() {
            return Err(TmsError::Tenant);
        }
        self.shape().check(&value, &mut String::new())?;
        let message = Message { text, value: &value, pseudonyms };
        match self {
            Self::Pain013 => Ok(Told::Nothing),
            Self::Pacs002 => message.outcome(semantics),
            Self::Pacs008 => message.attempt(&TRANSFER),
            Self::Pain001 => message.attempt(&INITIATION),
        }
    }
}

/// The payment of an end-to-end id, which is what joins its messages.
pub fn payment(pseudonyms: &Pseudonyms, end_to_end_id: &str) -> PaymentId {
    PaymentId(pseudonyms.entity("EndToEndId", end_to_end_id).0)
}

/// What a status says of a payment, if it is the last one (`TxSts`, ISO 20022's
/// ExternalPaymentTransactionStatus1Code).
pub fn ending(status: &str) -> Option<OutcomeKind> {
    match status {
        "ACCC" | "ACSC" => Some(OutcomeKind::Committed),
        "RJCT" | "CANC" | "BLCK" => Some(OutcomeKind::Aborted),
        _ => None,
    }
}

/// The hash of what is screened of a message.
pub fn terms(
    id: PaymentId,
    units: Units,
    currency: &str,
    debtor: Option<Party>,
    creditor: Option<Party>,
) -> TermsHash {
    let terms = format!("{id}\n{}\n{currency}\n{debtor:?}\n{creditor:?}", units.0);
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, terms.as_bytes()).as_ref());
    TermsHash(hash)
}

/// Where a message has what is screened: JSON pointers.
struct Places {
    point: Point,
    created: &'static str,
    end_to_end: &'static str,
    amount: &'static str,
    debtor: [&'static str; 3],
    creditor: [&'static str; 3],
    category: &'static str,
    description: &'static str,
    place: &'static str,
}

const TRANSFER: Places = Places {
    point: Point::BeforeReserve,
    created: "/FIToFICstmrCdtTrf/GrpHdr/CreDtTm",
    end_to_end: "/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/EndToEndId",
    amount: "/FIToFICstmrCdtTrf/CdtTrfTxInf/InstdAmt/Amt",
    debtor: [
        "/FIToFICstmrCdtTrf/CdtTrfTxInf/Dbtr",
        "/FIToFICstmrCdtTrf/CdtTrfTxInf/DbtrAcct",
        "/FIToFICstmrCdtTrf/CdtTrfTxInf/DbtrAgt",
    ],
    creditor: [
        "/FIToFICstmrCdtTrf/CdtTrfTxInf/Cdtr",
        "/FIToFICstmrCdtTrf/CdtTrfTxInf/CdtrAcct",
        "/FIToFICstmrCdtTrf/CdtTrfTxInf/CdtrAgt",
    ],
    category: "/FIToFICstmrCdtTrf/CdtTrfTxInf/PmtTpInf/CtgyPurp/Prtry",
    description: "/FIToFICstmrCdtTrf/RmtInf/Ustrd",
    place: "/FIToFICstmrCdtTrf/SplmtryData/Envlp/Doc/InitgPty/Glctn",
};

const INITIATION: Places = Places {
    point: Point::BeforeQuote,
    created: "/CstmrCdtTrfInitn/GrpHdr/CreDtTm",
    end_to_end: "/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/PmtId/EndToEndId",
    amount: "/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/Amt/InstdAmt/Amt",
    debtor: [
        "/CstmrCdtTrfInitn/PmtInf/Dbtr",
        "/CstmrCdtTrfInitn/PmtInf/DbtrAcct",
        "/CstmrCdtTrfInitn/PmtInf/DbtrAgt",
    ],
    creditor: [
        "/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/Cdtr",
        "/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/CdtrAcct",
        "/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/CdtrAgt",
    ],
    category: "/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/PmtTpInf/CtgyPurp/Prtry",
    description: "/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf/RmtInf/Ustrd",
    place: "/CstmrCdtTrfInitn/SplmtryData/Envlp/Doc/InitgPty/Glctn",
};

/// A message of the right shape.
struct Message<'a> {
    text: &'a str,
    value: &'a Value,
    pseudonyms: &'a Pseudonyms,
}

impl Message<'_> {
    fn outcome(&self, semantics: Semantics) -> Result<Told, TmsError> {
        let status = self.must("/FIToFIPmtSts/TxInfAndSts/TxSts")?;
        let kind = match (status, semantics) {
            ("ACCC", Semantics::Peer) => OutcomeKind::Committed,
            (_, Semantics::Peer) => OutcomeKind::Aborted,
            (_, Semantics::Strict) => match ending(status) {
                Some(kind) => kind,
                None => return Ok(Told::Nothing),
            },
        };
        let id = self.payment("/FIToFIPmtSts/TxInfAndSts/OrgnlEndToEndId")?;
        let at_ms = self.time("/FIToFIPmtSts/GrpHdr/CreDtTm")?.as_millisecond();
        Ok(Told::Outcome(Outcome { id, kind, at_ms }))
    }

    fn attempt(&self, places: &Places) -> Result<Told, TmsError> {
        let created = self.time(places.created)?;
        let (units, currency) = self.money(places.amount)?;
        let (debtor, payer_fsp) = self.party(places.debtor)?;
        let (creditor, payee_fsp) = self.party(places.creditor)?;
        let id = self.payment(places.end_to_end)?;
        let (debtor, creditor) = (Some(debtor), Some(creditor));
        Ok(Told::Attempt(Box::new(Attempt {
            id,
            hash: terms(id, units, &currency, debtor, creditor),
            point: places.point,
            at_ms: created.as_millisecond(),
            payer_fsp,
            payee_fsp,
            units,
            currency,
            debtor,
            creditor,
            facts: Facts::Quote,
            category: self.category(places.category)?,
            debtor_age_years: Some(self.age(places.debtor[0], created)?),
            place: self.place(places.place)?,
            description: self.may(places.description).map(|text| self.pseudonyms.disguise(text)),
        })))
    }

    fn may(&self, at: &str) -> Option<&str> {
        self.value.pointer(at).and_then(Value::as_str)
    }

    fn must(&self, at: &str) -> Result<&str, TmsError> {
        self.may(at).ok_or_else(|| TmsError::Missing(at.to_owned()))
    }

    fn wrong<T>(at: &str, what: &'static str) -> Result<T, TmsError> {
        Err(TmsError::Value { at: at.to_owned(), what })
    }

    /// A text that is kept as it is.
    fn short(&self, at: &str, most: usize) -> Result<&str, TmsError> {
        let text = self.must(at)?;
        match text.chars().count() <= most {
            true => Ok(text),
            false => Err(TmsError::Long { at: at.to_owned(), most }),
        }
    }

    fn category(&self, at: &str) -> Result<Option<String>, TmsError> {
        match self.may(at) {
            Some(_) => self.short(at, TMS_TEXT_CHARS_MAX).map(|text| Some(text.to_owned())),
            None => Ok(None),
        }
    }

    /// The end-to-end id is what joins the messages of a payment.
    fn payment(&self, at: &str) -> Result<PaymentId, TmsError> {
        Ok(payment(self.pseudonyms, self.must(at)?))
    }

    /// One without a zone is in UTC.
    fn time(&self, at: &str) -> Result<jiff::Timestamp, TmsError> {
        let text = self.must(at)?;
        let local = || {
            let local: jiff::civil::DateTime = text.parse().ok()?;
            local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
        };
        let time = text.parse().ok().or_else(local);
        time.map_or_else(
            || Self::wrong(at, "a time such as 2026-01-01T00:00:00.000Z is expected"),
            Ok,
        )
    }

    /// Exactly what is written: the number is read from its text.
    fn money(&self, at: &str) -> Result<(Units, String), TmsError> {
        let number_at = format!("{at}/Amt");
        let digits = raw(self.text, &number_at).unwrap_or_default();
        let units = decimal(digits, UNIT_DIGITS).filter(|(units, rest)| *units >= 0 && !rest);
        match units {
            Some((units, _)) => {
                let currency = self.short(&format!("{at}/Ccy"), CURRENCY_CHARS_MAX)?;
                Ok((Units(units), currency.to_owned()))
            }
            None => Self::wrong(&number_at, "an amount of at most 4 decimals is expected"),
        }
    }

    /// A person's account and the person (frms.md §1.1), and the agent.
    fn party(&self, [person, account, agent]: [&str; 3]) -> Result<(Party, String), TmsError> {
        let agent = format!("{agent}/FinInstnId/ClrSysMmbId/MmbId");
        let agent = self.short(&agent, TMS_TEXT_CHARS_MAX)?;
        let other = |at: &str, path: &str| {
            let at = format!("{at}/Id{path}/Othr/0");
            Ok((self.must(&format!("{at}/SchmeNm/Prtry"))?, self.must(&format!("{at}/Id"))?))
        };
        let (account_scheme, account_id) = other(account, "")?;
        let (scheme, id) = other(person, "/PrvtId")?;
        let account = self.pseudonyms.account(account_scheme, account_id, agent);
        Ok((Party { account, entity: self.pseudonyms.entity(scheme, id) }, agent.to_owned()))
    }

    /// Whole years on the day of the payment.
    fn age(&self, person: &str, created: jiff::Timestamp) -> Result<u16, TmsError> {
        let at = format!("{person}/Id/PrvtId/DtAndPlcOfBirth/BirthDt");
        let born: Result<jiff::civil::Date, _> = self.must(&at)?.parse();
        let day = created.to_zoned(jiff::tz::TimeZone::UTC).date();
        let age = born.ok().and_then(|born| {
            let had = (day.month(), day.day()) >= (born.month(), born.day());
            u16::try_from(day.year() - born.year() - i16::from(!had)).ok()
        });
        age.map_or_else(|| Self::wrong(&at, "a day before the payment is expected"), Ok)
    }

    fn place(&self, at: &str) -> Result<Option<Place>, TmsError> {
        let degrees = |name: &str, most: i128| {
            let at = format!("{at}/{name}");
            let text = self.must(&at)?;
            let degrees = decimal(text, PLACE_DIGITS).map(|(degrees, _)| degrees);
            let degrees = degrees.filter(|degrees| degrees.abs() <= most * 100_000);
            let degrees = degrees.and_then(|degrees| i32::try_from(degrees).ok());
            degrees.map_or_else(|| Self::wrong(&at, "degrees are expected"), Ok)
        };
        let (latitude_e5, longitude_e5) = (degrees("Lat", 90)?, degrees("Long", 180)?);
        Ok(Some(Place { latitude_e5, longitude_e5 }))
    }
}

/// Decimals of [`Units`].
const UNIT_DIGITS: usize = 4;
/// Decimals of a [`Place`].
const PLACE_DIGITS: usize = 5;

/// A decimal in units of so many digits, and whether anything but zeros was cut.
fn decimal(text: &str, digits: usize) -> Option<(i128, bool)> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let plain = all.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain || exponent.unsigned_abs() > 40 {
        return None;
    }
    let point = i32::try_from(whole.len() + digits).ok()?.checked_add(exponent)?;
    let point = usize::try_from(point).unwrap_or(0);
    let (kept, cut) = all.split_at_checked(point).unwrap_or((&all, ""));
    let zeros = "0".repeat(point.saturating_sub(all.len()));
    let value = format!("0{kept}{zeros}").parse::<i128>().ok()?;
    Some((sign * value, cut.bytes().any(|byte| byte != b'0')))
}

/// The text of a value at a place, as it was written.
fn raw<'a>(text: &'a str, at: &str) -> Option<&'a str> {
    at.split('/').skip(1).try_fold(text, |text, name| {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
        members.get(name).map(|value| value.get())
    })
}
