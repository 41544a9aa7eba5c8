//! Cascaded timeouts over the whole: the scenarios T1 to T26 of security-and-timeouts.md §4.4, each
//! a test of that name, and the answers of §4.3. The clock stands still unless a test moves it, so
//! that every number is exact and none is a duration of the machine.
//!
//! * `expiry`: answers in time, late, wrong; restarts and clocks that are off;
//! * `headers`: what the timeout headers may say, and what they come to;
//! * `hold`: transfers on review;
//! * `hops`: what each hop tells the next;
//! * `loss`: answers and callbacks that get lost, parties that are silent;
//! * `orders`: the budget of a bank's order;
//! * `race`: fulfil and expiry at the same instant;
//! * `screened`: a fraud verdict that does not come in time.

mod expiry;
mod headers;
mod hold;
mod hops;
mod loss;
mod orders;
mod race;
mod screened;

use std::sync::Arc;
use std::time::Duration;

use causeway::sightings::Sighting;
use causeway_tests::world::World;
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{Conduct, Dfsp, Draft, Received, Sent, Stage};
use causeway_toolkit::http::HttpResponse;
use causeway_toolkit::onboard::Profile;
use causeway_toolkit::players::CURRENCY;
use http::Method;
use serde_json::{Value, json};
use switch::{Transfer, TransferId, TransferState};
use switch_store::Clock;
use tokio::sync::mpsc;

/// How long a test waits for what must come, in milliseconds of the machine.
const PATIENCE_MS: u64 = 20_000;
/// Several looks at the clock by everything that looks at it every 20 ms.
const SEVERAL_TICKS: Duration = Duration::from_millis(150);
/// Green Wallet pays.
const PAYER: &str = "greenwallet";
/// Blue Wallet is paid.
const PAYEE: &str = "bluewallet";

/// A small scheme at an instant that stays, with a payee that answers transfers when told to.
struct Scene {
    world: World,
}

impl Scene {
    /// The payee is registered as honouring `FSPIOP-Timeout`.
    async fn honouring() -> Scene {
        Scene::plain().await.honoured().await
    }

    async fn honoured(self) -> Scene {
        let profile =
            Profile { honours_timeout: true, accepts_translated: true, ..Profile::default() };
        self.world.admin.set_profile(PAYEE, &profile).await.unwrap();
        self
    }

    /// The payee is registered as most are: it knows nothing of the header.
    async fn plain() -> Scene {
        Scene::with("").await
    }

    async fn with(settings: &str) -> Scene {
        Scene::in_world(World::with(settings).await)
    }

    fn in_world(world: World) -> Scene {
        world.players.blue.set_conduct(Stage::Transfer, Conduct::silent());
        world.clock.hold();
        // Theirs go on while the hub's stands still.
        for payee in [&world.players.green, &world.players.blue] {
            payee.set_clock_behind(60_000);
        }
        // Wall and monotonic time began a moment apart; hub time would bend by that later on.
        let apart_ms = world.gateway.node.now().0 - world.clock.wall().0;
        world.clock.step_wall(apart_ms);
        Scene { world }
    }

    fn green(&self) -> &Dfsp {
        &self.world.players.green
    }

    fn blue(&self) -> &Dfsp {
        &self.world.players.blue
    }

    fn now_ms(&self) -> i64 {
        self.world.gateway.node.now().0
    }

    fn advance(&self, ms: u32) {
        self.world.clock.advance(ms);
    }

    /// Lets every timer look at the clock: for what must not happen.
    async fn tick(&self) {
        tokio::time::sleep(SEVERAL_TICKS).await;
    }

    /// Sends a prepare from the payer.
    async fn prepare(&self, payment: &Payment) -> HttpResponse {
        self.green().send(payment.draft(self.now_ms())).await.unwrap().response
    }

    /// A prepare that is accepted and has reached the payee: the answer, and what the payee got.
    async fn reserved(&self, payment: &Payment) -> (HttpResponse, Arc<Received>) {
        let response = self.prepare(payment).await;
        assert_eq!(response.status, 202, "{}", response.text());
        let id = payment.id.clone();
        let is_it = move |m: &Received| m.method == Method::POST && m.json()["transferId"] == id;
        let received = self.blue().await_callback(is_it, PATIENCE_MS).await.unwrap();
        (response, received)
    }

    /// The payee's PUT, signed and ready to be sent as often as a test likes.
    fn fulfil(&self, payment: &Payment, state: &str) -> Sent {
        let body = json!({
            "transferState": state,
            "fulfilment": fspiop::ilp::Fulfilment(payment.fulfilment).to_string(),
            "completedTimestamp": clock::date_time(self.now_ms()),
        });
        let draft = Draft::new(Method::PUT, payment.object()).to(PAYER).json(&body);
        self.blue().sign(draft).unwrap()
    }

    /// Asks for a transfer, as `who`.
    async fn ask(&self, who: &Dfsp, payment: &Payment) -> HttpResponse {
        let other = if who.name() == PAYER { PAYEE } else { PAYER };
        who.send(Draft::new(Method::GET, payment.object()).to(other)).await.unwrap().response
    }

    async fn stored(&self, payment: &Payment) -> Transfer {
        let found = self.world.gateway.node.transfer(payment.transfer_id()).await.unwrap();
        found.expect("the transfer is stored")
    }

    async fn until(&self, payment: &Payment, state: TransferState) -> Transfer {
        for _ in 0..PATIENCE_MS / 10 {
            let transfer = self.stored(payment).await;
            if transfer.state == state {
                return transfer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{state:?} expected: {:?}", self.stored(payment).await)
    }

    /// The payer's position and reservations are 0, and so is the sum of all accounts.
    async fn nothing_moved(&self) {
        assert_eq!(self.world.books().await, (0, 0));
        assert_eq!(self.position(PAYER).await, "0");
        assert_eq!(self.position(PAYEE).await, "0");
    }

    async fn position(&self, name: &str) -> String {
        self.world.admin.position(name, CURRENCY).await.unwrap().to_string()
    }

    /// Everything that comes and goes from now on; once a scene.
    fn watch(&self) -> Hops {
        let (watcher, sightings) = mpsc::unbounded_channel();
        self.world.gateway.node.watch.by(watcher);
        Hops { coming: sightings, seen: Vec::new() }
    }

    /// The value of a counter in GET /metrics.
    async fn metric(&self, name: &str) -> u64 {
        let answer = self.world.admin.send(Method::GET, "/metrics", None).await.unwrap();
        let text = answer.text();
        let line = text.lines().find(|line| line.split(' ').next() == Some(name));
        let line = line.unwrap_or_else(|| panic!("{name} in {text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }
}

/// What the gateway sends and receives. A hop is seen when it has ended, so that one into this process
/// may be seen after those that follow from it.
struct Hops {
    coming: mpsc::UnboundedReceiver<Sighting>,
    seen: Vec<Sighting>,
}

impl Hops {
    /// The next message of this kind to `to`.
    async fn next(&mut self, what: &str, to: &str) -> Sighting {
        let is_it = |sighting: &Sighting| sighting.what.starts_with(what) && sighting.to == to;
        if let Some(at) = self.seen.iter().position(is_it) {
            return self.seen.remove(at);
        }
        let next = async {
            loop {
                let sighting = self.coming.recv().await.expect("the gateway is watched");
                match is_it(&sighting) {
                    true => return sighting,
                    false => self.seen.push(sighting),
                }
            }
        };
        let patience = Duration::from_millis(PATIENCE_MS);
        tokio::time::timeout(patience, next).await.unwrap_or_else(|_| panic!("no {what} to {to}"))
    }
}

/// A transfer to be, with a fulfilment that only the test knows.
#[derive(Clone)]
struct Payment {
    id: String,
    amount: &'static str,
    expires_in_ms: i64,
    timeout: Option<String>,
    origin: Option<String>,
    fulfilment: [u8; 32],
}

impl Payment {
    /// Good for a minute, without timeout headers.
    fn new(amount: &'static str) -> Payment {
        let id = clock::fresh_uuid().unwrap();
        let mut fulfilment = [7; 32];
        fulfilment[..16].copy_from_slice(&id.as_bytes()[..16]);
        Payment { id, amount, expires_in_ms: 60_000, timeout: None, origin: None, fulfilment }
    }

    fn within(mut self, timeout_ms: u64) -> Payment {
        self.timeout = Some(timeout_ms.to_string());
        self
    }

    fn of_origin(mut self, origin_ms: u64) -> Payment {
        self.origin = Some(origin_ms.to_string());
        self
    }

    fn expiring_in(mut self, ms: i64) -> Payment {
        self.expires_in_ms = ms;
        self
    }

    /// Another payment's terms under this one's id would be 3106: the fulfilment is what differs.
    fn wrongly_fulfilled(mut self) -> Payment {
        self.fulfilment = [0; 32];
        self
    }

    fn object(&self) -> String {
        format!("/transfers/{}", self.id)
    }

    fn transfer_id(&self) -> TransferId {
        TransferId(u128::from_str_radix(&self.id.replace('-', ""), 16).unwrap())
    }

    fn body(&self, now_ms: i64) -> Value {
        json!({
            "transferId": self.id,
            "payerFsp": PAYER,
            "payeeFsp": PAYEE,
            "amount": { "currency": CURRENCY, "amount": self.amount },
            "ilpPacket": "bm8gcGFja2V0IHdhcyBxdW90ZWQ",
            "condition": fspiop::ilp::Fulfilment(self.fulfilment).condition().to_string(),
            "expiration": clock::date_time(now_ms + self.expires_in_ms),
        })
    }

    /// POST /transfers as the payer sends it: the origin signed, the timeout not.
    fn draft(&self, now_ms: i64) -> Draft {
        let mut draft = Draft::new(Method::POST, "/transfers").to(PAYEE).json(&self.body(now_ms));
        if let Some(origin) = &self.origin {
            draft.signed.push(("FSPIOP-Timeout-Origin".to_owned(), origin.clone()));
        }
        match &self.timeout {
            Some(timeout) => draft.header("FSPIOP-Timeout", timeout),
            None => draft,
        }
    }
}

/// What came to `dfsp` about a payment, the request itself left out.
fn told(dfsp: &Dfsp, payment: &Payment) -> Vec<Arc<Received>> {
    let received = dfsp.received();
    received.into_iter().filter(|message| message.object() == payment.object()).collect()
}

/// Waits for the `count`th message to `dfsp` about a payment.
async fn nth_told(dfsp: &Dfsp, payment: &Payment, count: usize) -> Received {
    let object = payment.object();
    let is_it = move |message: &Received| message.object() == object;
    dfsp.await_callback(is_it, PATIENCE_MS).await.unwrap();
    for _ in 0..PATIENCE_MS / 10 {
        let all = told(dfsp, payment);
        if let Some(message) = all.get(count - 1) {
            return Received::clone(message);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} was told {:?}", dfsp.name(), kinds(dfsp, payment))
}

/// Method and outcome of everything that `dfsp` was told of a payment, in order: `PUT 3303`,
/// `PATCH ABORTED`.
fn kinds(dfsp: &Dfsp, payment: &Payment) -> Vec<String> {
    told(dfsp, payment).iter().map(|message| kind(message)).collect()
}

fn kind(message: &Received) -> String {
    let body = message.json();
    let what = if message.is_error() { code(&body) } else { text(&body["transferState"]) };
    format!("{} {what}", message.method)
}

/// The code of an error body.
fn code(body: &Value) -> String {
    text(&body["errorInformation"]["errorCode"])
}

/// A member of the extension list of an error body.
fn extension(body: &Value, key: &str) -> String {
    let list = &body["errorInformation"]["extensionList"]["extension"];
    let found = list.as_array().and_then(|list| list.iter().find(|item| item["key"] == key));
    found.map(|item| text(&item["value"])).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Status and FSPIOP code of a refusal.
fn refusal(response: &HttpResponse) -> (u16, String) {
    (response.status.as_u16(), code(&response.json().unwrap_or_default()))
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// A header that counts milliseconds.
fn ms(response: &HttpResponse, name: &str) -> Option<u64> {
    response.header(name).map(|ms| ms.parse().expect("milliseconds"))
}

fn effective(response: &HttpResponse) -> Option<u64> {
    ms(response, "fspiop-timeout-effective")
}
