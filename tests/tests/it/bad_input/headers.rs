//! Rows H12 and H15: headers that want to be believed, and a body that is never asked for.

use causeway_tests::world::World;
use causeway_toolkit::dfsp::{Draft, Received};
use http::Method;

use super::wire::{Heard, Wire, speak};
use super::{
    Findings, PATIENCE_MS, draft, reject, settled_books, standing, still_pays, transfer, uuid,
};

/// What proxies write, and anybody else who wants to be taken for another.
const SPOOFS: [&str; 9] = [
    "X-Forwarded-For: 127.0.0.1",
    "X-Forwarded-Host: bluewallet",
    "X-Forwarded-Client-Cert: URI=bluewallet",
    "X-SSL-Client-S-DN: CN=bluewallet",
    "X-Real-IP: 127.0.0.1",
    "Forwarded: for=127.0.0.1;host=bluewallet;by=Hub",
    "X-Original-URL: /transfers/x",
    "X-Rewrite-URL: /health",
    "X-FSPIOP-Source: bluewallet",
];

fn spoofed(wire: Wire) -> Wire {
    SPOOFS.iter().fold(wire, |wire, line| wire.with(line))
}

#[tokio::test(flavor = "multi_thread")]
async fn h12_host_and_forwarding_headers_name_nobody() {
    let world = World::plain("").await;
    let addresses = world.gateway.addresses;
    let (green, blue) = (&world.players.green, &world.players.blue);
    let mut findings = Findings::default();
    // Whatever host is named, the door stays what it is.
    for host in ["127.0.0.1:3001", "localhost", "bluewallet", &addresses.admin.to_string()] {
        let health =
            Wire::new("GET /health HTTP/1.1").without("host").with(&format!("Host: {host}"));
        let heard = speak(addresses.fspiop, &spoofed(health).closing().bytes()).await;
        findings.expect(&format!("H12 Host {host}"), &heard.outcome(), "404 3002");
    }
    // The question is Green Wallet's, and so is the answer, at the address that is registered.
    let object = format!("/transfers/{}", uuid());
    let ask = Wire::of(&green.sign(Draft::new(Method::GET, &object)).unwrap());
    let ask = spoofed(ask.without("host").with("Host: bluewallet")).closing();
    findings.expect("H12 GET", &speak(addresses.fspiop, &ask.bytes()).await.outcome(), "202");
    let is_it = |message: &Received| message.object() == object;
    green.await_callback(is_it, PATIENCE_MS).await.unwrap();
    // Signed by Green Wallet in Blue Wallet's name: no header makes up for the key.
    let id = uuid();
    let sent = green.sign(draft("/transfers", transfer(&id, "1.5"))).unwrap();
    let forged = Wire::of(&sent).without("fspiop-source").with("FSPIOP-Source: bluewallet");
    let forged = spoofed(forged).closing();
    findings.expect(
        "H12 POST",
        &speak(addresses.fspiop, &forged.bytes()).await.outcome(),
        "400 3105",
    );
    findings.expect("H12 POST", &standing(&world, &id).await, "3208");
    let to_blue = blue.received().into_iter().filter(|message| message.object() == object);
    findings.expect("H12 told", &to_blue.count().to_string(), "0");
    findings.settle();
    assert_eq!(settled_books(&world).await, (0, 0));
    still_pays(&world).await;
}

/// One refusal at once, no 100 before it, and the connection's end.
fn refused_unread(findings: &mut Findings, row: &str, heard: &Heard, status: u16) {
    findings.expect(row, &format!("{:?}", heard.statuses()), &format!("[{status}]"));
    findings.expect(row, &format!("closed {}", heard.closed), "closed true");
    let announced = heard.header("connection").unwrap_or_default();
    findings.expect(row, &format!("Connection: {announced}"), "Connection: close");
}

#[tokio::test(flavor = "multi_thread")]
async fn h15_a_body_that_is_refused_before_it_comes_is_not_asked_for() {
    let world = World::plain("").await;
    let addresses = world.gateway.addresses;
    let green = &world.players.green;
    let id = uuid();
    let sent = green.sign(draft("/transfers", transfer(&id, "0"))).unwrap();
    let expecting = || Wire::of(&sent).with("Expect: 100-continue");
    let declared = |bytes: u64| {
        expecting().without("content-length").with(&format!("Content-Length: {bytes}"))
    };
    let bank = || {
        let wire = Wire::new("POST /iso20022/pain.001 HTTP/1.1").with("Expect: 100-continue");
        wire.with("Content-Type: application/xml")
    };
    let filler = "X-Filler: ".to_owned() + &"x".repeat(65_536);
    let (fspiop, channel) = (addresses.fspiop, addresses.bank);
    let rows = [
        ("H15 too large", fspiop, declared(5_242_881), 400),
        ("H15 far too large", fspiop, declared(1 << 40), 400),
        ("H15 content coding", fspiop, expecting().with("Content-Encoding: gzip"), 415),
        ("H15 no host", fspiop, expecting().without("host"), 400),
        ("H15 bank, too large", channel, bank().with("Content-Length: 5242881"), 413),
        (
            "H15 bank, content coding",
            channel,
            bank().with("Content-Encoding: br").with("Content-Length: 10"),
            415,
        ),
    ];
    let mut findings = Findings::default();
    for (row, at, wire, status) in rows {
        // The headers alone, and nothing after them: who waits for 100 sends no more.
        let heard = speak(at, &wire.body("").bytes()).await;
        refused_unread(&mut findings, row, &heard, status);
        if at == channel {
            findings.expect(row, &format!("{:?}", reject(heard.body()).err()), "None");
        }
    }
    // Too many bytes of headers: refused by the reader of headers itself.
    let heard = speak(fspiop, &expecting().with(&filler).body("").bytes()).await;
    findings.expect("H15 headers", &format!("{:?}", heard.statuses()), "[431]");
    findings.expect("H15 headers", &format!("closed {}", heard.closed), "closed true");
    // Who sends its body all the same, unasked: it is no second request.
    let hidden = uuid();
    let paying = green.sign(draft("/transfers", transfer(&hidden, "1.5"))).unwrap();
    let unasked = declared(5_242_881).body(Wire::of(&paying).bytes());
    let heard = speak(fspiop, &unasked.bytes()).await;
    refused_unread(&mut findings, "H15 body unasked", &heard, 400);
    findings.expect("H15 body unasked", &standing(&world, &hidden).await, "3208");
    // A good one is asked for its body, and taken.
    let heard = speak(fspiop, &expecting().closing().bytes()).await;
    findings.expect("H15 control", &format!("{:?}", heard.statuses()), "[100, 202]");
    findings.expect("H15 control", &standing(&world, &id).await, "3100");
    findings.settle();
    assert_eq!(settled_books(&world).await, (0, 0));
    still_pays(&world).await;
}
