//! ISO 4217: the active codes and how many digits their minor unit has.

use crate::Currency;

/// Digits after the point of a currency's minor unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MinorDigits {
    /// This many.
    Digits(u8),
    /// Listed without a minor unit: metals, funds, XDR, XTS, XXX.
    NotApplicable,
    /// Not a code that ISO 4217 lists as active.
    NotListed,
}

const NONE: &str = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX";
const ZERO: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";
const FOUR: &str = "CLF UYW";
const TWO: &str = "\
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF \
CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ \
GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD \
MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON \
RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS \
UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG";

impl Currency {
    /// The minor unit by ISO 4217, list one.
    pub fn minor_digits(self) -> MinorDigits {
        // Codes stand at every fourth byte.
        let listed = |list: &str| {
            list.as_bytes().chunks(4).any(|code| code.starts_with(self.as_str().as_bytes()))
        };
        if listed(TWO) {
            MinorDigits::Digits(2)
        } else if listed(ZERO) {
            MinorDigits::Digits(0)
        } else if listed(THREE) {
            MinorDigits::Digits(3)
        } else if listed(FOUR) {
            MinorDigits::Digits(4)
        } else if listed(NONE) {
            MinorDigits::NotApplicable
        } else {
            MinorDigits::NotListed
        }
    }
}
