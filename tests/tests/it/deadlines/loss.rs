//! Answers and callbacks that get lost.

use std::io::Write;
use std::net::TcpStream;

use causeway_toolkit::dfsp::{Acknowledge, Conduct, Received, Seen, Sent, Stage};

use causeway_tests::world::World;

use super::{PATIENCE_MS, PAYER, Payment, Scene, effective, kind, kinds, nth_told, told};

#[tokio::test(flavor = "multi_thread")]
async fn t22_the_202_is_lost_and_the_prepare_sent_again() {
    // Its bytes are put on the wire here.
    let scene = Scene::in_world(World::plain("").await).honoured().await;
    let payment = Payment::new("10").within(20_000);
    let sent = scene.green().sign(payment.draft(scene.now_ms())).unwrap();
    let connection = without_reading(&scene, &sent);
    let is_it = |m: &Received| m.json()["transferId"] == payment.id;
    scene.blue().await_callback(is_it, PATIENCE_MS).await.unwrap();
    drop(connection);
    scene.advance(2_000);
    for _ in 0..3 {
        let again = scene.green().resend(&sent).await.unwrap();
        assert_eq!((again.status.as_u16(), effective(&again)), (202, Some(18_000)));
    }
    assert_eq!(scene.world.books().await, (0, 100_000), "reserved once");
    scene.blue().resend(&scene.fulfil(&payment, "COMMITTED")).await.unwrap();
    let first = nth_told(scene.green(), &payment, 1).await;
    assert_eq!(kind(&first), "PUT COMMITTED");
    assert_eq!(scene.green().resend(&sent).await.unwrap().status, 202);
    let second = nth_told(scene.green(), &payment, 2).await;
    assert_eq!(second.body, first.body, "the stored outcome, byte for byte");
    for header in ["fspiop-signature", "fspiop-uri", "fspiop-http-method", "fspiop-source", "date"]
    {
        assert_eq!(second.header(header), first.header(header), "{header}");
    }
    assert_eq!(second.seen, Seen::Verified);
    let asked = scene.blue().received().iter().filter(|m| is_it(m)).count();
    assert_eq!(asked, 1, "the payee was asked once");
    assert_eq!(scene.position(PAYER).await, "10");
}

#[tokio::test(flavor = "multi_thread")]
async fn t23_the_callback_fails_three_times_and_the_payer_asks() {
    let scene = Scene::honouring().await;
    let mut hops = scene.watch();
    for _ in 0..3 {
        let failing = Conduct::acknowledging(Acknowledge::Status(503));
        scene.green().enqueue(Stage::Callback, failing);
    }
    let payment = Payment::new("10").within(20_000);
    scene.reserved(&payment).await;
    scene.blue().resend(&scene.fulfil(&payment, "COMMITTED")).await.unwrap();
    // The longest that the first two pauses may be, and nothing of the third.
    for pause_ms in [100, 400, 0] {
        let attempt = hops.next("PUT /transfers", PAYER).await;
        assert_eq!(attempt.note, "answered 503");
        scene.tick().await;
        assert_eq!(kinds(scene.green(), &payment), Vec::<String>::new());
        scene.advance(pause_ms);
    }
    // The next attempt is seconds away, the question brings it at once, and its own answer.
    assert_eq!(scene.ask(scene.green(), &payment).await.status, 202);
    nth_told(scene.green(), &payment, 2).await;
    assert_eq!(kinds(scene.green(), &payment), ["PUT COMMITTED", "PUT COMMITTED"]);
    let (callback, answer) = (&told(scene.green(), &payment)[0], &told(scene.green(), &payment)[1]);
    assert_eq!(callback.header("fspiop-source"), Some("bluewallet"), "the callback");
    assert_eq!(answer.header("fspiop-source"), Some("Hub"), "the answer to the question");
    assert_eq!(callback.json()["fulfilment"], answer.json()["fulfilment"]);
    assert_eq!(scene.position(PAYER).await, "10");
}

/// Sends a request on a connection of its own and leaves the answer there.
fn without_reading(scene: &Scene, sent: &Sent) -> TcpStream {
    let mut head = format!("{} {} HTTP/1.1\r\nhost: hub\r\n", sent.method, sent.target);
    for (name, value) in &sent.headers {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    head += &format!("content-length: {}\r\n\r\n", sent.body.len());
    let mut connection = TcpStream::connect(scene.world.gateway.addresses.fspiop).unwrap();
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(&sent.body).unwrap();
    connection
}
