//! Rules beyond the schema: they are reported and do not touch the verdict.

use iso20022::{Currency, Level, MinorDigits, Verdict, iban_holds, inspect, is_uetr, read};

use crate::support::pacs008;

const TX: &str = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]";

/// what to replace, by what, the one finding: path, rule, code
const ROWS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "<NbOfTxs>1",
        "<NbOfTxs>2",
        "/Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs",
        "numberOfTransactions",
        "AM18",
    ),
    (">100<", ">1.001<", "{T}/IntrBkSttlmAmt", "currencyDigits", "AM12"),
    ("\"EUR\">100<", "\"JPY\">1.1<", "{T}/IntrBkSttlmAmt", "currencyDigits", "AM12"),
    ("\"EUR\">100<", "\"KWD\">1.0001<", "{T}/IntrBkSttlmAmt", "currencyDigits", "AM12"),
    ("\"EUR\"", "\"EUX\"", "{T}/IntrBkSttlmAmt", "currency", "AM03"),
    (
        "</Dbtr>",
        "</Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013001</IBAN></Id></DbtrAcct>",
        "{T}/DbtrAcct/Id/IBAN",
        "ibanCheckDigits",
        "AC01",
    ),
    (
        "<BICFI>BANKDEFF</BICFI>",
        "<BICFI>BANKDEFF</BICFI><LEI>529900T8BM49AURSDO56</LEI>",
        "{T}/DbtrAgt/FinInstnId/LEI",
        "leiCheckDigits",
        "FF01",
    ),
];

#[test]
fn each_rule_is_reported_and_the_message_read() {
    assert_eq!(inspect(pacs008("100").as_bytes()).findings, []);
    for (from, to, path, rule, code) in ROWS {
        let text = pacs008("100").replace(from, to);
        let inspection = inspect(text.as_bytes());
        assert_eq!(inspection.verdict, Verdict::Valid, "{from} -> {to}");
        let [finding] = inspection.findings.as_slice() else { panic!("{:?}", inspection.findings) };
        let path = path.replace("{T}", TX);
        assert_eq!((finding.level, finding.path.as_str()), (Level::Rule, path.as_str()));
        assert_eq!((finding.rule, finding.code), (*rule, *code));
        assert_eq!(read(text.as_bytes()).unwrap().findings, inspection.findings);
    }
}

#[test]
fn what_keeps_the_rules_passes() {
    for (from, to) in [
        ("\"EUR\">100<", "\"JPY\">1.00<"),
        ("\"EUR\">100<", "\"KWD\">1.001<"),
        ("\"EUR\">100<", "\"CLF\">1.0001<"),
        ("\"EUR\">100<", "\"XDR\">1.00001<"),
        ("\"EUR\">100<", "\"XXX\">1.00001<"),
        ("\"EUR\">100<", "\"XTS\">1.00001<"),
    ] {
        let text = pacs008("100").replace(from, to);
        assert_eq!(inspect(text.as_bytes()).findings, [], "{to}");
    }
}

#[test]
fn ibans() {
    for iban in ["DE89370400440532013000", "GB29NWBK60161331926819", "NO9386011117947"] {
        assert!(iban_holds(iban), "{iban}");
    }
    let wrong = [
        "",
        "DE8",
        "DE88370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "DE8937040044é",
        "NO00",
    ];
    for iban in wrong {
        assert!(!iban_holds(iban), "{iban}");
    }
}

#[test]
fn uetrs() {
    assert!(is_uetr("7a562c67-ca16-48ba-b074-65581be6f066"));
    for text in [
        "7A562C67-CA16-48BA-B074-65581BE6F066",
        "7a562c67-ca16-58ba-b074-65581be6f066",
        "7a562c67-ca16-48ba-c074-65581be6f066",
        "7a562c67ca1648bab07465581be6f066",
        "",
    ] {
        assert!(!is_uetr(text), "{text}");
    }
}

#[test]
fn currency_digits() {
    let digits = |code: &str| Currency::parse(code).unwrap().minor_digits();
    for (code, expected) in [
        ("EUR", MinorDigits::Digits(2)),
        ("TZS", MinorDigits::Digits(2)),
        ("XAF", MinorDigits::Digits(0)),
        ("TND", MinorDigits::Digits(3)),
        ("UYW", MinorDigits::Digits(4)),
        ("XXX", MinorDigits::NotApplicable),
        ("XTS", MinorDigits::NotApplicable),
        ("XDR", MinorDigits::NotApplicable),
        ("ZZZ", MinorDigits::NotListed),
    ] {
        assert_eq!(digits(code), expected, "{code}");
    }
    assert!(Currency::parse("eur").is_err() && Currency::parse("EURO").is_err());
}
