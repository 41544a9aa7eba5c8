//! Many at once, twice, too late, wrong: rows R01-R05 and T22, T23 of the threat and deadline tables.
//! Whatever is tried, a transfer ends once, and a limit holds to the unit.

use causeway_tests::world::World;
use causeway_toolkit::bank::{AccountRef, BankConduct, Order};
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{
    Acknowledge, Conduct, Dfsp, Draft, PartyId, PayRequest, PaymentEnd, Received, Sent, Stage,
};
use causeway_toolkit::http::HttpResponse;
use causeway_toolkit::ledger_log::{Outcome, Standing};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY};
use fspiop::ilp::Fulfilment;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const PATIENCE_MS: u64 = 20_000;
/// How long nothing more may come before it counts as never.
const QUIET_MS: u64 = 300;
const VALID_MS: i64 = 30_000;
/// Units of the ledger in one unit of the currency.
const UNITS: i128 = 10_000;

/// A transfer from Green to Blue, both played by the test itself: Blue's simulated side is silent.
struct Offer {
    id: String,
    amount: String,
    fulfilment: Fulfilment,
    expiration: String,
}

impl Offer {
    fn of(amount: &str) -> Offer {
        let id = clock::fresh_uuid().unwrap();
        let mut secret = [7_u8; 32];
        secret[..16].copy_from_slice(&id.as_bytes()[..16]);
        let expiration = clock::date_time(clock::now_epoch_ms() + VALID_MS);
        Offer { id, amount: amount.to_owned(), fulfilment: Fulfilment(secret), expiration }
    }

    fn prepare(&self) -> Draft {
        let body = json!({
            "transferId": self.id,
            "payerFsp": "greenwallet",
            "payeeFsp": "bluewallet",
            "amount": { "currency": CURRENCY, "amount": self.amount },
            "ilpPacket": "AYIBgQAAAAAAAASw",
            "condition": self.fulfilment.condition().to_string(),
            "expiration": self.expiration,
        });
        Draft::new(Method::POST, "/transfers").to("bluewallet").json(&body)
    }

    fn fulfil(&self) -> Draft {
        self.fulfil_with(&self.fulfilment.to_string())
    }

    fn fulfil_with(&self, fulfilment: &str) -> Draft {
        let body = json!({
            "transferState": "COMMITTED",
            "fulfilment": fulfilment,
            "completedTimestamp": clock::date_time(clock::now_epoch_ms()),
        });
        self.answer("", &body)
    }

    fn refuse(&self) -> Draft {
        let error = json!({ "errorCode": "5104", "errorDescription": "Payee rejected" });
        self.answer("/error", &json!({ "errorInformation": error }))
    }

    fn answer(&self, suffix: &str, body: &Value) -> Draft {
        Draft::new(Method::PUT, format!("/transfers/{}{suffix}", self.id))
            .to("greenwallet")
            .json(body)
    }

    /// What Green was called back for it, in order.
    fn told(&self, payer: &Dfsp) -> Vec<Arc<Received>> {
        let object = format!("/transfers/{}", self.id);
        payer.received().into_iter().filter(|message| message.object() == object).collect()
    }
}

/// The default scheme with a silent Blue.
async fn world() -> World {
    let world = World::start().await;
    world.players.blue.set_conduct(Stage::Transfer, Conduct::silent());
    world
}

/// Reserves: Green's prepare, acknowledged and forwarded.
async fn reserved(world: &World, amount: &str) -> Offer {
    let offer = Offer::of(amount);
    let delivery = world.players.green.send(offer.prepare()).await.unwrap();
    assert_eq!(delivery.response.status, 202);
    eventually(|| forwards(world, &offer.id).len() == 1).await;
    offer
}

/// The POSTs of a transfer that reached Blue.
fn forwards(world: &World, id: &str) -> Vec<Arc<Received>> {
    let received = world.players.blue.received();
    let is_it = |message: &Arc<Received>| {
        message.target == "/transfers" && message.json()["transferId"] == id
    };
    received.into_iter().filter(is_it).collect()
}

/// Sends what was signed before, all at once; the answers in any order.
async fn at_once(world: &Arc<World>, sents: Vec<(bool, Sent)>) -> Vec<HttpResponse> {
    let mut sending = JoinSet::new();
    for (by_payer, sent) in sents {
        let world = Arc::clone(world);
        sending.spawn(async move {
            let players = &world.players;
            let sender = if by_payer { &players.green } else { &players.blue };
            sender.resend(&sent).await.unwrap()
        });
    }
    sending.join_all().await
}

async fn eventually(holds: impl Fn() -> bool) {
    for _ in 0..PATIENCE_MS / 5 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it does not come to hold");
}

async fn quiet() {
    tokio::time::sleep(Duration::from_millis(QUIET_MS)).await;
}

/// Green's position as operators see it.
async fn position(world: &World) -> String {
    world.admin.position("greenwallet", CURRENCY).await.unwrap().to_string()
}

/// The final state that both parties are told when they ask.
async fn final_state(world: &World, offer: &Offer) -> Outcome {
    let payers = asked(&world.players.green, offer).await;
    let payees = asked(&world.players.blue, offer).await;
    match (payers, payees) {
        (Standing::Final(payers), Standing::Final(payees)) if payers == payees => payers,
        other => panic!("{other:?}"),
    }
}

/// What a party is told when it asks. An error about its own earlier message may arrive meanwhile
/// and is no answer, and an answer may come late: then it asks once more.
async fn asked(dfsp: &Dfsp, offer: &Offer) -> Standing {
    let since = Instant::now();
    loop {
        let standing = dfsp.ask(&offer.id).await;
        let is_over = since.elapsed() > Duration::from_millis(PATIENCE_MS);
        if is_over || matches!(standing, Ok(Standing::Final(_))) {
            return standing.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn error_code(message: &Received) -> String {
    message.json()["errorInformation"]["errorCode"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn r01_of_200_that_pass_the_cap_by_one_unit_one_is_refused() {
    let world = Arc::new(world().await);
    // The cap is a million, and there is cover for more: 199 x 5000 + 5000.01.
    world.admin.record_funds_in("greenwallet", CURRENCY, "1000000").await.unwrap();
    let amount = |index| if index == 0 { "5000.01" } else { "5000" };
    let offers: Vec<Offer> = (0..200).map(|index| Offer::of(amount(index))).collect();
    let sign = |offer: &Offer| (true, world.players.green.sign(offer.prepare()).unwrap());
    let answers = at_once(&world, offers.iter().map(sign).collect()).await;
    assert!(answers.iter().all(|answer| answer.status == 202));
    let refused = || {
        let told = offers.iter().filter(|offer| !offer.told(&world.players.green).is_empty());
        told.collect::<Vec<_>>()
    };
    let forwarded = || offers.iter().filter(|offer| !forwards(&world, &offer.id).is_empty());
    eventually(|| refused().len() == 1 && forwarded().count() == 199).await;
    quiet().await;
    assert_eq!((refused().len(), forwarded().count()), (1, 199));
    let refused = refused()[0];
    assert_eq!(error_code(&refused.told(&world.players.green)[0]), "4200");
    let held = if refused.amount == "5000" { "995000.01" } else { "995000" };
    assert_eq!(position(&world).await, held);
    world.clock.advance(VALID_MS as u32 + 1_000);
    eventually(|| offers.iter().all(|offer| offer.told(&world.players.green).len() == 1)).await;
    assert_eq!(world.books().await, (0, 0));
    assert_eq!(position(&world).await, "0");
    assert_eq!(world.players.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn r02_fifty_times_the_same_prepare_is_one_reservation_and_one_forward() {
    let world = Arc::new(world().await);
    let offer = Offer::of("12.5");
    let sent = world.players.green.sign(offer.prepare()).unwrap();
    let answers = at_once(&world, vec![(true, sent); 50]).await;
    assert!(answers.iter().all(|answer| answer.status == 202));
    eventually(|| !forwards(&world, &offer.id).is_empty()).await;
    quiet().await;
    assert_eq!(forwards(&world, &offer.id).len(), 1);
    assert_eq!(world.books().await, (0, 125_000));
    assert_eq!(position(&world).await, "12.5");
    assert!(offer.told(&world.players.green).is_empty(), "it is under way");
}

#[tokio::test(flavor = "multi_thread")]
async fn r03_other_terms_under_a_committed_id_change_nothing() {
    let world = world().await;
    let offer = reserved(&world, "12.5").await;
    let (green, blue) = (&world.players.green, &world.players.blue);
    assert_eq!(blue.send(offer.fulfil()).await.unwrap().response.status, 200);
    eventually(|| offer.told(green).len() == 1).await;
    let other = Offer { amount: "12.6".to_owned(), ..offer };
    assert_eq!(green.send(other.prepare()).await.unwrap().response.status, 202);
    eventually(|| other.told(green).len() == 2).await;
    let told = other.told(green);
    assert_eq!(told[0].json()["transferState"], "COMMITTED");
    assert_eq!(error_code(&told[1]), "3106");
    assert_eq!(final_state(&world, &other).await, Outcome::Committed);
    assert_eq!(forwards(&world, &other.id).len(), 1);
    assert_eq!(position(&world).await, "12.5");
    assert_eq!(world.books().await, (0, 0));
}

/// Each pair of answers at once: every transfer has one end, which everybody is told, and the
/// positions are the sum of those that were committed.
async fn one_end_each(second: impl Fn(&Offer) -> Draft) {
    let world = Arc::new(world().await);
    let mut offers = Vec::new();
    for _ in 0..20 {
        offers.push(reserved(&world, "1").await);
    }
    let sign = |draft| (false, world.players.blue.sign(draft).unwrap());
    let both = |offer: &Offer| [sign(offer.fulfil()), sign(second(offer))];
    let answers = at_once(&world, offers.iter().flat_map(both).collect()).await;
    assert_eq!(answers.len(), 40);
    let green = &world.players.green;
    eventually(|| offers.iter().all(|offer| !offer.told(green).is_empty())).await;
    quiet().await;
    let mut committed = 0;
    for offer in &offers {
        let state = |message: &Arc<Received>| !message.is_error();
        let ends: BTreeSet<bool> = offer.told(green).iter().map(state).collect();
        assert_eq!(ends.len(), 1, "Green is told of one end");
        let end = final_state(&world, offer).await;
        assert_eq!(ends.contains(&true), end == Outcome::Committed);
        committed += i128::from(end == Outcome::Committed);
    }
    assert_eq!(world.books().await, (0, 0));
    assert_eq!(position(&world).await, committed.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn r04_fulfil_and_abort_at_once() {
    one_end_each(Offer::refuse).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r04_two_fulfilments_at_once() {
    let wrong = Fulfilment([1; 32]).to_string();
    one_end_each(|offer| offer.fulfil_with(&wrong)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r04_another_fulfilment_after_the_commit() {
    let world = world().await;
    let offer = reserved(&world, "1").await;
    let blue = &world.players.blue;
    blue.send(offer.fulfil()).await.unwrap();
    eventually(|| offer.told(&world.players.green).len() == 1).await;
    // Errors alone: that it is committed, Blue is told as well.
    let refusals = || {
        let received = blue.received();
        let told = received
            .iter()
            .filter(|message| message.target == format!("/transfers/{}/error", offer.id));
        told.map(|message| error_code(message)).collect::<Vec<_>>()
    };
    blue.send(offer.fulfil_with(&Fulfilment([1; 32]).to_string())).await.unwrap();
    eventually(|| refusals() == ["3106"]).await;
    blue.send(offer.refuse()).await.unwrap();
    eventually(|| refusals().len() == 2).await;
    quiet().await;
    assert_eq!(refusals(), ["3106", "3100"]);
    assert_eq!(final_state(&world, &offer).await, Outcome::Committed);
    assert_eq!(position(&world).await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn r05_a_fulfilment_that_is_none_is_refused_and_changes_nothing() {
    let world = world().await;
    let offer = reserved(&world, "1").await;
    let right = offer.fulfilment.to_string();
    let shorter = right[..42].to_owned();
    // 43 characters whose last one carries bits that 32 bytes do not have.
    let not_canonical = format!("{shorter}B");
    for wrong in [format!("{right}="), shorter, format!("{right}A"), not_canonical] {
        let draft = offer.fulfil_with(&wrong);
        let answer = world.players.blue.send(draft).await.unwrap().response;
        assert_eq!(answer.status, 400, "{wrong}");
        assert_eq!(answer.json().unwrap()["errorInformation"]["errorCode"], "3100", "{wrong}");
    }
    assert_eq!(world.books().await, (0, UNITS));
    assert!(offer.told(&world.players.green).is_empty());
    assert_eq!(world.players.blue.send(offer.fulfil()).await.unwrap().response.status, 200);
    eventually(|| offer.told(&world.players.green).len() == 1).await;
    assert_eq!(final_state(&world, &offer).await, Outcome::Committed);
}

/// Well formed and wrong: the scheme's rule is that this ends the transfer.
#[tokio::test(flavor = "multi_thread")]
async fn r05_a_wrong_fulfilment_aborts() {
    let world = world().await;
    let offer = reserved(&world, "1").await;
    let wrong = offer.fulfil_with(&Fulfilment([1; 32]).to_string());
    assert_eq!(world.players.blue.send(wrong).await.unwrap().response.status, 200);
    eventually(|| offer.told(&world.players.green).len() == 1).await;
    assert_eq!(error_code(&offer.told(&world.players.green)[0]), "3100");
    assert_eq!(final_state(&world, &offer).await, Outcome::Aborted);
    // The right one comes too late.
    world.players.blue.send(offer.fulfil()).await.unwrap();
    assert_eq!(final_state(&world, &offer).await, Outcome::Aborted);
    assert_eq!(world.books().await, (0, 0));
    assert_eq!(position(&world).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn t22_the_payers_202_is_lost_and_it_sends_again() {
    // Its bytes are put on the wire here.
    let world = World::plain("").await;
    world.players.blue.set_conduct(Stage::Transfer, Conduct::silent());
    let offer = Offer::of("1");
    let sent = world.players.green.sign(offer.prepare()).unwrap();
    let hub = world.gateway.addresses.fspiop;
    let bytes = on_the_wire(&sent, &hub.to_string());
    let mut connection = TcpStream::connect(hub).unwrap();
    connection.write_all(&bytes).unwrap();
    // Gone before anything of the answer is read: it may have been taken, or not.
    drop(connection);
    let again = world.players.green.resend(&sent).await.unwrap();
    assert_eq!(again.status, 202);
    eventually(|| !forwards(&world, &offer.id).is_empty()).await;
    quiet().await;
    assert_eq!(forwards(&world, &offer.id).len(), 1);
    assert_eq!(world.books().await, (0, UNITS));
    world.players.blue.send(offer.fulfil()).await.unwrap();
    eventually(|| offer.told(&world.players.green).len() == 1).await;
    // A payer that still has not heard: the stored outcome, the payee's own bytes.
    assert_eq!(world.players.green.resend(&sent).await.unwrap().status, 202);
    eventually(|| offer.told(&world.players.green).len() == 2).await;
    let told = offer.told(&world.players.green);
    let signed = |message: &Received| message.header("fspiop-signature").map(str::to_owned);
    assert_eq!(told[0].body, told[1].body);
    assert_eq!(signed(&told[0]), signed(&told[1]));
    assert_eq!(position(&world).await, "1");
}

fn on_the_wire(sent: &Sent, host: &str) -> Vec<u8> {
    let mut text = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", sent.method, sent.target);
    for (name, value) in &sent.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    text.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", sent.body.len()));
    [text.as_bytes(), &sent.body[..]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn t22_the_payees_202_is_lost_and_the_hub_sends_again() {
    let world = world().await;
    let lost = Conduct { acknowledge: Acknowledge::DropAfter, ..Conduct::silent() };
    world.players.blue.enqueue(Stage::Transfer, lost.clone());
    world.players.blue.enqueue(Stage::Transfer, lost);
    let offer = Offer::of("1");
    world.players.green.send(offer.prepare()).await.unwrap();
    eventually(|| forwards(&world, &offer.id).len() == 3).await;
    let all = forwards(&world, &offer.id);
    let signed = |message: &Received| message.header("fspiop-signature").map(str::to_owned);
    for one in &all {
        assert_eq!((&one.body, signed(one)), (&all[0].body, signed(&all[0])));
    }
    assert_eq!(world.books().await, (0, UNITS));
    world.players.blue.send(offer.fulfil()).await.unwrap();
    eventually(|| offer.told(&world.players.green).len() == 1).await;
    assert_eq!(position(&world).await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn t23_three_callbacks_fail_and_the_payer_asks() {
    let world = world().await;
    let offer = reserved(&world, "1").await;
    let green = &world.players.green;
    for status in [503, 500, 502] {
        let failing = Conduct::acknowledging(Acknowledge::Status(status));
        green.enqueue(Stage::Callback, failing);
    }
    assert_eq!(world.players.blue.send(offer.fulfil()).await.unwrap().response.status, 200);
    let mut standing = green.ask(&offer.id).await;
    for _ in 0..10 {
        if standing.is_ok() {
            break;
        }
        standing = green.ask(&offer.id).await;
    }
    assert_eq!(standing.unwrap(), Standing::Final(Outcome::Committed));
    // The callback itself was not given up either, and is the payee's own.
    eventually(|| {
        offer.told(green).iter().any(|m| m.header("fspiop-source") == Some("bluewallet"))
    })
    .await;
    assert!(offer.told(green).iter().all(|message| message.json()["transferState"] == "COMMITTED"));
    assert_eq!(position(&world).await, "1");
    assert_eq!(world.books().await, (0, 0));
}

/// One DFSP takes connections and never answers: who pays others does not notice.
#[tokio::test(flavor = "multi_thread")]
async fn a_black_hole_swallows_its_own_messages_only() {
    let world = World::start().await;
    let players = &world.players;
    let hole = Conduct::acknowledging(Acknowledge::Late(600_000));
    for stage in [Stage::Party, Stage::Quote, Stage::Transfer, Stage::Patch, Stage::Callback] {
        players.green.set_conduct(stage, hole.clone());
    }
    // More than are under way to one destination at once; Green's answers to them go nowhere.
    for _ in 0..100 {
        let swallowed = Offer::of("1");
        assert_eq!(players.green.send(swallowed.prepare()).await.unwrap().response.status, 202);
        let asked = Draft::new(Method::GET, format!("/transfers/{}", swallowed.id));
        assert_eq!(players.green.send(asked).await.unwrap().response.status, 202);
    }
    players.alpine.set_conduct(BankConduct::proper());
    for _ in 0..3 {
        let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{BLUE_NUMBER}") };
        let mut order = Order::new(CURRENCY, "2", account).unwrap();
        order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
        let outcome = players.alpine.pay_pain_001(&order, None, PATIENCE_MS).await.unwrap();
        assert_eq!(outcome.status.as_deref(), Some("ACSC"), "{}", outcome.xml);
        let request = PayRequest::new(PartyId::new("IBAN", ALPINE_IBAN), CURRENCY, "3");
        let outcome = players.blue.pay(&request).await.unwrap();
        assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    }
}
