//! Every message version through the journeys: what comes in, what goes out, and what a version that
//! lacks an element makes of it.

use causeway_translate::BankRecord;
use causeway_translate::credit::Action;
use causeway_translate::order::Order;
use causeway_translate::record::RecordError;
use causeway_translate::status::{PaymentStatus, Reason};
use causeway_translate::versions::{ANSWERS, answer_to, can_answer, has_proxies, has_uetr};
use iso20022::{Inbound, Message, pacs008, pain001, served_versions};

use crate::credit::{event, open, secret};
use crate::support::{PACS_008, PAIN_001, START_MS, assert_valid, open_at, read, record};

/// The order of the fixtures, written in another version: without what that one cannot say.
fn order_in(version: &str) -> String {
    let fixture = if version.starts_with("pain") { PAIN_001 } else { PACS_008 };
    let Inbound { message, .. } = read(fixture);
    match message {
        Message::CustomerCreditTransferInitiation(mut order) => {
            let transfer = &mut order.payments[0].transactions[0];
            let account = transfer.creditor_account.as_mut().unwrap();
            if version == "pain.001.001.03" {
                account.proxy = None;
            }
            pain001::write(&order, version).unwrap()
        }
        Message::FiToFiCustomerCreditTransfer(mut order) => {
            let uetr = order.transactions[0].uetr.take();
            order.transactions[0].uetr = uetr.filter(|_| has_uetr(version));
            pacs008::write(&order, version).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

fn opened(bank: &BankRecord, xml: &str) -> Order {
    match open_at(bank, xml, START_MS) {
        causeway_translate::order::Opened::Accepted(order, _)
        | causeway_translate::order::Opened::Refused(order) => *order,
    }
}

/// Each status of each order version, held against the schema of the version that answers.
#[test]
fn statuses_of_every_order_version_are_valid() {
    for (version, answer) in ANSWERS {
        let order = opened(&crate::support::bank(), &order_in(version));
        for status in [
            PaymentStatus::Accepted,
            PaymentStatus::InProcess,
            PaymentStatus::Pending,
            PaymentStatus::Settled,
            PaymentStatus::Rejected,
        ] {
            let mut report = order.report();
            report.status = status;
            report.reason = Some(Reason::new("MS02", "FSPIOP 5104 Ünï <&>"))
                .filter(|_| status == PaymentStatus::Rejected);
            assert_eq!(report.version(), answer);
            let xml = report.xml().unwrap();
            assert!(xml.contains(&format!("xsd:{answer}\"")), "{xml}");
            assert!(xml.contains(&format!("<OrgnlMsgNmId>{version}<")), "{xml}");
            let uetr = order_in(version).contains("<UETR>");
            assert_eq!(xml.contains("<OrgnlUETR>"), uetr, "{xml}");
            assert_valid(&format!("versions-{answer}-{status:?}"), &xml);
        }
    }
}

/// Each version of the pacs.008 to a bank, and of the confirmations about it.
#[test]
fn credits_of_every_version_are_valid() {
    let versions: Vec<_> = served_versions().filter(|v| v.starts_with("pacs.008")).collect();
    for version in &versions {
        let bank = record(
            "bank2",
            "BNKBGB22",
            &format!(r#""messages":["{version}"],"accounts":[{{"ibanPrefix":"GB33BUKB"}}]"#),
        );
        let (mut credit, actions) = open(&bank);
        let Some(Action::SendBank(message)) = actions.first() else { panic!("{actions:?}") };
        assert_eq!(message.name, *version);
        assert_valid(&format!("versions-credit-{version}"), &message.xml);
        assert_eq!(message.xml.contains("<UETR>"), has_uetr(version), "{}", message.xml);
        // The payer is a telephone number.
        assert_eq!(message.xml.contains("<DbtrAcct>"), has_proxies(version), "{}", message.xml);
        assert!(message.xml.contains(&format!("<TxId>{}</TxId>", credit.id().max35())));
        credit.step(&event("bank ACSC"), START_MS + 1, &secret());
        let actions = credit.step(&event("patch COMMITTED"), START_MS + 2, &secret());
        let Some(Action::Confirm(report)) = actions.first() else { panic!("{actions:?}") };
        assert_eq!(Some(report.version()), answer_to(version));
        assert_valid(&format!("versions-confirmed-{version}"), &report.xml().unwrap());
    }
    assert_eq!(versions.len(), 5);
}

/// Every order that is read has an answer that is written, and the answer can repeat its UETR.
#[test]
fn every_order_version_has_its_answer() {
    let orders: Vec<_> = served_versions()
        .filter(|version| version.starts_with("pain.001") || version.starts_with("pacs.008"))
        .collect();
    assert_eq!(orders.len(), ANSWERS.len());
    for order in orders {
        assert!(can_answer(order, answer_to(order).unwrap()), "{order}");
    }
    assert!(!can_answer("pacs.008.001.08", "pacs.002.001.03"), "no OrgnlUETR");
    assert!(can_answer("pacs.008.001.02", "pacs.002.001.15"));
    assert!(!can_answer("pacs.008.001.08", "pain.002.001.10"));
    assert!(!can_answer("pacs.008.001.08", "pacs.002.001.99"));
    assert!(!can_answer("pacs.002.001.10", "pacs.002.001.10"));
}

#[test]
fn a_record_chooses_versions_that_can_say_what_must_be_said() {
    let read = |more: &str| -> Result<BankRecord, String> {
        let json = format!(r#"{{"fspId":"b","bics":["BNKADEFF"],"url":"http://a",{more}}}"#);
        serde_json::from_str(&json).map_err(|error| error.to_string())
    };
    for (more, credit, confirmation) in [
        (r#""messages":[]"#, "pacs.008.001.08", "pacs.002.001.10"),
        (r#""messages":["pacs.008.001.12"]"#, "pacs.008.001.12", "pacs.002.001.14"),
        (r#""messages":["pacs.002.001.12"]"#, "pacs.008.001.08", "pacs.002.001.12"),
        (
            r#""messages":["pain.002.001.13","pacs.008.001.13","pacs.008.001.08"]"#,
            "pacs.008.001.13",
            "pacs.002.001.15",
        ),
        (
            r#""messages":["pacs.002.001.12"],"answerVersions":{"pacs.008.001.08":"pacs.002.001.14"}"#,
            "pacs.008.001.08",
            "pacs.002.001.14",
        ),
    ] {
        let bank = read(more).unwrap();
        assert_eq!((bank.credit_version(), bank.confirmation_version()), (credit, confirmation));
    }
    let unfit = |message: &str, status: &str| {
        let (message, status) = (message.to_owned(), status.to_owned());
        RecordError::Answer { message, status }.to_string()
    };
    for (more, refusal) in [
        (
            r#""answerVersions":{"pain.001.001.09":"pain.002.001.03"}"#,
            unfit("pain.001.001.09", "pain.002.001.03"),
        ),
        (
            r#""answerVersions":{"camt.056.001.08":"pacs.002.001.10"}"#,
            unfit("camt.056.001.08", "pacs.002.001.10"),
        ),
        (r#""messages":["pacs.002.001.03"]"#, unfit("pacs.008.001.08", "pacs.002.001.03")),
        (
            r#""messages":["pacs.008.001.02"],"accounts":[{"proxyType":"TELE"}]"#,
            RecordError::Proxy("pacs.008.001.02".to_owned()).to_string(),
        ),
        (
            r#""messages":["pain.001.001.09"]"#,
            RecordError::Version("pain.001.001.09".to_owned()).to_string(),
        ),
    ] {
        let error = read(more).unwrap_err();
        assert!(error.starts_with(&refusal), "{error}");
    }
}

/// A BIC may begin with digits since 2014; the versions of 2009 cannot write it, yet the status leaves.
#[test]
fn a_status_that_cannot_name_its_agents_leaves_without_them() {
    let bank = record("bank1", "B4NKDEFF", "");
    let agent = "<InstgAgt><FinInstnId><BIC>BNKADEFF</BIC></FinInstnId></InstgAgt>";
    let xml = order_in("pacs.008.001.02");
    assert!(xml.contains(agent), "{xml}");
    let order = opened(&bank, &xml.replace(agent, ""));
    let xml = order.report().xml().unwrap();
    assert!(xml.contains("<OrgnlTxId>TX-8</OrgnlTxId>") && !xml.contains("Agt>"), "{xml}");
    assert_valid("versions-agents", &xml);
}

/// What was settled at the beginning holds, whatever becomes of the record.
#[test]
fn the_version_of_a_status_is_that_of_the_day_of_the_order() {
    let override_ = r#""answerVersions":{"pacs.008.001.08":"pacs.002.001.12"}"#;
    let order = opened(&record("bank1", "BNKADEFF", override_), PACS_008);
    let stored = crate::support::through_store(&order);
    assert_eq!(stored.report().version(), "pacs.002.001.12");
    let usual = opened(&crate::support::bank(), PACS_008);
    assert_eq!(usual.report().version(), "pacs.002.001.10");
    assert_eq!(stored.hash(), usual.hash());
}

/// The same order in another version is the same terms: what the bank asks for does not hang on how it
/// is written.
#[test]
fn the_terms_are_the_same_in_every_version() {
    let hash =
        |version: &str| opened(&crate::support::bank(), &order_in(version)).hash().to_owned();
    for version in ["pacs.008.001.10", "pacs.008.001.12", "pacs.008.001.13"] {
        assert_eq!(hash(version), hash("pacs.008.001.08"), "{version}");
    }
    assert_eq!(hash("pain.001.001.11"), hash("pain.001.001.09"));
}
