//! What a payee (or FXP) does when it answers a quote: seal the terms into a packet, a lock and its key.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use thiserror::Error;

use super::lock::{Condition, Fulfilment};
use super::packet::{Packet, PacketError, Prepare};
use crate::amount::{Amount, Currency, Money};
use crate::json::{Value, to_canonical};
use crate::limits::AMOUNT_SCALE;
use crate::time::DateTime;

/// The destination of every ILP v4 packet: FSPIOP routes by party, not by ILP address.
const V4_DESTINATION: &[u8] = b"g.mojaloop";

/// Which packet to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// IlpPayment: FSPIOP 1.x.
    V1,
    /// IlpPrepare: FSPIOP 2.0 and its ISO 20022 form.
    V4,
}

/// The terms that a quote fixes: a transaction object, or the conversion terms of an FX quote.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    object: Value,
    is_conversion: bool,
}

/// Terms with their lock and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Kept by the payee until it accepts the transfer.
    pub fulfilment: Fulfilment,
    /// Goes into the quote and the transfer.
    pub condition: Condition,
    /// The text of `ilpPacket`.
    pub packet: String,
}

/// The payee's secret. From it and a packet, the fulfilment can be made again at any time.
#[derive(Clone)]
pub struct Secret(hmac::Key);

/// Why terms cannot be sealed. The fault of whoever drew up the quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// A member that the packet needs is missing or not a string.
    #[error("{0} is missing or not a string")]
    Missing(&'static str),
    /// Not an amount.
    #[error("the amount is not an FSPIOP amount")]
    BadAmount,
    /// Not an upper-case code of three letters.
    #[error("the currency is not a code of three letters")]
    BadCurrency,
    /// More decimals than the currency has. Never rounded.
    #[error("the amount has more decimals than its currency")]
    OverPrecise,
    /// More than 2^64 - 1 minor units.
    #[error("the amount does not fit an ILP packet")]
    TooLarge,
    /// Not a date and time with a zone.
    #[error("the expiration is not a date and time")]
    BadExpiration,
    /// The packet that would come out cannot be written or the one to open cannot be read.
    #[error(transparent)]
    Packet(#[from] PacketError),
}

impl Terms {
    /// The transaction object of a POST /quotes and the PUT /quotes/{ID} that answers it.
    pub fn of_quote(request: &Value, response: &Value) -> Terms {
        let asked = ["quoteId", "transactionId", "transactionType", "payee", "payer"];
        let mut members: Vec<_> = asked
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), request.member(name)?.clone())))
            .collect();
        let answered =
            [("transferAmount", "amount"), ("expiration", "expiration"), ("note", "note")];
        for (name, sealed_as) in answered {
            if let Some(value) = response.member(name)
                && !(name == "note" && value.as_str() == Some(""))
            {
                members.push((sealed_as.to_owned(), value.clone()));
            }
        }
        Terms { object: Value::Object(members), is_conversion: false }
    }

    /// The terms of a POST /fxQuotes and the PUT /fxQuotes/{ID} that answers it.
    pub fn of_fx_quote(request: &Value, response: &Value) -> Terms {
        let members = [(request, "conversionRequestId"), (response, "conversionTerms")];
        let members = members
            .into_iter()
            .filter_map(|(body, name)| Some((name.to_owned(), body.member(name)?.clone())));
        Terms { object: Value::Object(members.collect()), is_conversion: true }
    }

    /// Terms as they stand in a packet.
    pub fn of_packet(packet: &Packet) -> Result<Terms, PacketError> {
        let object = packet.terms()?;
        let is_conversion = object.member("conversionTerms").is_some();
        Ok(Terms { object, is_conversion })
    }

    /// The text that is sealed: JSON without blanks, keys sorted.
    pub fn to_json(&self) -> Vec<u8> {
        to_canonical(&self.object)
    }

    fn packet_amount(&self) -> Result<u64, SealError> {
        if self.is_conversion {
            return Ok(0);
        }
        let amount = text_at(&self.object, &["amount", "amount"], "amount.amount")?;
        let currency = text_at(&self.object, &["amount", "currency"], "amount.currency")?;
        minor_units(&Money {
            amount: Amount::parse(amount).map_err(|_| SealError::BadAmount)?,
            currency: Currency::parse(currency).map_err(|_| SealError::BadCurrency)?,
        })
    }

    /// `g.<fspId>.<type>.<id>[.<subid>]` of the payee, or `g.<fxp>.<source currency>.<target currency>`.
    fn v1_account(&self) -> Result<Vec<u8>, SealError> {
        if self.is_conversion {
            let part = |path: &[&str], name| text_at(&self.object, path, name);
            let fxp =
                part(&["conversionTerms", "counterPartyFsp"], "conversionTerms.counterPartyFsp")?;
            let source =
                part(&["conversionTerms", "sourceAmount", "currency"], "sourceAmount.currency")?;
            let target =
                part(&["conversionTerms", "targetAmount", "currency"], "targetAmount.currency")?;
            return Ok(ascii(&format!("g.{fxp}.{source}.{target}").to_lowercase()));
        }
        let part =
            |member: &'static str| text_at(&self.object, &["payee", "partyIdInfo", member], member);
        let mut account = format!("g.{}", part("fspId")?);
        for member in ["partyIdType", "partyIdentifier"] {
            account.push('.');
            account.push_str(&part(member)?.to_lowercase());
        }
        if let Ok(sub_id) = part("partySubIdOrType")
            && !sub_id.is_empty()
        {
            account.push('.');
            account.push_str(&sub_id.to_lowercase());
        }
        Ok(ascii(&account))
    }

    fn expires_at_ms(&self) -> Result<i64, SealError> {
        let path: &[&str] =
            if self.is_conversion { &["conversionTerms", "expiration"] } else { &["expiration"] };
        let text = text_at(&self.object, path, "expiration")?;
        DateTime::parse(text).map(|time| time.epoch_ms()).map_err(|_| SealError::BadExpiration)
    }

    fn data(&self) -> Vec<u8> {
        URL_SAFE_NO_PAD.encode(self.to_json()).into_bytes()
    }
}

impl Secret {
    /// The secret as it stands in the payee's configuration.
    pub fn new(secret: &[u8]) -> Secret {
        // The reference SDK keys the HMAC with the base64 text of the secret, not with the secret.
        Secret(hmac::Key::new(hmac::HMAC_SHA256, STANDARD.encode(secret).as_bytes()))
    }

    /// Seals terms.
    ///
    /// # Errors
    /// [`SealError`]: a member that the packet needs is missing, or an amount that cannot be said in minor units.
    pub fn seal(&self, version: Version, terms: &Terms) -> Result<Sealed, SealError> {
        let amount = terms.packet_amount()?;
        match version {
            Version::V1 => {
                let account = terms.v1_account()?;
                let packet = Packet::Payment { amount, account, data: terms.data() }.to_text()?;
                let fulfilment = self.hmac(packet.as_bytes());
                Ok(Sealed { fulfilment, condition: fulfilment.condition(), packet })
            }
            Version::V4 => {
                let fulfilment = self.v4_fulfilment(terms);
                let condition = fulfilment.condition();
                let packet = Packet::Prepare(Prepare {
                    amount,
                    expires_at_ms: terms.expires_at_ms()?,
                    condition,
                    destination: V4_DESTINATION.to_vec(),
                    data: terms.data(),
                });
                Ok(Sealed { fulfilment, condition, packet: packet.to_text()? })
            }
        }
    }

    /// Makes the fulfilment again of a packet that this secret sealed, from the text of `ilpPacket`.
    ///
    /// Of any other packet it makes 32 bytes that fit no condition: compare with the transfer's condition.
    pub fn fulfilment_of(&self, packet_text: &str) -> Result<Fulfilment, PacketError> {
        match Packet::from_text(packet_text)? {
            Packet::Payment { .. } => Ok(self.hmac(packet_text.as_bytes())),
            packet @ Packet::Prepare(_) => Ok(self.v4_fulfilment(&Terms::of_packet(&packet)?)),
        }
    }

    fn v4_fulfilment(&self, terms: &Terms) -> Fulfilment {
        self.hmac(STANDARD.encode(terms.to_json()).as_bytes())
    }

    fn hmac(&self, message: &[u8]) -> Fulfilment {
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(&self.0, message).as_ref());
        Fulfilment(tag)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// An amount in minor units of its currency by ISO 4217. Where the standard gives none (XXX, XTS), at the full scale.
pub(super) fn minor_units(money: &Money) -> Result<u64, SealError> {
    let decimals = money.currency.minor_digits().map_or(AMOUNT_SCALE, u32::from);
    let divisor = 10_i128.pow(AMOUNT_SCALE.saturating_sub(decimals));
    let units = money.amount.units();
    if units % divisor != 0 {
        return Err(SealError::OverPrecise);
    }
    u64::try_from(units / divisor).map_err(|_| SealError::TooLarge)
}

pub(super) fn text_at<'v>(
    value: &'v Value,
    path: &[&str],
    name: &'static str,
) -> Result<&'v str, SealError> {
    let found = path.iter().try_fold(value, |value, member| value.member(member));
    found.and_then(Value::as_str).ok_or(SealError::Missing(name))
}

/// The low byte of each UTF-16 unit, as the reference writes an address: a packet must be the same octets everywhere.
fn ascii(text: &str) -> Vec<u8> {
    text.encode_utf16().map(|unit| unit.to_be_bytes()[1]).collect()
}
