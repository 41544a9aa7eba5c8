//! A node stops dead, or leaves: what it had begun is ended by the others.

use std::time::Duration;

use causeway_tests::fellows::Fellows;
use causeway_tests::world;
use causeway_toolkit::dfsp::{Acknowledge, Conduct, Received, Stage};
use causeway_toolkit::players::CURRENCY;

use super::{PATIENCE_MS, all_delivered, assert_committed, green_pays_blue};

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_of_a_dead_node_expires_at_another() {
    let Some(mut fellows) = Fellows::start(3, "").await else { return };
    let players = fellows.players().await;
    players.blue.set_conduct(Stage::Transfer, Conduct::silent());
    let mut request = green_pays_blue("3");
    request.expires_in_ms = 15_000;
    request.resends = 0;
    let mut paying = Box::pin(players.green.pay(&request));
    let is_sent = |m: &Received| m.method == http::Method::POST && m.target == "/transfers";
    tokio::select! {
        sent = players.blue.await_callback(is_sent, PATIENCE_MS) => drop(sent.unwrap()),
        outcome = &mut paying => panic!("it ended too soon: {outcome:?}"),
    }
    // The answer to the payer is on its way: it is to have it.
    tokio::time::timeout(Duration::from_millis(300), &mut paying).await.unwrap_err();
    assert!(fellows.books().await.1 > 0, "it is reserved");
    fellows.kill(1);
    // It would ask the dead node how it stands: it is told by another one, unasked.
    drop(paying);
    let is_told = |m: &Received| m.method == http::Method::PUT && m.target.ends_with("/error");
    let told = players.green.await_callback(is_told, PATIENCE_MS).await.unwrap();
    let told: serde_json::Value = serde_json::from_slice(&told.body).unwrap();
    assert_eq!(told["errorInformation"]["errorCode"], "3303", "{told}");
    assert_eq!(fellows.books().await, (0, 0));
    let taken = [0, 2].map(|node| fellows.node(node).metrics.deadlines_taken_over.get());
    assert!(taken.iter().sum::<u64>() >= 1, "{taken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_could_not_deliver_before_it_left_is_delivered_at_once_by_another() {
    let Some(mut fellows) = Fellows::start(2, "").await else { return };
    let players = fellows.players().await;
    // Green and blue turn to the second node; from the transfer on, green takes nothing that it is told.
    players.blue.set_hub(world::urls(fellows.gateway(1)).fspiop);
    // Late enough that green refuses what it is told before there is anything to tell.
    players.blue.set_conduct(Stage::Transfer, Conduct::late(5_000));
    let mut request = green_pays_blue("3");
    request.resends = 0;
    let mut paying = Box::pin(players.green.pay(&request));
    let reserved = || async { fellows.books().await.1 > 0 };
    tokio::select! {
        () = fellows.eventually("it is reserved", reserved) => {}
        outcome = &mut paying => panic!("it ended too soon: {outcome:?}"),
    }
    let refusing = Conduct::acknowledging(Acknowledge::Status(503));
    players.green.set_conduct(Stage::Callback, refusing);
    let is_paid = || async {
        let position = fellows.admin(0).position("bluewallet", CURRENCY).await.unwrap();
        position.to_string() == "-3"
    };
    tokio::select! {
        () = fellows.eventually("it is paid", is_paid) => {}
        outcome = &mut paying => panic!("it was told too soon: {outcome:?}"),
    }
    fellows.stop(1).await;
    players.green.set_hub(world::urls(fellows.gateway(0)).fspiop);
    players.green.set_conduct(Stage::Callback, Conduct::proper());
    let outcome = paying.await.unwrap();
    assert_committed(&outcome);
    all_delivered(&fellows, 0).await;
    assert_eq!(fellows.books().await, (0, 0));
    assert_eq!(players.failures(), Vec::<String>::new());
}
