//! XML to the domain and back: a pacs.008 read, a pacs.002 written, each held against its schema.

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench may panic")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use iso20022::pacs002::{self, PaymentStatusReport};
use iso20022::{Agent, DateTime, OriginalGroup, StatusCode, TransactionStatus, read};

/// 100.50 EUR between two IBANs, as a bank sends it.
const PACS_008: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>
<GrpHdr><MsgId>MSG-8</MsgId><CreDtTm>2026-11-20T10:00:00.000Z</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>
<InstgAgt><FinInstnId><BICFI>BNKADEFF</BICFI></FinInstnId></InstgAgt><InstdAgt><FinInstnId><BICFI>HUBBDEFF</BICFI></FinInstnId></InstdAgt></GrpHdr>
<CdtTrfTxInf><PmtId><InstrId>INSTR-8</InstrId><EndToEndId>E2E-8</EndToEndId><TxId>TX-8</TxId><UETR>00000000-0000-4000-8000-000000000008</UETR></PmtId>
<IntrBkSttlmAmt Ccy="EUR">100.50</IntrBkSttlmAmt><IntrBkSttlmDt>2026-11-20</IntrBkSttlmDt><AccptncDtTm>2026-11-20T09:59:59.000Z</AccptncDtTm><ChrgBr>SLEV</ChrgBr>
<Dbtr><Nm>Muster GmbH</Nm></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>BNKADEFF</BICFI></FinInstnId></DbtrAgt>
<CdtrAgt><FinInstnId><BICFI>DFSPDEFF</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Ana Payee</Nm></Cdtr><CdtrAcct><Id><IBAN>GB33BUKB20201555555555</IBAN></Id></CdtrAcct>
<RmtInf><Ustrd>Invoice 4711</Ustrd></RmtInf></CdtTrfTxInf></FIToFICstmrCdtTrf></Document>"#;

/// The version that answers it.
const ANSWER: &str = "pacs.002.001.10";

fn xml(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("xml");
    group.throughput(Throughput::Bytes(PACS_008.len() as u64));
    assert_eq!(read(PACS_008.as_bytes()).unwrap().findings, []);
    group.bench_function("read pacs.008", |bencher| {
        bencher.iter(|| read(black_box(PACS_008.as_bytes())).unwrap());
    });
    let report = settled();
    group.throughput(Throughput::Bytes(pacs002::write(&report, ANSWER).unwrap().len() as u64));
    group.bench_function("write pacs.002", |bencher| {
        bencher.iter(|| pacs002::write(black_box(&report), ANSWER).unwrap());
    });
    group.finish();
}

fn settled() -> PaymentStatusReport {
    let status = TransactionStatus {
        original_group: Some(OriginalGroup::of("MSG-8", "pacs.008.001.08")),
        original_end_to_end_id: Some("E2E-8".to_owned()),
        original_transaction_id: Some("TX-8".to_owned()),
        original_uetr: Some("00000000-0000-4000-8000-000000000008".to_owned()),
        status: Some(StatusCode::AcceptedSettlementCompleted),
        accepted: Some(DateTime::utc(1_795_168_800_000)),
        ..TransactionStatus::default()
    };
    PaymentStatusReport {
        message_id: "S1".to_owned(),
        created: DateTime::utc(1_795_168_800_000),
        instructing_agent: Some(Agent::of_bic("HUBBDEFF")),
        instructed_agent: Some(Agent::of_bic("BNKADEFF")),
        original_groups: Vec::new(),
        transactions: vec![status],
    }
}

criterion_group!(benches, xml);
criterion_main!(benches);
