//! Every message version through a whole payment: what a bank sends in one version is answered in the
//! version that belongs to it, and a bank is written to in the version that its record names.

use std::time::Instant;

use causeway_tests::world::World;
use causeway_toolkit::bank::{AccountRef, AgentRef, BankMessage, IsoBank, Order, Told};
use causeway_toolkit::dfsp::{PartyId, PayRequest, PaymentEnd};
use causeway_toolkit::onboard::{AccountPattern, BankRecord};
use causeway_toolkit::players::{ALPINE_IBAN, CURRENCY, HARBOUR_IBAN};
use causeway_translate::versions::{ANSWERS, answer_to};
use serde_json::json;

const PATIENCE_MS: u64 = 20_000;

fn versions_of(family: &str) -> Vec<&'static str> {
    iso20022::served_versions().filter(|version| version.starts_with(family)).collect()
}

/// An order to Harbour Bank whose pain.001 or pacs.008 is of this version.
fn order(world: &World, version: &str) -> Order {
    let creditor = AccountRef::Iban(HARBOUR_IBAN.to_owned());
    Order {
        debtor_account: AccountRef::Iban(ALPINE_IBAN.to_owned()),
        creditor_agent: Some(AgentRef::Bic(world.players.harbour.bic().to_owned())),
        pain_version: version.to_owned(),
        pacs_version: version.to_owned(),
        ..Order::new(CURRENCY, "1", creditor).unwrap()
    }
}

/// The record of a bank of the world with these versions written to it.
fn record(bank: &IsoBank, prefix: &str, messages: &[&str]) -> BankRecord {
    let mut record = BankRecord::new(bank.fsp_id(), bank.bic(), bank.base_url());
    record.messages = messages.iter().map(|&version| version.to_owned()).collect();
    record.accounts = vec![AccountPattern::IbanPrefix(prefix.to_owned())];
    record
}

fn namespace(version: &str) -> String {
    format!("xmlns=\"urn:iso:std:iso:20022:tech:xsd:{version}\"")
}

fn is_status(message: &BankMessage) -> bool {
    message.name.starts_with("pacs.002") || message.name.starts_with("pain.002")
}

/// Posted, and in the answer to `Prefer: wait`: in each version that banks may send.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_each_version_is_answered_in_the_version_that_belongs_to_it() {
    let world = World::start().await;
    let alpine = &world.players.alpine;
    let orders = versions_of("pain.001").into_iter().chain(versions_of("pacs.008"));
    let mut answered = Vec::new();
    for version in orders {
        let expected = answer_to(version).unwrap();
        for wait_s in [Some(20), None] {
            let order = order(&world, version);
            let outcome = match version.starts_with("pain") {
                true => alpine.pay_pain_001(&order, wait_s, PATIENCE_MS).await.unwrap(),
                false => alpine.pay_pacs_008(&order, wait_s, PATIENCE_MS).await.unwrap(),
            };
            assert_eq!(outcome.status.as_deref(), Some("ACSC"), "{version}: {}", outcome.xml);
            assert!(outcome.xml.contains(&namespace(expected)), "{version}: {}", outcome.xml);
            assert_eq!(outcome.told == Told::Answer, wait_s.is_some(), "{version}");
            assert_eq!(iso20022::inspect(outcome.xml.as_bytes()).findings, [], "{}", outcome.xml);
        }
        let posted = alpine.received().iter().rfind(|message| is_status(message)).cloned();
        assert_eq!(posted.map(|message| message.name.clone()).as_deref(), Some(expected));
        answered.push((version, expected));
    }
    answered.sort_unstable();
    let mut table = ANSWERS.to_vec();
    table.sort_unstable();
    assert_eq!(answered, table);
    assert_eq!(world.books().await, (0, 0));
    assert_eq!(world.players.failures(), Vec::<String>::new());
}

/// A refusal is a status like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_each_version_is_written_in_the_version_that_belongs_to_it() {
    let world = World::start().await;
    let alpine = &world.players.alpine;
    for (version, expected) in ANSWERS {
        let creditor_account = AccountRef::Iban("FR1420041010050500013M02606".to_owned());
        let order = Order { creditor_account, creditor_agent: None, ..order(&world, version) };
        let nobody = AgentRef::Bic("NBDYFRPP".to_owned());
        let order = match version.starts_with("pain") {
            true => order,
            false => Order { creditor_agent: Some(nobody), ..order },
        };
        let outcome = match version.starts_with("pain") {
            true => alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap(),
            false => alpine.pay_pacs_008(&order, Some(20), PATIENCE_MS).await.unwrap(),
        };
        assert_eq!(outcome.status.as_deref(), Some("RJCT"), "{version}: {}", outcome.xml);
        assert!(outcome.reason.is_some(), "{version}: {}", outcome.xml);
        assert!(outcome.xml.contains(&namespace(expected)), "{version}: {}", outcome.xml);
        assert_eq!(iso20022::inspect(outcome.xml.as_bytes()).findings, [], "{}", outcome.xml);
    }
}

/// Each version of pacs.008 to the bank, with each version of pacs.002 from it.
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_is_written_to_in_the_version_of_its_record_and_may_answer_in_any() {
    let world = World::start().await;
    let alpine = &world.players.alpine;
    let mut payments = 0;
    for version in versions_of("pacs.008") {
        world.admin.set_bank("alpinebank", &record(alpine, "DE89", &[version])).await.unwrap();
        for answer in versions_of("pacs.002") {
            alpine.set_answer_version(answer);
            let begun = Instant::now();
            let request = PayRequest::new(PartyId::new("IBAN", ALPINE_IBAN), CURRENCY, "1");
            let outcome = world.players.green.pay(&request).await.unwrap();
            assert_eq!(outcome.end, PaymentEnd::Committed, "{version} {answer}: {outcome:?}");
            let confirmed = |message: &BankMessage| message.arrived > begun && is_status(message);
            alpine.await_message(confirmed, PATIENCE_MS).await.unwrap();
            let names: Vec<String> = alpine
                .received()
                .iter()
                .filter(|message| message.arrived > begun)
                .map(|message| message.name.clone())
                .collect();
            assert_eq!(names, [version, answer_to(version).unwrap()]);
            payments += 1;
        }
    }
    for message in alpine.received() {
        assert!(message.text().contains(&namespace(&message.name)), "{}", message.text());
        assert_eq!(iso20022::inspect(&message.body).findings, [], "{}", message.text());
    }
    assert_eq!(payments, 25);
    assert_eq!(world.books().await, (0, 0));
    assert_eq!(world.players.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banks_record_may_override_the_version_of_its_answers() {
    let world = World::start().await;
    let (alpine, path) = (&world.players.alpine, "/participants/alpinebank/bank");
    let mut body = json!(record(alpine, "DE89", &["pacs.008.001.08", "pacs.002.001.12"]));
    body["answerVersions"] = json!({ "pain.001.001.09": "pain.002.001.13" });
    let put = world.admin.send(http::Method::PUT, path, Some(&body)).await.unwrap();
    assert!(put.status.is_success(), "{}", put.text());
    let order = order(&world, "pain.001.001.09");
    let outcome = alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert!(outcome.xml.contains(&namespace("pain.002.001.13")), "{}", outcome.xml);
    let request = PayRequest::new(PartyId::new("IBAN", ALPINE_IBAN), CURRENCY, "1");
    world.players.green.pay(&request).await.unwrap();
    let confirmed = |message: &BankMessage| message.name == "pacs.002.001.12";
    alpine.await_message(confirmed, PATIENCE_MS).await.unwrap();
    for (member, value) in [
        // No OrgnlUETR; another family; no such version; no Prxy.
        ("answerVersions", json!({ "pain.001.001.09": "pain.002.001.03" })),
        ("answerVersions", json!({ "pain.001.001.09": "pacs.002.001.10" })),
        ("messages", json!(["pacs.008.001.08", "pacs.002.001.03"])),
        ("messages", json!(["pacs.008.001.99"])),
        ("accounts", json!([{ "proxyType": "TELE" }])),
    ] {
        let mut body = json!(record(alpine, "DE89", &["pacs.008.001.02"]));
        body[member] = value;
        let put = world.admin.send(http::Method::PUT, path, Some(&body)).await.unwrap();
        assert_eq!(put.status.as_u16(), 400, "{body}");
    }
}
