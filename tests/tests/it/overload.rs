//! More work than a node can do, and a participant that answers nothing.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use causeway::limits::STANDSTILL_MS;
use causeway_tests::world::World;
use causeway_toolkit::bank::{AccountRef, Order};
use causeway_toolkit::dfsp::{Conduct, Dfsp, Draft, Received, Stage};
use causeway_toolkit::http::HttpResponse;
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY};
use http::Method;
use serde_json::json;

/// As if new work had to wait that long, for the next half second or so.
fn overload(world: &World, wait_us: u64) {
    (0..20).for_each(|_| world.gateway.node.admission.measured(wait_us));
}

async fn send(sender: &Dfsp, draft: Draft) -> HttpResponse {
    sender.send(draft).await.unwrap().response
}

fn code(answer: &HttpResponse) -> String {
    let body = answer.json().unwrap_or_default();
    body["errorInformation"]["errorCode"].as_str().unwrap_or_default().to_owned()
}

const TRANSFER: &str = "/transfers/6f2d8a7e-4c3b-4f1e-9a2d-1b3c5d7e9f10";

#[tokio::test(flavor = "multi_thread")]
async fn what_begins_is_refused_at_once_and_what_ends_is_taken() {
    let world = World::start().await;
    let green = &world.players.green;
    let lookup = || Draft::new(Method::GET, format!("/parties/MSISDN/{BLUE_NUMBER}"));
    overload(&world, u64::MAX / 4);
    let refused = send(green, lookup()).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (503, "2005"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    for target in ["/quotes", "/transfers"] {
        overload(&world, u64::MAX / 4);
        let post = Draft::new(Method::POST, target).to("bluewallet").json(&json!({}));
        let refused = send(green, post).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (503, "2005"), "{target}");
    }
    overload(&world, u64::MAX / 4);
    assert_eq!(send(green, Draft::new(Method::GET, TRANSFER)).await.status, 202);
    overload(&world, u64::MAX / 4);
    let error = json!({"errorInformation": {"errorCode": "3204", "errorDescription": "unknown"}});
    let target = format!("/parties/MSISDN/{BLUE_NUMBER}/error");
    let put = Draft::new(Method::PUT, target).to("greenwallet").json(&error);
    assert_eq!(send(&world.players.blue, put).await.status, 200);
    let text = world.admin.send(Method::GET, "/metrics", None).await.unwrap().text();
    let counted = text.lines().find(|line| line.starts_with("causeway_overloaded_total "));
    assert_eq!(counted, Some("causeway_overloaded_total 3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banks_order_is_refused_before_it_is_stored_and_taken_when_there_is_room() {
    let world = World::start().await;
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{BLUE_NUMBER}") };
    let mut order = Order::new(CURRENCY, "5", account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    overload(&world, u64::MAX / 4);
    let refused = world.players.alpine.pay_pain_001(&order, Some(20), 20_000).await.unwrap();
    assert_eq!(refused.http_status, 503);
    assert!(refused.xml.contains("admi.002"), "{}", refused.xml);
    // Less than a second is far below the threshold of the tests' configuration: all are taken.
    while world.gateway.node.admission.wait_us() > 1_000_000 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let paid = world.players.alpine.pay_pain_001(&order, Some(20), 20_000).await.unwrap();
    assert_eq!(paid.status.as_deref(), Some("ACSC"), "{}", paid.xml);
}

/// An order that was accepted is carried through by the node's own side of the bank, however much new work
/// is refused meanwhile: refusing its lookup, quote or transfer would reject what has been taken.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_accepted_order_asks_of_its_own_node_is_not_refused() {
    let world = World::start().await;
    // Long enough that the order has been accepted and nothing has been quoted when overload begins.
    world.players.blue.set_conduct(Stage::Party, Conduct::late(300));
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{BLUE_NUMBER}") };
    let mut order = Order::new(CURRENCY, "5", account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    let overloaded = async {
        let asked = |received: &std::sync::Arc<Received>| received.target.starts_with("/parties/");
        while !world.players.blue.received().iter().any(asked) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        loop {
            overload(&world, u64::MAX / 4);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let paid = tokio::select! {
        paid = world.players.alpine.pay_pain_001(&order, Some(20), 20_000) => paid.unwrap(),
        () = overloaded => unreachable!("it does not end by itself"),
    };
    assert_eq!(paid.status.as_deref(), Some("ACSC"), "{}", paid.xml);
    assert_eq!(world.gateway.node.metrics.overloaded.get(), 0);
    assert!(world.gateway.node.admission.wait_us() > 1_000_000, "it was overloaded to the end");
}

/// Its connections are accepted and nothing is ever answered: nobody's money is reserved for it.
#[tokio::test(flavor = "multi_thread")]
async fn payments_to_a_destination_that_answers_nothing_are_refused_at_once() {
    let world = World::start().await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    let hole = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", hole.local_addr().unwrap());
    world.admin.set_endpoint("bluewallet", &url).await.unwrap();
    let lookup = || Draft::new(Method::GET, format!("/parties/MSISDN/{BLUE_NUMBER}"));
    assert_eq!(send(green, lookup()).await.status, 202, "nobody knows yet");
    // The attempt hangs: only then does its time pass.
    let (_hole, _hanging) = tokio::task::spawn_blocking(move || {
        let hanging = hole.accept().unwrap();
        (hole, hanging)
    })
    .await
    .unwrap();
    // A silence counts while this process is known to run: it is, for longer than it may stand still.
    tokio::time::sleep(Duration::from_millis(STANDSTILL_MS + 200)).await;
    let (node, since) = (&world.gateway.node, Instant::now());
    while !node.delivery().is_unreachable("bluewallet") {
        assert!(since.elapsed() < Duration::from_secs(60), "its silence is never noticed");
        // Hub time passes; the attempt that hangs has five seconds of the machine's.
        world.clock.advance(500);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let refused = send(green, lookup()).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (503, "1001"));
    // The others are as well as before.
    blue.set_conduct(Stage::Party, Conduct::silent());
    let other = send(blue, Draft::new(Method::GET, "/parties/MSISDN/447700900123")).await;
    assert_eq!(other.status, 202);
}
