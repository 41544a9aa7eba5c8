//! Rows J08 to J14 and R07: bodies that are JSON, signed, and say what may not be said.

use causeway_tests::world::World;
use causeway_toolkit::dfsp::{PartyId, PayRequest, PaymentEnd, Received};
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY, GREEN_NUMBER};
use fspiop::ilp::{Secret, Terms, Version};
use fspiop::json;

use super::{
    Findings, PATIENCE_MS, draft, positions, settled_books, standing, still_pays, transfer, uuid,
};

/// A row, what a good body's text becomes, and the answer.
type Row = (&'static str, (String, String), &'static str);

fn row(name: &'static str, from: &str, to: &str, wanted: &'static str) -> Row {
    (name, (from.to_owned(), to.to_owned()), wanted)
}

/// Puts this in the place of the transfer's id.
fn ids(id: &str) -> Vec<Row> {
    let as_id = |name, to: &str| row(name, id, to, "400 3100");
    let bare = id.replace('-', "");
    let (version, variant) = (&id[14..15], &id[19..20]);
    let with = |at: usize, digit: &str| format!("{}{digit}{}", &id[..at], &id[at + 1..]);
    assert_eq!((version, "89ab".contains(variant)), ("4", true));
    vec![
        as_id("J08 not a UUID", "x"),
        as_id("J08 empty", ""),
        as_id("J08 upper case", &id.to_uppercase()),
        as_id("J08 braces", &format!("{{{id}}}")),
        as_id("J08 a URN", &format!("urn:uuid:{id}")),
        as_id("J08 no hyphens", &bare),
        as_id("J08 a blank", &format!("{id} ")),
        as_id("J08 version 0", &with(14, "0")),
        as_id("J08 version 7 in 1.1", &with(14, "7")),
        as_id("J08 variant 0", &with(19, "0")),
        as_id("J08 a ULID in 1.1", "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        row("J08 a number", &format!("\"{id}\""), "7", "400 3101"),
    ]
}

fn currencies() -> Vec<Row> {
    let code = format!("\"{CURRENCY}\"");
    vec![
        row("J10 lower case", &code, "\"eur\"", "400 3100"),
        row("J10 BTC", &code, "\"BTC\"", "400 3100"),
        row("J10 four letters", &code, "\"EURO\"", "400 3100"),
        row("J10 empty", &code, "\"\"", "400 3100"),
        row("J10 a number", &code, "978", "400 3101"),
        // In the list, for test profiles; nobody has an account in it.
        row("J10 XXX", &code, "\"XXX\"", "202"),
    ]
}

fn times(body: &str) -> Vec<Row> {
    let member = body.split("\"expiration\":\"").nth(1).unwrap();
    let expiration = member.split('"').next().unwrap();
    let at = |name, to: &str, wanted| row(name, expiration, to, wanted);
    vec![
        at("J11 without zone", "2027-01-31T10:00:00.000", "400 3100"),
        at("J11 without milliseconds", "2027-01-31T10:00:00Z", "400 3100"),
        at("J11 30 February", "2027-02-30T10:00:00.000Z", "400 3100"),
        at("J11 29 February", "2027-02-29T10:00:00.000Z", "400 3100"),
        at("J11 leap second", "2016-12-31T23:59:60.000Z", "400 3100"),
        at("J11 24 o'clock", "2027-01-31T24:00:00.000Z", "400 3100"),
        at("J11 a date", "2027-01-31", "400 3100"),
        at("J11 year 10000", "10000-01-01T00:00:00.000Z", "400 3100"),
        at("J11 year 9999", "9999-12-31T23:59:59.999Z", "202"),
        at("J11 another zone", "2099-01-31T10:00:00.000+05:30", "202"),
    ]
}

fn lists_and_names() -> Vec<Row> {
    let with = |name, member: String, wanted| row(name, "{", &format!("{{{member},"), wanted);
    let list = |items: &str| format!(r#""extensionList":{{"extension":[{items}]}}"#);
    let item = |key: usize, value: usize| {
        format!(r#"{{"key":"{}","value":"{}"}}"#, "k".repeat(key), "v".repeat(value))
    };
    vec![
        with("J12 16 items", list(&vec![item(1, 1); 16].join(",")), "202"),
        with("J12 17 items", list(&vec![item(1, 1); 17].join(",")), "400 3103"),
        with("J12 none", list(""), "400 3100"),
        with("J12 key of 32", list(&item(32, 128)), "202"),
        with("J12 key of 33", list(&item(33, 1)), "400 3100"),
        with("J12 value of 129", list(&item(1, 129)), "400 3100"),
        with("J12 no key", list(r#"{"value":"v"}"#), "400 3102"),
        with("J12 no list", r#""extensionList":{"extension":"x"}"#.to_owned(), "400 3101"),
        row("J13 zero-width joiner", "bluewallet", "blue\u{200d}wallet", "400 3100"),
        row("J13 blank in an FspId", "bluewallet", "blue wallet", "400 3100"),
        row("J13 Cyrillic e in an FspId", "bluewallet", "blu\u{435}wallet", "400 3100"),
        with("J14 unknown members", r#""x":{"y":[1,null]},"amounts":"9""#.to_owned(), "202"),
        with("J14 __proto__", r#""__proto__":{"amount":{"amount":"9"}}"#.to_owned(), "202"),
        with("J14 constructor", r#""constructor":{"prototype":{}}"#.to_owned(), "202"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn members_that_may_not_be_said_leave_no_trace() {
    let world = World::start().await;
    let before = positions(&world).await;
    let (mut findings, mut refused) = (Findings::default(), Vec::new());
    let good = transfer("0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", "1.5");
    let rows = [ids("0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"), currencies(), times(&good)];
    for (name, (from, to), wanted) in rows.into_iter().flatten().chain(lists_and_names()) {
        let id = uuid();
        let body = good.replacen(&from, &to, 1);
        assert_ne!(body, good, "{name}");
        let body = body.replace("0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", &id);
        let answer = world.players.green.send(draft("/transfers", body)).await.unwrap().response;
        let code = answer.json().unwrap_or_default();
        let code = code["errorInformation"]["errorCode"].as_str().unwrap_or_default();
        let outcome = format!("{} {code}", answer.status.as_u16());
        findings.expect(name, outcome.trim_end(), wanted);
        if wanted != "202" && !name.starts_with("J08") {
            refused.push((name, id));
        }
    }
    for (name, id) in refused {
        findings.expect(name, &standing(&world, &id).await, "3208");
    }
    findings.settle();
    assert_eq!(settled_books(&world).await, (0, 0));
    assert_eq!(positions(&world).await, before);
    still_pays(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn j09_one_id_in_two_cases_is_one_transfer() {
    let world = World::start().await;
    let (green, id) = (&world.players.green, uuid());
    let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1.5");
    let request = PayRequest { transfer_id: Some(id.clone()), ..request };
    assert_eq!(green.pay(&request).await.unwrap().end, PaymentEnd::Committed);
    let upper = green.send(draft("/transfers", transfer(&id.to_uppercase(), "1.5"))).await.unwrap();
    assert_eq!(upper.response.status, 400);
    let again = green.send(draft("/transfers", transfer(&id, "1.5"))).await.unwrap();
    assert_eq!(again.response.status, 202);
    let modified = |message: &Received| message.json()["errorInformation"]["errorCode"] == "3106";
    green.await_callback(modified, PATIENCE_MS).await.unwrap();
    assert_eq!(settled_books(&world).await, (0, 0));
    let position = world.admin.position("greenwallet", CURRENCY).await.unwrap().to_string();
    assert_eq!(position, "1.5", "paid once");
}

#[tokio::test(flavor = "multi_thread")]
async fn j11_an_expiration_that_is_past_is_told_as_its_sender_expects() {
    let world = World::start().await;
    let green = &world.players.green;
    let past = |id: &str| {
        let body = transfer(id, "1.5");
        let (head, tail) = body.split_once("\"expiration\":\"").unwrap();
        let (_, tail) = tail.split_once('"').unwrap();
        format!("{head}\"expiration\":\"2020-01-31T10:00:00.000Z\"{tail}")
    };
    let id = uuid();
    let plain = green.send(draft("/transfers", past(&id))).await.unwrap().response;
    assert_eq!(plain.status, 202);
    let target = format!("/transfers/{id}/error");
    let told = green.await_callback(|message| message.target == target, PATIENCE_MS).await.unwrap();
    assert_eq!(told.json()["errorInformation"]["errorCode"], "3100");
    let timed = draft("/transfers", past(&uuid())).header("FSPIOP-Timeout", "9000");
    let timed = green.send(timed).await.unwrap().response;
    let code = timed.json().unwrap()["errorInformation"]["errorCode"].clone();
    assert_eq!((timed.status.as_u16(), code.as_str()), (400, Some("3303")));
    assert_eq!(settled_books(&world).await, (0, 0));
}

/// The hub compares no names and changes none: composed and decomposed letters pass as they came.
#[tokio::test(flavor = "multi_thread")]
async fn j13_names_are_passed_on_as_they_are_written() {
    let world = World::start().await;
    for name in ["Zo\u{eb} M\u{fc}ller", "Zoe\u{308} Mu\u{308}ller"] {
        let party = |number: &str, fsp: &str| {
            format!(
                r#"{{"partyIdInfo":{{"partyIdType":"MSISDN","partyIdentifier":"{number}","fspId":"{fsp}"}},"name":"{name}"}}"#
            )
        };
        let of_what = r#"{"scenario":"TRANSFER","initiator":"PAYER","initiatorType":"CONSUMER"}"#;
        let members = [
            format!(r#""quoteId":"{}","transactionId":"{}""#, uuid(), uuid()),
            format!(r#""payer":{}"#, party(GREEN_NUMBER, "greenwallet")),
            format!(r#""payee":{}"#, party(BLUE_NUMBER, "bluewallet")),
            format!(r#""amount":{{"currency":"{CURRENCY}","amount":"1.5"}}"#),
            format!(r#""amountType":"SEND","transactionType":{of_what},"note":"{name}""#),
        ];
        let body = format!("{{{}}}", members.join(","));
        let sent = world.players.green.send(draft("/quotes", body.clone())).await.unwrap();
        assert_eq!(sent.response.status, 202, "{name}");
        let same = |message: &Received| message.body == body.as_bytes();
        world.players.blue.await_callback(same, PATIENCE_MS).await.unwrap();
    }
    assert_eq!(world.players.failures(), Vec::<String>::new());
}

/// POST /transfers over 1.5 from Green Wallet to Blue Wallet with a packet of these terms.
fn sealed(id: &str, amount: &str, currency: &str, payer: &str, payee: &str) -> String {
    let party = |number: &str, fsp: &str| {
        format!(
            r#"{{"partyIdInfo":{{"partyIdType":"MSISDN","partyIdentifier":"{number}","fspId":"{fsp}"}}}}"#
        )
    };
    let quote = format!(
        r#"{{"quoteId":"{id}","transactionId":"{id}","payer":{},"payee":{},"transactionType":{{}}}}"#,
        party(GREEN_NUMBER, payer),
        party(BLUE_NUMBER, payee),
    );
    let answer = format!(
        r#"{{"transferAmount":{{"amount":"{amount}","currency":"{currency}"}},"expiration":"2099-01-31T10:00:00.000Z"}}"#
    );
    let read = |text: &str| json::parse(text.as_bytes()).unwrap();
    let terms = Terms::of_quote(&read(&quote), &read(&answer));
    let sealed = Secret::new(b"r07").seal(Version::V1, &terms).unwrap();
    let body = transfer(id, "1.5").replace("AYIBgQAAAAAAAASwNGxldmVs", &sealed.packet);
    body.replace("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", &sealed.condition.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn r07_a_transfer_says_what_its_packet_says_where_the_scheme_asks_for_it() {
    let (green, blue) = ("greenwallet", "bluewallet");
    let rows = [
        ("the same", sealed(&uuid(), "1.5", "EUR", green, blue), "202"),
        ("another amount", sealed(&uuid(), "1500", "EUR", green, blue), "400 3100 /ilpPacket"),
        ("another currency", sealed(&uuid(), "1.5", "USD", green, blue), "400 3100 /ilpPacket"),
        ("another payer", sealed(&uuid(), "1.5", "EUR", "mallory", blue), "400 3100 /ilpPacket"),
        ("another payee", sealed(&uuid(), "1.5", "EUR", green, "mallory"), "400 3100 /ilpPacket"),
        ("no packet", transfer(&uuid(), "1.5"), "400 3100 /ilpPacket"),
    ];
    let strict = World::with("[scheme]\nverify_ilp_terms = true\n").await;
    let lenient = World::start().await;
    let mut findings = Findings::default();
    for (row, body, wanted) in &rows {
        let sent = draft("/transfers", body.as_str());
        let answer = strict.players.green.send(sent.clone()).await.unwrap().response;
        let said = answer.json().unwrap_or_default()["errorInformation"].clone();
        let text = said["errorDescription"].as_str().unwrap_or_default();
        let place = if text.contains("/ilpPacket") { "/ilpPacket" } else { "" };
        let code = said["errorCode"].as_str().unwrap_or_default();
        let outcome = format!("{} {code} {place}", answer.status.as_u16());
        findings.expect(&format!("R07 {row}"), outcome.trim_end(), wanted);
        // The default: the scheme's own collections send packets of other payments.
        let answer = lenient.players.green.send(sent).await.unwrap().response;
        findings.expect(&format!("R07 {row}, off"), answer.status.as_str(), "202");
    }
    findings.settle();
    still_pays(&strict).await;
    assert_eq!(settled_books(&lenient).await, (0, 0));
}
