//! ISODateTime and ISODate (xs:dateTime, xs:date) as values, to the millisecond.

use std::fmt;

use crate::write::Writer;

/// A point in time with the offset in which it was written.
///
/// A text without an offset is read as UTC and written without one again. Fractions finer than a
/// millisecond are cut off. Years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    unix_ms: i64,
    offset_minutes: Option<i16>,
}

/// A calendar day, proleptic Gregorian. An offset in the text is accepted and dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: i16,
    month: u8,
    day: u8,
}

/// A choice of day or point in time (`Dt` | `DtTm`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOrDateTime {
    /// `Dt`
    Date(Date),
    /// `DtTm`
    DateTime(DateTime),
}

/// The text is no date or time of the years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a date or time is written as 2026-11-20 or 2026-11-20T10:15:30.123+01:00")]
pub struct TimeError;

const DAY_MS: i64 = 86_400_000;
/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z.
const UNIX_MS_RANGE: (i64, i64) = (-62_135_596_800_000, 253_402_300_799_999);
/// XML Schema's widest offset: 14:00.
const OFFSET_MINUTES_MAX: i16 = 14 * 60;

impl DateTime {
    /// A point in time written in UTC (`Z`), from milliseconds since 1970-01-01T00:00:00Z. What lies
    /// outside the years 0001 to 9999 becomes the nearer end of them.
    pub fn utc(unix_ms: i64) -> DateTime {
        let (first, last) = UNIX_MS_RANGE;
        DateTime { unix_ms: unix_ms.clamp(first, last), offset_minutes: Some(0) }
    }

    /// Reads an xs:dateTime.
    ///
    /// # Errors
    /// Not an xs:dateTime, or not of the years 0001 to 9999.
    pub fn parse(text: &str) -> Result<DateTime, TimeError> {
        let lexical = lexical::date_time(text.trim_matches(lexical::is_space)).ok_or(TimeError)?;
        let offset_minutes = lexical.offset_minutes;
        let day = Date::of(lexical.date)?.days_since_epoch();
        let local_ms = day * DAY_MS + i64::from(lexical.time.millisecond_of_day);
        let unix_ms = local_ms - i64::from(offset_minutes.unwrap_or(0)) * 60_000;
        let (first, last) = UNIX_MS_RANGE;
        if !(first..=last).contains(&unix_ms) || !(first..=last).contains(&local_ms) {
            return Err(TimeError);
        }
        Ok(DateTime { unix_ms, offset_minutes })
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn unix_ms(self) -> i64 {
        self.unix_ms
    }

    /// Offset of the text from UTC in minutes; none if the text had none (read as UTC).
    pub fn offset_minutes(self) -> Option<i16> {
        self.offset_minutes
    }

    /// The same instant, written with this offset (none: none). Beyond 14 hours, or where the local
    /// time would leave the years 0001 to 9999, the offset is UTC's.
    pub fn with_offset(self, offset_minutes: Option<i16>) -> DateTime {
        let (first, last) = UNIX_MS_RANGE;
        let fits = |offset: i16| {
            let local = self.unix_ms + i64::from(offset) * 60_000;
            offset.abs() <= OFFSET_MINUTES_MAX && (first..=last).contains(&local)
        };
        let offset_minutes = offset_minutes.map(|offset| if fits(offset) { offset } else { 0 });
        DateTime { offset_minutes, ..self }
    }

    /// The calendar day on the clock of its offset.
    pub fn date(self) -> Date {
        Date::from_days(self.local_ms().div_euclid(DAY_MS))
    }

    fn local_ms(self) -> i64 {
        self.unix_ms + i64::from(self.offset_minutes.unwrap_or(0)) * 60_000
    }
}

/// `2026-11-20T10:15:30.123+01:00`, always with three fraction digits.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.local_ms().rem_euclid(DAY_MS);
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}.{:03}", self.date(), ms % 1000)?;
        match self.offset_minutes {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
            }
        }
    }
}

impl DateOrDateTime {
    /// As a choice, or as before pain.001.001.08 a bare date; those versions have no element for a time.
    pub(crate) fn write(self, w: &mut Writer, name: &str) {
        w.element(name, |w| match self {
            DateOrDateTime::Date(date) if !w.declares("Dt") => w.escaped(&date.to_string()),
            DateOrDateTime::Date(date) => w.text("Dt", &date.to_string()),
            DateOrDateTime::DateTime(date_time) => w.text("DtTm", &date_time.to_string()),
        });
    }
}

impl Date {
    /// Reads an xs:date; an offset is dropped.
    ///
    /// # Errors
    /// Not an xs:date, or not of the years 0001 to 9999.
    pub fn parse(text: &str) -> Result<Date, TimeError> {
        Date::of(lexical::date(text.trim_matches(lexical::is_space)).ok_or(TimeError)?)
    }

    /// A day from its parts.
    ///
    /// # Errors
    /// No such day, or not of the years 0001 to 9999.
    pub fn new(year: i16, month: u8, day: u8) -> Result<Date, TimeError> {
        let exists = (1..=9999).contains(&year)
            && (1..=lexical::days_in_month(i64::from(year), month)).contains(&day);
        if exists { Ok(Date { year, month, day }) } else { Err(TimeError) }
    }

    /// Year, 1 to 9999.
    pub fn year(self) -> i16 {
        self.year
    }

    /// Month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }

    fn of(date: lexical::LexicalDate) -> Result<Date, TimeError> {
        let year = i16::try_from(date.year).map_err(|_| TimeError)?;
        Date::new(year, date.month, date.day)
    }

    /// Days since 1970-01-01, by the 400-year cycle of years that begin in March.
    fn days_since_epoch(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let (cycle, year_of_cycle) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_cycle =
            year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
        cycle * 146_097 + day_of_cycle - 719_468
    }

    fn from_days(days: i64) -> Date {
        let shifted = days + 719_468;
        let (cycle, day_of_cycle) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524
            - day_of_cycle / 146_096)
            / 365;
        let day_of_year =
            day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
        Date { year: year as i16, month: month as u8, day: day as u8 }
    }
}

/// `2026-11-20`
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The lexical forms of XML Schema part 2, §3.2.7-3.2.9.
pub(crate) mod lexical {
    /// The parts of an xs:date.
    pub(crate) struct LexicalDate {
        pub(crate) year: i64,
        pub(crate) month: u8,
        pub(crate) day: u8,
    }

    /// The time of an xs:dateTime; 24:00:00 is the next day's start.
    pub(crate) struct LexicalTime {
        pub(crate) millisecond_of_day: u32,
    }

    /// An xs:dateTime.
    pub(crate) struct LexicalDateTime {
        pub(crate) date: LexicalDate,
        pub(crate) time: LexicalTime,
        pub(crate) offset_minutes: Option<i16>,
    }

    /// XML's white space.
    pub(crate) fn is_space(c: char) -> bool {
        matches!(c, ' ' | '\t' | '\n' | '\r')
    }

    pub(crate) fn days_in_month(year: i64, month: u8) -> u8 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        }
    }

    pub(crate) fn date_time(text: &str) -> Option<LexicalDateTime> {
        let (date, rest) = day(text)?;
        let (time, rest) = time_of_day(rest.strip_prefix('T')?)?;
        Some(LexicalDateTime { date, time, offset_minutes: offset(rest)? })
    }

    pub(crate) fn date(text: &str) -> Option<LexicalDate> {
        let (date, rest) = day(text)?;
        offset(rest)?;
        Some(date)
    }

    pub(crate) fn time(text: &str) -> Option<LexicalTime> {
        let (time, rest) = time_of_day(text)?;
        offset(rest)?;
        Some(time)
    }

    /// An xs:gYear.
    pub(crate) fn year(text: &str) -> Option<i64> {
        let (year, rest) = year_digits(text)?;
        offset(rest)?;
        Some(year)
    }

    /// An xs:gYearMonth.
    pub(crate) fn year_month(text: &str) -> Option<(i64, u8)> {
        let (year, rest) = year_digits(text)?;
        let (month, rest) = two_digits(rest.strip_prefix('-')?)?;
        offset(rest)?;
        (1..=12).contains(&month).then_some((year, month))
    }

    fn day(text: &str) -> Option<(LexicalDate, &str)> {
        let (year, rest) = year_digits(text)?;
        let (month, rest) = two_digits(rest.strip_prefix('-')?)?;
        let (day, rest) = two_digits(rest.strip_prefix('-')?)?;
        let exists = (1..=days_in_month(year, month)).contains(&day);
        exists.then_some((LexicalDate { year, month, day }, rest))
    }

    /// `-?` and at least four digits, no leading zero beyond four, never 0000.
    fn year_digits(text: &str) -> Option<(i64, &str)> {
        let digits_and_rest = text.strip_prefix('-').unwrap_or(text);
        let length = digits_and_rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = digits_and_rest.split_at(length);
        if !(4..=18).contains(&length) || (length > 4 && digits.starts_with('0')) {
            return None;
        }
        let year: i64 = digits.parse().ok().filter(|year| *year != 0)?;
        Some((if digits_and_rest.len() < text.len() { -year } else { year }, rest))
    }

    fn time_of_day(text: &str) -> Option<(LexicalTime, &str)> {
        let (hour, rest) = two_digits(text)?;
        let (minute, rest) = two_digits(rest.strip_prefix(':')?)?;
        let (second, rest) = two_digits(rest.strip_prefix(':')?)?;
        let (fraction_ms, fraction_is_zero, rest) = fraction(rest)?;
        let last = hour == 24 && minute == 0 && second == 0 && fraction_is_zero;
        if !(last || (hour < 24 && minute < 60 && second < 60)) {
            return None;
        }
        let seconds = u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second);
        Some((LexicalTime { millisecond_of_day: seconds * 1000 + fraction_ms }, rest))
    }

    fn fraction(text: &str) -> Option<(u32, bool, &str)> {
        let Some(rest) = text.strip_prefix('.') else { return Some((0, true, text)) };
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = rest.split_at(length);
        let ms =
            digits.bytes().chain(*b"000").take(3).fold(0, |ms, d| ms * 10 + u32::from(d - b'0'));
        (length > 0).then(|| (ms, digits.bytes().all(|d| d == b'0'), rest))
    }

    /// The whole rest: nothing, `Z`, or `±hh:mm` up to 14:00.
    fn offset(text: &str) -> Option<Option<i16>> {
        let sign = match text.as_bytes().first() {
            None => return Some(None),
            Some(b'Z') if text.len() == 1 => return Some(Some(0)),
            Some(b'+') => 1,
            Some(b'-') => -1,
            Some(_) => return None,
        };
        let (hours, rest) = two_digits(text.get(1..)?)?;
        let (minutes, rest) = two_digits(rest.strip_prefix(':')?)?;
        let total = i16::from(hours) * 60 + i16::from(minutes);
        let fits = rest.is_empty() && minutes < 60 && total <= super::OFFSET_MINUTES_MAX;
        fits.then_some(Some(sign * total))
    }

    fn two_digits(text: &str) -> Option<(u8, &str)> {
        match text.as_bytes() {
            [a @ b'0'..=b'9', b @ b'0'..=b'9', ..] => {
                Some(((a - b'0') * 10 + (b - b'0'), text.get(2..)?))
            }
            _ => None,
        }
    }
}
