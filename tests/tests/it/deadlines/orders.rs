//! The one budget of a bank's order (DESIGN §5).

use causeway_toolkit::bank::{
    AccountRef, AgentRef, BankAnswer, BankConduct, BankMessage, Order, Submission,
};
use causeway_toolkit::dfsp::{Conduct, Received, Stage};
use causeway_toolkit::onboard::{AccountPattern, BankRecord};
use causeway_toolkit::players::{ALPINE_IBAN, CURRENCY, GREEN_NUMBER, HARBOUR_IBAN};

use super::{PATIENCE_MS, Scene, effective};

/// From Alpine Bank to Harbour Bank, accepted so long before now.
fn order(scene: &Scene, accepted_ago_ms: i64) -> Order {
    let mut order = Order::new(CURRENCY, "100", AccountRef::Iban(HARBOUR_IBAN.to_owned())).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order.creditor_agent = Some(AgentRef::Bic(scene.world.players.harbour.bic().to_owned()));
    order.created_epoch_ms = scene.now_ms() - accepted_ago_ms;
    order
}

/// The `FSPIOP-Timeout` on the payee bank's `count`th pacs.008.
async fn to_payee_bank(scene: &Scene, count: usize) -> Option<u64> {
    let bank = &scene.world.players.harbour;
    let is_it = |m: &BankMessage| m.name.starts_with("pacs.008");
    bank.await_message(is_it, PATIENCE_MS).await.unwrap();
    let received = bank.received();
    let message = received.iter().filter(|message| is_it(message)).nth(count - 1).unwrap();
    message.header("fspiop-timeout").map(|ms| ms.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journey_counts_from_acceptance() {
    let scene = Scene::plain().await;
    let bank = &scene.world.players.alpine;
    // margin 2000 and link 250 at the hub, link 250 at the bank side.
    for (count, (ago_ms, left_ms)) in
        [(5_000, 25_000), (0, 30_000), (-5_000, 30_000)].into_iter().enumerate()
    {
        let order = order(&scene, ago_ms);
        let outcome = bank.pay_pacs_008(&order, None, PATIENCE_MS).await.unwrap();
        assert_eq!(outcome.status.as_deref(), Some("ACSC"), "{}", outcome.xml);
        assert_eq!(outcome.effective_ms, Some(left_ms), "accepted {ago_ms} ms ago");
        assert_eq!(to_payee_bank(&scene, count + 1).await, Some(left_ms - 2_500));
    }
    let order = Order { message_id: "M-pain".to_owned(), ..order(&scene, 5_000) };
    let outcome = bank.pay_pain_001(&order, None, PATIENCE_MS).await.unwrap();
    assert_eq!(outcome.effective_ms, Some(30_000), "pain.001 counts from its arrival");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_of_an_instant_scheme_has_ten_seconds() {
    let scene = Scene::plain().await;
    let bank = &scene.world.players.alpine;
    let record = BankRecord {
        accounts: vec![AccountPattern::IbanPrefix("DE89".to_owned())],
        profile: Some("instant-10s".to_owned()),
        ..BankRecord::new(bank.fsp_id(), bank.bic(), bank.base_url())
    };
    scene.world.admin.set_bank(bank.fsp_id(), &record).await.unwrap();
    for (count, (ago_ms, left_ms)) in [(0, 10_000), (2_000, 8_000)].into_iter().enumerate() {
        let order = order(&scene, ago_ms);
        let outcome = bank.pay_pacs_008(&order, None, PATIENCE_MS).await.unwrap();
        assert_eq!(outcome.status.as_deref(), Some("ACSC"), "{}", outcome.xml);
        assert_eq!(outcome.effective_ms, Some(left_ms));
        // It signs an expiration 2500 ms before the end; links of 250 ms at hub and payee's side.
        assert_eq!(to_payee_bank(&scene, count + 1).await, Some(left_ms - 3_000));
    }
    let too_late = order(&scene, 9_000);
    let outcome = bank.pay_pacs_008(&too_late, None, PATIENCE_MS).await.unwrap();
    assert_eq!(outcome.status.as_deref(), Some("RJCT"), "{}", outcome.xml);
    assert!(outcome.reason.is_some_and(|reason| reason.starts_with("AB")), "{}", outcome.xml);
    assert_eq!(scene.world.books().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_budget_is_gone_on_arrival() {
    let scene = Scene::plain().await;
    let bank = &scene.world.players.alpine;
    let order = order(&scene, 30_000);
    let outcome = bank.pay_pacs_008(&order, None, PATIENCE_MS).await.unwrap();
    assert_eq!(outcome.status.as_deref(), Some("RJCT"), "{}", outcome.xml);
    assert!(scene.world.players.harbour.received().is_empty());
    assert_eq!(scene.world.books().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_payee_bank_costs_the_payer_bank_no_more_than_the_journey() {
    let scene = Scene::plain().await;
    let (alpine, harbour) = (&scene.world.players.alpine, &scene.world.players.harbour);
    harbour.set_conduct(BankConduct::answering(BankAnswer::Silent));
    let order = order(&scene, 0);
    let submission = Submission::pacs_008(&order, alpine.bic()).unwrap();
    let response = alpine.submit(&submission).await.unwrap();
    assert_eq!((response.status.as_u16(), effective(&response)), (202, Some(30_000)));
    assert_eq!(to_payee_bank(&scene, 1).await, Some(27_500));
    scene.advance(27_499);
    scene.tick().await;
    assert!(alpine.received().is_empty(), "not before the bank side's time is over");
    scene.advance(1);
    let told = alpine.await_final(&order, PATIENCE_MS).await.unwrap();
    assert_eq!(told.status.as_deref(), Some("RJCT"), "{}", told.xml);
    let is_status = |m: &BankMessage| m.name.starts_with("pacs.002");
    let status = harbour.await_message(is_status, PATIENCE_MS).await.unwrap();
    assert!(status.text().contains("RJCT"), "the silent bank is told, too: {}", status.text());
    assert_eq!(scene.world.books().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_payee_ends_the_order_at_the_signed_expiration() {
    let scene = Scene::plain().await;
    let alpine = &scene.world.players.alpine;
    scene.green().set_conduct(Stage::Transfer, Conduct::silent());
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{GREEN_NUMBER}") };
    let order = Order { creditor_account: account, creditor_agent: None, ..order(&scene, 0) };
    let response = alpine.submit(&Submission::pain_001(&order, alpine.bic())).await.unwrap();
    assert_eq!((response.status.as_u16(), effective(&response)), (202, Some(30_000)));
    let is_it = |m: &Received| m.target == "/transfers";
    scene.green().await_callback(is_it, PATIENCE_MS).await.unwrap();
    // The end of the journey less the margin in which the bank is answered.
    scene.advance(27_999);
    scene.tick().await;
    assert!(alpine.received().is_empty());
    assert_eq!(scene.world.books().await, (0, 1_000_000));
    scene.advance(1);
    let told = alpine.await_final(&order, PATIENCE_MS).await.unwrap();
    assert_eq!((told.status.as_deref(), told.reason.as_deref()), (Some("RJCT"), Some("AB05")));
    assert_eq!(scene.world.books().await, (0, 0));
}
