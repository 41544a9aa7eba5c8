//! Amounts and currencies: the API's own table, rows J06, J07 and J10.

use crate::rows;
use fspiop::amount::{Amount, Currency, CurrencyList, Money};
use fspiop::error::ErrorCode;
use fspiop::json::{Node, parse};
use proptest::prelude::*;

#[test]
fn amounts_are_read_exactly_or_refused() {
    // value | ten-thousandths, or why not. The first 15 are the table of API Definition 7.2.13.
    let table = "
        5                        | 50000
        5.0                      | superfluous
        5.                       | superfluous
        5.00                     | superfluous
        5.5                      | 55000
        5.50                     | superfluous
        5.5555                   | 55555
        5.55555                  | 18 significant
        555555555555555555       | 5555555555555555550000
        5555555555555555555      | 18 significant
        -5.5                     | superfluous
        0.5                      | 5000
        .5                       | superfluous
        00.5                     | superfluous
        0                        | 0
        0.0001                   | 1
        0.00001                  | 18 significant
        0.0                      | superfluous
        -0                       | superfluous
        +1                       | superfluous
        1,000.00                 | superfluous
        1e3                      | superfluous
        0x10                     | superfluous
        1.2.3                    | superfluous
        1_000                    | superfluous
        ٣                        | superfluous
        99999999999999.9999      | 999999999999999999
        999999999999999.9999     | 18 significant
        12345678901234567.8      | 123456789012345678000
        123456789012345678.9     | 18 significant
        0.1234                   | 1234
        100000000000000000       | 1000000000000000000000
        1000000000000000000      | 18 significant
    ";
    let rows = rows::<2>(table);
    assert_eq!(rows.len(), 33);
    for [text, wanted] in rows {
        match Amount::parse(text) {
            Ok(amount) => {
                assert_eq!(amount.units().to_string(), wanted, "{text}");
                assert_eq!(amount.to_string(), text);
                assert_eq!(Amount::from_units(amount.units()), Some(amount));
            }
            Err(unfit) => assert!(unfit.0.contains(wanted), "{text}: {unfit}, wanted {wanted}"),
        }
    }
    for text in ["", " 1", "1 ", "1\n", "NaN", "Infinity", "1.\u{0}5", &"9".repeat(100_000)] {
        assert!(Amount::parse(text).is_err(), "{text:.9}");
    }
}

#[test]
fn units_beyond_the_precision_are_none() {
    let rows = [
        (-1, None),
        (0, Some("0")),
        (1, Some("0.0001")),
        (10_i128.pow(18) - 1, Some("99999999999999.9999")),
        (10_i128.pow(18), Some("100000000000000")),
        (10_i128.pow(18) + 1, None),
        (10_i128.pow(22) - 1, None),
        (10_i128.pow(22) - 10_000, Some("999999999999999999")),
        (10_i128.pow(22), None),
        (i128::MAX, None),
        (i128::MIN, None),
    ];
    for (units, text) in rows {
        let amount = Amount::from_units(units).map(|amount| amount.to_string());
        assert_eq!(amount.as_deref(), text, "{units}");
    }
    assert!(Amount::from_units(0).unwrap().is_zero());
}

#[test]
fn money_is_refused_with_path_and_code() {
    // body | code and path
    let table = r#"
        {"amount":"100","currency":"USD"}       | ok
        {"amount":100,"currency":"USD"}         | 3101 /amount
        {"amount":null,"currency":"USD"}        | 3101 /amount
        {"amount":"1,000.00","currency":"USD"}  | 3100 /amount
        {"amount":"1.","currency":"USD"}        | 3100 /amount
        {"amount":".5","currency":"USD"}        | 3100 /amount
        {"amount":" 1","currency":"USD"}        | 3100 /amount
        {"amount":"0","currency":"USD"}         | ok
        {"amount":"-1","currency":"USD"}        | 3100 /amount
        {"amount":"1.00001","currency":"USD"}   | 3100 /amount
        {"amount":"1234567890123456789","currency":"USD"} | 3100 /amount
        {"amount":"1","currency":"usd"}         | 3100 /currency
        {"amount":"1","currency":"XXX"}         | ok
        {"amount":"1","currency":"BTC"}         | 3100 /currency
        {"amount":"1","currency":"US"}          | 3100 /currency
        {"amount":"1","currency":"ÜSD"}         | 3100 /currency
        {"amount":"1","currency":840}           | 3101 /currency
        {"amount":"1"}                          | 3102 /currency
        {"currency":"USD"}                      | 3102 /amount
        ["1","USD"]                             | 3101
        {"amount":"1","currency":"USD","x":1}   | ok
    "#;
    let currencies = CurrencyList::shipped();
    for [body, wanted] in rows::<2>(table) {
        let value = parse(body.as_bytes()).unwrap();
        let got = match Money::read(&Node::root(&value), &currencies) {
            Ok(_) => "ok".to_owned(),
            Err(refusal) => format!("{} {}", refusal.code, refusal.path.unwrap_or_default()),
        };
        assert_eq!(got.trim_end(), wanted, "{body}");
    }
    assert_eq!(ErrorCode::ValidationError.number(), 3100);
}

#[test]
fn the_shipped_list_is_iso_4217_and_the_test_codes() {
    let list = CurrencyList::shipped();
    let taken = "USD EUR XXX XTS XDR BYN MRU STN VES SLE SSP ZWG XCG UYW CLF KWD JPY TZS ZMW XOF";
    for code in taken.split(' ') {
        assert!(list.parse(code).is_ok(), "{code}");
    }
    let gone =
        "MRO STD VEF ZWD ZWL SLL HRK CUC ANG BGN LTL DEM ABC ZZZ XAU XBA GGP IMP JEP SPL TVD";
    for code in gone.split(' ') {
        assert!(list.parse(code).is_err(), "{code}");
    }
    assert_eq!(list.iter().count(), 17 + 139 + 7 + 2 + 3);
    assert!(CurrencyList::new([Currency::parse("ABC").unwrap()]).parse("ABC").is_ok());
}

#[test]
fn minor_digits_are_iso_4217s() {
    let table = "
        JPY | 0
        XOF | 0
        UGX | 0
        USD | 2
        MGA | 2
        KWD | 3
        CLF | 4
        XXX | none
        XDR | none
        ABC | none
    ";
    for [code, digits] in rows::<2>(table) {
        let known = Currency::parse(code).unwrap().minor_digits();
        assert_eq!(known.map_or("none".to_owned(), |d| d.to_string()), digits, "{code}");
    }
}

proptest! {
    #[test]
    fn what_is_taken_is_given_back(text in "[0-9]{0,20}(\\.[0-9]{0,6})?") {
        if let Ok(amount) = Amount::parse(&text) {
            prop_assert_eq!(amount.to_string(), text);
        }
    }

    #[test]
    fn units_and_text_agree(units in 0..10_i128.pow(18)) {
        let amount = Amount::from_units(units).unwrap();
        prop_assert_eq!(amount.units(), units);
        prop_assert_eq!(Amount::parse(&amount.to_string()).unwrap(), amount);
    }
}
