//! Whose word counts: answers come from whom was asked, statuses from who decides them; and what
//! becomes of an answer whose receiver has gone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use causeway_tests::world::World;
use causeway_toolkit::bank::{AccountRef, BankMessage, Order};
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{
    Conduct, Dfsp, DfspOptions, Draft, PartyId, PayRequest, PaymentEnd, Received, Stage,
};
use causeway_toolkit::http::HttpResponse;
use causeway_toolkit::onboard::PublicKey;
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY};
use fspiop::ilp::Fulfilment;
use fspiop::jws::SigningKey;
use http::Method;
use serde_json::{Value, json};

use super::payments::SideOfOneBank;

const PATIENCE_MS: u64 = 20_000;
/// How long nothing more may come before it counts as never.
const QUIET_MS: u64 = 300;

fn put(target: &str, to: &str, body: &Value) -> Draft {
    Draft::new(Method::PUT, target).to(to).json(body)
}

fn party() -> Value {
    json!({ "party": { "partyIdInfo": {
        "partyIdType": "MSISDN", "partyIdentifier": BLUE_NUMBER, "fspId": "bluewallet",
    }}})
}

fn refusal() -> Value {
    json!({ "errorInformation": { "errorCode": "3204", "errorDescription": "Party not found" } })
}

/// Status, and the code of a refusal.
fn outcome(answer: &HttpResponse) -> (u16, String) {
    let body = answer.json().unwrap_or_default();
    let code = body["errorInformation"]["errorCode"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), code)
}

async fn send(sender: &Dfsp, draft: Draft) -> (u16, String) {
    outcome(&sender.send(draft).await.unwrap().response)
}

fn taken() -> (u16, String) {
    (200, String::new())
}

fn refused() -> (u16, String) {
    (400, "3100".to_owned())
}

/// The callbacks about an object that a DFSP has had.
fn told(dfsp: &Dfsp, object: &str) -> Vec<Arc<Received>> {
    let received = dfsp.received().into_iter();
    received.filter(|message| message.object() == object && message.method == "PUT").collect()
}

async fn quiet() {
    tokio::time::sleep(Duration::from_millis(QUIET_MS)).await;
}

/// A participant like any other, who lies.
async fn mallory(world: &World) -> Dfsp {
    let key = Arc::new(SigningKey::generate_p256().unwrap());
    let mut options = DfspOptions::new("mallory", key);
    options.hub = Some(world.fspiop());
    options.credentials = world.credentials("mallory");
    let mallory = Dfsp::start(options).await.unwrap();
    world.admin.create_participant("mallory", CURRENCY).await.unwrap();
    world.admin.set_endpoint("mallory", &mallory.base_url()).await.unwrap();
    let key = PublicKey::always(mallory.public_key_pem());
    world.admin.set_keys("mallory", &[key]).await.unwrap();
    world.players.green.trust("mallory", mallory.public_key_pem()).unwrap();
    mallory
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lookup_is_answered_by_whom_it_was_asked_of_however_the_path_is_spelt() {
    let world = World::start().await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    let mallory = mallory(&world).await;
    blue.set_conduct(Stage::Party, Conduct::silent());
    let target = format!("/parties/MSISDN/{BLUE_NUMBER}");
    // Nobody has asked.
    assert_eq!(send(blue, put(&target, "greenwallet", &party())).await, taken());
    let asked = green.send(Draft::new(Method::GET, &target)).await.unwrap();
    assert_eq!(asked.response.status, 202);
    let error = format!("{target}/error");
    assert_eq!(send(&mallory, put(&target, "greenwallet", &party())).await, taken());
    assert_eq!(send(&mallory, put(&error, "greenwallet", &refusal())).await, taken());
    let last = &BLUE_NUMBER[BLUE_NUMBER.len() - 1..];
    let spelt = format!("{}%3{last}", &target[..target.len() - 1]);
    assert_eq!(send(blue, put(&spelt, "greenwallet", &party())).await, taken());
    let is_it = |message: &Received| message.target == spelt;
    let answer = green.await_callback(is_it, PATIENCE_MS).await.unwrap();
    assert_eq!(answer.header("fspiop-source"), Some("bluewallet"));
    // It had its answer: another one is nobody's any more.
    assert_eq!(send(blue, put(&target, "greenwallet", &party())).await, taken());
    quiet().await;
    assert_eq!(told(green, &target).len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_is_answered_by_whom_it_was_asked_of() {
    let world = World::start().await;
    let mallory = mallory(&world).await;
    world.players.blue.set_conduct(Stage::Quote, Conduct::late(500));
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{BLUE_NUMBER}") };
    let mut order = Order::new(CURRENCY, "5", account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    let lie = async {
        let asked = |message: &Received| message.target == "/quotes";
        let quote = world.players.blue.await_callback(asked, PATIENCE_MS).await.unwrap();
        let id = quote.json()["quoteId"].as_str().unwrap().to_owned();
        let error = put(&format!("/quotes/{id}/error"), "alpinebank", &refusal());
        assert_eq!(send(&mallory, error).await, taken());
    };
    let paying = world.players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS);
    let (paid, ()) = tokio::join!(paying, lie);
    let paid = paid.unwrap();
    assert_eq!(paid.status.as_deref(), Some("ACSC"), "{}", paid.xml);
}

/// A bank's side elsewhere takes signed messages from all whose keys it knows: only the hub, or the
/// payment's other end, has a say.
#[tokio::test(flavor = "multi_thread")]
async fn a_banks_side_hears_only_those_who_have_a_say() {
    let world = World::plain("").await;
    let side = SideOfOneBank::start(&world).await;
    let green = &world.players.green;
    green.set_hub(format!("http://{}", side.gateway.addresses.fspiop));
    let id = clock::fresh_uuid().unwrap();
    let transfer = format!("/transfers/{id}");
    let patch = json!({ "transferState": "COMMITTED", "completedTimestamp": now(0) });
    let patch = Draft::new(Method::PATCH, &transfer).to("farbank").json(&patch);
    assert_eq!(send(green, patch).await, refused());
    let state = json!({ "transferState": "RESERVED" });
    assert_eq!(send(green, put(&transfer, "farbank", &state)).await, refused());
    let prepare = json!({
        "transferId": id,
        "payerFsp": "bluewallet",
        "payeeFsp": "farbank",
        "amount": { "currency": CURRENCY, "amount": "1" },
        "ilpPacket": "AYIBgQAAAAAAAASw",
        "condition": Fulfilment([7; 32]).condition().to_string(),
        "expiration": now(30_000),
    });
    let prepare = Draft::new(Method::POST, "/transfers").to("farbank").json(&prepare);
    assert_eq!(send(green, prepare).await, refused());
}

fn now(plus_ms: i64) -> String {
    clock::date_time(clock::now_epoch_ms() + plus_ms)
}

/// PUT /transfers of ten minutes ago.
fn old_fulfil(id: &str) -> Draft {
    let body = json!({
        "transferState": "COMMITTED",
        "fulfilment": Fulfilment([7; 32]).to_string(),
        "completedTimestamp": now(-600_000),
    });
    put(&format!("/transfers/{id}"), "greenwallet", &body)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_timestamp_is_refused_only_while_it_could_still_do_harm() {
    let world = World::start().await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1");
    let paid = green.pay(&request).await.unwrap();
    assert_eq!(paid.end, PaymentEnd::Committed, "{paid:?}");
    assert_eq!(send(blue, old_fulfil(&paid.transfer_id)).await, taken());
    assert_eq!(send(blue, old_fulfil(&clock::fresh_uuid().unwrap())).await, taken());
    blue.set_conduct(Stage::Transfer, Conduct::silent());
    let (id, condition) = (clock::fresh_uuid().unwrap(), Fulfilment([7; 32]).condition());
    let prepare = json!({
        "transferId": id,
        "payerFsp": "greenwallet",
        "payeeFsp": "bluewallet",
        "amount": { "currency": CURRENCY, "amount": "1" },
        "ilpPacket": "AYIBgQAAAAAAAASw",
        "condition": condition.to_string(),
        "expiration": now(30_000),
    });
    let prepare = Draft::new(Method::POST, "/transfers").to("bluewallet").json(&prepare);
    assert_eq!(green.send(prepare).await.unwrap().response.status, 202);
    assert_eq!(send(blue, old_fulfil(&id)).await, refused());
    world.clock.advance(31_000);
    let object = format!("/transfers/{id}");
    let ended = |message: &Received| message.object() == object && message.is_error();
    green.await_callback(ended, PATIENCE_MS).await.unwrap();
    assert_eq!(send(blue, old_fulfil(&id)).await, taken());
    let late = blue.await_callback(ended, PATIENCE_MS).await.unwrap();
    assert_eq!(late.json()["errorInformation"]["errorCode"], "3303");
    assert_eq!(world.books().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_of_parties_is_registered_for_its_sender_and_answered_once() {
    let world = World::start().await;
    let green = &world.players.green;
    let list = |fsp: &str| {
        let party = |n| {
            json!({
                "partyIdType": "MSISDN", "partyIdentifier": format!("2547{n:08}"), "fspId": fsp,
            })
        };
        let id = clock::fresh_uuid().unwrap();
        let parties: Vec<Value> = (0..2_500).map(party).collect();
        let body = json!({ "requestId": id, "partyList": parties });
        (id, Draft::new(Method::POST, "/participants").json(&body))
    };
    assert_eq!(send(green, list("bluewallet").1).await, refused());
    let (id, draft) = list("greenwallet");
    assert_eq!(green.send(draft).await.unwrap().response.status, 202);
    let object = format!("/participants/{id}");
    let is_it = |message: &Received| message.object() == object;
    let callback = green.await_callback(is_it, PATIENCE_MS).await.unwrap();
    let body = callback.json();
    let parties = body["partyList"].as_array().unwrap();
    assert_eq!(parties.len(), 2_500);
    let failed = parties.iter().filter(|party| !party["errorInformation"].is_null());
    assert_eq!(failed.count(), 0);
    let request = PayRequest::new(PartyId::new("MSISDN", "254700002499"), CURRENCY, "1");
    let asked = Draft::new(Method::GET, request.payee.target().replace("parties", "participants"));
    assert_eq!(world.players.blue.send(asked).await.unwrap().response.status, 202);
    let holder = |message: &Received| message.object().ends_with("/254700002499");
    let holder = world.players.blue.await_callback(holder, PATIENCE_MS).await.unwrap();
    assert_eq!(holder.json()["fspId"], "greenwallet");
}

/// Posts an order that waits for its answer; what comes back is read by the caller, or not.
fn waiting(world: &World) -> TcpStream {
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{BLUE_NUMBER}") };
    let mut order = Order::new(CURRENCY, "5", account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    let xml = order.pain_001(world.players.alpine.bic());
    let mut stream = TcpStream::connect(world.gateway.addresses.bank).unwrap();
    let head = format!(
        "POST /iso20022/pain.001 HTTP/1.1\r\nHost: bank\r\nContent-Type: application/xml\r\n\
         Prefer: wait=20\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        xml.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(xml.as_bytes()).unwrap();
    stream
}

fn is_status(message: &BankMessage) -> bool {
    message.name.starts_with("pain.002")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_posted_when_who_waited_for_it_has_gone() {
    let world = World::plain("").await;
    let alpine = &world.players.alpine;
    let mut stream = waiting(&world);
    let answer = tokio::task::spawn_blocking(move || {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    });
    let answer = answer.await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("ACSC"), "{answer}");
    quiet().await;
    assert!(!alpine.received().iter().any(|message| is_status(message)), "told twice");

    // Late enough that who waits has gone before there is a status.
    world.players.blue.set_conduct(Stage::Transfer, Conduct::late(5_000));
    let stream = waiting(&world);
    // A request that has not been read is nobody's; this one has become an order.
    let transfer = |message: &&Arc<Received>| message.target == "/transfers";
    while world.players.blue.received().iter().filter(transfer).count() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(stream);
    let posted = alpine.await_message(is_status, PATIENCE_MS).await.unwrap();
    assert!(String::from_utf8_lossy(&posted.body).contains("ACSC"));
    assert_eq!(world.books().await, (0, 0));
}
