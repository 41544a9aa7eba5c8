//! Messages that are read: every field that the bridge needs, from published samples' shapes.

use iso20022::pain001::InstructedAmount;
use iso20022::{
    AccountId, ChargeBearer, Coded, DateOrDateTime, Message, PaymentMethod, RefusedKind,
    StatusCode, read,
};

use crate::support::{document, eur};

const PAIN001: &str = "<CstmrCdtTrfInitn><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-20T11:00:00.5+01:00</CreDtTm>\
<NbOfTxs>2</NbOfTxs><CtrlSum>30.00</CtrlSum><InitgPty><Nm>Shop</Nm><Id><OrgId><AnyBIC>SHOPDEFF</AnyBIC>\
<Othr><Id>7</Id><SchmeNm><Prtry>ALIAS</Prtry></SchmeNm></Othr></OrgId></Id></InitgPty></GrpHdr>\
<PmtInf><PmtInfId>P1</PmtInfId><PmtMtd>TRF</PmtMtd><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>\
<ReqdExctnDt><Dt>2026-11-20</Dt></ReqdExctnDt><Dbtr><Nm>Shop</Nm></Dbtr>\
<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></DbtrAcct>\
<DbtrAgt><FinInstnId><BICFI>BANKDEFF</BICFI></FinInstnId></DbtrAgt><ChrgBr>SHAR</ChrgBr>\
<CdtTrfTxInf><PmtId><InstrId>I1</InstrId><EndToEndId>E1</EndToEndId>\
<UETR>7a562c67-ca16-48ba-b074-65581be6f066</UETR></PmtId><Amt><InstdAmt Ccy=\"EUR\">10.00</InstdAmt></Amt>\
<ChrgBr>DEBT</ChrgBr><CdtrAgt><FinInstnId><ClrSysMmbId><ClrSysId><Cd>DEBLZ</Cd></ClrSysId><MmbId>37040044</MmbId>\
</ClrSysMmbId><LEI>529900T8BM49AURSDO55</LEI><Othr><Id>bank-b</Id></Othr></FinInstnId></CdtrAgt><Cdtr><Nm>Bob</Nm>\
</Cdtr><CdtrAcct><Id><Othr><Id>4711</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id>\
<Prxy><Tp><Cd>TELE</Cd></Tp><Id>+49-30123</Id></Prxy></CdtrAcct><Purp><Cd>SALA</Cd></Purp>\
<RmtInf><Ustrd>one</Ustrd><Ustrd>two</Ustrd></RmtInf></CdtTrfTxInf></PmtInf>\
<PmtInf><PmtInfId>P2</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><DtTm>2026-11-20T12:00:00</DtTm></ReqdExctnDt>\
<Dbtr/><DbtrAcct><Id><Othr><Id>1</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId/></DbtrAgt>\
<CdtTrfTxInf><PmtId><EndToEndId>E2</EndToEndId></PmtId><Amt><EqvtAmt><Amt Ccy=\"EUR\">20</Amt>\
<CcyOfTrf>USD</CcyOfTrf></EqvtAmt></Amt></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn>";

#[test]
fn pain001_is_read_field_by_field() {
    let text = document("pain.001.001.09", PAIN001);
    let inbound = read(text.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(inbound.findings, []);
    let Message::CustomerCreditTransferInitiation(message) = inbound.message else {
        panic!("not a pain.001");
    };
    assert_eq!(message.message_id, "M1");
    assert_eq!(message.created.unix_ms(), 1_795_168_800_500);
    assert_eq!(message.created.offset_minutes(), Some(60));
    assert_eq!(message.number_of_transactions, "2");
    assert_eq!(message.control_sum.as_deref(), Some("30.00"));
    assert_eq!(message.initiating_party.name.as_deref(), Some("Shop"));
    let [first, second] = message.payments.as_slice() else { panic!("{message:?}") };
    assert_eq!((first.id.as_str(), first.method), ("P1", PaymentMethod::Transfer));
    assert_eq!(first.charge_bearer, Some(ChargeBearer::Shared));
    assert_eq!(first.debtor_agent.bicfi.as_deref(), Some("BANKDEFF"));
    let iban = AccountId::Iban("DE89370400440532013000".to_owned());
    assert_eq!(first.debtor_account.id, Some(iban));
    let DateOrDateTime::Date(date) = first.requested_execution else { panic!("not a date") };
    assert_eq!(date.to_string(), "2026-11-20");
    let transfer = &first.transactions[0];
    assert_eq!(transfer.instruction_id.as_deref(), Some("I1"));
    assert_eq!(transfer.end_to_end_id, "E1");
    assert_eq!(transfer.uetr.as_deref(), Some("7a562c67-ca16-48ba-b074-65581be6f066"));
    assert_eq!(transfer.amount, InstructedAmount::Instructed(eur("10")));
    assert_eq!(transfer.charge_bearer, Some(ChargeBearer::Debtor));
    let agent = transfer.creditor_agent.as_ref().unwrap();
    let member = agent.clearing_member.as_ref().unwrap();
    assert_eq!(member.member_id, "37040044");
    assert_eq!(member.system, Some(Coded::Code("DEBLZ".to_owned())));
    assert_eq!(agent.other.as_ref().unwrap().id, "bank-b");
    assert_eq!(agent.lei.as_deref(), Some("529900T8BM49AURSDO55"));
    let account = transfer.creditor_account.as_ref().unwrap();
    let Some(AccountId::Other(other)) = &account.id else { panic!("{account:?}") };
    assert_eq!((other.id.as_str(), other.scheme.as_ref().unwrap().as_str()), ("4711", "BBAN"));
    let proxy = account.proxy.as_ref().unwrap();
    assert_eq!((proxy.id.as_str(), proxy.kind.as_ref().unwrap().as_str()), ("+49-30123", "TELE"));
    assert_eq!(transfer.purpose, Some(Coded::Code("SALA".to_owned())));
    assert_eq!(transfer.remittance, ["one", "two"]);
    let DateOrDateTime::DateTime(time) = second.requested_execution else { panic!("not a time") };
    assert_eq!((time.unix_ms(), time.offset_minutes()), (1_795_176_000_000, None));
    let InstructedAmount::Equivalent { amount, transfer_currency } = second.transactions[0].amount
    else {
        panic!("not an equivalent");
    };
    assert_eq!((amount, transfer_currency.as_str()), (eur("20"), "USD"));
}

#[test]
fn statuses_of_a_bank_are_read() {
    let text = document(
        "pacs.002.001.10",
        "<FIToFIPmtStsRpt><GrpHdr><MsgId>S1</MsgId><CreDtTm>2026-11-20T10:00:00Z</CreDtTm></GrpHdr>\
<TxInfAndSts><OrgnlGrpInf><OrgnlMsgId>M1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf>\
<OrgnlEndToEndId>E1</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>\
<AddtlInf><![CDATA[closed]]></AddtlInf></StsRsnInf></TxInfAndSts>\
<TxInfAndSts><TxSts>XYZ</TxSts></TxInfAndSts></FIToFIPmtStsRpt>",
    );
    let Message::PaymentStatusReport(report) = read(text.as_bytes()).unwrap().message else {
        panic!("not a pacs.002");
    };
    let [first, second] = report.transactions.as_slice() else { panic!("{report:?}") };
    assert_eq!(first.original_group.as_ref().unwrap().message_id, "M1");
    assert_eq!(first.status, Some(StatusCode::Rejected));
    assert_eq!(first.reasons[0].reason, Some(Coded::Code("AC04".to_owned())));
    assert_eq!(first.reasons[0].additional, ["closed"]);
    assert_eq!(second.status, Some(StatusCode::Other("XYZ".to_owned())));
}

#[test]
fn what_the_schema_allows_but_no_clock_shows_is_refused() {
    let text = document("pain.001.001.09", &PAIN001.replace("2026-11-20T11", "-0044-03-15T11"));
    let refused = read(text.as_bytes()).unwrap_err();
    assert_eq!((refused.kind, refused.findings[0].rule), (RefusedKind::NotSchema, "dateTime"));
    assert_eq!(refused.findings[0].path, "/Document/CstmrCdtTrfInitn/GrpHdr/CreDtTm");
    let text = document("pain.001.001.09", &PAIN001.replace("<DtTm>2026", "<DtTm>12026"));
    let refused = read(text.as_bytes()).unwrap_err();
    let path = "/Document/CstmrCdtTrfInitn/PmtInf[2]/ReqdExctnDt/DtTm";
    assert_eq!(refused.findings[0].path, path);
}

#[test]
fn the_message_id_is_told_only_when_it_can_be_repeated() {
    let with = |id: &str| {
        let text =
            document("pain.001.001.09", &PAIN001.replace("<MsgId>M1", &format!("<MsgId>{id}")));
        read(text.as_bytes()).map(|_| None).unwrap_or_else(|refused| Some(refused.message_id))
    };
    assert_eq!(with(&"x".repeat(36)), Some(None));
    assert_eq!(with(""), Some(None));
    let text = document("pain.001.001.99", PAIN001);
    let refused = read(text.as_bytes()).unwrap_err();
    assert_eq!(refused.kind, RefusedKind::UnsupportedVersion);
    assert_eq!(refused.message_id.as_deref(), Some("M1"));
    assert_eq!(refused.name.unwrap().as_str(), "pain.001.001.99");
    assert_eq!(refused.to_string().split(':').next(), Some("message version not supported"));
}
