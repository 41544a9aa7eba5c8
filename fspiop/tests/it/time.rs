//! Dates and times, the third-party row J11, and the HTTP Date header.

use crate::rows;
use fspiop::time::{Date, DateTime, format_http_date, parse_http_date};
use proptest::prelude::*;

#[test]
fn date_times_are_real_and_have_milliseconds_and_a_zone() {
    // text | milliseconds since the epoch, or no
    let table = "
        1970-01-01T00:00:00.000Z      | 0
        1969-12-31T23:59:59.999Z      | -1
        2016-05-24T08:38:08.699-04:00 | 1464093488699
        2026-05-24T08:40:00.000Z      | 1779612000000
        2024-02-29T00:00:00.000Z      | 1709164800000
        2000-02-29T00:00:00.000Z      | 951782400000
        1000-01-01T00:00:00.000Z      | -30610224000000
        9999-12-31T23:59:59.999Z      | 253402300799999
        9999-12-31T23:59:59.999-19:59 | 253402372739999
        2026-01-01T00:00:00.000+19:59 | 1767153660000
        2026-01-01T00:00:00.000+20:00 | no
        2026-01-01T00:00:00.000+00:60 | no
        2026-01-01T00:00:00.000       | no
        2026-01-01T00:00:00.000z      | no
        2026-01-01T00:00:00.000 Z     | no
        2026-01-01T00:00:00.000ZZ     | no
        2026-01-01T00:00:00.000+0100  | no
        2026-01-01T00:00:00.000+01    | no
        2026-01-01T00:00:00Z          | no
        2026-01-01T00:00:00.0Z        | no
        2026-01-01T00:00:00.0000Z     | no
        2026-01-01T00:00:00,000Z      | no
        2026-01-01 00:00:00.000Z      | no
        2026-02-30T00:00:00.000Z      | no
        2026-02-29T00:00:00.000Z      | no
        1900-02-29T00:00:00.000Z      | no
        2100-02-29T00:00:00.000Z      | no
        2026-04-31T00:00:00.000Z      | no
        2026-13-01T00:00:00.000Z      | no
        2026-00-01T00:00:00.000Z      | no
        2026-01-00T00:00:00.000Z      | no
        2026-01-01T24:00:00.000Z      | no
        2026-01-01T23:60:00.000Z      | no
        2016-12-31T23:59:60.000Z      | no
        0999-12-31T23:59:59.999Z      | no
        +2026-01-01T00:00:00.000Z     | no
        20260101T000000.000Z          | no
        2026-01-01T00:00:0٠.000Z      | no
    ";
    for [text, wanted] in rows::<2>(table) {
        let parsed = DateTime::parse(text);
        let got = parsed.as_ref().map_or("no".to_owned(), |time| time.epoch_ms().to_string());
        assert_eq!(got, wanted, "{text}");
        assert!(parsed.is_err() || parsed.unwrap().as_str() == text);
    }
    assert!(DateTime::parse("").is_err() && DateTime::parse("2026-01-01T00:00:00.000é").is_err());
}

#[test]
fn one_instant_is_equal_however_it_is_spelled() {
    let zulu = DateTime::parse("2026-05-24T08:40:00.000Z").unwrap();
    let berlin = DateTime::parse("2026-05-24T10:40:00.000+02:00").unwrap();
    assert_eq!(zulu, berlin);
    assert_ne!(zulu.as_str(), berlin.as_str());
}

#[test]
fn instants_are_written_within_the_years_that_may_be_read() {
    let first = DateTime::parse("1000-01-01T00:00:00.000Z").unwrap().epoch_ms();
    let last = DateTime::parse("9999-12-31T23:59:59.999Z").unwrap().epoch_ms();
    assert!(DateTime::from_epoch_ms(first - 1).is_none());
    assert!(DateTime::from_epoch_ms(last + 1).is_none());
    assert!(DateTime::from_epoch_ms(i64::MIN).is_none());
    assert!(DateTime::from_epoch_ms(i64::MAX).is_none());
    assert_eq!(DateTime::from_epoch_ms(first).unwrap().as_str(), "1000-01-01T00:00:00.000Z");
    assert_eq!(DateTime::from_epoch_ms(last).unwrap().as_str(), "9999-12-31T23:59:59.999Z");
}

#[test]
fn days_exist() {
    let table = "
        1966-06-16 | yes
        2024-02-29 | yes
        2023-02-29 | no
        66-06-16   | no
        1966-6-16  | no
        0001-01-01 | no
    ";
    for [text, wanted] in rows::<2>(table) {
        assert_eq!(Date::parse(text).is_ok(), wanted == "yes", "{text}");
    }
}

#[test]
fn the_http_date_has_one_form() {
    let table = "
        Sat, 23 May 2026 21:12:31 GMT    | 1779570751000
        Thu, 01 Jan 1970 00:00:00 GMT    | 0
        Fri, 23 May 2026 21:12:31 GMT    | no
        Sat, 23 May 2026 21:12:31 UTC    | no
        Sat, 23 May 2026 21:12:31        | no
        sat, 23 may 2026 21:12:31 gmt    | no
        Sat, 3 May 2026 21:12:31 GMT     | no
        Sat, 31 Jun 2026 21:12:31 GMT    | no
        Saturday, 23-May-26 21:12:31 GMT | no
        Sat May 23 21:12:31 2026         | no
        2026-05-23T21:12:31.000Z         | no
        12345                            | no
        thursday                         | no
    ";
    for [text, wanted] in rows::<2>(table) {
        let got = parse_http_date(text).map_or("no".to_owned(), |ms| ms.to_string());
        assert_eq!(got, wanted, "{text}");
    }
    assert_eq!(format_http_date(1_779_570_751_999).unwrap(), "Sat, 23 May 2026 21:12:31 GMT");
    assert_eq!(format_http_date(-1), None);
    assert_eq!(format_http_date(i64::MAX), None);
    assert_eq!(format_http_date(253_402_300_800_000), None);
}

proptest! {
    #[test]
    fn instants_read_back(epoch_ms in -30_610_224_000_000_i64..253_402_300_800_000) {
        let time = DateTime::from_epoch_ms(epoch_ms).unwrap();
        prop_assert_eq!(DateTime::parse(time.as_str()).unwrap().epoch_ms(), epoch_ms);
    }

    #[test]
    fn http_dates_read_back(second in 0..253_402_300_800_i64) {
        let text = format_http_date(second * 1000).unwrap();
        prop_assert_eq!(parse_http_date(&text), Some(second * 1000));
    }
}
