//! All nodes are stopped and started again, one after the other, while payments go on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use causeway_tests::fellows::Fellows;
use causeway_toolkit::ToolkitError;
use causeway_toolkit::bank::OrderOutcome;
use causeway_toolkit::dfsp::{Answer, Conduct, PartyId, PayRequest, PaymentEnd, Stage};
use causeway_toolkit::limits::{LOAD_RESEND_PAUSE_MS, LOAD_RESENDS};
use causeway_toolkit::players::{
    ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER, HARBOUR_IBAN, Players,
};
use tokio::task::JoinSet;

use super::{PATIENCE_MS, all_delivered, order_to};

/// Between the beginnings of two payments.
const PAUSE_MS: u64 = 40;

/// How often a DFSP sends a request again: for longer than any moment without a ready node lasts.
const RESENDS: u32 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_under_load_costs_no_payment_and_pays_none_twice() {
    let Some(mut fellows) = Fellows::start(3, "").await else { return };
    let players = Arc::new(fellows.players().await);
    let balancer = fellows.balancer().await;
    let [fspiop, bank, _] = balancer.addresses().map(|address| format!("http://{address}"));
    players.green.set_hub(&fspiop);
    players.blue.set_hub(&fspiop);
    players.alpine.set_channel(&bank);
    players.harbour.set_channel(&bank);
    let reserving = Conduct { delay_ms: 20, ..Conduct::answering(Answer::Reserved) };
    players.blue.set_conduct(Stage::Transfer, reserving);
    let stopped = Arc::new(AtomicBool::new(false));
    let load = tokio::spawn(load(Arc::clone(&players), Arc::clone(&stopped)));
    for index in 0..3 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        fellows.stop(index).await;
        fellows.again(index).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    stopped.store(true, Ordering::SeqCst);
    let ends = load.await.unwrap();
    let failed: Vec<&String> = ends.iter().filter_map(|end| end.as_ref().err()).collect();
    assert_eq!(failed, Vec::<&String>::new(), "of {} payments", ends.len());
    assert!(ends.len() > 100, "only {} payments: this shows little", ends.len());
    all_delivered(&fellows, 0).await;
    assert_eq!(fellows.books().await, (0, 0));
    assert_eq!(positions(&fellows, &players).await, expected(&ends, &players));
    assert_eq!(players.failures(), Vec::<String>::new());
}

/// Who paid whom; or why not.
type End = Result<(String, String), String>;

/// Payments of 1 in turn, until told to stop; how each of them ended.
async fn load(players: Arc<Players>, stopped: Arc<AtomicBool>) -> Vec<End> {
    let mut under_way = JoinSet::new();
    let mut turn = 0;
    while !stopped.load(Ordering::SeqCst) {
        under_way.spawn(payment(Arc::clone(&players), turn));
        turn += 1;
        tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
    }
    under_way.join_all().await
}

async fn payment(players: Arc<Players>, turn: usize) -> End {
    let Players { alpine, harbour, green, blue } = &*players;
    let (payer, payee, account) = match turn % 5 {
        0 => (green, blue.name(), PartyId::new("MSISDN", BLUE_NUMBER)),
        1 => (blue, green.name(), PartyId::new("MSISDN", GREEN_NUMBER)),
        2 => (green, alpine.fsp_id(), PartyId::new("IBAN", ALPINE_IBAN)),
        3 => (blue, harbour.fsp_id(), PartyId::new("IBAN", HARBOUR_IBAN)),
        _ => return order(&players, turn.is_multiple_of(2)).await,
    };
    let request = PayRequest { resends: RESENDS, ..PayRequest::new(account, CURRENCY, "1") };
    match payer.pay(&request).await {
        Ok(outcome) if outcome.end == PaymentEnd::Committed => {
            Ok((payer.name().to_owned(), payee.to_owned()))
        }
        other => Err(format!("{other:?}")),
    }
}

/// From a customer of Alpine Bank to blue's, whether it waits for the end on its exchange or not.
async fn order(players: &Players, waits: bool) -> End {
    let order = order_to(BLUE_NUMBER, "1");
    let mut said = String::new();
    for _ in 0..LOAD_RESENDS {
        let wait_s = waits.then_some(5);
        match players.alpine.pay_pain_001(&order, wait_s, PATIENCE_MS).await {
            Ok(OrderOutcome { status: Some(status), .. }) if status == "ACSC" => {
                return Ok((players.alpine.fsp_id().to_owned(), players.blue.name().to_owned()));
            }
            Err(error @ ToolkitError::Exchange { .. }) => said = error.to_string(),
            other => return Err(format!("{other:?}")),
        }
        // Where the balancer sees no ready node, it resets every connection at once.
        tokio::time::sleep(Duration::from_millis(LOAD_RESEND_PAUSE_MS)).await;
    }
    Err(said)
}

async fn positions(fellows: &Fellows, players: &Players) -> BTreeMap<String, String> {
    let Players { alpine, harbour, green, blue } = players;
    let mut positions = BTreeMap::new();
    for name in [alpine.fsp_id(), harbour.fsp_id(), green.name(), blue.name()] {
        let position = fellows.admin(2).position(name, CURRENCY).await.unwrap();
        positions.insert(name.to_owned(), position.to_string());
    }
    positions
}

fn expected(ends: &[End], players: &Players) -> BTreeMap<String, String> {
    let Players { alpine, harbour, green, blue } = players;
    let names = [alpine.fsp_id(), harbour.fsp_id(), green.name(), blue.name()];
    let mut sums: BTreeMap<String, i64> = names.map(|name| (name.to_owned(), 0)).into();
    for (payer, payee) in ends.iter().flatten() {
        *sums.entry(payer.clone()).or_default() += 1;
        *sums.entry(payee.clone()).or_default() -= 1;
    }
    sums.into_iter().map(|(name, sum)| (name, sum.to_string())).collect()
}
