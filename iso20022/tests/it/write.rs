//! Messages that are written: what is read back, and what is refused.

use iso20022::{
    Account, Agent, DateTime, Message, OriginalGroup, StatusCode, WriteError, admi002, pacs002,
    pacs008, pain001, pain002, read,
};

use crate::messages::{
    UETR, admi002_messages, minimal_pacs008, pacs002_messages, pacs008_messages, pain001_messages,
    pain002_messages, versions_of,
};
use crate::support::{account_with_everything, agent_with_everything};

/// The versions that the tests of single faults write.
const PACS_008: &str = "pacs.008.001.08";
const PACS_002: &str = "pacs.002.001.10";

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// What a written text says, under its version.
fn read_back(text: Result<String, WriteError>, version: &str) -> Message {
    let text = text.unwrap_or_else(|e| panic!("{version}: {e}"));
    assert!(
        text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso")
    );
    let inbound = read(text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(inbound.name.as_str(), version);
    inbound.message
}

#[test]
fn what_is_written_is_read_back_in_every_version() {
    let mut written = Vec::new();
    for version in versions_of("pacs.008") {
        written.push(version);
        for message in pacs008_messages(version) {
            let found = read_back(pacs008::write(&message, version), version);
            assert_eq!(found, Message::FiToFiCustomerCreditTransfer(message), "{version}");
        }
    }
    for version in versions_of("pain.001") {
        written.push(version);
        for message in pain001_messages(version) {
            let found = read_back(pain001::write(&message, version), version);
            assert_eq!(found, Message::CustomerCreditTransferInitiation(message), "{version}");
        }
    }
    for version in versions_of("pacs.002") {
        written.push(version);
        for message in pacs002_messages(version) {
            let found = read_back(pacs002::write(&message, version), version);
            assert_eq!(found, Message::PaymentStatusReport(message), "{version}");
        }
    }
    for version in versions_of("pain.002") {
        written.push(version);
        for message in pain002_messages(version) {
            let found = read_back(pain002::write(&message, version), version);
            assert_eq!(found, Message::CustomerPaymentStatusReport(message), "{version}");
        }
    }
    for message in admi002_messages() {
        let found = read_back(admi002::write(&message), admi002::VERSION);
        assert_eq!(found, Message::MessageReject(message));
    }
    assert_eq!(written.len(), 17);
}

#[test]
fn amounts_are_written_with_the_digits_of_their_currency() {
    for (amount, currency, written) in [
        ("100", "EUR", "<IntrBkSttlmAmt Ccy=\"EUR\">100.00<"),
        ("1.5", "EUR", "<IntrBkSttlmAmt Ccy=\"EUR\">1.50<"),
        ("100", "JPY", "<IntrBkSttlmAmt Ccy=\"JPY\">100<"),
        ("100", "KWD", "<IntrBkSttlmAmt Ccy=\"KWD\">100.000<"),
        ("1.00001", "XTS", "<IntrBkSttlmAmt Ccy=\"XTS\">1.00001<"),
        ("0", "EUR", "<IntrBkSttlmAmt Ccy=\"EUR\">0.00<"),
        ("999999999999999999", "EUR", "<IntrBkSttlmAmt Ccy=\"EUR\">999999999999999999.00<"),
    ] {
        let mut message = minimal_pacs008(PACS_008);
        let currency = iso20022::Currency::parse(currency).unwrap();
        message.transactions[0].settlement_amount =
            iso20022::Amount::parse(amount, currency).unwrap();
        let text = pacs008::write(&message, PACS_008).unwrap();
        assert!(text.contains(written), "{text}");
    }
}

fn refusal<T>(result: Result<T, WriteError>) -> (String, &'static str) {
    match result {
        Ok(_) => panic!("written"),
        Err(WriteError { path, rule, text }) => {
            assert!(!text.is_empty() && text.len() < 200);
            (path, rule)
        }
    }
}

#[test]
fn a_writer_refuses_what_the_schema_cannot_carry() {
    let pacs008_with = |change: &dyn Fn(&mut pacs008::FiToFiCustomerCreditTransfer)| {
        let mut message = minimal_pacs008(PACS_008);
        change(&mut message);
        let (path, rule) = refusal(pacs008::write(&message, PACS_008));
        (path.replace("/Document/FIToFICstmrCdtTrf", ""), rule)
    };
    let expect = |path: &str, rule: &'static str| (path.to_owned(), rule);
    let tx = |path: &str, rule: &'static str| (format!("/CdtTrfTxInf[1]{path}"), rule);
    assert_eq!(
        pacs008_with(&|m| m.message_id = "x".repeat(36)),
        expect("/GrpHdr/MsgId", "maxLength")
    );
    assert_eq!(pacs008_with(&|m| m.message_id.clear()), expect("/GrpHdr/MsgId", "minLength"));
    // Where a text has a forbidden character, elements that may repeat are not counted.
    let control = pacs008_with(&|m| m.transactions[0].debtor.name = text("a\u{1}b"));
    assert_eq!(control, expect("/CdtTrfTxInf/Dbtr/Nm", "character"));
    assert_eq!(
        pacs008_with(&|m| m.transactions[0].uetr = text(&UETR.to_uppercase())),
        tx("/PmtId/UETR", "pattern")
    );
    assert_eq!(
        pacs008_with(&|m| m.transactions[0].remittance = vec![String::new(), "x".repeat(141)]),
        tx("/RmtInf/Ustrd[1]", "minLength")
    );
    assert_eq!(
        pacs008_with(&|m| m.transactions[0].creditor_agent = Agent::of_bic("nobic")),
        tx("/CdtrAgt/FinInstnId/BICFI", "pattern")
    );
    assert_eq!(pacs008_with(&|m| m.transactions.clear()), expect("/CdtTrfTxInf", "missing"));
    assert_eq!(
        pacs008_with(&|m| m.number_of_transactions = "1.0".to_owned()),
        expect("/GrpHdr/NbOfTxs", "pattern")
    );
}

/// A change to a message that every version can say, and how the version refuses it.
type Refusal<M> = (&'static str, fn(&mut M), &'static str, &'static str);

/// Writes the version's typical message with each change, which is refused as the row says.
fn assert_refused<M>(
    body: &str,
    rows: &[Refusal<M>],
    typical: fn(&str) -> M,
    write: fn(&M, &str) -> Result<String, WriteError>,
) {
    for (version, change, path, rule) in rows {
        let mut message = typical(version);
        write(&message, version).unwrap();
        change(&mut message);
        let path = format!("/Document/{body}{path}");
        assert_eq!(refusal(write(&message, version)), (path, *rule), "{version}");
    }
}

#[test]
fn what_a_version_of_pacs_008_cannot_say_is_refused_by_name() {
    let rows: &[Refusal<pacs008::FiToFiCustomerCreditTransfer>] = &[
        (
            "pacs.008.001.02",
            |m| m.transactions[0].uetr = text(UETR),
            "/CdtTrfTxInf[1]/PmtId/UETR",
            "version",
        ),
        (
            "pacs.008.001.02",
            |m| m.transactions[0].transaction_id = None,
            "/CdtTrfTxInf[1]/PmtId/TxId",
            "missing",
        ),
        (
            "pacs.008.001.02",
            |m| {
                let account = account_with_everything("pacs.008.001.08");
                m.transactions[0].creditor_account = Some(account);
            },
            "/CdtTrfTxInf[1]/CdtrAcct/Prxy",
            "version",
        ),
        (
            "pacs.008.001.08",
            |m| m.transactions[0].creditor_account = Some(Account::default()),
            "/CdtTrfTxInf[1]/CdtrAcct/Id",
            "missing",
        ),
        (
            "pacs.008.001.02",
            |m| m.transactions[0].debtor_agent = agent_with_everything("pacs.008.001.08"),
            "/CdtTrfTxInf[1]/DbtrAgt/FinInstnId/LEI",
            "version",
        ),
        (
            "pacs.008.001.12",
            |m| m.transactions[0].expires = Some(DateTime::utc(0)),
            "/CdtTrfTxInf[1]/XpryDtTm",
            "version",
        ),
        ("pacs.008.001.12", |m| m.expires = Some(DateTime::utc(0)), "/GrpHdr/XpryDtTm", "version"),
    ];
    let typical = |version: &str| pacs008_messages(version).swap_remove(1);
    assert_refused("FIToFICstmrCdtTrf", rows, typical, pacs008::write);
}

#[test]
fn what_a_version_of_pain_001_cannot_say_is_refused_by_name() {
    let rows: &[Refusal<pain001::CustomerCreditTransferInitiation>] = &[
        (
            "pain.001.001.03",
            |m| m.payments[0].transactions[0].uetr = text(UETR),
            "/PmtInf[1]/CdtTrfTxInf[1]/PmtId/UETR",
            "version",
        ),
        (
            "pain.001.001.03",
            |m| {
                m.payments[0].requested_execution =
                    iso20022::DateOrDateTime::DateTime(DateTime::utc(0));
            },
            "/PmtInf[1]/ReqdExctnDt/DtTm",
            "version",
        ),
    ];
    let typical = |version: &str| pain001_messages(version).swap_remove(0);
    assert_refused("CstmrCdtTrfInitn", rows, typical, pain001::write);
}

#[test]
fn what_a_version_of_a_status_cannot_say_is_refused_by_name() {
    let rows: &[Refusal<pacs002::PaymentStatusReport>] = &[
        (
            PACS_002,
            |m| m.transactions[0].reasons[0].additional = vec!["x".repeat(106)],
            "/TxInfAndSts[1]/StsRsnInf[1]/AddtlInf[1]",
            "maxLength",
        ),
        (
            PACS_002,
            |m| {
                let group = m.transactions[0].original_group.as_mut().unwrap();
                group.status = Some(StatusCode::Pending);
            },
            "/TxInfAndSts[1]/OrgnlGrpInf/GrpSts",
            "version",
        ),
        (
            "pacs.002.001.03",
            |m| m.transactions[0].original_uetr = text(UETR),
            "/TxInfAndSts[1]/OrgnlUETR",
            "version",
        ),
        (
            "pacs.002.001.03",
            |m| m.transactions[0].original_group = Some(OriginalGroup::of("M1", "pacs.008.001.02")),
            "/TxInfAndSts[1]/OrgnlGrpInf",
            "version",
        ),
        (
            "pacs.002.001.03",
            |m| m.transactions[0].status = Some(StatusCode::AcceptedWithoutPosting),
            "/TxInfAndSts[1]/TxSts",
            "enumeration",
        ),
        ("pacs.002.001.03", |m| m.original_groups.clear(), "/OrgnlGrpInfAndSts", "missing"),
        (
            "pacs.002.001.03",
            |m| m.original_groups.push(OriginalGroup::of("M2", "pacs.008.001.02")),
            "/OrgnlGrpInfAndSts",
            "unexpected",
        ),
    ];
    let typical = |version: &str| pacs002_messages(version).swap_remove(2);
    assert_refused("FIToFIPmtStsRpt", rows, typical, pacs002::write);
    let rows: &[Refusal<pain002::CustomerPaymentStatusReport>] = &[
        (
            "pain.002.001.03",
            |m| m.payments[0].transactions[0].original_uetr = text(UETR),
            "/OrgnlPmtInfAndSts[1]/TxInfAndSts[1]/OrgnlUETR",
            "version",
        ),
        (
            "pain.002.001.13",
            |m| m.payments[0].transactions[0].original_transaction_id = text("T1"),
            "/OrgnlPmtInfAndSts[1]/TxInfAndSts[1]/OrgnlTxId",
            "version",
        ),
    ];
    let typical = |version: &str| pain002_messages(version).swap_remove(2);
    assert_refused("CstmrPmtStsRpt", rows, typical, pain002::write);
    let mut reject = admi002_messages().remove(0);
    reject.related_reference = "x".repeat(36);
    let path = "/Document/admi.002.001.01/RltdRef/Ref".to_owned();
    assert_eq!(refusal(admi002::write(&reject)), (path, "maxLength"));
}

#[test]
fn a_version_of_another_family_or_of_none_is_refused() {
    let message = minimal_pacs008(PACS_008);
    for version in ["pacs.002.001.10", "pacs.008.001.99", "pacs.008", ""] {
        assert_eq!(refusal(pacs008::write(&message, version)), ("/".to_owned(), "version"));
    }
    let document = pacs008::write(&message, PACS_008).unwrap();
    let header = iso20022::HeaderToWrite {
        from: Agent::of_bic("BANKDEFF"),
        to: agent_with_everything(PACS_008),
        business_message_id: "M1".to_owned(),
        created: DateTime::utc(0),
    };
    let path = "/AppHdr/To/FIId/FinInstnId/LEI".to_owned();
    let refused = refusal(iso20022::with_header(&document, &header, "head.001.001.01"));
    assert_eq!(refused, (path, "version"));
    assert_eq!(refusal(iso20022::with_header(&document, &header, PACS_008)).0, "/");
}

#[test]
fn a_refusal_becomes_a_reject() {
    let bad = crate::support::pacs008("-1").replace("SLEV", "X");
    for (text, reference, location) in [
        (bad.as_str(), "M1", "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt"),
        ("<r", "NOTPROVIDED", "/"),
        ("", "NOTPROVIDED", "/"),
    ] {
        let refused = read(text.as_bytes()).unwrap_err();
        let reject = admi002::MessageReject::of_refused(&refused, DateTime::utc(0));
        assert_eq!(reject.related_reference, reference);
        assert_eq!(reject.error_location.as_deref(), Some(location));
        assert_eq!(reject.additional_data.is_some(), refused.findings.len() > 1);
        let written = admi002::write(&reject).unwrap();
        assert_eq!(read(written.as_bytes()).unwrap().message, Message::MessageReject(reject));
    }
}
