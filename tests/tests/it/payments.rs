//! Payments end to end: real sockets, signatures and synced store; simulated participants.

use causeway::node::HUB;
use causeway_tests::world::{self, World};
use causeway_toolkit::bank::{
    AccountRef, AgentRef, BankConduct, BankOptions, IsoBank, Order, OrderOutcome, Submission,
};
use causeway_toolkit::dfsp::{Answer, Conduct, PartyId, PayRequest, PaymentEnd, Stage};
use causeway_toolkit::onboard::{AccountPattern, Member, PublicKey};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER, HARBOUR_IBAN};

const PATIENCE_MS: u64 = 20_000;

fn to_number(number: &str, amount: &str) -> Order {
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{number}") };
    let mut order = Order::new(CURRENCY, amount, account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order
}

fn ended(outcome: &OrderOutcome) -> (&str, &str) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default().leak() as &str;
    (text(&outcome.status), text(&outcome.reason))
}

async fn position(world: &World, name: &str) -> String {
    let positions = world.admin.positions(name).await.unwrap();
    positions.first().map(|position| position.value.to_string()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dfsp_pays_a_dfsp() {
    let world = World::start().await;
    let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "10.5");
    let outcome = world.players.green.pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    assert_eq!(position(&world, "greenwallet").await, "10.5");
    assert_eq!(position(&world, "bluewallet").await, "-10.5");
    assert_eq!(world.books().await, (0, 0));
    assert_eq!(world.players.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_that_reserves_is_told_of_the_commit() {
    let world = World::start().await;
    let reserving = Conduct::answering(Answer::Reserved);
    world.players.blue.set_conduct(Stage::Transfer, reserving);
    let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1");
    let outcome = world.players.green.pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    let patch = |m: &causeway_toolkit::dfsp::Received| m.method.as_str() == "PATCH";
    let patch = world.players.blue.await_callback(patch, PATIENCE_MS).await.unwrap();
    assert_eq!(patch.json()["transferState"], "COMMITTED");
    assert_eq!(world.books().await, (0, 0));
    assert_eq!(world.players.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_pays_a_wallet_and_gets_pain_002() {
    let world = World::start().await;
    let order = to_number(GREEN_NUMBER, "25.50");
    let waiting = world.players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(ended(&waiting), ("ACSC", ""), "{}", waiting.xml);
    let order = to_number(GREEN_NUMBER, "4.50");
    let pushed = world.players.alpine.pay_pain_001(&order, None, PATIENCE_MS).await.unwrap();
    assert_eq!(ended(&pushed), ("ACSC", ""), "{}", pushed.xml);
    assert_eq!(position(&world, "alpinebank").await, "30");
    assert_eq!(world.books().await, (0, 0));
    assert_eq!(world.players.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_pays_a_bank_account_and_the_bank_is_confirmed() {
    let world = World::start().await;
    let request = PayRequest::new(PartyId::new("IBAN", ALPINE_IBAN), CURRENCY, "12.75");
    let outcome = world.players.green.pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    let confirmation = |m: &causeway_toolkit::bank::BankMessage| m.name.starts_with("pacs.002");
    world.players.alpine.await_message(confirmation, PATIENCE_MS).await.unwrap();
    let names: Vec<String> =
        world.players.alpine.received().iter().map(|message| message.name.clone()).collect();
    assert_eq!(names, ["pacs.008.001.08", "pacs.002.001.10"]);
    assert_eq!(position(&world, "alpinebank").await, "-12.75");
    assert_eq!(world.books().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_pays_a_bank_in_xml_alone() {
    let world = World::start().await;
    let mut order = Order::new(CURRENCY, "100", AccountRef::Iban(HARBOUR_IBAN.to_owned())).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order.creditor_agent = Some(AgentRef::Bic(world.players.harbour.bic().to_owned()));
    let outcome = world.players.alpine.pay_pacs_008(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(ended(&outcome), ("ACSC", ""), "{}", outcome.xml);
    assert_eq!(position(&world, "harbourbank").await, "-100");
    assert_eq!(world.books().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banks_refusal_reaches_the_payer_with_its_reason() {
    let world = World::start().await;
    world.players.alpine.set_conduct(BankConduct::rejecting("AC04"));
    let request = PayRequest::new(PartyId::new("IBAN", ALPINE_IBAN), CURRENCY, "3");
    let outcome = world.players.green.pay(&request).await.unwrap();
    match outcome.end {
        PaymentEnd::Failed { stage: Stage::Transfer, code, .. } => assert_eq!(code, "5107"),
        other => panic!("{other:?}"),
    }
    assert_eq!(position(&world, "greenwallet").await, "0");
    assert_eq!(world.books().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_holds_the_number() {
    let world = World::start().await;
    let order = to_number("999000000000", "5");
    let outcome = world.players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(ended(&outcome), ("RJCT", "BE23"), "{}", outcome.xml);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_order_twice_is_paid_once() {
    let world = World::start().await;
    let order = to_number(BLUE_NUMBER, "7.25");
    let first = world.players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    let again = world.players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(first.xml, again.xml);
    let other = Order { amount: "7.26".to_owned(), ..order };
    let other = world.players.alpine.pay_pain_001(&other, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(ended(&other), ("RJCT", "AM05"), "{}", other.xml);
    assert_eq!(position(&world, "alpinebank").await, "7.25");
}

#[tokio::test(flavor = "multi_thread")]
async fn known_references_under_another_uetr_are_no_new_order() {
    let world = World::start().await;
    let order = to_number(BLUE_NUMBER, "7.25");
    let first = world.players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(ended(&first), ("ACSC", ""), "{}", first.xml);
    for uetr in [None, Some("0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d".to_owned())] {
        let again = Order { uetr, ..order.clone() };
        let again = world.players.alpine.pay_pain_001(&again, Some(20), PATIENCE_MS).await.unwrap();
        assert_eq!(ended(&again), ("RJCT", "AM05"), "{}", again.xml);
    }
    assert_eq!(position(&world, "alpinebank").await, "7.25");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_duplicate_has_a_place_and_an_answer_of_its_own() {
    let world = World::start().await;
    let order = to_number(BLUE_NUMBER, "7.25");
    let first = world.players.alpine.pay_pain_001(&order, None, PATIENCE_MS).await.unwrap();
    let other = Order { amount: "700".to_owned(), ..order };
    let submission = Submission::pain_001(&other, world.players.alpine.bic());
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let answer = world.players.alpine.submit(&submission).await.unwrap();
        assert_eq!(answer.status, 202);
        let location = answer.header("location").unwrap().to_owned();
        assert_ne!(Some(&location), first.location.as_ref());
        statuses.push(world.players.alpine.order_status(&location).await.unwrap().text());
    }
    assert!(statuses[0].contains("<TxSts>RJCT</TxSts>"), "{}", statuses[0]);
    assert!(statuses[0].contains("AM05"), "{}", statuses[0]);
    assert_eq!(statuses[0], statuses[1], "the same answer again");
}

const FAR_IBAN: &str = "FR1420041010050500013M02606";

/// A second deployment with one bank and no hub.
pub struct SideOfOneBank {
    bank: IsoBank,
    /// Its gateway.
    pub gateway: causeway::serve::Gateway,
    _directory: tempfile::TempDir,
}

impl SideOfOneBank {
    /// Beside the hub of `world`.
    pub async fn start(world: &World) -> SideOfOneBank {
        let directory = tempfile::tempdir().unwrap();
        let hub = world.gateway.node.keys.public_pem(HUB).unwrap();
        let key_file = directory.path().join("hub.pem");
        std::fs::write(&key_file, hub).unwrap();
        let settings = format!("[hub]\nurl = {:?}\npublic_key = {key_file:?}\n", world.fspiop());
        let gateway = world.beside(directory.path(), "farbank", &settings).await;
        let channel = Some(world::urls(&gateway).channel);
        let credentials = world.credentials("farbank");
        let bank = BankOptions { channel, credentials, ..BankOptions::new("farbank", "FARBFRPP") };
        let bank = IsoBank::start(bank).await.unwrap();
        let prefix = AccountPattern::IbanPrefix("FR14".to_owned());
        let here = world::admin(&gateway);
        here.create_hub_accounts(CURRENCY).await.unwrap();
        for member in [Member::bank(&bank, vec![prefix]), Member::dfsp(&world.players.green)] {
            here.create_participant(&member.name, CURRENCY).await.unwrap();
            match member.bank {
                Some(record) => here.set_bank(&member.name, &record).await.unwrap(),
                None => {
                    let key = PublicKey::always(member.public_key_pem.unwrap());
                    here.set_keys(&member.name, &[key]).await.unwrap();
                }
            }
        }
        let pem = gateway.node.keys.public_pem("farbank").unwrap();
        SideOfOneBank::join(world, &world::urls(&gateway).fspiop, &pem).await;
        SideOfOneBank { bank, gateway, _directory: directory }
    }

    /// To the hub the bank is a DFSP like any other.
    async fn join(world: &World, url: &str, pem: &str) {
        world.admin.create_participant("farbank", CURRENCY).await.unwrap();
        world.admin.set_limit("farbank", CURRENCY, 1_000).await.unwrap();
        world.admin.record_funds_in("farbank", CURRENCY, "1000").await.unwrap();
        world.admin.set_endpoint("farbank", url).await.unwrap();
        world.admin.set_keys("farbank", &[PublicKey::always(pem)]).await.unwrap();
        world.players.green.trust("farbank", pem).unwrap();
        let register = switch::Command::RegisterParty {
            party: switch::PartyId::new("IBAN", FAR_IBAN, None).unwrap(),
            currency: None,
            participant: "farbank".parse().unwrap(),
        };
        let commands = vec![register];
        let submission = switch_store::Submission { commands, ..Default::default() };
        world.gateway.node.commit(submission).await.unwrap();
    }
}

/// Two deployments: a hub, and a gateway that is nothing but the side of Alpine Bank.
#[tokio::test(flavor = "multi_thread")]
async fn a_banks_side_pays_and_is_paid_through_a_hub_elsewhere() {
    let world = World::start().await;
    let side = SideOfOneBank::start(&world).await;
    let order = to_number(GREEN_NUMBER, "8");
    let outcome = side.bank.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(ended(&outcome), ("ACSC", ""), "{}", outcome.xml);
    let request = PayRequest::new(PartyId::new("IBAN", FAR_IBAN), CURRENCY, "2");
    let outcome = world.players.green.pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    assert_eq!(position(&world, "farbank").await, "6");
    assert_eq!(world.books().await, (0, 0));
}
