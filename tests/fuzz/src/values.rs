//! Amounts, times, names and ids.

use fspiop::amount::{Amount, CurrencyList};
use fspiop::deadline::Timeout;
use fspiop::identifiers::FspId;
use fspiop::time::{Date, DateTime, format_http_date, parse_http_date};
use fspiop::version::{Rules, Version};

/// What is read is worth what it says.
pub fn all(bytes: &[u8]) {
    if let Some(timeout) = Timeout::parse(bytes) {
        assert_eq!(timeout.ms().to_string().as_bytes(), bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    amount(text);
    if let Ok(time) = DateTime::parse(text) {
        let rendered = DateTime::from_epoch_ms(time.epoch_ms());
        assert_eq!(rendered.map(|rendered| rendered.epoch_ms()), Some(time.epoch_ms()), "{text}");
    }
    let _ = Date::parse(text);
    if let Some(instant) = parse_http_date(text) {
        let again = format_http_date(instant).as_deref().and_then(parse_http_date);
        assert_eq!(again, Some(instant), "{text}");
    }
    if let Ok(name) = FspId::parse(text) {
        assert!(name.as_str() == text && !text.contains(['\r', '\n', ' ']), "{text:?}");
    }
    id(text);
    if let Some((code, amount)) = text.split_once(' ')
        && let (Ok(currency), Ok(amount)) = (iso20022::Currency::parse(code), amount.parse())
    {
        let amount: u64 = amount;
        assert!(!format!("{currency:?}{amount}").is_empty());
    }
}

fn amount(text: &str) {
    let Ok(amount) = Amount::parse(text) else { return };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    assert!(amount.units() >= 0 && digits <= 18, "{text}");
    assert_eq!(Amount::parse(&amount.to_string()).ok(), Some(amount), "{text}");
}

fn id(text: &str) {
    let currencies = CurrencyList::shipped();
    for version in [Version::V1_1, Version::V2_0] {
        if let Ok(id) = Rules::new(version, &currencies).correlation_id(text) {
            assert_eq!(id.as_str(), text);
        }
    }
}
