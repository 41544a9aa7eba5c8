//! A bank's order through its whole journey: pacs.008 to POST /transfers, and its PUT to pacs.002.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a bench may panic")]

use std::hint::black_box;

use causeway_translate::BankRecord;
use causeway_translate::order::{Action, Event, Opened, Opening, Order, Sent};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use fspiop::amount::{Amount, Currency, CurrencyList, Money};
use fspiop::ilp::{Secret, Terms, Version};
use fspiop::json::{self, ObjectWriter};
use fspiop::party::{PartiesPut, Party};
use fspiop::quote::QuotesPut;
use fspiop::time::DateTime;
use fspiop::transfer::{IlpPacketText, TransferState, TransfersPut};
use iso20022::Agent;

/// 2026-11-20T10:00:00Z.
const START_MS: i64 = 1_795_168_800_000;

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

const BANK: &str = r#"{"fspId":"bank1","bics":["BNKADEFF"],"url":"http://127.0.0.1:1/iso","profile":"instant-10s","interimStatuses":false}"#;

fn journeys(criterion: &mut Criterion) {
    let bank: BankRecord = serde_json::from_str(BANK).unwrap();
    let currencies = CurrencyList::shipped();
    let open = |xml: &str| {
        let opening = Opening {
            bank: &bank,
            currencies: &currencies,
            resolve: &|agent: &Agent| agent.bicfi.as_deref().map(|_| "dfsp1".to_owned()),
            retention_ms: 86_400_000,
            now_ms: START_MS,
        };
        match Order::open(&iso20022::read(xml.as_bytes()).unwrap(), &opening).unwrap() {
            Opened::Accepted(order, _) => order,
            Opened::Refused(_) => panic!("refused"),
        }
    };
    let mut order = open(PACS_008);
    let party = party(&order);
    let asked = order.step(&party, START_MS + 1);
    let (quote, committed) = answers(&asked);
    let requested = order.step(&quote, START_MS + 2);
    assert!(requested.iter().any(|action| matches!(action, Action::Send(Sent::Transfer, _))));

    let mut group = criterion.benchmark_group("translate");
    group.bench_function("pacs.008 to POST /transfers", |bencher| {
        bencher.iter(|| {
            let mut order = open(black_box(PACS_008));
            order.step(&party, START_MS + 1);
            order.step(&quote, START_MS + 2)
        });
    });
    group.bench_function("PUT /transfers to pacs.002", |bencher| {
        let ended = |mut order: Box<Order>| {
            order.step(black_box(&committed), START_MS + 3);
            assert!(order.is_final());
            order.report().xml().unwrap()
        };
        bencher.iter_batched(|| order.clone(), ended, BatchSize::SmallInput);
    });
    group.finish();
}

fn party(order: &Order) -> Event {
    let info = order.awaited_party().unwrap().id_info(Some("dfsp1")).unwrap();
    let party = Party { name: Some("Ana P.".to_owned()), ..Party::of(info) };
    Event::Party(Box::new(PartiesPut { party }))
}

/// The payee's answers to the quote that was asked for: its terms, and its fulfilment.
fn answers(asked: &[Action]) -> (Event, Event) {
    let request = asked.iter().find_map(|action| match action {
        Action::Send(Sent::Quote, request) => request.body.as_deref(),
        _ => None,
    });
    let request = json::parse(request.unwrap()).unwrap();
    let transfer_amount = Money {
        amount: Amount::parse("100.5").unwrap(),
        currency: Currency::parse("EUR").unwrap(),
    };
    let expiration = DateTime::from_epoch_ms(START_MS + 60_000).unwrap();
    let terms = ObjectWriter::default()
        .with("transferAmount", &transfer_amount)
        .with("expiration", &expiration)
        .finish();
    let secret = Secret::new(b"a secret of the payee");
    let sealed = secret.seal(Version::V1, &Terms::of_quote(&request, &terms)).unwrap();
    let quote = QuotesPut {
        transfer_amount,
        payee_receive_amount: None,
        payee_fsp_fee: None,
        payee_fsp_commission: None,
        expiration,
        geo_code: None,
        ilp_packet: IlpPacketText::parse(&sealed.packet).unwrap(),
        condition: sealed.condition,
        extensions: Vec::new(),
    };
    let fulfil = TransfersPut {
        fulfilment: Some(sealed.fulfilment),
        completed_timestamp: None,
        transfer_state: TransferState::Committed,
        extensions: Vec::new(),
    };
    (Event::Quote(Box::new(quote)), Event::TransferState(Box::new(fulfil)))
}

criterion_group!(benches, journeys);
criterion_main!(benches);
