//! The XML of status messages, letter by letter and held against the published schemas.

use causeway_translate::order::{Action, Event};
use causeway_translate::status::{Rejected, reject, reject_because};
use causeway_translate::{BankRecord, StatusReport};

use crate::order::World;
use crate::support::{PACS_008, PAIN_001, START_MS, assert_valid, bank, record};

/// Plays events 100 ms apart and returns the last report.
fn last_report(bank: &BankRecord, xml: &str, events: &[&str]) -> StatusReport {
    let (mut world, first) = World::open(bank, xml);
    let mut last = first;
    for (index, text) in events.iter().enumerate() {
        let now_ms = START_MS + 100 * (index as i64 + 1);
        let event = world.event(text, now_ms);
        last = world.step(&event, now_ms);
    }
    let report = last.into_iter().find_map(|action| match action {
        Action::Report { report, .. } => Some(*report),
        _ => None,
    });
    report.expect("a report")
}

#[test]
fn a_paid_pacs_008_is_answered_with_acsc() {
    let xml =
        last_report(&bank(), PACS_008, &["quote 100.5 EUR", "state COMMITTED"]).xml().unwrap();
    assert_valid("status-acsc", &xml);
    assert_eq!(
        xml.replace("><", ">\n<"),
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10">
<FIToFIPmtStsRpt>
<GrpHdr>
<MsgId>0000000000004000800000000000000801</MsgId>
<CreDtTm>2026-11-20T10:00:00.200Z</CreDtTm>
<InstgAgt>
<FinInstnId>
<BICFI>HUBBDEFF</BICFI>
</FinInstnId>
</InstgAgt>
<InstdAgt>
<FinInstnId>
<BICFI>BNKADEFF</BICFI>
</FinInstnId>
</InstdAgt>
</GrpHdr>
<OrgnlGrpInfAndSts>
<OrgnlMsgId>MSG-8</OrgnlMsgId>
<OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>
<OrgnlCreDtTm>2026-11-20T10:00:00.000Z</OrgnlCreDtTm>
<OrgnlNbOfTxs>1</OrgnlNbOfTxs>
</OrgnlGrpInfAndSts>
<TxInfAndSts>
<OrgnlInstrId>INSTR-8</OrgnlInstrId>
<OrgnlEndToEndId>E2E-8</OrgnlEndToEndId>
<OrgnlTxId>TX-8</OrgnlTxId>
<OrgnlUETR>00000000-0000-4000-8000-000000000008</OrgnlUETR>
<TxSts>ACSC</TxSts>
<AccptncDtTm>2026-11-20T09:59:59.000Z</AccptncDtTm>
<ClrSysRef>00000000000040008000000000000008</ClrSysRef>
</TxInfAndSts>
</FIToFIPmtStsRpt>
</Document>"#
    );
}

#[test]
fn a_refused_pacs_008_is_answered_with_rjct() {
    let xml = last_report(&bank(), PACS_008, &["quote 100.5 EUR", "error 5104"]).xml().unwrap();
    assert_valid("status-rjct", &xml);
    assert_eq!(
        xml.replace("><", ">\n<"),
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10">
<FIToFIPmtStsRpt>
<GrpHdr>
<MsgId>0000000000004000800000000000000801</MsgId>
<CreDtTm>2026-11-20T10:00:00.200Z</CreDtTm>
<InstgAgt>
<FinInstnId>
<BICFI>HUBBDEFF</BICFI>
</FinInstnId>
</InstgAgt>
<InstdAgt>
<FinInstnId>
<BICFI>BNKADEFF</BICFI>
</FinInstnId>
</InstdAgt>
</GrpHdr>
<OrgnlGrpInfAndSts>
<OrgnlMsgId>MSG-8</OrgnlMsgId>
<OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>
<OrgnlCreDtTm>2026-11-20T10:00:00.000Z</OrgnlCreDtTm>
<OrgnlNbOfTxs>1</OrgnlNbOfTxs>
</OrgnlGrpInfAndSts>
<TxInfAndSts>
<OrgnlInstrId>INSTR-8</OrgnlInstrId>
<OrgnlEndToEndId>E2E-8</OrgnlEndToEndId>
<OrgnlTxId>TX-8</OrgnlTxId>
<OrgnlUETR>00000000-0000-4000-8000-000000000008</OrgnlUETR>
<TxSts>RJCT</TxSts>
<StsRsnInf>
<Rsn>
<Cd>MS02</Cd>
</Rsn>
<AddtlInf>FSPIOP 5104 Payee rejected transaction</AddtlInf>
</StsRsnInf>
<AccptncDtTm>2026-11-20T09:59:59.000Z</AccptncDtTm>
<ClrSysRef>00000000000040008000000000000008</ClrSysRef>
</TxInfAndSts>
</FIToFIPmtStsRpt>
</Document>"#
    );
}

#[test]
fn a_paid_pain_001_is_answered_with_acsc() {
    let events = ["party dfsp1", "quote 100.5 EUR", "state COMMITTED"];
    let xml = last_report(&bank(), PAIN_001, &events).xml().unwrap();
    assert_valid("status-pain-acsc", &xml);
    assert_eq!(
        xml.replace("><", ">\n<"),
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">
<CstmrPmtStsRpt>
<GrpHdr>
<MsgId>17470ec7434f59909273180b5aec50c001</MsgId>
<CreDtTm>2026-11-20T10:00:00.300Z</CreDtTm>
<InitgPty>
<Nm>Muster GmbH</Nm>
</InitgPty>
<DbtrAgt>
<FinInstnId>
<BICFI>BNKADEFF</BICFI>
</FinInstnId>
</DbtrAgt>
</GrpHdr>
<OrgnlGrpInfAndSts>
<OrgnlMsgId>MSG-1</OrgnlMsgId>
<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>
<OrgnlCreDtTm>2026-11-20T10:59:59.000+01:00</OrgnlCreDtTm>
<OrgnlNbOfTxs>1</OrgnlNbOfTxs>
</OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts>
<OrgnlPmtInfId>PMT-1</OrgnlPmtInfId>
<TxInfAndSts>
<OrgnlInstrId>INSTR-1</OrgnlInstrId>
<OrgnlEndToEndId>E2E-1</OrgnlEndToEndId>
<TxSts>ACSC</TxSts>
<ClrSysRef>17470ec7434f59909273180b5aec50c0</ClrSysRef>
</TxInfAndSts>
</OrgnlPmtInfAndSts>
</CstmrPmtStsRpt>
</Document>"#
    );
}

#[test]
fn interim_and_unicode_reports_are_valid() {
    let bank = record("bank1", "BNKADEFF", r#""interimStatuses":true,"memberIds":["37040044"]"#);
    for (name, xml, events) in [
        ("actc", PACS_008, vec!["asked"]),
        ("acsp", PACS_008, vec!["quote 100.5 EUR", "state RESERVED"]),
        ("pdng", PACS_008, vec!["quote 100.5 EUR", "error 2001", "asked"]),
        ("pain-actc", PAIN_001, vec!["asked"]),
        ("pain-rjct", PAIN_001, vec!["party-error 3204"]),
    ] {
        let report = last_report(&bank, xml, &events);
        assert_valid(&format!("status-{name}"), &report.xml().unwrap());
    }
    let unicode =
        PACS_008.replace("E2E-8", "Zürich-Ωé-北京").replace("MSG-8", "Ünï-8 &amp; &lt;x&gt;");
    let (mut world, _) = World::open(&bank, &unicode);
    let error = crate::order::error("3204").with_extension("iso20022.reasonCode", "AC04");
    let error = fspiop::error::ErrorInformation {
        description: format!("\u{1}Größe <&>\u{ffff} {}", "ß".repeat(120)),
        ..error
    };
    let actions = world.step(&Event::QuoteError(error), START_MS + 1);
    let Some(Action::Report { report, .. }) = actions.first() else { panic!("{actions:?}") };
    let reason = report.reason.as_ref().unwrap();
    assert_eq!((reason.code.as_str(), reason.text.chars().count()), ("AC04", 105));
    assert_valid("status-unicode", &report.xml().unwrap());
}

#[test]
fn no_two_reports_of_an_order_share_a_message_id() {
    let bank = record("bank1", "BNKADEFF", r#""interimStatuses":true"#);
    let ids: std::collections::BTreeSet<String> = [
        vec!["asked"],
        vec!["quote 100.5 EUR", "state RESERVED"],
        vec!["quote 100.5 EUR", "error 2001", "asked"],
        vec!["quote 100.5 EUR", "state COMMITTED"],
    ]
    .iter()
    .map(|events| last_report(&bank, PACS_008, events).message_id)
    .collect();
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| id.len() <= 35));
}

#[test]
fn what_cannot_be_read_is_answered_with_admi_002() {
    let broken = PACS_008.replace("<ChrgBr>SLEV</ChrgBr>", "<ChrgBr>NONE</ChrgBr>");
    let refused = iso20022::read(broken.as_bytes()).unwrap_err();
    let xml = reject(&refused, START_MS).unwrap();
    assert_valid("admi-schema", &xml);
    assert!(xml.contains("<Ref>MSG-8</Ref>"), "{xml}");
    assert!(xml.contains("/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/ChrgBr</ErrLctn>"), "{xml}");
    for garbage in ["", "<", "<a/>", "<!DOCTYPE a><a/>", "{}"] {
        let refused = iso20022::read(garbage.as_bytes()).unwrap_err();
        let xml = reject(&refused, START_MS).unwrap();
        assert_valid("admi-garbage", &xml);
        assert!(xml.contains("<Ref>NOTPROVIDED</Ref>"), "{xml}");
    }
    let about = Rejected { message_id: Some("MSG-8"), header: None };
    let xml = reject_because(about, "NARR", "put your own BIC into Fr", START_MS).unwrap();
    assert_valid("admi-because", &xml);
    let xml = reject_because(Rejected::default(), "NARR", &"x".repeat(1_000), START_MS).unwrap();
    assert_valid("admi-long", &xml);
}
