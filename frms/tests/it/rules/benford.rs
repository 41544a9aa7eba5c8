//! Rules 054 and 063 against chi-squared computed another way: sum of found^2/expected, less n, with
//! Benford's law from logarithms.

#![allow(clippy::float_arithmetic, reason = "statistics")]

use frms::{Attempt, OutcomeKind, PaymentId, Units};

use super::scenes::{NOW, Said, THIS, alone, read};
use crate::{Screening, outcome};

/// What rule `number` says of an amount after so many that begin with each digit.
fn said(number: &str, digits: [u32; 9], last: i128, currency: &str) -> Said {
    let word = if number == "054" { "ann>cy" } else { "cy>bob" };
    let mut screening = Screening::of(alone(number));
    let amounts = digits.iter().zip(1_i128..).flat_map(|(count, digit)| {
        let tens = [1, 10, 1_000, 100_000, 10_000_000].into_iter().cycle();
        tens.take(usize::try_from(*count).unwrap()).map(move |ten| digit * ten + ten / 10 * 7)
    });
    for (units, id) in amounts.zip(1..) {
        let (_, _, payment) = read(word);
        let currency = currency.to_owned();
        screening.attempt(Attempt { id: PaymentId(id), units: Units(units), currency, ..payment });
        screening.take(outcome(id, OutcomeKind::Committed, NOW));
    }
    let (_, _, this) = read("ann>bob");
    let this = Attempt { id: PaymentId(THIS), units: Units(last), ..this };
    let before = Said::of(&screening.attempt(this));
    let after = screening.take(outcome(THIS, OutcomeKind::Committed, NOW)).unwrap();
    assert_eq!(before, Said::of(&after));
    before
}

fn chi_squared(digits: [u32; 9]) -> f64 {
    let total: u32 = digits.iter().sum();
    let total = f64::from(total);
    let terms = digits.iter().zip(1..).map(|(found, digit)| {
        let expected = total * (1.0 + 1.0 / f64::from(digit)).log10();
        f64::from(*found) * f64::from(*found) / expected
    });
    terms.sum::<f64>() - total
}

/// Below and above 15.507, and the smallest steps across it that fifty payments can make.
const DIGITS: [[u32; 9]; 6] = [
    [30, 17, 12, 9, 7, 6, 5, 5, 4],
    [16, 9, 6, 5, 4, 3, 2, 3, 2],
    [6, 6, 6, 6, 6, 5, 5, 5, 5],
    [20, 8, 6, 4, 4, 3, 3, 2, 10],
    [301, 176, 125, 97, 79, 67, 58, 51, 46],
    [60, 0, 0, 0, 0, 0, 0, 0, 0],
];

#[test]
fn chi_squared_is_what_another_computation_says() {
    let mut outcomes = Vec::new();
    for number in ["054", "063"] {
        for digits in DIGITS {
            let mut with_this = digits;
            with_this[8] += 1;
            let expected = chi_squared(with_this);
            let said = said(number, digits, 9_999, "EUR");
            let value = said.value.unwrap();
            assert!((value - expected).abs() < 1e-9 * expected.max(1.0), "{digits:?}: {value}");
            assert_eq!(said.outcome, if expected < 15.507 { ".01" } else { ".02" });
            outcomes.push(said.outcome);
        }
    }
    assert!(outcomes.contains(&".01".to_owned()) && outcomes.contains(&".02".to_owned()));
}

#[test]
fn fifty_amounts_with_this_one_are_enough() {
    for number in ["054", "063"] {
        assert_eq!(said(number, [14, 9, 6, 5, 4, 4, 3, 2, 1], 10_000, "EUR").outcome, ".x01");
        assert_eq!(said(number, [15, 9, 6, 5, 4, 4, 3, 2, 1], 10_000, "EUR").outcome, ".01");
        assert_eq!(
            said(number, [15, 9, 6, 5, 4, 4, 3, 2, 1], 0, "EUR").outcome,
            ".x01",
            "no digit"
        );
        assert_eq!(said(number, [99; 9], 10_000, "USD").outcome, ".x01", "another currency");
    }
}
