//! What xmllint says of everything that is written.

use std::path::Path;
use std::process::Command;

use iso20022::{
    Agent, Coded, DateOrDateTime, DateTime, HeaderToWrite, OriginalGroup, Party, StatusCode,
    StatusReason, TransactionStatus, admi002, inspect, pacs002, pacs008, pain001, pain002,
    with_header,
};
use serde_json::Value;

use crate::support::{UNICODE, shared_or_skip, xmllint_or_skip};
use crate::write::{
    admi002_messages, pacs002_messages, pacs008_messages, pain001_messages, pain002_messages,
};

/// Writes each text into a file of its own and asks the oracle, which finds all of them valid.
fn assert_valid(name: &str, texts: &[String]) {
    let Some(oracle) = shared_or_skip("tools/iso-oracle") else { return };
    if !xmllint_or_skip() {
        return;
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&directory).unwrap();
    let mut files = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let file = directory.join(format!("{index}.xml"));
        std::fs::write(&file, text).unwrap();
        files.push(file);
    }
    let run = Command::new("python3").arg(oracle).args(&files).output().unwrap();
    let lines = String::from_utf8(run.stdout).unwrap();
    assert_eq!(lines.lines().count(), texts.len(), "{}", String::from_utf8_lossy(&run.stderr));
    for (line, text) in lines.lines().zip(texts) {
        let verdict: Value = serde_json::from_str(line).unwrap();
        assert_eq!(verdict["verdict"], "valid", "{line}\n{text}");
        assert_eq!(inspect(text.as_bytes()).findings, [], "{text}");
    }
}

#[test]
fn pacs008_is_valid() {
    let texts: Vec<_> =
        pacs008_messages().iter().map(|message| pacs008::write(message).unwrap()).collect();
    assert_valid("pacs.008.001.08", &texts);
}

#[test]
fn pain001_is_valid() {
    let texts: Vec<_> =
        pain001_messages().iter().map(|message| pain001::write(message).unwrap()).collect();
    assert_valid("pain.001.001.09", &texts);
}

#[test]
fn pacs002_is_valid() {
    let texts: Vec<_> =
        pacs002_messages().iter().map(|message| pacs002::write(message).unwrap()).collect();
    assert_valid("pacs.002.001.10", &texts);
}

#[test]
fn pain002_is_valid() {
    let texts: Vec<_> =
        pain002_messages().iter().map(|message| pain002::write(message).unwrap()).collect();
    assert_valid("pain.002.001.10", &texts);
}

#[test]
fn admi002_is_valid() {
    let texts: Vec<_> =
        admi002_messages().iter().map(|message| admi002::write(message).unwrap()).collect();
    assert_valid("admi.002.001.01", &texts);
}

#[test]
fn a_header_around_each_is_valid() {
    let header = HeaderToWrite {
        from: Agent::of_bic("BANKDEFF"),
        to: crate::support::agent_with_everything(),
        business_message_id: "M1".to_owned(),
        created: DateTime::utc(1_795_168_800_123),
    };
    let documents = [
        pacs008::write(&pacs008_messages()[0]).unwrap(),
        pacs002::write(&pacs002_messages()[0]).unwrap(),
        pain002::write(&pain002_messages()[0]).unwrap(),
        admi002::write(&admi002_messages()[0]).unwrap(),
    ];
    let texts: Vec<_> =
        documents.iter().map(|document| with_header(document, &header).unwrap()).collect();
    for text in &texts {
        let inbound = iso20022::read(text.as_bytes()).unwrap();
        let read = inbound.header.unwrap();
        assert_eq!(read.message_definition, inbound.name.as_str());
        assert_eq!(read.from.bic.as_deref(), Some("BANKDEFF"));
        assert_eq!(read.created, Some(header.created));
        assert_eq!(inbound.wrapper.as_deref(), Some("BusinessMessage"));
    }
    assert_valid("head.001.001.02", &texts);
}

/// A rejection as a bank gets it: every reason code and text with the characters of the world.
#[test]
fn rejections_are_valid() {
    let mut texts = Vec::new();
    for code in ["AC01", "AM05", "DT01", "NARR", "FF01", "AB05"] {
        let rejected = TransactionStatus {
            original_end_to_end_id: Some("NOTPROVIDED".to_owned()),
            status: Some(StatusCode::Rejected),
            reasons: vec![StatusReason {
                originator_name: Some(UNICODE.to_owned()),
                reason: Some(Coded::Code(code.to_owned())),
                additional: vec!["FSPIOP 5104 ".to_owned() + UNICODE, "é".repeat(105)],
            }],
            accepted: Some(DateTime::utc(0).with_offset(Some(-330))),
            ..TransactionStatus::default()
        };
        texts.push(
            pacs002::write(&pacs002::PaymentStatusReport {
                message_id: "S1".to_owned(),
                created: DateTime::utc(1),
                instructing_agent: None,
                instructed_agent: None,
                original_groups: vec![OriginalGroup {
                    status: Some(StatusCode::Rejected),
                    ..OriginalGroup::of("M1", "pacs.008.001.08")
                }],
                transactions: vec![TransactionStatus {
                    effective_settlement: Some(DateOrDateTime::DateTime(DateTime::utc(5))),
                    ..rejected.clone()
                }],
            })
            .unwrap(),
        );
        texts.push(
            pain002::write(&pain002::CustomerPaymentStatusReport {
                message_id: "S2".to_owned(),
                created: DateTime::utc(2),
                initiating_party: Some(Party::named(UNICODE)),
                debtor_agent: None,
                original_group: OriginalGroup {
                    status: Some(StatusCode::Rejected),
                    reasons: rejected.reasons.clone(),
                    ..OriginalGroup::of("M1", "pain.001.001.09")
                },
                payments: vec![pain002::OriginalPayment {
                    payment_information_id: "P1".to_owned(),
                    status: Some(StatusCode::Rejected),
                    reasons: rejected.reasons.clone(),
                    transactions: vec![rejected],
                }],
            })
            .unwrap(),
        );
    }
    assert_valid("rejections", &texts);
}
