//! Rows H06, S11 and R07: names that would be header lines, participants that are stopped, terms that
//! are not those of their packet.

use causeway_tests::world::World;
use causeway_toolkit::bank::{AccountRef, Order};
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{
    Conduct, Dfsp, Draft, PartyId, PayRequest, PaymentEnd, Received, Stage,
};
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY};
use fspiop::ilp::{Sealed, Secret, Terms, Version};
use http::Method;
use serde_json::{Value, json};

use super::{
    Findings, PATIENCE_MS, draft, order, positions, settled_books, standing, still_pays, transfer,
    uuid,
};

/// Status, and the code of a refusal.
async fn outcome(sender: &Dfsp, draft: Draft) -> String {
    let answer = sender.send(draft).await.unwrap().response;
    coded(answer.status.as_u16(), &answer.json().unwrap_or_default())
}

fn coded(status: u16, body: &Value) -> String {
    let code = body["errorInformation"]["errorCode"].as_str().unwrap_or_default();
    format!("{status} {code}").trim_end().to_owned()
}

/// The same as an operator.
async fn ordered(world: &World, method: Method, path: &str, body: &Value) -> String {
    let answer = world.admin.send(method, path, Some(body)).await.unwrap();
    coded(answer.status.as_u16(), &answer.json().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn h06_a_name_that_would_be_a_header_line_is_nobodys() {
    let world = World::start().await;
    let green = &world.players.green;
    let mut findings = Findings::default();
    let everybody =
        || async { world.admin.send(Method::GET, "/participants", None).await.unwrap().text() };
    let before = everybody().await;
    let (endpoints, bank) = ("/participants/bluewallet/endpoints", "/participants/alpinebank/bank");
    for name in
        ["a\r\nX: y", "a%0d%0aX: y", "a\nX: y", "a\rb", "a\u{85}b", "a\r\n\r\nGET / HTTP/1.1"]
    {
        let participant = json!({ "name": name, "currency": CURRENCY });
        let created = ordered(&world, Method::POST, "/participants", &participant).await;
        findings.expect(&format!("H06 participant {name:?}"), &created, "400 3100");
        let url = format!("http://127.0.0.1:9/{name}");
        let endpoint = json!({ "type": "FSPIOP_CALLBACK_URL", "value": url });
        let set = ordered(&world, Method::POST, endpoints, &endpoint).await;
        let is_text = name.bytes().all(|byte| (0x21..0x7f).contains(&byte));
        if !is_text {
            findings.expect(&format!("H06 URL {name:?}"), &set, "400 3100");
        }
        let record = json!({ "fspId": name, "bics": ["ALPNDEFF"], "url": "http://127.0.0.1:9/" });
        let set = ordered(&world, Method::PUT, bank, &record).await;
        findings.expect(&format!("H06 bank {name:?}"), &set, "400 3100");
        let party = json!({ "fspId": name, "currency": CURRENCY });
        let party = Draft::new(Method::POST, "/participants/MSISDN/27700000000").json(&party);
        findings.expect(&format!("H06 party {name:?}"), &outcome(green, party).await, "400 3100");
        let id = uuid();
        let mut body: Value = serde_json::from_str(&transfer(&id, "1.5")).unwrap();
        body["payeeFsp"] = json!(name);
        let prepare = draft("/transfers", body.to_string());
        findings.expect(&format!("H06 payee {name:?}"), &outcome(green, prepare).await, "400 3100");
        findings.expect(&format!("H06 payee {name:?}"), &standing(&world, &id).await, "3208");
    }
    // In a path, decoded: neither a party nor a header of the callback.
    let ask = Draft::new(Method::GET, "/parties/MSISDN/1%0d%0aX:%20y");
    findings.expect("H06 path", &outcome(green, ask).await, "400 3100");
    findings.expect("participants", &everybody().await, &before);
    for message in green.received() {
        findings.expect("callback", &format!("{:?}", message.header("x")), "None");
    }
    findings.settle();
    still_pays(&world).await;
}

/// The error code of the callback about an object.
async fn told(dfsp: &Dfsp, object: &str) -> String {
    let is_it = |message: &Received| message.object() == object;
    let callback = dfsp.await_callback(is_it, PATIENCE_MS).await.unwrap();
    callback.json()["errorInformation"]["errorCode"].as_str().unwrap_or_default().to_owned()
}

fn quote(id: &str) -> Value {
    let party = |number: &str| json!({ "partyIdInfo": { "partyIdType": "MSISDN", "partyIdentifier": number } });
    json!({
        "quoteId": id, "transactionId": uuid(), "amountType": "SEND",
        "payer": party("27700000000"), "payee": party(BLUE_NUMBER),
        "amount": { "currency": CURRENCY, "amount": "1.5" },
        "transactionType": {
            "scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER",
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn s11_who_is_stopped_is_asked_nothing_and_paid_nothing() {
    let world = World::start().await;
    let before = positions(&world).await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    let heard = blue.received().len();
    let switched = |on: bool| {
        let body = json!({ "isActive": on });
        let world = &world;
        async move { ordered(world, Method::PUT, "/participants/bluewallet", &body).await }
    };
    assert_eq!(switched(false).await, "200");
    let mut findings = Findings::default();
    let party = format!("/parties/MSISDN/{BLUE_NUMBER}");
    findings.expect("S11 lookup", &outcome(green, Draft::new(Method::GET, &party)).await, "202");
    findings.expect("S11 lookup", &told(green, &party).await, "3201");
    let other = "/parties/MSISDN/255699999999";
    let named = Draft::new(Method::GET, other).to("bluewallet");
    findings.expect("S11 lookup by name", &outcome(green, named).await, "202");
    findings.expect("S11 lookup by name", &told(green, other).await, "3201");
    let (quote_id, transfer_id) = (uuid(), uuid());
    let asked = Draft::new(Method::POST, "/quotes").to("bluewallet").json(&quote(&quote_id));
    findings.expect("S11 quote", &outcome(green, asked).await, "202");
    findings.expect("S11 quote", &told(green, &format!("/quotes/{quote_id}")).await, "3201");
    // A prepare is refused by the ledger's own rule, as the collections have it.
    let prepare = draft("/transfers", transfer(&transfer_id, "1.5"));
    findings.expect("S11 transfer", &outcome(green, prepare).await, "202");
    let object = format!("/transfers/{transfer_id}");
    findings.expect("S11 transfer", &told(green, &object).await, "3100");
    let payee = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{BLUE_NUMBER}") };
    let order = Order { creditor_account: payee, ..order("1") };
    let paid = world.players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    let said = format!("{:?} {}", paid.status, paid.xml.contains("<Cd>RC04</Cd>"));
    findings.expect("S11 order", &said, "Some(\"RJCT\") true");
    findings.expect("S11 heard", &blue.received().len().to_string(), &heard.to_string());
    findings.settle();
    assert_eq!(positions(&world).await, before);
    assert_eq!(settled_books(&world).await, (0, 0));
    assert_eq!(switched(true).await, "200");
    still_pays(&world).await;
}

/// What Blue Wallet would have sealed for 12.5, and a prepare that says the same.
fn sealed(id: &str, version: Version) -> (Sealed, Value) {
    let party = |fsp: &str| {
        format!(
            r#"{{"partyIdInfo":{{"partyIdType":"MSISDN","partyIdentifier":"1","fspId":"{fsp}"}}}}"#
        )
    };
    let expiration = clock::date_time(clock::now_epoch_ms() + 30_000);
    let request = format!(
        r#"{{"quoteId":"{id}","transactionId":"{id}","transactionType":{{}},"payer":{},"payee":{}}}"#,
        party("greenwallet"),
        party("bluewallet")
    );
    let response = format!(
        r#"{{"transferAmount":{{"amount":"12.5","currency":"{CURRENCY}"}},"expiration":"{expiration}"}}"#
    );
    let read = |text: &str| fspiop::json::parse(text.as_bytes()).unwrap();
    let sealed =
        Secret::new(b"blue").seal(version, &Terms::of_quote(&read(&request), &read(&response)));
    let sealed = sealed.unwrap();
    let prepare = json!({
        "transferId": id, "payerFsp": "greenwallet", "payeeFsp": "bluewallet",
        "amount": { "amount": "12.5", "currency": CURRENCY },
        "ilpPacket": sealed.packet, "condition": sealed.condition.to_string(), "expiration": expiration,
    });
    (sealed, prepare)
}

#[tokio::test(flavor = "multi_thread")]
async fn r07_terms_that_are_not_those_of_the_packet_are_refused() {
    let world = World::with("[scheme]\nverify_ilp_terms = true\n").await;
    let before = positions(&world).await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    blue.set_conduct(Stage::Transfer, Conduct::silent());
    let mut findings = Findings::default();
    let other = fspiop::ilp::Fulfilment([9; 32]).condition().to_string();
    let changes = [
        ("one unit more", "/amount/amount", json!("12.51")),
        ("one unit less", "/amount/amount", json!("12.49")),
        ("a hundred times", "/amount/amount", json!("1250")),
        ("four decimals", "/amount/amount", json!("12.5001")),
        ("nothing", "/amount/amount", json!("0")),
        ("another currency", "/amount/currency", json!("USD")),
        ("another payee", "/payeeFsp", json!("alpinebank")),
        ("another payer", "/payerFsp", json!("bluewallet")),
        ("no packet", "/ilpPacket", json!("AYIBgQAAAAAAAASw")),
        ("no terms", "/ilpPacket", json!("DIAAAAA")),
    ];
    for version in [Version::V1, Version::V4] {
        for (change, path, value) in &changes {
            let id = uuid();
            let (_, mut body) = sealed(&id, version);
            *body.pointer_mut(path).unwrap() = value.clone();
            let row = format!("R07 {change} in {version:?}");
            let answer = green.send(draft("/transfers", body.to_string())).await.unwrap().response;
            findings.expect(
                &row,
                &coded(answer.status.as_u16(), &answer.json().unwrap()),
                "400 3100",
            );
            findings.expect(
                &row,
                &format!("named {}", answer.text().contains("/ilpPacket")),
                "named true",
            );
            findings.expect(&row, &standing(&world, &id).await, "3208");
        }
    }
    // Only a packet of v4 has the condition in it.
    let id = uuid();
    let (_, mut body) = sealed(&id, Version::V4);
    body["condition"] = json!(other);
    findings.expect(
        "R07 condition",
        &outcome(green, draft("/transfers", body.to_string())).await,
        "400 3100",
    );
    findings.settle();
    assert_eq!(positions(&world).await, before);
    assert_eq!(settled_books(&world).await, (0, 0));
    assert!(blue.received().iter().all(|message| message.target != "/transfers"));
    // What is as it was sealed is paid, with the fulfilment that belongs to it.
    for version in [Version::V1, Version::V4] {
        paid_as_sealed(&world, version).await;
    }
    blue.set_conduct(Stage::Transfer, Conduct::proper());
    let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1");
    assert_eq!(green.pay(&request).await.unwrap().end, PaymentEnd::Committed, "a quoted one");
    assert_eq!(positions(&world).await[2], "26");
}

/// A prepare of the sealed terms is reserved, and committed by the fulfilment that belongs to them.
async fn paid_as_sealed(world: &World, version: Version) {
    let (green, blue) = (&world.players.green, &world.players.blue);
    let id = uuid();
    let (sealed, body) = sealed(&id, version);
    assert_eq!(outcome(green, draft("/transfers", body.to_string())).await, "202", "{version:?}");
    let is_it = |message: &Received| message.json()["transferId"] == id;
    blue.await_callback(is_it, PATIENCE_MS).await.unwrap();
    let fulfil =
        json!({ "transferState": "COMMITTED", "fulfilment": sealed.fulfilment.to_string() });
    let fulfil =
        Draft::new(Method::PUT, format!("/transfers/{id}")).to("greenwallet").json(&fulfil);
    assert_eq!(outcome(blue, fulfil).await, "200");
    let is_it = |message: &Received| message.object() == format!("/transfers/{id}");
    let told = green.await_callback(is_it, PATIENCE_MS).await.unwrap();
    assert_eq!(told.json()["transferState"], "COMMITTED");
}
