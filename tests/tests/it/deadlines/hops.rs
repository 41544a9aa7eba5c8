//! What each hop tells the next, there and back.

use causeway_toolkit::bank::{AccountRef, BankMessage, Order};
use causeway_toolkit::dfsp::{
    Conduct, PartyId, PayRequest, PaymentEnd, Received, Stage, StageBudgets,
};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER};

use super::{PATIENCE_MS, PAYER, Payment, Scene, kind, nth_told};

/// The hub's own name.
const HUB: &str = "Hub";

#[tokio::test(flavor = "multi_thread")]
async fn t20_bank_to_hub_to_payee_each_budget_is_smaller() {
    let scene = Scene::plain().await;
    let mut hops = scene.watch();
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{GREEN_NUMBER}") };
    let mut order = Order::new(CURRENCY, "5", account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    let bank = &scene.world.players.alpine;
    let outcome = bank.pay_pain_001(&order, None, PATIENCE_MS).await.unwrap();
    assert_eq!(outcome.status.as_deref(), Some("ACSC"), "{}", outcome.xml);
    assert_eq!(outcome.effective_ms, Some(30_000));
    let expected = [
        ("GET /parties", 30_000, 28_850),
        ("POST /quotes", 30_000, 28_850),
        ("POST /transfers", 30_000, 27_750),
    ];
    for (what, to_hub, to_payee) in expected {
        let first = hops.next(what, HUB).await;
        let second = hops.next(what, PAYER).await;
        assert_eq!((first.remaining_ms, second.remaining_ms), (Some(to_hub), Some(to_payee)));
        let (method, path) = what.split_once(' ').unwrap();
        let is_it = |m: &Received| m.method.as_str() == method && m.target.starts_with(path);
        let received = scene.green().await_callback(is_it, PATIENCE_MS).await.unwrap();
        assert_eq!(received.header_ms("fspiop-timeout"), Some(to_payee), "{what}: as it was sent");
        assert_eq!(received.header_ms("fspiop-timeout-origin"), Some(30_000), "{what}");
        assert!(to_payee < to_hub && to_hub <= 30_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t20_payer_to_hub_to_bank_side_to_bank_each_budget_is_smaller() {
    let scene = Scene::plain().await;
    let mut hops = scene.watch();
    let stages =
        StageBudgets { party_ms: Some(8_000), quote_ms: Some(8_000), transfer_ms: Some(20_000) };
    let request = PayRequest {
        budgets: stages,
        origin_ms: Some(25_000),
        expires_in_ms: 60_000,
        ..PayRequest::new(PartyId::new("IBAN", ALPINE_IBAN), CURRENCY, "5")
    };
    let outcome = scene.green().pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    for (what, sent, down) in [
        ("GET /parties", 8_000, 6_850),
        ("POST /quotes", 8_000, 6_850),
        ("POST /transfers", 20_000, 17_750),
    ] {
        let hop = hops.next(what, "alpinebank").await;
        assert_eq!(hop.remaining_ms, Some(down), "{what}");
        assert!(down < sent && sent < 25_000);
    }
    let is_it = |m: &BankMessage| m.name.starts_with("pacs.008");
    let message = scene.world.players.alpine.await_message(is_it, PATIENCE_MS).await.unwrap();
    // What the bank side was given, less the transfers row's link (CONTRACTS §1).
    assert_eq!(message.header("fspiop-timeout"), Some("17500"));
    let effective: Vec<_> = outcome.hops.iter().map(|hop| hop.effective_ms.unwrap()).collect();
    assert!(effective[..2] == [8_000, 8_000], "{effective:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_carry_what_is_left_upstream() {
    let scene = Scene::honouring().await;
    let committed = Payment::new("1").within(20_000);
    scene.reserved(&committed).await;
    scene.advance(5_000);
    scene.blue().resend(&scene.fulfil(&committed, "COMMITTED")).await.unwrap();
    let told = nth_told(scene.green(), &committed, 1).await;
    assert_eq!(told.header_ms("fspiop-timeout"), Some(15_000), "the payee's bytes, our header");

    let reserved = Payment::new("1").within(20_000);
    scene.reserved(&reserved).await;
    scene.advance(6_000);
    scene.blue().resend(&scene.fulfil(&reserved, "RESERVED")).await.unwrap();
    for dfsp in [scene.green(), scene.blue()] {
        let told = nth_told(dfsp, &reserved, 1).await;
        assert_eq!(told.header_ms("fspiop-timeout"), Some(14_000), "{}", kind(&told));
    }

    let expired = Payment::new("1").within(20_000);
    scene.reserved(&expired).await;
    scene.advance(18_000);
    let told = nth_told(scene.green(), &expired, 1).await;
    assert_eq!(told.header_ms("fspiop-timeout"), Some(2_000), "the margin is left");

    let unaware = Payment::new("1").expiring_in(30_000);
    scene.reserved(&unaware).await;
    scene.advance(30_000);
    let told = nth_told(scene.green(), &unaware, 1).await;
    assert_eq!(kind(&told), "PUT 3303");
    assert_eq!(told.header("fspiop-timeout"), None, "delivered all the same when nothing is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn lookups_and_quotes_come_back_with_what_is_left() {
    let scene = Scene::plain().await;
    scene.blue().set_conduct(Stage::Transfer, Conduct::proper());
    let stages = StageBudgets { party_ms: Some(8_000), quote_ms: Some(7_000), transfer_ms: None };
    let request = PayRequest {
        budgets: stages,
        expires_in_ms: 60_000,
        ..PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "5")
    };
    let outcome = scene.green().pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    let left: Vec<_> = outcome.hops.iter().map(|hop| hop.callback_timeout_ms).collect();
    assert_eq!(left[..2], [Some(8_000), Some(7_000)], "the clock stands still");
    let transfer = &outcome.hops[2];
    assert_eq!(left[2], transfer.effective_ms, "of the expiration that was signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiration_beyond_nine_digits_is_cut_in_the_header() {
    let scene = Scene::plain().await;
    let payment = Payment::new("1").expiring_in(30 * 86_400_000);
    let (response, received) = scene.reserved(&payment).await;
    for header in [response.header("fspiop-timeout-effective"), received.header("fspiop-timeout")] {
        assert_eq!(header, Some("999999999"));
    }
}
