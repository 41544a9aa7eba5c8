//! What xmllint says of everything that is written.

use std::path::Path;
use std::process::Command;

use iso20022::{
    Agent, DateTime, HeaderToWrite, OriginalGroup, Party, StatusCode, TransactionStatus, Verdict,
    admi002, inspect, pacs002, pacs008, pain001, pain002, with_answering_header, with_header,
};
use serde_json::Value;

use crate::messages::{
    admi002_messages, pacs002_messages, pacs008_messages, pain001_messages, pain002_messages,
    rejections, versions_of,
};
use crate::support::{UNICODE, shared_or_skip, xmllint_or_skip};

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
        assert_eq!(inspect(text.as_bytes()).verdict, Verdict::Valid, "{text}");
    }
}

#[test]
fn pacs008_is_valid_in_every_version() {
    for version in versions_of("pacs.008") {
        let write = |message| pacs008::write(message, version).unwrap();
        let texts: Vec<_> = pacs008_messages(version).iter().map(write).collect();
        assert_valid(version, &texts);
    }
}

#[test]
fn pain001_is_valid_in_every_version() {
    for version in versions_of("pain.001") {
        let write = |message| pain001::write(message, version).unwrap();
        let texts: Vec<_> = pain001_messages(version).iter().map(write).collect();
        assert_valid(version, &texts);
    }
}

#[test]
fn pacs002_is_valid_in_every_version() {
    for version in versions_of("pacs.002") {
        let write = |message| pacs002::write(message, version).unwrap();
        let texts: Vec<_> = pacs002_messages(version).iter().map(write).collect();
        assert_valid(version, &texts);
    }
}

#[test]
fn pain002_is_valid_in_every_version() {
    for version in versions_of("pain.002") {
        let write = |message| pain002::write(message, version).unwrap();
        let texts: Vec<_> = pain002_messages(version).iter().map(write).collect();
        assert_valid(version, &texts);
    }
}

#[test]
fn admi002_is_valid() {
    let texts: Vec<_> =
        admi002_messages().iter().map(|message| admi002::write(message).unwrap()).collect();
    assert_valid(admi002::VERSION, &texts);
}

#[test]
fn a_header_of_every_version_around_each_is_valid() {
    for version in versions_of("head.001") {
        let header = HeaderToWrite {
            from: Agent::of_bic("BANKDEFF"),
            to: crate::support::agent_with_everything(version),
            business_message_id: "M1".to_owned(),
            created: DateTime::utc(1_795_168_800_123).with_offset(Some(60)),
        };
        let (pacs_008, pacs_002, pain_002) =
            ("pacs.008.001.13", "pacs.002.001.03", "pain.002.001.11");
        let documents = [
            pacs008::write(&pacs008_messages(pacs_008)[0], pacs_008).unwrap(),
            pacs002::write(&pacs002_messages(pacs_002)[0], pacs_002).unwrap(),
            pain002::write(&pain002_messages(pain_002)[0], pain_002).unwrap(),
            admi002::write(&admi002_messages()[0]).unwrap(),
        ];
        let wrap = |document: &String| with_header(document, &header, version).unwrap();
        let texts: Vec<_> = documents.iter().map(wrap).collect();
        for text in &texts {
            let inbound = iso20022::read(text.as_bytes()).unwrap();
            let read = inbound.header.unwrap();
            assert_eq!(read.name.as_str(), version);
            assert_eq!(read.message_definition, inbound.name.as_str());
            assert_eq!(read.from.bic.as_deref(), Some("BANKDEFF"));
            assert_eq!(read.created.map(DateTime::unix_ms), Some(1_795_168_800_123));
            assert_eq!(inbound.wrapper.as_deref(), Some("BusinessMessage"));
        }
        assert_valid(version, &texts);
    }
}

/// A request's header with everything that is written, and those of the published samples.
fn requests() -> Vec<String> {
    let document = pacs008::write(&pacs008_messages("pacs.008.001.13")[0], "pacs.008.001.13");
    let document = document.unwrap();
    let written = versions_of("head.001").map(|version| {
        let header = HeaderToWrite {
            from: crate::support::agent_with_everything(version),
            to: Agent::of_bic("BANKDEFF"),
            business_message_id: "M1".to_owned(),
            created: DateTime::utc(1_795_168_800_123).with_offset(Some(60)),
        };
        with_header(&document, &header, version).unwrap()
    });
    let samples = shared_or_skip("data/iso20022/samples");
    let folders = samples.into_iter().flat_map(|samples| std::fs::read_dir(samples).unwrap());
    let folders = folders.map(|folder| folder.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap());
    written
        .chain(files.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok()))
        .collect()
}

#[test]
fn an_answering_header_to_every_header_is_valid() {
    let status =
        pacs002::write(&pacs002_messages("pacs.002.001.10")[0], "pacs.002.001.10").unwrap();
    let reject = admi002::write(&admi002_messages()[0]).unwrap();
    let (mut answers, mut versions) = (Vec::new(), std::collections::BTreeSet::new());
    for request in requests() {
        let Ok(Some(header)) = iso20022::read(request.as_bytes()).map(|inbound| inbound.header)
        else {
            continue;
        };
        versions.insert(header.name.as_str().to_owned());
        let repeated = header.repeated.unwrap();
        for document in [&status, &reject] {
            let created = DateTime::utc(1_795_168_800_123).with_offset(Some(60));
            let answer = with_answering_header(document, &repeated, "A1", created).unwrap();
            let inbound = iso20022::read(answer.as_bytes()).unwrap();
            let read = inbound.header.unwrap();
            assert_eq!(
                (&read.name, &read.from, &read.to),
                (&header.name, &header.to, &header.from)
            );
            assert_eq!(read.message_definition, inbound.name.as_str());
            assert_eq!(read.business_message_id, "A1");
            assert_eq!(read.created.map(DateTime::unix_ms), Some(1_795_168_800_123));
            let related = format!("<BizMsgIdr>{}</BizMsgIdr>", header.business_message_id);
            assert!(answer.split_once("<Rltd>").unwrap().1.contains(&related), "{answer}");
            answers.push(answer);
        }
    }
    assert_eq!(versions, versions_of("head.001").map(str::to_owned).collect());
    assert_valid("answering-headers", &answers);
}

#[test]
fn rejections_are_valid_in_every_version() {
    for version in versions_of("pacs.002") {
        let reports: Vec<_> = rejections(version).into_iter().map(pacs002_of).collect();
        let write = |report| pacs002::write(report, version).unwrap();
        assert_valid(&format!("{version}-RJCT"), &reports.iter().map(write).collect::<Vec<_>>());
    }
    for version in versions_of("pain.002") {
        let reports: Vec<_> = rejections(version).into_iter().map(pain002_of).collect();
        let write = |report| pain002::write(report, version).unwrap();
        assert_valid(&format!("{version}-RJCT"), &reports.iter().map(write).collect::<Vec<_>>());
    }
}

fn pacs002_of(rejected: TransactionStatus) -> pacs002::PaymentStatusReport {
    pacs002::PaymentStatusReport {
        message_id: "S1".to_owned(),
        created: DateTime::utc(1),
        instructing_agent: None,
        instructed_agent: None,
        original_groups: vec![OriginalGroup {
            status: Some(StatusCode::Rejected),
            ..OriginalGroup::of("M1", "pacs.008.001.08")
        }],
        transactions: vec![rejected],
    }
}

fn pain002_of(rejected: TransactionStatus) -> pain002::CustomerPaymentStatusReport {
    let reasons = rejected.reasons.clone();
    pain002::CustomerPaymentStatusReport {
        message_id: "S2".to_owned(),
        created: DateTime::utc(2),
        initiating_party: Some(Party::named(UNICODE)),
        debtor_agent: None,
        original_group: OriginalGroup {
            status: Some(StatusCode::Rejected),
            reasons: reasons.clone(),
            ..OriginalGroup::of("M1", "pain.001.001.09")
        },
        payments: vec![pain002::OriginalPayment {
            payment_information_id: "P1".to_owned(),
            status: Some(StatusCode::Rejected),
            reasons,
            transactions: vec![rejected],
        }],
    }
}
