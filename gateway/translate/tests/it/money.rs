//! Amounts between the three vocabularies.

use causeway_translate::money::{
    MoneyError, fspiop_of_iso, fspiop_of_switch, iso_of_fspiop, switch_of_fspiop,
};
use fspiop::amount::{Amount, Currency, CurrencyList, Money};
use proptest::prelude::*;

use crate::support::rows;

fn iso(text: &str) -> iso20022::Amount {
    let (amount, currency) = text.split_once(' ').unwrap();
    iso20022::Amount::parse(amount, iso20022::Currency::parse(currency).unwrap()).unwrap()
}

fn money(text: &str) -> Money {
    let (amount, currency) = text.split_once(' ').unwrap();
    Money { amount: Amount::parse(amount).unwrap(), currency: Currency::parse(currency).unwrap() }
}

#[test]
fn iso_to_fspiop_keeps_every_digit_or_refuses() {
    for [amount, expected] in rows::<2>(
        "
        100.50 EUR               | 100.5 EUR
        0100.00 EUR              | 100 EUR
        .5 EUR                   | 0.5 EUR
        0.001 KWD                | 0.001 KWD
        1.234 CLF                | 1.234 CLF
        5 JPY                    | 5 JPY
        1.2345 XTS               | 1.2345 XTS
        999999999999999999 EUR   | 999999999999999999 EUR
        1.005 EUR                | CH20 EUR 1.005 has more than the 2 decimals of its currency
        5.1 JPY                  | CH20 JPY 5.1 has more than the 0 decimals of its currency
        1.00001 XTS              | AM12 XTS 1.00001 has more than 4 decimals
        0.00 EUR                 | AM01 an amount of 0 cannot be paid
        1 XAU                    | AM03 XAU is no currency of this scheme
        1 ZZZ                    | AM03 ZZZ is no currency of this scheme
    ",
    ) {
        let got = match fspiop_of_iso(&iso(amount), &CurrencyList::shipped()) {
            Ok(money) => money.to_string(),
            Err(error) => format!("{} {error}", error.iso_reason()),
        };
        assert_eq!(got, expected, "{amount}");
    }
}

#[test]
fn fspiop_to_iso_refuses_what_the_currency_does_not_have() {
    assert_eq!(iso_of_fspiop(&money("12.5 EUR")).unwrap().to_string(), "EUR 12.5");
    assert_eq!(iso_of_fspiop(&money("12.5 XXX")).unwrap().to_string(), "XXX 12.5");
    let refused = iso_of_fspiop(&money("12.505 EUR"));
    assert!(matches!(refused, Err(MoneyError::CurrencyDigits { digits: 2, .. })));
}

#[test]
fn the_ledger_and_fspiop_count_the_same_units() {
    let ledger = switch_of_fspiop(&money("12.3456 EUR")).unwrap();
    assert_eq!(ledger.units(), 123_456);
    assert_eq!(fspiop_of_switch(&ledger).unwrap(), money("12.3456 EUR"));
    let below = switch::Money::from_units(-1, ledger.currency()).unwrap();
    assert_eq!(fspiop_of_switch(&below), Err(MoneyError::Negative));
}

proptest! {
    #[test]
    fn what_passes_comes_back_unchanged(units in 1_i128..10_i128.pow(22)) {
        let euro = Currency::parse("EUR").unwrap();
        if let Some(amount) = Amount::from_units(units) {
            let money = Money { amount, currency: euro };
            prop_assert_eq!(fspiop_of_switch(&switch_of_fspiop(&money).unwrap()).unwrap(), money);
            match iso_of_fspiop(&money) {
                Ok(iso) => prop_assert_eq!(fspiop_of_iso(&iso, &CurrencyList::shipped()).unwrap(), money),
                Err(_) => prop_assert!(units % 100 != 0),
            }
        }
    }
}
