//! What is refused at once, what counts as the same order, and what goes into the requests.

use causeway_translate::BankRecord;
use causeway_translate::order::{Action, Again, NotAnOrder, Opened, Opening, Order, Sent};
use fspiop::amount::CurrencyList;

use crate::support::{
    PACS_008, PAIN_001, RETENTION_MS, START_MS, assert_valid, bank, open_at, open_for, read,
    record, resolve,
};

/// Stage or reason, and the mend.
fn opened(xml: &str) -> String {
    match open_for(&bank(), xml) {
        Opened::Accepted(order, _) => format!("{:?}", order.stage()),
        Opened::Refused(order) => {
            let report = order.report();
            let reason = report.reason.clone().unwrap();
            let name = format!("refused-{}-{}", report.version(), reason.code);
            assert_valid(&name, &report.xml().unwrap());
            format!("{} {}", reason.code, reason.text)
        }
    }
}

fn order(xml: &str) -> Order {
    order_of(&bank(), xml)
}

fn order_of(bank: &BankRecord, xml: &str) -> Order {
    match open_for(bank, xml) {
        Opened::Accepted(order, _) | Opened::Refused(order) => *order,
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_the_mend() {
    let second =
        PAIN_001.replace("<NbOfTxs>1<", "<NbOfTxs>2<").replace("</PmtInf>", "</PmtInf>@").replace(
            '@',
            &PAIN_001
                [PAIN_001.find("<PmtInf>").unwrap()..PAIN_001.find("</CstmrCdtTrfInitn>").unwrap()],
        );
    let swaps: &[(&str, &str, &str, &str)] = &[
        (PAIN_001, "<Dt>2026-11-20<", "<Dt>2026-11-21<", "DT01 "),
        (PAIN_001, "<PmtMtd>TRF<", "<PmtMtd>TRA<", "AG03 "),
        (PAIN_001, "<PmtMtd>TRF<", "<PmtMtd>CHK<", "AG03 "),
        (PAIN_001, "\"EUR\">100.50", "\"EUR\">100.505", "AM12 "),
        (PAIN_001, "\"EUR\">100.50", "\"JPY\">100.50", "AM12 "),
        (
            PAIN_001,
            "\"EUR\">100.50",
            "\"XXX\">100.00001",
            "AM12 XXX 100.00001 has more than 4 decimals",
        ),
        (PAIN_001, "\"EUR\">100.50", "\"EUR\">0", "AM01 "),
        (PAIN_001, "\"EUR\">100.50", "\"XAU\">1", "AM03 XAU is no currency of this scheme"),
        (PAIN_001, "+49-1701234567", "+49 1701234567", "BE23 "),
        (PAIN_001, "<Cd>TELE</Cd></Tp><Id>+49-1701234567", "<Cd>EMAL</Cd></Tp><Id>a/b", "BE23 "),
        (PAIN_001, "2026-11-20T10:59:59+01:00", "2026-08-01T10:59:59+01:00", "DT01 CreDtTm "),
        (PAIN_001, "<IBAN>DE89370400440532013000", "<IBAN>DE89370400440532013001", "AC01 "),
        (PAIN_001, "<NbOfTxs>1<", "<NbOfTxs>2<", "AM19 "),
        (PACS_008, "<SttlmMtd>CLRG", "<SttlmMtd>COVE", "AG03 "),
        (
            PACS_008,
            "<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>",
            "",
            "AC02 ",
        ),
        (
            PACS_008,
            "<CdtrAcct><Id><IBAN>GB33BUKB20201555555555</IBAN></Id></CdtrAcct>",
            "",
            "AC03 ",
        ),
        (PACS_008, "T09:59:59.000Z", "T09:59:49.000Z", "AB01 FSPIOP 3302 "),
        (PACS_008, "T09:59:59.000Z", "T10:05:00.000Z", "Quoting"),
        (PACS_008, "DFSPDEFF", "NOBODEFF", "LookingUp"),
        (PAIN_001, "<Dt>2026-11-20<", "<Dt>2026-11-19<", "LookingUp"),
    ];
    assert!(opened(&second).starts_with("NARR send one transaction a message; this one has 2"));
    for (xml, from, to, expected) in swaps {
        assert!(xml.contains(from), "{from}");
        let got = opened(&xml.replace(from, to));
        assert!(got.starts_with(expected), "{to}: {got} is not {expected}");
    }
}

/// An IBAN is one account in the world; a number or alias is meant as its agent's.
#[test]
fn an_unknown_creditor_agent_is_looked_past_for_an_iban_only() {
    let member = |id: &str| format!("<ClrSysMmbId><MmbId>{id}</MmbId></ClrSysMmbId>");
    let other = |id: &str| format!("<Othr><Id>{id}</Id></Othr>");
    let iban = "<IBAN>GB33BUKB20201555555555</IBAN>";
    let (number, placeholder) = (other("1234567"), other("NOTPROVIDED"));
    let proxy = "<Prxy><Tp><Cd>TELE</Cd></Tp><Id>+49-1701234567</Id></Prxy>";
    let accounts = [
        ("IBAN", format!("<Id>{iban}</Id>")),
        ("number", format!("<Id>{number}</Id>")),
        ("alias", format!("<Id>{placeholder}</Id>{proxy}")),
    ];
    let agents = [
        ("known", "<BICFI>DFSPDEFF</BICFI>".to_owned()),
        ("BIC", "<BICFI>NOBODEFF</BICFI>".to_owned()),
        ("member", member("123")),
        ("LEI", "<LEI>529900T8BM49AURSDO55</LEI>".to_owned()),
        ("other", other("nobody")),
        ("placeholder", placeholder.clone()),
        ("name", "<Nm>Nobody's</Nm>".to_owned()),
    ];
    let mut seen = String::new();
    for (agent_kind, agent) in &agents {
        for (account_kind, account) in &accounts {
            let xml = PACS_008
                .replace("<BICFI>DFSPDEFF</BICFI>", agent)
                .replace(&format!("<Id>{iban}</Id>"), account);
            let (pain_before, pain_after) = PAIN_001.split_once("<Cdtr>").unwrap();
            let (name, rest) = pain_after.split_once("<CdtrAcct>").unwrap();
            let (_, rest) = rest.split_once("</CdtrAcct>").unwrap();
            let pain = format!(
                "{pain_before}<CdtrAgt><FinInstnId>{agent}</FinInstnId></CdtrAgt><Cdtr>{name}\
                 <CdtrAcct>{account}</CdtrAcct>{rest}"
            );
            let short = |xml: &str| opened(xml).split(' ').next().unwrap_or_default().to_owned();
            let (pacs, pain) = (short(&xml), short(&pain));
            seen += &format!("{agent_kind} {account_kind}: {pacs} {pain}\n");
        }
    }
    let expected = "\
        known IBAN: Quoting LookingUp\nknown number: Quoting LookingUp\nknown alias: Quoting LookingUp\n\
        BIC IBAN: LookingUp LookingUp\nBIC number: RC04 RC04\nBIC alias: RC04 RC04\n\
        member IBAN: LookingUp LookingUp\nmember number: RC04 RC04\nmember alias: RC04 RC04\n\
        LEI IBAN: LookingUp LookingUp\nLEI number: RC04 RC04\nLEI alias: RC04 RC04\n\
        other IBAN: LookingUp LookingUp\nother number: RC04 RC04\nother alias: RC04 RC04\n\
        placeholder IBAN: LookingUp LookingUp\nplaceholder number: LookingUp LookingUp\n\
        placeholder alias: LookingUp LookingUp\n\
        name IBAN: LookingUp LookingUp\nname number: LookingUp LookingUp\nname alias: LookingUp LookingUp\n";
    assert_eq!(seen, expected);
    assert!(opened(PAIN_001).starts_with("LookingUp"), "no agent at all");
}

#[test]
fn the_day_is_the_banks_own() {
    // 23:30 in Greenwich, the next day in Auckland.
    let late_ms = START_MS + 13 * 3_600_000 + 1_800_000;
    let auckland = PAIN_001
        .replace("2026-11-20T10:59:59+01:00", "2026-11-21T12:30:00+13:00")
        .replace("<Dt>2026-11-20<", "<Dt>2026-11-21<");
    assert!(matches!(open_at(&bank(), &auckland, late_ms), Opened::Accepted(..)));
    let greenwich = auckland.replace("2026-11-21T12:30:00+13:00", "2026-11-20T23:30:00Z");
    assert!(matches!(open_at(&bank(), &greenwich, late_ms), Opened::Refused(_)));
}

#[test]
fn only_orders_are_orders() {
    let status = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"><FIToFIPmtStsRpt>
        <GrpHdr><MsgId>S</MsgId><CreDtTm>2026-11-20T10:00:00Z</CreDtTm></GrpHdr></FIToFIPmtStsRpt></Document>"#;
    let currencies = CurrencyList::shipped();
    let opening = Opening {
        bank: &bank(),
        currencies: &currencies,
        resolve: &resolve,
        retention_ms: RETENTION_MS,
        now_ms: START_MS,
    };
    assert_eq!(Order::open(&read(status), &opening), Err(NotAnOrder));
}

#[test]
fn the_same_order_is_known_again_however_it_is_written() {
    let first = order(PAIN_001);
    let reformatted = PAIN_001
        .replace('\n', "\n    ")
        .replace("100.50", "0100.5")
        .replace("2026-11-20T10:59:59+01:00", "2026-11-20T11:30:00+01:00");
    let prefixed = PAIN_001
        .replace("xmlns=", "xmlns:p=")
        .replace("</", "</p:")
        .replace('<', "<p:")
        .replace("<p:/p:", "</p:")
        .replace("<p:?", "<?");
    for same in [&reformatted, &prefixed] {
        let again = order(same);
        assert_eq!((again.id(), again.hash()), (first.id(), first.hash()), "{same}");
        assert_eq!(first.again(&again), Again::Same);
    }
    // Another MsgId under the same UETR: message ids are no terms.
    let (first, again) = (order(PACS_008), order(&PACS_008.replace("MSG-8", "MSG-9")));
    assert_eq!(first.again(&again), Again::Same);
}

#[test]
fn the_hash_of_the_terms_is_fixed() {
    // Orders that are stored must be known again by every later release.
    assert_eq!(
        order(PAIN_001).hash(),
        "0afd5199d83b31bf8fd4b1d16df37b2c7129e165e2c933e7aa8fc29043af35c0"
    );
    assert_eq!(
        order(PACS_008).hash(),
        "ba911d7847d0d558fe7eb97c8d2fbebcc1b7111c67d46afc25c5d638e7f37cc1"
    );
}

#[test]
fn any_other_term_under_the_same_ids_is_refused_for_ever_in_the_same_words() {
    for (xml, from, to) in [
        (PAIN_001, "100.50", "100.51"),
        (PAIN_001, "\"EUR\">100.50", "\"USD\">100.50"),
        (PAIN_001, "Ana Payee", "Eve Payee"),
        (PAIN_001, "1701234567", "1701234568"),
        (PAIN_001, "Invoice 4711", "Invoice 4712"),
        (PAIN_001, "<InstrId>INSTR-1</InstrId>", ""),
        (PAIN_001, "<Dt>2026-11-20<", "<Dt>2026-11-19<"),
        (PAIN_001, "DE89370400440532013000", "GB33BUKB20201555555555"),
        (PACS_008, "E2E-8", "E2E-9"),
        (PACS_008, "TX-8", "TX-9"),
        (PACS_008, "SLEV", "DEBT"),
        (PACS_008, "DFSPDEFF", "NOBODEFF"),
        (PACS_008, "T09:59:59.000Z", "T09:59:58.000Z"),
    ] {
        let (first, other) = (order(xml), order(&xml.replace(from, to)));
        assert_eq!(first.id(), other.id(), "{to}");
        let Again::Refused(refused) = first.again(&other) else { panic!("{to} is the same") };
        let report = refused.report();
        assert_eq!(report.reason.as_ref().unwrap().code, "AM05");
        assert_valid("am05", &report.xml().unwrap());
        let Again::Refused(again) = first.again(&other) else { panic!() };
        assert_eq!(refused, again);
        assert_eq!(again.again(&refused), Again::Same, "the same refusal again");
        assert_ne!(report.message_id, first.report().message_id);
    }
    // Another order altogether has another id.
    assert_ne!(order(PAIN_001).id(), order(&PAIN_001.replace("E2E-1", "E2E-2")).id());
    assert_ne!(order(PAIN_001).id(), order(&PAIN_001.replace("MSG-1", "MSG-2")).id());
    assert_ne!(order(PAIN_001).id(), order(&PAIN_001.replace("PMT-1", "PMT-2")).id());
}

#[test]
fn another_banks_order_under_a_uetr_in_use_is_refused() {
    let other_bank = record("bank9", "BNKZDEFF", "");
    let (first, other) = (order(PACS_008), order_of(&other_bank, PACS_008));
    assert_eq!(first.id(), other.id());
    let Again::Refused(refused) = first.again(&other) else { panic!() };
    let report = refused.report();
    assert_eq!(report.reason.as_ref().unwrap().code, "DU03");
    // Without a UETR, the bank is part of the id.
    assert_ne!(order(PAIN_001).id(), order_of(&other_bank, PAIN_001).id());
}

#[test]
fn a_resend_of_a_final_order_is_the_same_bytes() {
    let refused = PAIN_001.replace("<PmtMtd>TRF<", "<PmtMtd>CHK<");
    let (first, later) = (order(&refused), open_at(&bank(), &refused, START_MS + 86_400_000));
    let Opened::Refused(later) = later else { panic!() };
    assert_eq!(first.again(&later), Again::Same);
    assert_eq!(first.report().xml().unwrap(), first.report().xml().unwrap());
    assert_eq!(first.report().message_id, later.report().message_id);
}

/// The quote that a bank's order asks for first.
fn quote(xml: &str) -> fspiop::json::Value {
    let Opened::Accepted(_, actions) = open_for(&bank(), xml) else { panic!("{xml}") };
    let Some(Action::Send(Sent::Quote, request)) = actions.first() else { panic!("{actions:?}") };
    fspiop::json::parse(request.body.as_deref().unwrap()).unwrap()
}

fn text_at<'v>(value: &'v fspiop::json::Value, path: &[&str]) -> Option<&'v str> {
    path.iter().try_fold(value, |value, name| value.member(name))?.as_str()
}

#[test]
fn a_person_born_on_a_day_pays_for_a_purpose() {
    let scenario = |quote| text_at(&quote, &["transactionType", "scenario"]).map(str::to_owned);
    let at_transaction = |kind: &str| {
        let end = "</PmtId><IntrBk";
        let kind = format!("</PmtId><PmtTpInf><CtgyPurp>{kind}</CtgyPurp></PmtTpInf><IntrBk");
        PACS_008.replace("</PmtId>\n<IntrBk", end).replace(end, &kind)
    };
    for (kind, expected) in [
        ("<Prtry>MP2P</Prtry>", "TRANSFER"),
        ("<Cd>MP2B</Cd>", "PAYMENT"),
        ("<Prtry>MP2B</Prtry>", "PAYMENT"),
        ("<Prtry>CASH</Prtry>", "WITHDRAWAL"),
        ("<Prtry>DEPOSIT</Prtry>", "DEPOSIT"),
        ("<Prtry>REFUND</Prtry>", "TRANSFER"),
        ("<Cd>CASH</Cd>", "TRANSFER"),
        ("<Cd>SALA</Cd>", "TRANSFER"),
    ] {
        assert_eq!(scenario(quote(&at_transaction(kind))).as_deref(), Some(expected), "{kind}");
    }
    let of_group = "</SttlmInf><PmtTpInf><CtgyPurp><Cd>MP2B</Cd></CtgyPurp></PmtTpInf>";
    let grouped = PACS_008.replace("</SttlmInf>", of_group);
    assert_ne!(grouped, PACS_008);
    assert_eq!(scenario(quote(&grouped)).as_deref(), Some("PAYMENT"));

    let person = |birth: &str| {
        let id = format!("<Nm>Ann</Nm><Id><PrvtId>{birth}</PrvtId></Id></Dbtr>");
        PACS_008.replace("<Nm>Muster GmbH</Nm></Dbtr>", &id)
    };
    let birth = |day: &str| {
        let (at, of) = ("<CityOfBirth>Bonn</CityOfBirth>", "<CtryOfBirth>DE</CtryOfBirth>");
        format!("<DtAndPlcOfBirth><BirthDt>{day}</BirthDt>{at}{of}</DtAndPlcOfBirth>")
    };
    let path = ["payer", "personalInfo", "dateOfBirth"];
    for (written, told) in [
        (birth("1949-11-22"), Some("1949-11-22")),
        (birth("1949-11-22+02:00"), Some("1949-11-22")),
        // Before the years that FSPIOP can say.
        (birth("0949-11-22"), None),
        ("<Othr><Id>7</Id></Othr>".to_owned(), None),
    ] {
        assert_eq!(text_at(&quote(&person(&written)), &path), told, "{written}");
    }
    assert_eq!(text_at(&quote(PACS_008), &path), None);
}

#[test]
fn the_quote_says_what_the_bank_asked_for() {
    let long = "x".repeat(140);
    let xml = PACS_008
        .replace("<Ustrd>Invoice 4711</Ustrd>", &format!("<Ustrd>{long}</Ustrd><Ustrd>B</Ustrd>"))
        .replace("<RmtInf>", "<Purp><Cd>SALA</Cd></Purp><RmtInf>");
    let Opened::Accepted(order, actions) = open_for(&bank(), &xml) else { panic!() };
    let Some(Action::Send(Sent::Quote, request)) = actions.first() else { panic!("{actions:?}") };
    let body = String::from_utf8(request.body.clone().unwrap()).unwrap();
    let id = order.id();
    let expected = format!(
        concat!(
            r#"{{"amount":{{"amount":"100.5","currency":"EUR"}},"amountType":"SEND","#,
            r#""expiration":"2026-11-20T10:00:05.000Z","extensionList":{{"extension":["#,
            r#"{{"key":"iso20022.endToEndId","value":"E2E-8"}},{{"key":"iso20022.purpose","value":"SALA"}},"#,
            r#"{{"key":"iso20022.remittance.01","value":"{part}"}},"#,
            r#"{{"key":"iso20022.remittance.02","value":"xxxxxxxxxxxx\nB"}}]}},"note":"{part}","#,
            r#""payee":{{"name":"Ana Payee","partyIdInfo":{{"fspId":"dfsp1","#,
            r#""partyIdType":"IBAN","partyIdentifier":"GB33BUKB20201555555555"}}}},"#,
            r#""payer":{{"name":"Muster GmbH","partyIdInfo":{{"fspId":"bank1","#,
            r#""partyIdType":"IBAN","partyIdentifier":"DE89370400440532013000"}}}},"#,
            r#""quoteId":"{id}","transactionId":"{id}","#,
            r#""transactionType":{{"initiator":"PAYER","initiatorType":"CONSUMER","scenario":"TRANSFER"}}}}"#
        ),
        part = &long[..128],
        id = id.uuid()
    );
    assert_eq!(body, expected);
    assert_eq!(request.timeout(START_MS).map(|timeout| timeout.ms()), Some(5_000));
    assert_eq!(order.effective().map(|timeout| timeout.ms()), Some(9_000));
}
