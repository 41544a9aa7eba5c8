//! NATS is killed, stopped or not there; the gateway is killed between commit and publish. Payments do
//! not notice the former, and no event is lost or doubled by any of it.

use causeway_tests::process::Scheme;
use causeway_toolkit::dfsp::PaymentEnd;

use super::stream::{AUDIT, assert_adds_up, assert_distinct, of, read, sums};
use super::*;

const PAYMENTS: usize = 12;

/// Each transfer was reserved and committed: once, in this order.
async fn assert_complete(world: &World, server: &NatsServer, transfers: &[String]) {
    drained(world).await;
    let seen = read(server, AUDIT).await;
    for transfer in transfers {
        assert_eq!(of(&seen, transfer), ["transfer.reserved", "transfer.committed"], "{transfer}");
    }
    assert_distinct(&seen);
    assert_adds_up(world, &seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_killed_during_payments_delays_events_and_nothing_else() {
    let Some(mut server) = NatsServer::start().await else { return };
    let world = World::with(&settings(&server)).await;
    let mut transfers = Vec::new();
    for round in 0..3 {
        for _ in 0..PAYMENTS / 3 {
            transfers.push(paid(&world, "1").await);
        }
        server.kill();
        for _ in 0..PAYMENTS / 3 {
            transfers.push(paid(&world, "1").await);
        }
        until_health(&world, "DEGRADED").await;
        assert!(waiting(&world).await >= 2 * PAYMENTS / 3, "they wait, round {round}");
        server.restart().await;
        until_health(&world, "OK").await;
    }
    assert_eq!(transfers.len(), 2 * PAYMENTS, "all were paid");
    assert_complete(&world, &server, &transfers).await;
    let metrics = world.gateway.node.metrics.text();
    for gauge in ["stream=\"audit\"} 0", "events_lost_total 0"] {
        assert!(metrics.contains(gauge), "{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_stopped_during_payments_delays_events_and_nothing_else() {
    let Some(server) = NatsServer::start().await else { return };
    let world = World::with(&settings(&server)).await;
    let mut transfers = vec![paid(&world, "1").await];
    drained(&world).await;
    server.stop();
    for _ in 0..PAYMENTS {
        transfers.push(paid(&world, "1").await);
    }
    until_health(&world, "DEGRADED").await;
    assert!(waiting(&world).await >= 2 * PAYMENTS);
    server.go_on();
    until_health(&world, "OK").await;
    assert_complete(&world, &server, &transfers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_starts_and_pays_without_nats_and_tells_it_later() {
    let Some(mut server) = NatsServer::prepared("") else { return };
    let world = World::with(&settings(&server)).await;
    let transfers = vec![paid(&world, "1").await, paid(&world, "2").await];
    until_health(&world, "DEGRADED").await;
    server.restart().await;
    until_health(&world, "OK").await;
    assert_complete(&world, &server, &transfers).await;
}

async fn pay_green_to_blue(scheme: &Scheme) -> String {
    let mut request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1");
    request.payer = PartyId::new("MSISDN", GREEN_NUMBER);
    let outcome = scheme.players.green.pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    outcome.transfer_id
}

/// Waits until the outbox shows no event any more.
async fn told(scheme: &Scheme) {
    for _ in 0..PATIENCE_MS / 50 {
        let path = "/outbox?limit=1000";
        let rows = scheme.admin.send(Method::GET, path, None).await.unwrap().json().unwrap();
        let is_event = |row: &Value| row["destination"].as_str().unwrap().starts_with("stream:");
        if !rows.as_array().unwrap().iter().any(is_event) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("events still wait");
}

async fn assert_told(scheme: &Scheme, server: &NatsServer, transfers: &[String]) {
    told(scheme).await;
    let seen = read(server, AUDIT).await;
    for transfer in transfers {
        assert_eq!(of(&seen, transfer), ["transfer.reserved", "transfer.committed"], "{transfer}");
    }
    assert_distinct(&seen);
    let sums = sums(&seen);
    for name in ["alpinebank", "harbourbank", "greenwallet", "bluewallet"] {
        let told = sums.get(&(name.to_owned(), "POSITION".to_owned())).copied().unwrap_or(0);
        let shown = scheme.admin.position(name, CURRENCY).await.unwrap().to_string();
        assert_eq!(shown, (told / 10_000).to_string(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_killed_between_commit_and_publish_publishes_after_its_start() {
    let Some(mut server) = NatsServer::prepared("") else { return };
    let mut scheme = Scheme::start(&settings(&server)).await;
    let mut transfers = Vec::new();
    for _ in 0..3 {
        transfers.push(pay_green_to_blue(&scheme).await);
    }
    scheme.process.kill();
    server.restart().await;
    scheme.process.restart().await;
    assert_told(&scheme, &server, &transfers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_killed_while_it_publishes_repeats_under_the_same_message_id() {
    let Some(server) = NatsServer::start().await else { return };
    let mut scheme = Scheme::start(&settings(&server)).await;
    let mut transfers = Vec::new();
    for _ in 0..4 {
        for _ in 0..2 {
            transfers.push(pay_green_to_blue(&scheme).await);
        }
        // Removals of rows ride in later batches: some that were published are published again.
        scheme.process.kill();
        scheme.process.restart().await;
    }
    assert_told(&scheme, &server, &transfers).await;
}
