//! Several nodes over one store (docs/operating/nodes.md): real PostgreSQL and Redis, the nodes in this process.

mod exchanges;
mod far_side;
mod lanes;
mod rolling;
mod standing;
mod takeover;

use causeway_tests::fellows::Fellows;
use causeway_toolkit::bank::{AccountRef, AgentRef, Order, OrderOutcome};
use causeway_toolkit::dfsp::{PartyId, PayRequest, PaymentEnd, PaymentOutcome};
use causeway_toolkit::players::{
    ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER, HARBOUR_IBAN, Players,
};

const PATIENCE_MS: u64 = 20_000;

/// From an Alpine customer to a phone number.
fn order_to(number: &str, amount: &str) -> Order {
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{number}") };
    let mut order = Order::new(CURRENCY, amount, account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order
}

fn ended(outcome: &OrderOutcome) -> (&str, &str) {
    let text = |text: &'_ Option<String>| text.clone().unwrap_or_default().leak() as &str;
    (text(&outcome.status), text(&outcome.reason))
}

fn green_pays_blue(amount: &str) -> PayRequest {
    PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, amount)
}

fn assert_committed(outcome: &PaymentOutcome) {
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
}

/// Nothing is left to be sent.
async fn all_delivered(fellows: &Fellows, index: usize) {
    let nothing_left = || async {
        let answer = fellows.admin(index).send(http::Method::GET, "/outbox", None).await.unwrap();
        // A store that stands still for a moment has no answer: there will be one later.
        answer.json().unwrap().as_array().is_some_and(Vec::is_empty)
    };
    fellows.eventually("all is delivered", nothing_left).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_of_a_payment_may_come_to_another_node() {
    let Some(fellows) = Fellows::start(3, "").await else { return };
    let players = fellows.players().await;
    // Alpine turns to the first node, green to the second, blue and harbour to the third.
    assert_committed(&players.green.pay(&green_pays_blue("10")).await.unwrap());
    let to_a_bank = PayRequest::new(PartyId::new("IBAN", ALPINE_IBAN), CURRENCY, "4");
    assert_committed(&players.blue.pay(&to_a_bank).await.unwrap());
    let order = order_to(GREEN_NUMBER, "7");
    let outcome = players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(ended(&outcome), ("ACSC", ""), "{}", outcome.xml);
    let mut order = Order::new(CURRENCY, "100", AccountRef::Iban(HARBOUR_IBAN.to_owned())).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order.creditor_agent = Some(AgentRef::Bic(players.harbour.bic().to_owned()));
    let outcome = players.alpine.pay_pacs_008(&order, None, PATIENCE_MS).await.unwrap();
    assert_eq!(ended(&outcome), ("ACSC", ""), "{}", outcome.xml);
    assert_eq!(positions(&fellows, &players).await, ["103", "3", "-6", "-100"]);
    all_delivered(&fellows, 1).await;
    assert_eq!(fellows.books().await, (0, 0));
    assert_eq!(players.failures(), Vec::<String>::new());
}

/// Of Alpine, green, blue and Harbour, as the second node shows them.
async fn positions(fellows: &Fellows, players: &Players) -> Vec<String> {
    let Players { alpine, harbour, green, blue } = players;
    let mut positions = Vec::new();
    for name in [alpine.fsp_id(), green.name(), blue.name(), harbour.fsp_id()] {
        let position = fellows.admin(1).position(name, CURRENCY).await.unwrap();
        positions.push(position.to_string());
    }
    positions
}
