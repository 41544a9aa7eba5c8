//! `convert`, both ways.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;

use iso20022::Message;
use serde_json::{Value, json};

use super::{Ran, causeway};

/// 100.50 EUR from an IBAN to a telephone number, with all that travels.
const PAIN_001: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-11-20T10:59:59+01:00</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty><Nm>Muster GmbH</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>PMT-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-11-20</Dt></ReqdExctnDt>
<Dbtr><Nm>Muster GmbH</Nm></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>BNKADEFF</BICFI></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>
<CdtTrfTxInf><PmtId><InstrId>INSTR-1</InstrId><EndToEndId>E2E-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">100.50</InstdAmt></Amt>
<CdtrAgt><FinInstnId><BICFI>DFSPDEFF</BICFI></FinInstnId></CdtrAgt>
<Cdtr><Nm>Ana Payee</Nm></Cdtr><CdtrAcct><Id><Othr><Id>NOTPROVIDED</Id></Othr></Id><Prxy><Tp><Cd>TELE</Cd></Tp><Id>+49-1701234567</Id></Prxy></CdtrAcct>
<Purp><Cd>SALA</Cd></Purp><RmtInf><Ustrd>Invoice 4711</Ustrd><Ustrd>of May</Ustrd></RmtInf></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>"#;

/// 100.50 EUR between two IBANs.
const PACS_008: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>
<GrpHdr><MsgId>MSG-8</MsgId><CreDtTm>2026-11-20T10:00:00.000Z</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>
<InstgAgt><FinInstnId><BICFI>BNKADEFF</BICFI></FinInstnId></InstgAgt><InstdAgt><FinInstnId><BICFI>HUBBDEFF</BICFI></FinInstnId></InstdAgt></GrpHdr>
<CdtTrfTxInf><PmtId><InstrId>INSTR-8</InstrId><EndToEndId>E2E-8</EndToEndId><TxId>TX-8</TxId><UETR>00000000-0000-4000-8000-000000000008</UETR></PmtId>
<IntrBkSttlmAmt Ccy="EUR">100.50</IntrBkSttlmAmt><IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt><ChrgBr>SLEV</ChrgBr>
<Dbtr><Nm>Muster GmbH</Nm></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>BNKADEFF</BICFI></FinInstnId></DbtrAgt>
<CdtrAgt><FinInstnId><BICFI>DFSPDEFF</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Ana Payee</Nm></Cdtr><CdtrAcct><Id><IBAN>GB33BUKB20201555555555</IBAN></Id></CdtrAcct>
<RmtInf><Ustrd>Invoice 4711</Ustrd></RmtInf></CdtTrfTxInf></FIToFICstmrCdtTrf></Document>"#;

fn convert(xml: &str, more: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message.xml");
    fs::write(&file, xml).unwrap();
    let arguments = ["convert".into(), file.into_os_string()];
    causeway(arguments.into_iter().chain(more.iter().map(OsString::from)))
}

fn converted(xml: &str) -> Value {
    let ran = convert(xml, &[]);
    assert_eq!((ran.code, ran.complained.as_str()), (0, ""), "{}", ran.said);
    serde_json::from_str(&ran.said).unwrap()
}

fn back(request: &str, original: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let (file, with) = (folder.path().join("request.http"), folder.path().join("original.xml"));
    fs::write(&file, request).unwrap();
    fs::write(&with, original).unwrap();
    causeway([
        "convert".into(),
        "--back".into(),
        file.into_os_string(),
        "--with".into(),
        with.into_os_string(),
    ])
}

#[test]
fn an_order_becomes_the_requests_that_the_banks_side_sends() {
    let made = converted(PAIN_001);
    let requests = made["requests"].as_array().unwrap();
    let lines: Vec<String> =
        requests.iter().map(|r| format!("{} {}", r["method"], r["target"])).collect();
    assert_eq!(
        lines,
        [
            r#""GET" "/parties/MSISDN/491701234567""#,
            r#""POST" "/quotes""#,
            r#""POST" "/transfers""#,
        ]
    );
    assert!(requests[0]["body"].is_null() && made["findings"] == json!([]));
    let (quote, transfer) = (&requests[1]["body"], &requests[2]["body"]);
    assert_eq!(quote["amount"], json!({"amount": "100.5", "currency": "EUR"}));
    assert_eq!(quote["payee"]["partyIdInfo"]["fspId"], "DFSPDEFF");
    assert_eq!((&transfer["ilpPacket"], &transfer["condition"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&transfer["payerFsp"], &transfer["payeeFsp"]),
        (&json!("BNKADEFF"), &json!("DFSPDEFF"))
    );
    assert_eq!(quote["quoteId"], transfer["transferId"]);
    assert_eq!(requests[0]["headers"]["FSPIOP-Source"], "BNKADEFF");
    assert_eq!(requests[1]["headers"]["FSPIOP-Destination"], "DFSPDEFF");
    assert_eq!(requests[0]["headers"]["Date"], "Fri, 20 Nov 2026 09:59:59 GMT");
    let unnamed =
        PAIN_001.replace("<CdtrAgt><FinInstnId><BICFI>DFSPDEFF</BICFI></FinInstnId></CdtrAgt>", "");
    let unnamed = converted(&unnamed);
    let quote = &unnamed["requests"][1];
    assert_eq!(quote["headers"]["FSPIOP-Destination"], Value::Null);
    assert_eq!(quote["body"]["payee"]["partyIdInfo"]["fspId"], Value::Null);
}

#[test]
fn a_seed_gives_the_same_result_again() {
    let run = |seed: &str| convert(PACS_008, &["--seed", seed]).said;
    assert_eq!(run("7"), run("7"));
    assert_eq!(run("0"), convert(PACS_008, &[]).said);
    assert_ne!(run("7"), run("8"));
}

/// The pointers under `at` at which two values differ.
fn differences(at: &str, one: &Value, other: &Value, found: &mut BTreeSet<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in one {
                let pointer = format!("{at}/{name}");
                differences(&pointer, value, other.get(name).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for (index, value) in one.iter().enumerate() {
                let pointer = format!("{at}/{index}");
                differences(&pointer, value, other.get(index).unwrap_or(&Value::Null), found);
            }
        }
        _ if one != other => {
            found.insert(at.to_owned());
        }
        _ => {}
    }
}

/// Another value that is as good for what stands there.
fn another(path: &str, value: &str) -> String {
    let last = path.rsplit('/').next().unwrap().split('[').next().unwrap();
    match last {
        "IBAN" => "FR1420041010050500013M02606".to_owned(),
        "BICFI" => "ZZZZDEFF".to_owned(),
        "MmbId" => "777777".to_owned(),
        "InstdAmt" | "IntrBkSttlmAmt" => "7.25".to_owned(),
        "@Ccy" => "USD".to_owned(),
        "CreDtTm" => "2026-11-20T10:00:03Z".to_owned(),
        "AccptncDtTm" => "2026-11-20T09:59:50Z".to_owned(),
        "Dt" | "IntrBkSttlmDt" => "2026-11-19".to_owned(),
        "UETR" => "00000000-0000-4000-8000-000000000009".to_owned(),
        "ChrgBr" => "DEBT".to_owned(),
        "SttlmMtd" => "INDA".to_owned(),
        "PmtMtd" => "CHK".to_owned(),
        "NbOfTxs" => "2".to_owned(),
        // As long as it was: pieces are cut by length.
        "Ustrd" => "q".repeat(value.chars().count()),
        "Cd" if value == "TELE" => "EMAL".to_owned(),
        "Cd" => "GDDS".to_owned(),
        "Id" if value.starts_with('+') => "+49-1709999999".to_owned(),
        _ => format!("{value}X"),
    }
}

/// The `nth` place at which a value stands in the XML, changed.
fn changed(xml: &str, leaves: &[iso20022::Leaf], index: usize) -> String {
    let leaf = &leaves[index];
    let attribute = leaf.path.contains("/@");
    let name = leaf.path.rsplit(['/', '@']).next().unwrap().split('[').next().unwrap();
    let text = |value: &str| match attribute {
        true => format!("{name}=\"{value}\""),
        false => format!("<{name}>{value}</{name}>")
            .replace("<InstdAmt>", ">")
            .replace("<IntrBkSttlmAmt>", ">"),
    };
    let same = |other: &&iso20022::Leaf| {
        let other_name = other.path.rsplit(['/', '@']).next().unwrap().split('[').next().unwrap();
        other_name == name && other.value == leaf.value
    };
    let nth = leaves[..index].iter().filter(same).count();
    let (from, to) = (text(&leaf.value), text(&another(&leaf.path, &leaf.value)));
    let (at, _) = xml.match_indices(&from).nth(nth).unwrap_or_else(|| panic!("{from}"));
    format!("{}{to}{}", &xml[..at], &xml[at + from.len()..])
}

/// Changes every value of a message, and holds what changes in the requests against the map.
fn holds_the_map(xml: &str, refused: &[&str]) {
    let made = converted(xml);
    let leaves = iso20022::leaves(xml.as_bytes());
    let (mut wrong, mut mapped) = (Vec::new(), 0);
    for (index, leaf) in leaves.iter().enumerate() {
        let ran = convert(&changed(xml, &leaves, index), &[]);
        if ran.code != 0 {
            let is_expected = refused.iter().any(|name| leaf.path.ends_with(name));
            assert!(is_expected, "{}: {}", leaf.path, ran.said);
            continue;
        }
        let other: Value = serde_json::from_str(&ran.said).unwrap();
        let mut found = BTreeSet::new();
        differences("/requests", &made["requests"], &other["requests"], &mut found);
        let rows = made["map"].as_array().unwrap().iter().filter(|row| row["from"] == leaf.path);
        let said: BTreeSet<String> =
            rows.map(|row| row["to"].as_str().unwrap().to_owned()).collect();
        mapped += said.len();
        if said != found {
            wrong.push(format!("{}\n  map {said:?}\n  is  {found:?}", leaf.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(mapped > 25, "{mapped}");
}

#[test]
fn the_map_is_what_a_change_of_each_value_does() {
    holds_the_map(PAIN_001, &["PmtMtd", "NbOfTxs"]);
    let uetr = "<UETR>00000000-0000-4000-8000-000000000008</UETR>";
    let with_uetr = PAIN_001.replace("</EndToEndId>", &format!("</EndToEndId>{uetr}"));
    holds_the_map(&with_uetr, &["PmtMtd", "NbOfTxs"]);
    holds_the_map(PACS_008, &["NbOfTxs"]);
    let accepted = "<AccptncDtTm>2026-11-20T09:59:59Z</AccptncDtTm><ChrgBr>";
    holds_the_map(&PACS_008.replace("<ChrgBr>", accepted), &["NbOfTxs"]);
    let member = "<ClrSysMmbId><MmbId>123456</MmbId></ClrSysMmbId>";
    let by_member = PACS_008.replace(uetr, "").replace("<BICFI>BNKADEFF</BICFI>", member);
    let long = "x".repeat(100);
    let lines = format!("<Ustrd>{long}</Ustrd><Ustrd>{long}</Ustrd>");
    holds_the_map(&by_member.replace("<Ustrd>Invoice 4711</Ustrd>", &lines), &["NbOfTxs"]);
}

#[test]
fn a_banks_answer_becomes_the_put_that_answers_the_hub() {
    let status = |status: &str, reason: &str| {
        format!(
            r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"><FIToFIPmtStsRpt>
<GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-11-20T10:00:01Z</CreDtTm><InstgAgt><FinInstnId><BICFI>DFSPDEFF</BICFI></FinInstnId></InstgAgt></GrpHdr>
<TxInfAndSts><OrgnlEndToEndId>E2E-8</OrgnlEndToEndId><OrgnlTxId>00000000000040008000000000000008</OrgnlTxId><OrgnlUETR>00000000-0000-4000-8000-000000000008</OrgnlUETR><TxSts>{status}</TxSts>{reason}</TxInfAndSts></FIToFIPmtStsRpt></Document>"#
        )
    };
    let accepted = &converted(&status("ACCC", ""))["requests"][0];
    assert_eq!(accepted["method"], "PUT");
    assert_eq!(accepted["target"], "/transfers/00000000-0000-4000-8000-000000000008");
    assert_eq!(accepted["body"]["transferState"], "RESERVED");
    assert_eq!(accepted["body"]["fulfilment"], Value::Null);
    assert_eq!(accepted["headers"]["FSPIOP-Source"], "DFSPDEFF");
    assert_eq!(accepted["headers"]["FSPIOP-Destination"], Value::Null);
    let reason = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></StsRsnInf>";
    let rejected = &converted(&status("RJCT", reason))["requests"][0];
    assert_eq!(rejected["target"], "/transfers/00000000-0000-4000-8000-000000000008/error");
    let information = &rejected["body"]["errorInformation"];
    assert_eq!(information["errorCode"], "5107");
    let carried = json!([{"key": "iso20022.reasonCode", "value": "AC04"}]);
    assert_eq!(information["extensionList"]["extension"], carried);
    let interim = convert(&status("ACSP", ""), &[]);
    assert_eq!(interim.code, 1);
    assert!(interim.said.contains("\"interim\""), "{}", interim.said);
    let foreign = status("ACCC", "").replace("0000", "zz");
    assert_eq!(convert(&foreign, &[]).code, 1);
}

/// Status, reason and what was said of it.
fn told(request: &str, original: &str) -> String {
    let ran = back(request, original);
    if ran.code != 0 {
        let said: Value = serde_json::from_str(&ran.said).unwrap();
        return format!("{} {}", ran.code, said["findings"][0]["rule"].as_str().unwrap());
    }
    let inbound =
        iso20022::read(ran.said.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{}", ran.said));
    let transaction = match inbound.message {
        Message::PaymentStatusReport(report) => report.transactions[0].clone(),
        Message::CustomerPaymentStatusReport(report) => report.payments[0].transactions[0].clone(),
        other => panic!("{other:?}"),
    };
    let status = transaction.status.unwrap();
    let reason = transaction.reasons.first();
    let code = reason.and_then(|reason| reason.reason.clone()).map(|reason| format!("{reason:?}"));
    let text = reason.and_then(|reason| reason.additional.first().cloned()).unwrap_or_default();
    let name = inbound.name.as_str();
    format!("{name} {} {} {text}", status.as_str(), code.unwrap_or_default()).trim().to_owned()
}

fn put(target: &str, body: &Value) -> String {
    let method = if body["transferState"] == "X" { "PATCH" } else { "PUT" };
    format!("{method} {target} HTTP/1.1\nDate: Fri, 20 Nov 2026 10:00:02 GMT\n\n{body}")
}

fn error(code: &str) -> Value {
    json!({"errorInformation": {"errorCode": code, "errorDescription": "Said so"}})
}

#[test]
fn an_answer_becomes_the_status_that_the_bank_gets() {
    let id = "00000000-0000-4000-8000-000000000008";
    let (party, transfer) = ("/parties/MSISDN/491701234567", format!("/hub/transfers/{id}"));
    let found = json!({"party": {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "491701234567", "fspId": "DFSPDEFF"}}});
    let stranger = json!({"party": {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": "1", "fspId": "DFSPDEFF"}}});
    let quote = |amount: &str| {
        json!({"transferAmount": {"amount": amount, "currency": "EUR"}, "expiration": "2026-11-20T10:01:00.000Z",
            "ilpPacket": "AYIBgQAAAAAAAASw", "condition": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"})
    };
    let state = |state: &str| json!({"transferState": state});
    let quotes = format!("/quotes/{id}");
    let rows = [
        (put(party, &found), PAIN_001, "pain.002.001.10 ACTC"),
        (put(party, &stranger), PAIN_001, "1 unmatched"),
        (
            put(&format!("{party}/error"), &error("3204")),
            PAIN_001,
            "pain.002.001.10 RJCT Code(\"BE23\") FSPIOP 3204 Said so",
        ),
        (put(&quotes, &quote("100.5")), PAIN_001, "pain.002.001.10 ACTC"),
        (
            put(&quotes, &quote("100.4")),
            PACS_008,
            "pacs.002.001.10 RJCT Code(\"AM09\") the payee's side offers 100.4 EUR of which 100.4 EUR arrive",
        ),
        (
            put(&format!("{quotes}/error"), &error("5101")),
            PACS_008,
            "pacs.002.001.10 RJCT Code(\"MS02\") FSPIOP 5101 Said so",
        ),
        (put(&transfer, &state("RESERVED")), PACS_008, "pacs.002.001.10 ACSP"),
        (put(&transfer, &state("COMMITTED")), PACS_008, "pacs.002.001.10 ACSC"),
        (put(&transfer, &state("COMMITTED")), PAIN_001, "pain.002.001.10 ACSC"),
        (
            put(&format!("{transfer}/error"), &error("4001")),
            PACS_008,
            "pacs.002.001.10 RJCT Code(\"AM23\") FSPIOP 4001 Said so",
        ),
        (put(&format!("{transfer}/error"), &error("2001")), PACS_008, "pacs.002.001.10 PDNG"),
        (put(&transfer, &state("NEVER")), PACS_008, "1 request"),
        (put("/nothing/1", &state("COMMITTED")), PACS_008, "1 request"),
        (put("/participants/MSISDN/1", &json!({"fspId": "a"})), PACS_008, "1 request"),
        ("nonsense".to_owned(), PACS_008, "1 request"),
        (put(&transfer, &state("COMMITTED")), "<x/>", "1 schema"),
    ];
    for (request, original, wanted) in rows {
        let got = told(&request, original);
        let fits = got == wanted || (wanted == "1 schema" && got.starts_with("1 "));
        assert!(fits, "{request}\n{got}, wanted {wanted}");
    }
}

#[test]
fn a_patch_becomes_the_confirmation_that_the_payees_bank_gets() {
    let transfer = "/hub/transfers/00000000-0000-4000-8000-000000000008";
    let patch = |state: &str, more: &str| {
        format!(
            "PATCH {transfer} HTTP/1.1\r\nDate: Fri, 20 Nov 2026 10:00:02 GMT\r\n\r\n{{\"transferState\":\"{state}\",\"completedTimestamp\":\"2026-11-20T10:00:01.000Z\"{more}}}"
        )
    };
    let cause =
        r#","extensionList":{"extension":[{"key":"cause","value":"3303: Transfer expired"}]}"#;
    let later = PACS_008.replace("pacs.008.001.08", "pacs.008.001.12");
    for (request, original, wanted) in [
        (patch("COMMITTED", ""), PACS_008, "pacs.002.001.10 ACSC"),
        (
            patch("ABORTED", cause),
            PACS_008,
            "pacs.002.001.10 RJCT Code(\"NARR\") 3303: Transfer expired",
        ),
        (patch("COMMITTED", ""), later.as_str(), "pacs.002.001.14 ACSC"),
        (patch("RESERVED", ""), PACS_008, "1 interim"),
        (patch("COMMITTED", ""), PAIN_001, "1 unsupported"),
    ] {
        assert_eq!(told(&request, original), wanted, "{request}");
    }
    let again = back(&patch("COMMITTED", ""), PACS_008).said;
    assert_eq!(again, back(&patch("COMMITTED", ""), PACS_008).said);
    assert!(again.contains("<OrgnlMsgId>MSG-8</OrgnlMsgId>"), "{again}");
}

#[test]
fn what_is_not_converted_is_a_finding() {
    let finding = |xml: &str| {
        let ran = convert(xml, &[]);
        assert_eq!(ran.code, 1, "{}", ran.said);
        let said: Value = serde_json::from_str(&ran.said).unwrap();
        assert_eq!((&said["requests"], &said["map"]), (&json!([]), &json!([])));
        let finding = &said["findings"][0];
        format!("{} {}", finding["rule"].as_str().unwrap(), finding["code"].as_str().unwrap())
    };
    let reject = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:admi.002.001.01"><admi.002.001.01><RltdRef><Ref>M</Ref></RltdRef><Rsn><RjctgPtyRsn>X</RjctgPtyRsn></Rsn></admi.002.001.01></Document>"#;
    assert_eq!(finding(reject), "unsupported FF01");
    assert_eq!(
        finding(&PAIN_001.replace("pain.001.001.09", "camt.053.001.08")),
        "unsupported FF01"
    );
    assert_eq!(finding(&PAIN_001.replace("100.50", "100.505")), "refused AM12");
    assert_eq!(finding(&PAIN_001.replace("<Dt>2026", "<Dt>2027")), "refused DT01");
    assert_eq!(finding(&PAIN_001.replace("DE89", "DE88")).split(' ').next(), Some("refused"));
    assert!(finding(&PAIN_001.replace("<MsgId>MSG-1</MsgId>", "")).ends_with("FF01"));
    for arguments in [
        vec!["convert"],
        vec!["convert", "/nowhere/x.xml"],
        vec!["convert", "--back", "x"],
        vec!["convert", "--with", "x"],
        vec!["convert", "x", "--seed", "-1"],
    ] {
        let ran = causeway(&arguments);
        assert_eq!((ran.code, ran.said.as_str()), (2, ""), "{arguments:?}");
    }
}
