//! The two packets, to and from their octets and their base64url text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use super::lock::Condition;
use super::oer::{Reader, put_octet_string};
use crate::json::{self, Value};
use crate::limits::ILP_PACKET_CHARS;
use crate::time::DateTime;

const TYPE_PAYMENT: u8 = 1;
const TYPE_PREPARE: u8 = 12;
/// Digits of an Interledger timestamp: `YYYYMMDDHHMMSSmmm`.
const TIME_DIGITS: usize = 17;

/// An ILP packet as FSPIOP uses it. Amounts are in minor units of the currency that stands in the terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    /// ILP v1, IlpPayment.
    Payment {
        /// Minor units; 0 for a currency conversion.
        amount: u64,
        /// `g.<fspId>.<type>.<id>[.<subid>]`, for a currency conversion `g.<fxp>.<source>.<target>`.
        account: Vec<u8>,
        /// The base64url text of the terms.
        data: Vec<u8>,
    },
    /// ILP v4, IlpPrepare.
    Prepare(Prepare),
}

/// The members of an ILP v4 packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepare {
    /// Minor units; 0 for a currency conversion.
    pub amount: u64,
    /// When the terms expire: milliseconds since 1970, UTC.
    pub expires_at_ms: i64,
    /// The lock.
    pub condition: Condition,
    /// `g.mojaloop`.
    pub destination: Vec<u8>,
    /// The base64url text of the terms.
    pub data: Vec<u8>,
}

/// Why a text is no packet that we read. The sender's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PacketError {
    /// More than 32,768 characters.
    #[error("the ILP packet is longer than 32768 characters")]
    TooLong,
    /// Not base64url.
    #[error("the ILP packet is not base64url")]
    NotBase64Url,
    /// A length that points past the end.
    #[error("the ILP packet ends too early")]
    Truncated,
    /// A length in more octets than it needs.
    #[error("a length in the ILP packet is not in its shortest form")]
    LengthNotCanonical,
    /// Octets after the packet.
    #[error("there are octets after the ILP packet")]
    TrailingOctets,
    /// Neither type 1 nor type 12.
    #[error("the ILP packet is neither a payment (type 1) nor a prepare (type 12)")]
    UnknownType,
    /// Not 17 digits that are a time, or a time after the year 9999.
    #[error("the expiry of the ILP packet is not a time")]
    BadTime,
    /// The data is not base64url of a JSON object.
    #[error("the data of the ILP packet is not base64url of a JSON object")]
    BadTerms,
}

impl Packet {
    /// Reads the text of `ilpPacket` (base64url, with or without padding) in either version.
    pub fn from_text(text: &str) -> Result<Packet, PacketError> {
        if text.len() > ILP_PACKET_CHARS {
            return Err(PacketError::TooLong);
        }
        let octets = URL_SAFE_NO_PAD
            .decode(text.trim_end_matches('='))
            .map_err(|_| PacketError::NotBase64Url)?;
        Packet::from_octets(&octets)
    }

    /// Reads the octets of either version.
    pub fn from_octets(octets: &[u8]) -> Result<Packet, PacketError> {
        let mut envelope = Reader(octets);
        let [packet_type] = envelope.array()?;
        let mut contents = Reader(envelope.octet_string()?);
        let packet = match packet_type {
            TYPE_PAYMENT => read_payment(&mut contents)?,
            TYPE_PREPARE => read_prepare(&mut contents)?,
            _ => return Err(PacketError::UnknownType),
        };
        match (envelope.0, contents.0) {
            ([], []) => Ok(packet),
            _ => Err(PacketError::TrailingOctets),
        }
    }

    /// The octets.
    ///
    /// # Errors
    /// [`PacketError::BadTime`] for an expiry before the year 0 or after 9999.
    pub fn to_octets(&self) -> Result<Vec<u8>, PacketError> {
        let (packet_type, contents) = match self {
            Packet::Payment { amount, account, data } => {
                (TYPE_PAYMENT, payment_contents(*amount, account, data))
            }
            Packet::Prepare(prepare) => (TYPE_PREPARE, prepare_contents(prepare)?),
        };
        let mut octets = vec![packet_type];
        put_octet_string(&mut octets, &contents);
        Ok(octets)
    }

    /// The text of `ilpPacket`: base64url without padding.
    ///
    /// # Errors
    /// As [`Packet::to_octets`], and [`PacketError::TooLong`].
    pub fn to_text(&self) -> Result<String, PacketError> {
        let text = URL_SAFE_NO_PAD.encode(self.to_octets()?);
        if text.len() > ILP_PACKET_CHARS { Err(PacketError::TooLong) } else { Ok(text) }
    }

    /// The amount in minor units.
    pub fn amount(&self) -> u64 {
        match self {
            Packet::Payment { amount, .. } => *amount,
            Packet::Prepare(prepare) => prepare.amount,
        }
    }

    /// The condition, which only v4 carries.
    pub fn condition(&self) -> Option<Condition> {
        match self {
            Packet::Payment { .. } => None,
            Packet::Prepare(prepare) => Some(prepare.condition),
        }
    }

    /// The terms inside: the transaction object that the payee sealed, or the conversion terms of an FXP.
    pub fn terms(&self) -> Result<Value, PacketError> {
        let data = match self {
            Packet::Payment { data, .. } => data,
            Packet::Prepare(prepare) => &prepare.data,
        };
        let text = URL_SAFE_NO_PAD.decode(data).map_err(|_| PacketError::BadTerms)?;
        match json::parse_message(&text) {
            Ok(terms @ Value::Object(_)) => Ok(terms),
            Ok(_) | Err(_) => Err(PacketError::BadTerms),
        }
    }
}

fn payment_contents(amount: u64, account: &[u8], data: &[u8]) -> Vec<u8> {
    let mut contents = amount.to_be_bytes().to_vec();
    put_octet_string(&mut contents, account);
    put_octet_string(&mut contents, data);
    // The number of extensions, of which ILP v1 never defined one.
    contents.push(0);
    contents
}

fn prepare_contents(prepare: &Prepare) -> Result<Vec<u8>, PacketError> {
    let mut contents = prepare.amount.to_be_bytes().to_vec();
    contents.extend_from_slice(interledger_time(prepare.expires_at_ms)?.as_bytes());
    contents.extend_from_slice(&prepare.condition.0);
    put_octet_string(&mut contents, &prepare.destination);
    put_octet_string(&mut contents, &prepare.data);
    Ok(contents)
}

fn read_payment(contents: &mut Reader<'_>) -> Result<Packet, PacketError> {
    let amount = u64::from_be_bytes(contents.array()?);
    let account = contents.octet_string()?.to_vec();
    let data = contents.octet_string()?.to_vec();
    // Some writers leave the number of extensions out; none may announce any.
    if contents.0 == [0] {
        contents.take(1)?;
    }
    Ok(Packet::Payment { amount, account, data })
}

fn read_prepare(contents: &mut Reader<'_>) -> Result<Packet, PacketError> {
    Ok(Packet::Prepare(Prepare {
        amount: u64::from_be_bytes(contents.array()?),
        expires_at_ms: from_interledger_time(contents.array()?)?,
        condition: Condition(contents.array()?),
        destination: contents.octet_string()?.to_vec(),
        data: contents.octet_string()?.to_vec(),
    }))
}

fn interledger_time(epoch_ms: i64) -> Result<String, PacketError> {
    let time = DateTime::from_epoch_ms(epoch_ms).ok_or(PacketError::BadTime)?;
    let digits: String = time.as_str().chars().filter(char::is_ascii_digit).collect();
    if digits.len() == TIME_DIGITS { Ok(digits) } else { Err(PacketError::BadTime) }
}

fn from_interledger_time(digits: [u8; TIME_DIGITS]) -> Result<i64, PacketError> {
    let digits = std::str::from_utf8(&digits).map_err(|_| PacketError::BadTime)?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(PacketError::BadTime);
    }
    let (date, time) = digits.split_at(8);
    let text = format!(
        "{}-{}-{}T{}:{}:{}.{}Z",
        &date[..4],
        &date[4..6],
        &date[6..],
        &time[..2],
        &time[2..4],
        &time[4..6],
        &time[6..]
    );
    DateTime::parse(&text).map(|time| time.epoch_ms()).map_err(|_| PacketError::BadTime)
}
