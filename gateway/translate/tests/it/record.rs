//! A bank's record: what it takes, whom it is, what it may send.

use causeway_translate::BankRecord;
use causeway_translate::party::PartyKey;
use causeway_translate::record::{CreditsOn, NotEntitled, sender};
use fspiop::identifiers::PartyIdType;

use crate::support::{PACS_008, PAIN_001, bank, read, record, rows, through_store};

#[test]
fn a_record_is_read_or_refused() {
    let full = r#"{"fspId":"bank1","bics":["BNKADEFF"],"memberIds":["37040044"],"tlsIdentity":"bank1.example",
        "url":"https://bank1.example/iso","messages":["pacs.008.001.08"],
        "accounts":[{"ibanPrefix":"DE8937040044"},{"proxyType":"TELE"},{"accountPrefix":""}],
        "creditsOn":"ownAcceptance","honoursTimeout":true,"profile":"instant-10s",
        "answerVersions":{"pacs.008.001.10":"pacs.002.001.10"},"interimStatuses":true}"#;
    let read: BankRecord = serde_json::from_str(full).unwrap();
    through_store(&read);
    assert_eq!(read.credits_on(), CreditsOn::OwnAcceptance);
    assert!(!read.honours_timeout(), "ownAcceptance forces false");
    assert_eq!(read.profile().name, "instant-10s");
    assert_eq!(read.answer_version("pacs.008.001.10"), Some("pacs.002.001.10"));
    let minimal = record("bank1", "BNKADEFF", "");
    through_store(&minimal);
    assert_eq!(minimal.credits_on(), CreditsOn::Confirmation);
    assert!(!minimal.honours_timeout());
    for (from, to) in [
        ("\"bank1\"", "\"bank 1\""),
        ("BNKADEFF", "bnkadeff"),
        ("BNKADEFF", "BNK"),
        ("BNKADEFF", "BNKA12FF"),
        ("https://", "ftp://"),
        ("instant-10s", "instant-1s"),
        ("\"pacs.002.001.10\"", "\"pacs.002.001.99\""),
        ("\"pacs.008.001.08\"", "\"pacs.008.001.01\""),
        ("37040044\"]", "\"]"),
        ("\"interimStatuses\"", "\"interim\""),
        ("\"ibanPrefix\"", "\"iban\""),
    ] {
        assert!(full.contains(from), "{from}");
        assert!(serde_json::from_str::<BankRecord>(&full.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn answers_have_the_version_of_the_contract() {
    for [message, answer] in rows::<2>(
        "
        pain.001.001.03 | pain.002.001.03
        pain.001.001.09 | pain.002.001.10
        pain.001.001.11 | pain.002.001.13
        pacs.008.001.02 | pacs.002.001.03
        pacs.008.001.08 | pacs.002.001.10
        pacs.008.001.10 | pacs.002.001.12
        pacs.008.001.12 | pacs.002.001.14
        pacs.008.001.13 | pacs.002.001.15
    ",
    ) {
        assert_eq!(bank().answer_version(message), Some(answer));
    }
    assert_eq!(bank().answer_version("camt.056.001.08"), None);
}

#[test]
fn a_bank_serves_what_its_patterns_say() {
    let more = r#""accounts":[{"ibanPrefix":"GB33BUKB"},{"proxyType":"EMAL"},{"proxyType":"CINC"},{"accountPrefix":"77"}]"#;
    let bank = record("bank1", "BNKADEFF", more);
    for [id_type, identifier, expected] in rows::<3>(
        "
        IBAN       | GB33BUKB20201555555555 | yes
        IBAN       | DE89370400440532013000 | no
        EMAIL      | ana@example.org        | yes
        MSISDN     | 4917                   | no
        ALIAS      | 0815                   | yes
        ACCOUNT_ID | 7711                   | yes
        ACCOUNT_ID | 1177                   | no
        BUSINESS   | 7711                   | no
    ",
    ) {
        let id_type = PartyIdType::parse(id_type).unwrap();
        let key = PartyKey { id_type, identifier: identifier.to_owned(), sub_id: None };
        assert_eq!(bank.serves(&key), expected == "yes", "{key:?}");
    }
}

#[test]
fn only_the_bank_itself_may_send() {
    let one = record("bank1", "BNKADEFF", r#""tlsIdentity":"one""#);
    let two = record("bank2", "BNKBDEFF", r#""tlsIdentity":"two""#);
    let records = [one, two];
    let with_header = |from: &str, document: &str| {
        format!(
            r#"<Message><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr><FIId><FinInstnId><BICFI>{from}</BICFI></FinInstnId></FIId></Fr>
            <To><FIId><FinInstnId><BICFI>HUBBDEFF</BICFI></FinInstnId></FIId></To><BizMsgIdr>MSG-8</BizMsgIdr><MsgDefIdr>pacs.008.001.08</MsgDefIdr><CreDt>2026-11-20T10:00:00Z</CreDt></AppHdr>{}</Message>"#,
            document.split_once("?>").unwrap().1
        )
    };
    let no_agent = PACS_008
        .replace("<InstgAgt><FinInstnId><BICFI>BNKADEFF</BICFI></FinInstnId></InstgAgt>", "");
    let branch = PACS_008.replace("BNKADEFF", "BNKADEFF123");
    let status = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"><FIToFIPmtStsRpt>
        <GrpHdr><MsgId>S</MsgId><CreDtTm>2026-11-20T10:00:00Z</CreDtTm></GrpHdr></FIToFIPmtStsRpt></Document>"#;
    let yes = |fsp_id: &'static str| Ok(Some(fsp_id));
    let table = [
        ("pain", PAIN_001, Some("one"), yes("bank1")),
        ("pain", PAIN_001, Some("two"), Err(NotEntitled::DebtorAgent)),
        ("pain", PAIN_001, None, yes("bank1")),
        ("pacs", PACS_008, Some("one"), yes("bank1")),
        ("pacs", PACS_008, Some("two"), Err(NotEntitled::InstructingAgent)),
        ("pacs", PACS_008, Some("three"), Err(NotEntitled::UnknownIdentity)),
        ("pacs", PACS_008, None, yes("bank1")),
        ("branch", &branch, None, yes("bank1")),
        ("no agent", &no_agent, Some("two"), yes("bank2")),
        ("no agent", &no_agent, None, yes("bank1")),
        ("header", &with_header("BNKADEFF", PACS_008), Some("one"), yes("bank1")),
        ("header", &with_header("BNKBDEFF", PACS_008), Some("one"), Err(NotEntitled::From)),
        ("header", &with_header("BNKBDEFF", PACS_008), None, Err(NotEntitled::InstructingAgent)),
        ("header", &with_header("BNKCDEFF", PACS_008), None, Err(NotEntitled::Unnamed)),
        ("status", status, Some("two"), yes("bank2")),
        ("status", status, None, Ok(None)),
    ];
    for (name, xml, identity, expected) in table {
        let names = identity.map(|name| [name.to_owned()]);
        let got = sender(&records, &read(xml), names.as_ref().map(<[String; 1]>::as_slice));
        assert_eq!(
            got.map(|record| record.map(BankRecord::fsp_id)),
            expected,
            "{name} {identity:?}"
        );
    }
}

#[test]
fn one_certificate_may_speak_for_several_banks_and_a_bank_without_identity_has_its_name() {
    let one = record("bank1", "BNKADEFF", r#""tlsIdentity":"processor.example""#);
    let two = record("bank2", "BNKBDEFF", r#""tlsIdentity":"processor.example""#);
    let three = record("bank3", "BNKCDEFF", "");
    let records = [two, one, three];
    let other = PACS_008.replace("BNKADEFF", "BNKCDEFF");
    for (xml, name, expected) in [
        (PACS_008, "processor.example", Ok("bank1")),
        (&other, "processor.example", Err(NotEntitled::InstructingAgent)),
        (&other, "bank3", Ok("bank3")),
        (&other, "bank1", Err(NotEntitled::UnknownIdentity)),
        (&other, "", Err(NotEntitled::UnknownIdentity)),
    ] {
        let got =
            sender(&records, &read(xml), Some(&["other.example".to_owned(), name.to_owned()]));
        assert_eq!(got.map(|record| record.unwrap().fsp_id()), expected, "{name}");
    }
}
