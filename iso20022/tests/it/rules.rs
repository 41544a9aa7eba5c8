//! Rules beyond the schema: they are reported and do not touch the verdict.

use iso20022::{
    Currency, Level, MinorDigits, Profile, Verdict, iban_holds, inspect, inspect_for, is_uetr, read,
};

use crate::support::{document, pacs008};

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
    ("\"EUR\"", "\"EUX\"", "{T}/IntrBkSttlmAmt/@Ccy", "currency", "AM03"),
    (">100<", ">0.00<", "{T}/IntrBkSttlmAmt", "zeroAmount", "AM01"),
    ("<BICFI>BANKDEFF", "<BICFI>BANKZZFF", "{T}/DbtrAgt/FinInstnId/BICFI", "bicCountry", "RC01"),
    ("<MsgId>M1", "<MsgId> M1", "/Document/FIToFICstmrCdtTrf/GrpHdr/MsgId", "idSpaces", "FF01"),
    ("<EndToEndId>E1", "<EndToEndId>E1 ", "{T}/PmtId/EndToEndId", "idSpaces", "FF08"),
    (
        "</NbOfTxs>",
        "</NbOfTxs><CtrlSum>100.01</CtrlSum>",
        "/Document/FIToFICstmrCdtTrf/GrpHdr/CtrlSum",
        "controlSum",
        "AM10",
    ),
    (
        "</NbOfTxs>",
        "</NbOfTxs><TtlIntrBkSttlmAmt Ccy=\"EUR\">99</TtlIntrBkSttlmAmt>",
        "/Document/FIToFICstmrCdtTrf/GrpHdr/TtlIntrBkSttlmAmt",
        "settlementTotal",
        "AM10",
    ),
    (
        "<Nm>Alice</Nm>",
        "<Nm>Alice</Nm><PstlAdr><Ctry>UK</Ctry></PstlAdr>",
        "{T}/Dbtr/PstlAdr/Ctry",
        "country",
        "BE09",
    ),
    (
        "<Nm>Alice</Nm>",
        "<Nm>Alice</Nm><CtryOfRes>XX</CtryOfRes>",
        "{T}/Dbtr/CtryOfRes",
        "country",
        "BE12",
    ),
    (
        "</Dbtr>",
        "</Dbtr><DbtrAcct><Id><IBAN>DE8937040044053201300</IBAN></Id></DbtrAcct>",
        "{T}/DbtrAcct/Id/IBAN",
        "ibanLength",
        "AC01",
    ),
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
        ("</NbOfTxs>", "</NbOfTxs><CtrlSum>100.00</CtrlSum>"),
        ("</NbOfTxs>", "</NbOfTxs><TtlIntrBkSttlmAmt Ccy=\"EUR\">100.0</TtlIntrBkSttlmAmt>"),
        ("</Dbtr>", "</Dbtr><DbtrAcct><Id><IBAN>KE77123456789012345678</IBAN></Id></DbtrAcct>"),
        ("<Nm>Alice</Nm>", "<Nm>Alice</Nm><CtryOfRes>XK</CtryOfRes>"),
        ("<BICFI>BANKDEFF", "<BICFI>BANKXKFFXXX"),
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

/// A second transaction beside that of `pacs008`, with what of it is replaced.
fn two(from: &str, to: &str) -> String {
    let one = pacs008("100").replace("<NbOfTxs>1", "<NbOfTxs>2");
    let start = one.find("<CdtTrfTxInf>").unwrap();
    let end = one.find("</FIToFICstmrCdtTrf>").unwrap();
    let second = one[start..end].replace(from, to);
    format!("{}{}{second}{}", &one[..start], &one[start..end], &one[end..])
}

#[test]
fn an_id_names_one_thing() {
    let ids = |id: &str| {
        format!("<InstrId>I{id}</InstrId><EndToEndId>NOTPROVIDED</EndToEndId><TxId>T{id}</TxId>")
    };
    let text = |second: &str| {
        two("<EndToEndId>E1</EndToEndId>", &ids(second)).replacen(
            "<EndToEndId>E1</EndToEndId>",
            &ids("1"),
            1,
        )
    };
    assert_eq!(inspect(text("2").as_bytes()).findings, []);
    let found = inspect(text("1").as_bytes()).findings;
    let found: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.rule, f.code)).collect();
    let at = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]/PmtId";
    let (instruction, transaction) = (format!("{at}/InstrId"), format!("{at}/TxId"));
    let expected = [(&*instruction, "duplicateId", "DU05"), (&*transaction, "duplicateId", "DU03")];
    assert_eq!(found, expected);
    let [found] = inspect(two("", "").as_bytes()).findings.try_into().unwrap();
    assert_eq!((found.rule, found.code), ("duplicateId", "DU04"));
    assert_eq!(found.text, "write another EndToEndId: line 2 has this one");
}

#[test]
fn pain001_has_its_totals_twice() {
    let transaction = |id: &str, amount: &str| {
        format!(
            "<CdtTrfTxInf><PmtId><EndToEndId>{id}</EndToEndId></PmtId><Amt>{amount}</Amt>\
<Cdtr><Nm>Bob</Nm></Cdtr></CdtTrfTxInf>"
        )
    };
    let equivalent = "<EqvtAmt><Amt Ccy=\"USD\">2.5</Amt><CcyOfTrf>EUR</CcyOfTrf></EqvtAmt>";
    let text = |group: &str, payment: &str| {
        document(
            "pain.001.001.09",
            &format!(
                "<CstmrCdtTrfInitn><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-11-20T10:00:00Z</CreDtTm>\
{group}<InitgPty><Nm>A</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>P</PmtInfId><PmtMtd>TRF</PmtMtd>\
{payment}<ReqdExctnDt><Dt>2026-11-20</Dt></ReqdExctnDt><Dbtr><Nm>A</Nm></Dbtr>\
<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>\
<DbtrAgt><FinInstnId><BICFI>BANKDEFF</BICFI></FinInstnId></DbtrAgt>{}{}</PmtInf></CstmrCdtTrfInitn>",
                transaction("E1", "<InstdAmt Ccy=\"EUR\">1.25</InstdAmt>"),
                transaction("E2", equivalent)
            ),
        )
    };
    let sums =
        |count: &str, sum: &str| format!("<NbOfTxs>{count}</NbOfTxs><CtrlSum>{sum}</CtrlSum>");
    let right = sums("2", "3.750");
    assert_eq!(inspect(text(&right, &right).as_bytes()).findings, []);
    let wrong = sums("1", "3.7");
    let found = inspect(text(&wrong, &wrong).as_bytes()).findings;
    let found: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.code)).collect();
    let (group, payment) =
        ("/Document/CstmrCdtTrfInitn/GrpHdr", "/Document/CstmrCdtTrfInitn/PmtInf[1]");
    let paths =
        [group, payment].map(|at| [format!("{at}/NbOfTxs"), format!("{at}/CtrlSum")]).concat();
    let codes = ["AM19", "AM16", "AM20", "AM17"];
    let expected: Vec<_> = paths.iter().map(String::as_str).zip(codes).collect();
    assert_eq!(found, expected);
}

/// Rules and codes.
type Broken = &'static [(&'static str, &'static str)];

/// profile, what to replace, by what, the rules broken
const PROFILES: &[(Profile, &str, &str, Broken)] = &[
    (Profile::Rtp, "", "", &[]),
    (Profile::Mojaloop, "", "", &[]),
    (Profile::Mojaloop, "CLRG", "INDA", &[("settlementMethod", "FF01")]),
    (Profile::Rtp, "SLEV", "SHAR", &[("chargeBearer", "FF01")]),
    (Profile::FedNow, "", "", &[("wanted", "CH21")]),
    (Profile::FedNow, "CLRG", "INDA", &[("settlementMethod", "FF01"), ("wanted", "CH21")]),
    (
        Profile::SctInst,
        "<Nm>Alice",
        "<Nm>Zoë",
        &[("wanted", "CH21"), ("wanted", "CH21"), ("wanted", "CH21"), ("characters", "RR10")],
    ),
    (
        Profile::CbprPlus,
        "SLEV",
        "CRED",
        &[("wanted", "CH21"), ("wanted", "CH21"), ("wanted", "CH21")],
    ),
    (
        Profile::CbprPlus,
        "<EndToEndId>E1</EndToEndId></PmtId>",
        "<InstrId>a//b</InstrId><EndToEndId>E1</EndToEndId><UETR>7a562c67-ca16-48ba-b074-65581be6f066</UETR></PmtId>",
        &[("slashes", "FF01"), ("wanted", "CH21"), ("chargeBearer", "FF01")],
    ),
];

#[test]
fn profiles_want_more() {
    for (profile, from, to, expected) in PROFILES {
        let text = pacs008("100").replace(from, to);
        let inspection = inspect_for(text.as_bytes(), Some(*profile));
        assert_eq!(inspection.verdict, Verdict::Valid);
        let mut found: Vec<_> = inspection.findings.iter().map(|f| (f.rule, f.code)).collect();
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{profile:?} {to}");
        assert_eq!(Profile::parse(profile.as_str()), Some(*profile));
    }
    let rules = |text: String, profile| {
        let found = inspect_for(text.as_bytes(), Some(profile)).findings;
        found.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    let several = two("<EndToEndId>E1", "<EndToEndId>E2");
    assert_eq!(rules(several.clone(), Profile::Rtp), ["oneTransaction"]);
    assert_eq!(rules(several, Profile::CbprPlus).len(), 6);
    let dear = pacs008("1000000000");
    assert!(rules(dear.clone(), Profile::SctInst).contains(&"amountLimit"));
    assert!(!rules(pacs008("999999999.99"), Profile::SctInst).contains(&"amountLimit"));
    assert!(rules(dear.replace("EUR", "USD"), Profile::SctInst).contains(&"schemeCurrency"));
    assert!(rules(dear.replace("EUR", "XAU"), Profile::CbprPlus).contains(&"schemeCurrency"));
    let lines = "<Nm>Alice</Nm><PstlAdr>{}<AdrLine>x</AdrLine></PstlAdr>";
    let address = |more: &str| pacs008("1").replace("<Nm>Alice</Nm>", &lines.replace("{}", more));
    assert!(rules(address(""), Profile::CbprPlus).contains(&"addressLines"));
    let hybrid = address("<TwnNm>Y</TwnNm><Ctry>DE</Ctry>");
    assert!(!rules(hybrid, Profile::CbprPlus).contains(&"addressLines"));
}
