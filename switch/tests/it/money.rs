//! Money: what is read is what is shown, sums are exact, bounds hold.

use std::str::FromStr;

use proptest::prelude::*;
use switch::{Currency, Money, MoneyError, limits};

fn xts() -> Currency {
    Currency::from_str("XTS").unwrap()
}

#[test]
fn amounts_that_are_read_and_refused() {
    let read = |text| Money::amount(text, xts()).map(|money| money.units());
    assert_eq!(read("0"), Ok(0));
    assert_eq!(read("1"), Ok(10_000));
    assert_eq!(read("0.0001"), Ok(1));
    assert_eq!(read("12.5"), Ok(125_000));
    assert_eq!(read("00012.50"), Ok(125_000));
    assert_eq!(read("999999999999999999"), Ok(9_999_999_999_999_999_990_000));
    assert_eq!(read("99999999999999.9999"), Ok(999_999_999_999_999_999));
    assert_eq!(read("999999999999999.9999"), Err(MoneyError::Digits));
    assert_eq!(read("1000000000000000000"), Err(MoneyError::Digits));
    assert_eq!(read("0.00001"), Err(MoneyError::Scale));
    for text in ["", ".", "1.", ".1", "-1", "+1", "1e3", "1,5", " 1", "1.2.3", "0x1", "١"] {
        assert_eq!(read(text), Err(MoneyError::Syntax), "{text:?}");
    }
}

#[test]
fn currencies_are_three_capitals() {
    for text in ["", "XT", "XTSS", "xts", "X1S", "€"] {
        assert_eq!(Currency::from_str(text), Err(MoneyError::Currency), "{text:?}");
    }
    assert_eq!(xts().to_string(), "XTS");
}

#[test]
fn sums_stay_in_one_currency_and_in_bounds() {
    let other = Money::zero(Currency::from_str("XXX").unwrap());
    let most = Money::amount("999999999999999999", xts()).unwrap();
    assert_eq!(most.checked_add(other), Err(MoneyError::CurrencyMismatch));
    assert_eq!(most.checked_sub(other), Err(MoneyError::CurrencyMismatch));
    let mut sum = Money::zero(xts());
    let mut count = 0;
    while let Ok(more) = sum.checked_add(most) {
        (sum, count) = (more, count + 1);
    }
    assert_eq!(count, 1_000_000);
    assert_eq!(sum.checked_add(most), Err(MoneyError::Overflow));
    assert!(sum.units() <= limits::BALANCE_UNITS_MAX);
    assert_eq!(sum.negated().checked_sub(most), Err(MoneyError::Overflow));
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(units in 0_i128..10_i128.pow(18)) {
        let money = Money::from_units(units, xts()).unwrap();
        prop_assert_eq!(Money::amount(&money.to_string(), xts()), Ok(money));
    }

    #[test]
    fn both_ways_in_hold_the_same_bound(
        digits in 0_u32..20,
        zeros in 0_u32..6,
        part in 0_i128..10_i128.pow(19),
    ) {
        let units = part % 10_i128.pow(digits) * 10_i128.pow(zeros);
        let text = format!("{}.{:04}", units / 10_000, units % 10_000);
        prop_assert_eq!(Money::from_units(units, xts()), Money::amount(&text, xts()));
    }

    #[test]
    fn sums_are_exact_and_undone(a in -10_i128.pow(18)..10_i128.pow(18), b in -10_i128.pow(18)..10_i128.pow(18)) {
        let of = |units| Money::from_units(units, xts());
        let (Ok(x), Ok(y)) = (of(a), of(b)) else { return Ok(()) };
        let sum = x.checked_add(y).unwrap();
        prop_assert_eq!(sum.units(), a + b);
        prop_assert_eq!(sum.checked_sub(y).unwrap(), x);
        prop_assert_eq!(x.checked_add(x.negated()).unwrap(), Money::zero(xts()));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        if let Ok(money) = Money::amount(&text, xts()) {
            prop_assert_eq!(Money::amount(&money.to_string(), xts()), Ok(money));
        }
    }
}
