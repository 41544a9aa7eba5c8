//! Currency codes and their decimals, as ISO 4217 stood in November 2026.

use crate::json::Unfit;
use std::fmt;

/// Three upper-case letters. Whether a scheme takes it is its [`CurrencyList`]'s to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Parses three upper-case ASCII letters.
    ///
    /// # Errors
    /// [`Unfit`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(Unfit("must be three upper-case letters")),
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Decimals of the minor unit by ISO 4217; `None` where the standard gives none (metals, units of
    /// account, XDR, and the test codes XXX and XTS) or does not know the code.
    pub fn minor_digits(&self) -> Option<u8> {
        let code = self.as_str();
        let in_row = |row: &&(u8, &str)| row.1.split(' ').any(|known| known == code);
        MINOR_DIGITS.iter().find(in_row).map(|row| row.0)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str(self.as_str())
    }
}

/// The currencies that a scheme takes: configuration, or [`CurrencyList::shipped`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyList {
    sorted: Vec<Currency>,
}

impl CurrencyList {
    /// A list of the given currencies.
    pub fn new(currencies: impl IntoIterator<Item = Currency>) -> Self {
        let mut sorted: Vec<_> = currencies.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self { sorted }
    }

    /// Every currency of ISO 4217 that has a minor unit, and XXX, XTS and XDR for test profiles.
    pub fn shipped() -> Self {
        let rows = MINOR_DIGITS.iter().map(|row| row.1).chain([WITHOUT_MINOR_UNIT]);
        Self::new(rows.flat_map(|row| row.split(' ')).filter_map(|code| Currency::parse(code).ok()))
    }

    /// Whether the scheme takes this currency.
    pub fn contains(&self, currency: Currency) -> bool {
        self.sorted.binary_search(&currency).is_ok()
    }

    /// The currencies in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = Currency> {
        self.sorted.iter().copied()
    }

    /// Parses a currency of the list.
    ///
    /// # Errors
    /// [`Unfit`] if it is malformed or not in the list.
    pub fn parse(&self, text: &str) -> Result<Currency, Unfit> {
        let currency = Currency::parse(text)?;
        if self.contains(currency) {
            Ok(currency)
        } else {
            Err(Unfit("must be a currency of this scheme"))
        }
    }
}

/// Taken for test profiles although ISO 4217 gives them no minor unit.
const WITHOUT_MINOR_UNIT: &str = "XDR XTS XXX";

/// Decimals and the codes that have them.
const MINOR_DIGITS: [(u8, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD \
         CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP \
         GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK \
         LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO \
         NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS \
         SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST \
         XAD XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];
