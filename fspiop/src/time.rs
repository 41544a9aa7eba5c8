//! `DateTime` and `Date` of the API's data model, and the HTTP `Date` header.

use crate::json::{Unfit, Value};
use std::time::{Duration, SystemTime};

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// An instant in milliseconds since 1970-01-01T00:00:00Z, with its spelling (section 7.2.6).
///
/// Two are equal when they are the same instant, however they are spelled.
#[derive(Debug, Clone)]
pub struct DateTime {
    epoch_ms: i64,
    text: Box<str>,
}

impl DateTime {
    /// Parses `yyyy-MM-ddTHH:mm:ss.SSS` with `Z` or `+HH:mm`: exactly three digits of
    /// milliseconds, years 1000 to 9999, dates that exist, no leap seconds, offsets to 19:59.
    ///
    /// # Errors
    /// [`Unfit`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        let epoch_ms = epoch_ms(text.as_bytes())
            .ok_or(Unfit("must be a date and time with milliseconds and a time zone"))?;
        Ok(Self { epoch_ms, text: text.into() })
    }

    /// The instant in UTC, spelled with `Z`; `None` outside of the years 1000 to 9999.
    pub fn from_epoch_ms(epoch_ms: i64) -> Option<Self> {
        let (year, month, day) = civil(epoch_ms.div_euclid(DAY_MS));
        if !(1000..=9999).contains(&year) {
            return None;
        }
        let ms = epoch_ms.rem_euclid(DAY_MS);
        let (hour, minute) = (ms / HOUR_MS, ms / MINUTE_MS % 60);
        let (second, milli) = (ms / 1000 % 60, ms % 1000);
        let text =
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z");
        Some(Self { epoch_ms, text: text.into() })
    }

    /// Milliseconds since the Unix epoch.
    pub fn epoch_ms(&self) -> i64 {
        self.epoch_ms
    }

    /// The spelling as received or made.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        self.epoch_ms == other.epoch_ms
    }
}

impl Eq for DateTime {}

impl From<&DateTime> for Value {
    fn from(time: &DateTime) -> Self {
        Self::from(time.as_str())
    }
}

/// A day `yyyy-MM-dd`, for instance of birth (section 7.2.5): years 1000 to 9999, a day that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Date(Box<str>);

impl Date {
    /// Parses a day.
    ///
    /// # Errors
    /// [`Unfit`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        if text.len() == 10 && day_number(text.as_bytes()).is_some() {
            Ok(Self(text.into()))
        } else {
            Err(Unfit("must be a day that exists, as yyyy-MM-dd"))
        }
    }

    /// The spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Date> for Value {
    fn from(date: &Date) -> Self {
        Self::from(date.as_str())
    }
}

/// Parses an HTTP `Date` in the one form that may be sent (RFC 9110 IMF-fixdate); the obsolete forms
/// are refused, because a hop that rewrites them breaks the signature.
pub fn parse_http_date(text: &str) -> Option<i64> {
    let time = httpdate::parse_http_date(text).ok()?;
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (httpdate::fmt_http_date(time) == text)
        .then(|| i64::try_from(since_epoch.as_millis()).ok())
        .flatten()
}

/// The HTTP `Date` (IMF-fixdate) of an instant, cut to its second; `None` before 1970 and after 9999.
pub fn format_http_date(epoch_ms: i64) -> Option<String> {
    let since_epoch = Duration::from_millis(u64::try_from(epoch_ms).ok()?);
    let (year, _, _) = civil(epoch_ms.div_euclid(DAY_MS));
    if year > 9999 {
        return None;
    }
    Some(httpdate::fmt_http_date(SystemTime::UNIX_EPOCH.checked_add(since_epoch)?))
}

/// The instant that `text` spells, if it keeps every rule of [`DateTime::parse`].
fn epoch_ms(text: &[u8]) -> Option<i64> {
    let (local, zone) = (text.get(..23)?, text.get(23..)?);
    let days = day_number(&local[..10])?;
    let separators = [(10, b'T'), (13, b':'), (16, b':'), (19, b'.')];
    if separators.iter().any(|&(at, separator)| local[at] != separator) {
        return None;
    }
    let hour = number(&local[11..13]).filter(|hour| *hour < 24)?;
    let minute = number(&local[14..16]).filter(|minute| *minute < 60)?;
    let second = number(&local[17..19]).filter(|second| *second < 60)?;
    let milli = number(&local[20..23])?;
    let clock_ms = hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + milli;
    Some(days * DAY_MS + clock_ms - offset_ms(zone)?)
}

fn offset_ms(zone: &[u8]) -> Option<i64> {
    let sign = match zone {
        b"Z" => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    if zone.len() != 6 || zone[3] != b':' {
        return None;
    }
    let hour = number(&zone[1..3]).filter(|hour| *hour < 20)?;
    let minute = number(&zone[4..6]).filter(|minute| *minute < 60)?;
    Some(sign * (hour * HOUR_MS + minute * MINUTE_MS))
}

/// Days since 1970-01-01 of `yyyy-MM-dd`, if that day exists in the years 1000 to 9999.
fn day_number(text: &[u8]) -> Option<i64> {
    if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = number(&text[..4]).filter(|year| *year >= 1000)?;
    let month = number(&text[5..7])?;
    let day = number(&text[8..10])?;
    let days = days_from_civil(year, month, day);
    (civil(days) == (year, month, day)).then_some(days)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
    })
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March
/// so that the leap day is the last of its year, and in eras of 400 years of 146,097 days.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01; the inverse of [`days_from_civil`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}
