//! Days, weeks and seasons of the generated world: UTC, from Wednesday, 1 January 2025.

use super::chance::Chance;

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// Midnight of day 0, in Unix milliseconds.
const START_MS: i64 = 1_735_689_600_000;

/// Days of the months of a common year.
const MONTHS: [i32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// How much people pay in each month, in hundredths.
const SEASON: [u16; 12] = [92, 90, 97, 99, 101, 100, 97, 92, 100, 102, 106, 128];

/// Midnight of a day, in Unix milliseconds.
pub(super) fn midnight(day: i32) -> i64 {
    START_MS + i64::from(day) * DAY
}

/// The day of an instant.
pub(super) fn day_of(at_ms: i64) -> i32 {
    (at_ms - START_MS).div_euclid(DAY) as i32
}

/// Whether banks and offices are closed.
pub(super) fn is_weekend(day: i32) -> bool {
    matches!(day.rem_euclid(7), 3 | 4)
}

/// Month (1 to 12) and day of the month (from 1). Leap years have 29 February 2028, 2032, ...
pub(super) fn date(day: i32) -> (usize, i32) {
    let mut rest = day.max(0) % (4 * 365 + 1);
    for year in 0..4 {
        for (month, length) in MONTHS.iter().enumerate() {
            let length = length + i32::from(year == 3 && month == 1);
            if rest < length {
                return (month + 1, rest + 1);
            }
            rest -= length;
        }
    }
    (1, 1)
}

/// How much is paid on a day of the year.
pub(super) fn season(day: i32) -> f64 {
    f64::from(SEASON[date(day).0 - 1]) / 100.0
}

/// When in a day something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hours {
    /// People shop, and pay each other.
    Waking,
    /// Offices and agents are open.
    Office,
    /// Batches run.
    Morning,
    /// Others sleep.
    Night,
}

/// The weight of each hour.
const WAKING: [u16; 24] =
    [3, 2, 1, 1, 1, 4, 12, 25, 38, 45, 50, 56, 66, 60, 50, 48, 54, 70, 76, 66, 48, 32, 18, 8];
const OFFICE: [u16; 24] =
    [0, 0, 0, 0, 0, 0, 1, 6, 40, 60, 70, 66, 45, 50, 62, 60, 48, 25, 8, 2, 0, 0, 0, 0];
const MORNING: [u16; 24] =
    [0, 0, 0, 0, 6, 20, 30, 24, 12, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const NIGHT: [u16; 24] =
    [20, 24, 26, 26, 20, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 9, 14];

/// An instant of a day.
pub(super) fn instant(chance: &mut Chance, day: i32, hours: Hours) -> i64 {
    let weights = match hours {
        Hours::Waking => &WAKING,
        Hours::Office => &OFFICE,
        Hours::Morning => &MORNING,
        Hours::Night => &NIGHT,
    };
    let hour = chance.weighted(weights) as i64;
    midnight(day) + hour * HOUR + chance.between(0, HOUR - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        let dates = [(0, (1, 1)), (58, (2, 28)), (59, (3, 1)), (364, (12, 31)), (365, (1, 1))];
        for (day, want) in dates {
            assert_eq!(date(day), want, "day {day}");
        }
        assert_eq!(date(3 * 365 + 59), (2, 29));
        assert_eq!(
            (is_weekend(2), is_weekend(3), is_weekend(4), is_weekend(5)),
            (false, true, true, false)
        );
        assert_eq!(day_of(midnight(419) + DAY - 1), 419);
    }
}
