//! Texts that name another limit than their band's.

use super::Findings;
use crate::peer::entries::BandEntry;

const MINUTE_MS: f64 = 60_000.0;
const HOUR_MS: f64 = 60.0 * MINUTE_MS;
const DAY_MS: f64 = 24.0 * HOUR_MS;
const YEAR_MS: f64 = 365.25 * DAY_MS;
/// A month is 28 to 31 days, a year 365 or 366: how far apart two ways to say a time may be.
const TOLERANCE: f64 = 0.08;
/// From here on a limit is a time in milliseconds, if the text speaks of one.
const TIME_FROM_MS: f64 = MINUTE_MS;
/// Words after which a number is a window and not a limit: `in the last 3 days`.
const WINDOWS: [&str; 4] = ["last", "past", "previous", "within"];

pub(super) fn lint(at: &str, rule: &str, band: &BandEntry, findings: &mut Findings) {
    let limits = [band.lower_limit, band.upper_limit].into_iter().flatten();
    let limits: Vec<f64> = limits.filter(|limit| *limit > 0.0).collect();
    let times = limits.iter().all(|limit| *limit >= TIME_FROM_MS);
    if limits.is_empty() {
        return;
    }
    for (number, unit) in amounts(&band.reason) {
        let meant = match (unit_ms(&unit), times) {
            (Some(one), true) => limits.iter().any(|limit| near(number, one, *limit)),
            (Some(_), false) if unit.starts_with("year") => is_one_of(number, &limits),
            _ => continue,
        };
        if !meant {
            findings.error(
                at.to_owned(),
                "text-limit",
                format!(
                    "rule {rule}, {}: the text says {number} {unit}, the limits are {limits:?}",
                    band.sub_rule_ref
                ),
                "make the text and the limits say the same",
            );
        }
    }
}

/// A limit, or the whole number before one: `17 years or younger` ends below 18.
#[allow(clippy::float_arithmetic, reason = "limits, not money")]
fn is_one_of(number: f64, limits: &[f64]) -> bool {
    limits.iter().any(|limit| number == *limit || number == *limit - 1.0)
}

#[allow(clippy::float_arithmetic, reason = "times, not money")]
fn near(number: f64, unit_ms: f64, limit: f64) -> bool {
    (number * unit_ms - limit).abs() <= limit * TOLERANCE
}

#[allow(clippy::float_arithmetic, reason = "times, not money")]
fn unit_ms(unit: &str) -> Option<f64> {
    Some(match unit.trim_end_matches('s') {
        "minute" => MINUTE_MS,
        "hour" => HOUR_MS,
        "day" => DAY_MS,
        "week" => 7.0 * DAY_MS,
        "month" => YEAR_MS / 12.0,
        "year" => YEAR_MS,
        _ => return None,
    })
}

/// Numbers with the word after them, unless they say how far back is looked.
fn amounts(text: &str) -> Vec<(f64, String)> {
    let letters = |one: char| !one.is_alphanumeric() && one != '.';
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(letters).filter(|word| !word.is_empty()).collect();
    let triples = words.iter().enumerate().filter_map(|(index, word)| {
        let before = index.checked_sub(1).and_then(|index| words.get(index));
        let window = before.is_some_and(|before| WINDOWS.contains(before));
        let number = number(word).filter(|_| !window)?;
        let unit = words.get(index + 1)?;
        Some((number, (*unit).to_owned()))
    });
    triples.collect()
}

fn number(word: &str) -> Option<f64> {
    const WORDS: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    let place = WORDS.iter().position(|known| *known == word);
    place.and_then(|place| u32::try_from(place).ok()).map(f64::from).or_else(|| word.parse().ok())
}
