//! Nothing that comes in makes the reader panic, and what was written is what is read.

use iso20022::xml::parse;
use iso20022::{Amount, AmountError, Currency, Date, DateTime, inspect, read};
use proptest::prelude::*;

use crate::support::pacs008;

const TOKENS: &[&str] = &[
    "<",
    ">",
    "</",
    "/>",
    "<a>",
    "</a>",
    "<a/>",
    "<a b=\"",
    "\"",
    "'",
    "=",
    "&",
    ";",
    "&amp;",
    "&#0;",
    "&#x41;",
    "&x;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?",
    "?>",
    "<?xml version=\"1.0\"?>",
    "<!DOCTYPE",
    " xmlns:p=\"u\"",
    "p:",
    "\0",
    "\u{FEFF}",
    "\u{FFFF}",
    "é",
    " ",
    "\r\n",
    "text",
];

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let _ = inspect(&bytes);
    }

    #[test]
    fn arbitrary_tokens_do_not_panic(tokens in proptest::collection::vec(0..TOKENS.len(), 0..60)) {
        let text: String = tokens.into_iter().map(|at| TOKENS[at]).collect();
        match parse(text.as_bytes()) {
            Ok(tree) => prop_assert!(tree.counts().copied_bytes <= 2 * text.len()),
            Err(fault) => prop_assert!(fault.offset <= text.len()),
        }
        let _ = read(text.as_bytes());
    }

    #[test]
    fn broken_messages_do_not_panic(
        at in 0usize..900,
        length in 0usize..40,
        insert in proptest::collection::vec(any::<u8>(), 0..8),
    ) {
        let mut bytes = pacs008("100").into_bytes();
        let at = at.min(bytes.len());
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, insert);
        if let Err(refused) = read(&bytes) {
            prop_assert!(!refused.findings.is_empty());
        }
    }

    #[test]
    fn every_text_survives_writing(text in "\\PC{0,40}[\t\r\n]{0,3}\\PC{0,40}") {
        let message = iso20022::admi002::MessageReject {
            related_reference: "1".to_owned(),
            reason: "x".to_owned(),
            rejected: None,
            error_location: None,
            description: Some(text.clone()).filter(|text| !text.is_empty()),
            additional_data: None,
        };
        let written = iso20022::admi002::write(&message).unwrap();
        let read = read(written.as_bytes()).unwrap();
        prop_assert_eq!(read.message, iso20022::Message::MessageReject(message));
    }

    #[test]
    fn amounts_survive(units in 0i128..1_000_000_000_000_000_000) {
        let currency = Currency::parse("EUR").unwrap();
        let amount = Amount::from_units(units, currency).unwrap();
        prop_assert_eq!(Amount::parse(&amount.decimal(), currency), Ok(amount));
    }

    #[test]
    fn times_survive(unix_ms in -62_135_596_800_000i64..=253_402_300_799_999, offset in -840i16..=840) {
        let time = DateTime::utc(unix_ms).with_offset(Some(offset));
        prop_assert_eq!(DateTime::parse(&time.to_string()), Ok(time));
        prop_assert_eq!(DateTime::parse(&time.to_string()).unwrap().unix_ms(), unix_ms);
    }
}

#[test]
fn amounts_by_row() {
    let parse = |text: &str| Amount::parse(text, Currency::parse("EUR").unwrap());
    for (text, units) in [
        ("0", 0),
        ("1", 100_000),
        ("+1.50", 150_000),
        (".5", 50_000),
        ("5.", 500_000),
        ("0.00001", 1),
        ("1.0000000000", 100_000),
        ("000000000000000000000001", 100_000),
        ("-0", 0),
        ("999999999999999999", 99_999_999_999_999_999_900_000),
        ("9999999999999.99999", 999_999_999_999_999_999),
    ] {
        assert_eq!(parse(text).map(|amount| amount.units()), Ok(units), "{text}");
    }
    for (text, error) in [
        ("", AmountError::NotDecimal),
        (".", AmountError::NotDecimal),
        ("1,5", AmountError::NotDecimal),
        ("1e2", AmountError::NotDecimal),
        ("NaN", AmountError::NotDecimal),
        (" 1", AmountError::NotDecimal),
        ("-1", AmountError::Negative),
        ("0.000001", AmountError::FractionDigits),
        ("1000000000000000000", AmountError::TotalDigits),
        ("99999999999999.99999", AmountError::TotalDigits),
    ] {
        assert_eq!(parse(text), Err(error), "{text}");
    }
    assert_eq!(parse("100").unwrap().decimal(), "100");
    assert_eq!(parse("1.5").unwrap().to_string(), "EUR 1.5");
    assert!(
        Amount::from_units(100_000_000_000_000_000_000_000, Currency::parse("EUR").unwrap())
            .is_err()
    );
    assert!(Amount::from_units(-1, Currency::parse("EUR").unwrap()).is_err());
}

#[test]
fn times_by_row() {
    for (text, unix_ms, written) in [
        ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00.000Z"),
        ("1970-01-01T01:00:00+01:00", 0, "1970-01-01T01:00:00.000+01:00"),
        ("1969-12-31T23:59:59.9999-00:30", 1_799_999, "1969-12-31T23:59:59.999-00:30"),
        ("2024-02-29T24:00:00", 1_709_251_200_000, "2024-03-01T00:00:00.000"),
        (" 2026-11-20T10:00:00Z\n", 1_795_168_800_000, "2026-11-20T10:00:00.000Z"),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
    ] {
        let time = DateTime::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!((time.unix_ms(), time.to_string()), (unix_ms, written.to_owned()), "{text}");
    }
    for text in
        ["2026-11-20", "2023-02-29T00:00:00Z", "2026-11-20T10:00:60Z", "10000-01-01T00:00:00Z"]
    {
        assert!(DateTime::parse(text).is_err(), "{text}");
    }
    assert_eq!(Date::parse("2026-11-20+14:00").unwrap().to_string(), "2026-11-20");
    assert!(Date::parse("2026-11-31").is_err());
    assert_eq!(DateTime::utc(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
    assert_eq!(DateTime::utc(-1).date().to_string(), "1969-12-31");
}
