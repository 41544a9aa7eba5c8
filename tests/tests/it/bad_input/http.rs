//! Rows H01 to H14: what HTTP/1.1 lets an attacker try before anybody reads a body's meaning.

use std::net::SocketAddr;
use std::time::Duration;

use causeway_tests::world::World;
use causeway_toolkit::dfsp::Draft;
use http::Method;

use super::wire::{Wire, chunks, speak, speak_for, trickle};
use super::{Findings, draft, order, reject, settled_books, standing, still_pays, transfer, uuid};

/// The largest body (API Definition §3.2.1).
const BODY_BYTES: usize = 5_242_880;
/// The largest header block (ibidem).
const HEADER_BYTES: usize = 65_536;

/// A signed POST /transfers that is taken, and refused by callback: its amount is 0.
fn good(world: &World) -> Wire {
    let body = transfer(&uuid(), "0");
    Wire::of(&world.players.green.sign(draft("/transfers", body)).unwrap())
}

/// A signed POST /transfers that moves money if anybody reads it.
fn paying(world: &World, id: &str) -> Wire {
    let body = transfer(id, "1.5");
    Wire::of(&world.players.green.sign(draft("/transfers", body)).unwrap())
}

/// A GET that is answered with 202.
fn asking(world: &World) -> Wire {
    let ask = Draft::new(Method::GET, format!("/transfers/{}", uuid()));
    Wire::of(&world.players.green.sign(ask).unwrap())
}

/// How many requests the FSPIOP and bank doors answered, by the operator's metrics.
async fn routed(world: &World) -> u64 {
    let metrics = world.admin.send(Method::GET, "/metrics", None).await.unwrap().text();
    let answers = metrics.lines().filter(|line| line.starts_with("causeway_answers_total"));
    let transfers = answers.filter(|line| line.contains("route=\"transfers\""));
    transfers.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn h01_a_request_hidden_in_another_is_never_routed() {
    let world = World::plain("").await;
    let at = world.gateway.addresses.fspiop;
    let mut findings = Findings::default();
    let control = good(&world);
    let two = [control.bytes(), good(&world).bytes()].concat();
    // The connection would take a second request: what keeps a hidden one out is its closing.
    findings.expect("control", &speak_for(at, &two, 2).await.outcome(), "202 202");
    let mut hidden = Vec::new();
    for (row, places_first) in [("H01 length first", true), ("H01 coding first", false)] {
        let id = uuid();
        let tail = [chunks(b""), paying(&world, &id).bytes()].concat();
        let length = format!("Content-Length: {}", tail.len());
        let both = asking(&world);
        let both = match places_first {
            true => both.first("Transfer-Encoding: chunked").first(&length),
            false => both.first(&length).first("Transfer-Encoding: chunked"),
        };
        let before = routed(&world).await;
        let heard = speak(at, &both.body(tail).bytes()).await;
        findings.expect(row, &heard.outcome(), "202");
        findings.expect(row, &format!("closed {}", heard.closed), "closed true");
        let count = routed(&world).await - before;
        findings.expect(row, &format!("{count} routed"), "1 routed");
        hidden.push((row, id));
    }
    // Read by the length alone, the body would end before its last chunk and the rest be a request.
    let (row, id) = ("H01 hidden in a chunk", uuid());
    let inner = paying(&world, &id).bytes();
    let body = [format!("{:x}\r\n", inner.len()).into_bytes(), inner, b"\r\n0\r\n\r\n".to_vec()];
    let wire = asking(&world).with("Content-Length: 4").with("Transfer-Encoding: chunked");
    let heard = speak(at, &wire.body(body.concat()).bytes()).await;
    findings.expect(row, &heard.outcome(), "400 3101");
    findings.expect(row, &format!("closed {}", heard.closed), "closed true");
    hidden.push((row, id));
    for (row, id) in &hidden {
        findings.expect(row, &standing(&world, id).await, "3208");
    }
    findings.settle();
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h02_to_h05_framing_is_read_in_one_way_or_refused() {
    let world = World::plain("").await;
    let good = || good(&world);
    let length =
        |value: &str| good().without("content-length").with(&format!("Content-Length: {value}"));
    let body_bytes = transfer(&uuid(), "0").len();
    // Refused before it is asked for: were it, there would be a second status, 100.
    let expecting = length("5242881").body("").with("Expect: 100-continue");
    let rows = [
        ("control", good(), "202"),
        ("control chunked", good().chunked(), "202"),
        (
            "H02 xchunked",
            good().chunked().without("transfer-encoding").with("Transfer-Encoding: xchunked"),
            "400",
        ),
        (
            "H02 chunked not last",
            good().chunked().without("transfer-encoding").with("Transfer-Encoding: chunked, gzip"),
            "400",
        ),
        (
            "H02 name with a space",
            good().without("content-length").with("Transfer-Encoding : chunked"),
            "400",
        ),
        ("H03 two lengths", good().with("Content-Length: 5"), "400"),
        ("H03 two lengths, the other first", good().first("Content-Length: 5"), "400"),
        ("H04 plus", length(&format!("+{body_bytes}")), "400"),
        ("H04 hexadecimal", length("0x5"), "400"),
        ("H04 list", length("5,5"), "400"),
        ("H04 list of the right one", length(&format!("{body_bytes}, {body_bytes}")), "400"),
        ("H04 minus", length("-5"), "400"),
        ("H04 empty", length(""), "400"),
        ("H04 too long for a number", length("99999999999999999999999"), "400"),
        ("H05 bare line feeds", good().bare_line_feeds(), "202"),
        ("H05 folded line", good().first("X-Folded: a\r\n b"), "400"),
        ("H05 carriage return in a value", good().first("X-Return: a\rb"), "400"),
        ("H05 NUL in a value", good().first("X-Nul: a\0b"), "400"),
        ("Host missing", good().without("host"), "400"),
        ("Host twice", good().with("Host: hub"), "400"),
        ("Host twice, another", good().with("Host: elsewhere"), "400"),
        ("HTTP/3.0", good().line("POST /transfers HTTP/3.0"), "400"),
        ("no version", good().line("POST /transfers"), "400"),
        ("H08 expecting", expecting, "400"),
    ];
    let mut findings = Findings::default();
    for (row, wire, wanted) in rows {
        let heard = speak(world.gateway.addresses.fspiop, &wire.closing().bytes()).await;
        let status = heard.outcome().chars().take(3).collect::<String>();
        findings.expect(row, &status, wanted);
        findings.expect(row, &format!("{} answers", heard.statuses().len()), "1 answers");
        findings.expect(row, &format!("closed {}", heard.closed), "closed true");
    }
    findings.settle();
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_frame_ends_the_connection_at_every_door() {
    let world = World::plain("").await;
    let addresses = world.gateway.addresses;
    let doors =
        [("fspiop", addresses.fspiop), ("bank", addresses.bank), ("admin", addresses.admin)];
    let mut findings = Findings::default();
    for (door, at) in doors {
        let get = || Wire::new("GET /health HTTP/1.1");
        let rows = [
            ("Host missing", get().without("host")),
            ("Host twice", get().with("Host: hub")),
            ("H02", get().with("Transfer-Encoding: xchunked")),
            ("H03", get().with("Content-Length: 5").with("Content-Length: 6").body("12345")),
            ("H05 folded line", get().with("X-Folded: a\r\n b")),
        ];
        for (row, wire) in rows {
            let second = Wire::new("GET /health HTTP/1.1");
            let heard = speak(at, &[wire.bytes(), second.bytes()].concat()).await;
            let row = format!("{door} {row}");
            findings.expect(&row, &format!("{:?}", heard.statuses()), "[400]");
            findings.expect(&row, &format!("closed {}", heard.closed), "closed true");
        }
    }
    findings.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn h07_header_blocks_stop_at_the_limit() {
    let world = World::plain("").await;
    let filler = |bytes: usize| {
        let wire = asking(&world);
        let line = wire.bytes().iter().position(|byte| *byte == b'\n').unwrap() + 1;
        // The block is all lines after the request line, the empty one apart.
        let used = wire.bytes().len() - line - 2;
        let closing = "Connection: close\r\n".len();
        let name = "X-Filler: ";
        let value = "x".repeat(bytes - used - closing - name.len() - 2);
        wire.with(&format!("{name}{value}"))
    };
    let lines =
        |count: usize| (0..count).fold(asking(&world), |wire, n| wire.with(&format!("X-{n}: x")));
    let long = format!("GET /transfers/{} HTTP/1.1", "x".repeat(70_000));
    let rows = [
        ("65,536 bytes", filler(HEADER_BYTES), "202"),
        ("H07 65,537 bytes", filler(HEADER_BYTES + 1), "431"),
        ("H07 1 MB", filler(1 << 20), "431"),
        ("100 lines", lines(100), "202"),
        ("H07 1,000 lines", lines(1_000), "431"),
        ("a target of 70,000 bytes", asking(&world).line(&long), "414"),
    ];
    let mut findings = Findings::default();
    for (row, wire, wanted) in rows {
        let heard = speak(world.gateway.addresses.fspiop, &wire.closing().bytes()).await;
        findings.expect(row, &heard.outcome().chars().take(3).collect::<String>(), wanted);
        findings.expect(row, &format!("closed {}", heard.closed), "closed true");
    }
    let name = "X-Filler: ".to_owned() + &"x".repeat(HEADER_BYTES);
    let wire = Wire::new("POST /iso20022/pain.001 HTTP/1.1").with(&name).closing();
    let heard = speak(world.gateway.addresses.bank, &wire.bytes()).await;
    findings.expect("H07 bank", &heard.outcome(), "431");
    findings.settle();
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h08_bodies_stop_at_the_limit() {
    let world = World::plain("").await;
    let sized = |bytes: usize| {
        let wire = good(&world).without("content-length").body(vec![b' '; bytes]);
        wire.with(&format!("Content-Length: {bytes}"))
    };
    let bank = |bytes: usize| {
        let wire = Wire::new("POST /iso20022/pain.001 HTTP/1.1");
        let wire = wire.with("Content-Type: application/xml").body(vec![b' '; bytes]);
        wire.with(&format!("Content-Length: {bytes}"))
    };
    let (fspiop, channel) = (world.gateway.addresses.fspiop, world.gateway.addresses.bank);
    let rows = [
        // As large as may be: what is wrong with it is the signature.
        ("5,242,880 bytes", fspiop, sized(BODY_BYTES), "400 3105"),
        ("5,242,880 bytes chunked", fspiop, sized(BODY_BYTES).chunked(), "400 3105"),
        ("H08 declared", fspiop, sized(BODY_BYTES + 1), "400 3104"),
        ("H08 chunked", fspiop, sized(BODY_BYTES + 1).chunked(), "400 3104"),
        ("H08 declared alone", fspiop, sized(BODY_BYTES + 1).body(""), "400 3104"),
        ("H08 12 MB declared", fspiop, sized(12 << 20), "400 3104"),
        ("H08 12 MB chunked", fspiop, sized(12 << 20).chunked(), "400 3104"),
        ("H08 bank", channel, bank(BODY_BYTES + 1), "413"),
        ("H08 bank chunked", channel, bank(BODY_BYTES + 1).chunked(), "413"),
    ];
    let mut findings = Findings::default();
    for (row, at, wire, wanted) in rows {
        let heard = speak(at, &wire.closing().bytes()).await;
        findings.expect(row, &heard.outcome(), wanted);
        findings.expect(row, &format!("closed {}", heard.closed), "closed true");
        if wanted == "413" {
            let mend = reject(heard.body()).map(|reject| reject.description.unwrap());
            let says = mend.as_ref().is_ok_and(|mend| mend.contains("5242880"));
            findings.expect(row, &format!("{says} {mend:?}")[..4], "true");
        }
    }
    findings.settle();
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h08_an_early_refusal_is_read_by_a_client_that_sends_all_first() {
    let world = World::plain("").await;
    let wire = good(&world).without("content-length").body(vec![b' '; BODY_BYTES + 1]);
    let wire = wire.with(&format!("Content-Length: {}", BODY_BYTES + 1));
    let at = world.gateway.addresses.fspiop;
    for round in 0..5 {
        let answer = causeway_toolkit::http::raw::exchange(at, &wire.bytes()).await.unwrap();
        let statuses = causeway_toolkit::http::raw::statuses(&answer);
        assert_eq!(statuses, [400], "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h09_slow_requests_are_cut() {
    let world = World::plain("[limits]\nheader_timeout_ms = 700\nbody_timeout_ms = 700\n").await;
    let (at, channel) = (world.gateway.addresses.fspiop, world.gateway.addresses.bank);
    let pause = Duration::from_millis(40);
    let header = asking(&world).bytes();
    let (plain, chunked) = (good(&world), good(&world).chunked());
    let head = |wire: &Wire| wire.clone().body("").bytes().len();
    let rows: [(&str, SocketAddr, Vec<u8>, usize, &str); 5] = [
        ("H09 header", at, header.clone(), 0, ""),
        ("H09 header at the bank's door", channel, header, 0, ""),
        ("H09 body", at, plain.bytes(), head(&plain), "408 3101"),
        ("H09 chunked body", at, chunked.bytes(), head(&chunked), "408 3101"),
        ("H09 no byte", at, Vec::new(), 0, ""),
    ];
    let mut attacks = tokio::task::JoinSet::new();
    // Forty at once of each, and the hub pays meanwhile.
    for (row, at, bytes, at_once, wanted) in rows {
        for _ in 0..40 {
            let bytes = bytes.clone();
            attacks.spawn(async move {
                let heard = trickle(at, &bytes, at_once, pause).await;
                (row, heard, at_once, wanted)
            });
        }
    }
    still_pays(&world).await;
    let mut findings = Findings::default();
    while let Some(ended) = attacks.join_next().await {
        let (row, heard, at_once, wanted) = ended.unwrap();
        findings.expect(row, &heard.outcome(), wanted);
        findings.expect(row, &format!("closed {}", heard.closed), "closed true");
        // 700 ms hold twenty bytes; the rest is the machine's.
        let few = heard.written.saturating_sub(at_once) <= 100;
        findings.expect(row, &format!("few {few}"), "few true");
    }
    findings.settle();
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h11_targets_are_exact() {
    let world = World::plain("").await;
    let at = world.gateway.addresses.fspiop;
    let id = uuid();
    let long = format!("POST /transfers/{}", "x".repeat(9_000));
    let rows = [
        ("POST /transfers", "202"),
        ("POST http://hub/transfers", "202"),
        ("POST //transfers", "404 3002"),
        ("POST /transfers/", "404 3002"),
        ("POST /transfers/../admin", "404 3002"),
        ("POST /participants/../transfers", "404 3002"),
        ("POST /./transfers", "404 3002"),
        ("POST /%2e%2e/transfers", "404 3002"),
        ("POST /transfers/%2e%2e", "404 3002"),
        ("POST /%74ransfers", "404 3002"),
        ("POST /transfers;x", "404 3002"),
        ("POST /transfers;x=1?y", "404 3002"),
        ("POST /Transfers", "404 3002"),
        ("POST /fspiop/transfers", "404 3002"),
        ("POST /health", "404 3002"),
        ("POST /participants", "400 3101"),
        ("POST http://hub//transfers", "404 3002"),
        ("POST http://hub/x/../transfers", "404 3002"),
        ("POST http://hub", "404 3002"),
        ("POST ftp://hub/transfers", "404 3002"),
        ("POST http://user@hub/transfers", "404 3002"),
        ("POST *", "404 3002"),
        (long.as_str(), "404 3002"),
    ];
    let mut findings = Findings::default();
    for (line, wanted) in rows {
        let wire = if wanted == "202" { good(&world) } else { paying(&world, &id) };
        let wire = wire.line(&format!("{line} HTTP/1.1")).closing();
        let heard = speak(at, &wire.bytes()).await;
        findings.expect(&format!("H11 {line:.60}"), &heard.outcome(), wanted);
    }
    let bank = [
        ("GET /iso20022/orders/1/../2", 404),
        ("GET //iso20022/orders/1", 404),
        ("POST /iso20022/../iso20022/pain.001", 404),
        ("POST /iso20022/pain.001/", 404),
        ("POST /iso20022;x/pain.001", 404),
        ("POST /transfers", 404),
        ("PUT /iso20022/pain.001", 405),
        ("POST /iso20022/orders/1", 405),
    ];
    for (line, wanted) in bank {
        let wire = Wire::new(&format!("{line} HTTP/1.1")).closing();
        let heard = speak(world.gateway.addresses.bank, &wire.bytes()).await;
        let row = format!("H11 bank {line}");
        findings.expect(&row, &heard.outcome(), &wanted.to_string());
        findings.expect(&row, &format!("{:?}", reject(heard.body()).err()), "None");
    }
    findings.settle();
    assert_eq!(standing(&world, &id).await, "3208");
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h13_media_types_are_those_of_the_resource() {
    let world = World::plain("").await;
    let at = world.gateway.addresses.fspiop;
    let typed =
        |value: &str| good(&world).without("content-type").with(&format!("Content-Type: {value}"));
    let accepting = |value: &str| good(&world).without("accept").with(&format!("Accept: {value}"));
    let media = "application/vnd.interoperability.transfers+json";
    let quotes = "application/vnd.interoperability.quotes+json";
    let rows = [
        ("Content-Type missing", good(&world).without("content-type"), "400 3101"),
        ("Content-Type missing, no body", asking(&world).without("content-type"), "400 3102"),
        ("Content-Type application/json", typed("application/json"), "400 3101"),
        ("Content-Type of quotes", typed(&format!("{quotes};version=1.1")), "400 3101"),
        ("Content-Type without version", typed(media), "400 3101"),
        (
            "Content-Type twice",
            good(&world).with(&format!("Content-Type: {media};version=1.1")),
            "400 3101",
        ),
        ("Content-Type 9.0", typed(&format!("{media};version=9.0")), "406 3001"),
        ("Accept missing", good(&world).without("accept"), "400 3102"),
        ("Accept of quotes", accepting(&format!("{quotes};version=1")), "400 3101"),
        ("Accept 9", accepting(&format!("{media};version=9")), "406 3001"),
        ("Date missing", good(&world).without("date"), "400 3102"),
        ("Date malformed", good(&world).without("date").with("Date: yesterday"), "400 3101"),
        ("FSPIOP-Source missing", asking(&world).without("fspiop-source"), "400 3102"),
        ("FSPIOP-Source twice", asking(&world).with("FSPIOP-Source: bluewallet"), "400 3101"),
        ("gzip", good(&world).with("Content-Encoding: gzip"), "415"),
        ("identity", good(&world).with("Content-Encoding: identity"), "202"),
    ];
    let mut findings = Findings::default();
    for (row, wire, wanted) in rows {
        let heard = speak(at, &wire.closing().bytes()).await;
        let outcome = heard.outcome();
        findings.expect(&format!("H13 {row}"), &outcome[..wanted.len().min(outcome.len())], wanted);
        if wanted == "406 3001" {
            let body = String::from_utf8_lossy(heard.body()).into_owned();
            let names = body.contains(r#""key":"1""#);
            findings.expect(row, &format!("served versions {names}"), "served versions true");
        }
    }
    findings.settle();
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h14_methods_are_those_of_the_request_line() {
    let world = World::plain("").await;
    let at = world.gateway.addresses.fspiop;
    let path = format!("/transfers/{}", uuid());
    let all = "GET, POST, PUT, PATCH, DELETE";
    let line = |line: String| good(&world).line(&format!("{line} HTTP/1.1"));
    let with_body = asking(&world).with("Content-Length: 2").body("{}");
    let overridden = |name: &str| asking(&world).with(&format!("{name}: DELETE"));
    let rows = [
        ("GET with a body", with_body, "400 3101", ""),
        ("GET with a chunked body", asking(&world).body("{}").chunked(), "400 3101", ""),
        ("TRACE", line(format!("TRACE {path}")), "405 3000", all),
        ("CONNECT", Wire::new("CONNECT hub.example:443 HTTP/1.1"), "405 3000", all),
        ("CONNECT to a path", line(format!("CONNECT {path}")), "405 3000", all),
        ("DELETE", line(format!("DELETE {path}")), "405 3000", "GET, PUT, PATCH"),
        ("GET /transfers", line("GET /transfers".to_owned()), "405 3000", "POST"),
        ("a method of its own", line("PAY /transfers".to_owned()), "405 3000", "POST"),
        ("lower case", line("post /transfers".to_owned()), "405 3000", "POST"),
        ("X-HTTP-Method-Override", overridden("X-HTTP-Method-Override"), "400 3101", ""),
        ("X-HTTP-Method", overridden("X-HTTP-Method"), "400 3101", ""),
        ("X-Method-Override", overridden("X-Method-Override"), "400 3101", ""),
    ];
    let mut findings = Findings::default();
    for (row, wire, wanted, allow) in rows {
        let row = format!("H14 {row}");
        let heard = speak(at, &wire.closing().bytes()).await;
        findings.expect(&row, &heard.outcome(), wanted);
        findings.expect(&row, &heard.header("allow").unwrap_or_default(), allow);
    }
    // HEAD has no body to say it in.
    let heard = speak(at, &line(format!("HEAD {path}")).closing().bytes()).await;
    findings.expect("H14 HEAD", &format!("{:?}", heard.statuses()), "[405]");
    let order = order("1").pain_001(world.players.alpine.bic());
    let bank = Wire::new("TRACE /iso20022/pain.001 HTTP/1.1").with("Content-Type: application/xml");
    let bank = bank.with(&format!("Content-Length: {}", order.len())).body(order);
    let heard = speak(world.gateway.addresses.bank, &bank.closing().bytes()).await;
    findings.expect("H14 bank TRACE", &heard.outcome(), "405");
    findings.settle();
    assert_eq!(settled_books(&world).await, (0, 0));
    still_pays(&world).await;
}
