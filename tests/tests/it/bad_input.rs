//! Bad input over real sockets, against the whole: what CONTRACTS §1 and §3 answer to the rows of
//! security-and-timeouts.md §7. The crates' own tests cover the parsers; here it is status, code,
//! connection, and that nothing is left behind and the hub still pays.
//!
//! * `wire`: raw requests, and what comes back;
//! * `http`: rows H01 to H14;
//! * `headers`: rows H12 and H15;
//! * `json`: rows J01 to J07 and J15;
//! * `members`: rows J08 to J14 and R07;
//! * `spellings`: rows J09, J11, J13 and J14 once more: what may not change what a transfer is;
//! * `entry`: rows H06, S11 and R07;
//! * `callbacks`: row C01, with `tls::egress`;
//! * `signatures`: rows S01 to S05;
//! * `replays`: rows S06, S07 and S10;
//! * `xml`: rows X01 to X15;
//! * `bank_channel`: the table of CONTRACTS §1;
//! * `logs`: nobody's data in what is logged, and no line that we did not write (row L01);
//! * `page`: docs/bad-input.md, made from every row's answer and tests in `rows.toml`.

mod bank_channel;
mod callbacks;
mod entry;
mod headers;
mod http;
mod json;
mod logs;
mod members;
mod page;
mod replays;
mod signatures;
mod spellings;
mod wire;
mod xml;

use std::fs;
use std::process::Command;
use std::time::Duration;

use causeway_tests::world::World;
use causeway_tests::{shared, skip};
use causeway_toolkit::bank::{AccountRef, Order};
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{Draft, PartyId, PayRequest, PaymentEnd, Received};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER};
use iso20022::Message;
use iso20022::admi002::MessageReject;

const PATIENCE_MS: u64 = 20_000;

/// What was not as its row wants it.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    /// Notes a row whose outcome is another one.
    fn expect(&mut self, row: &str, outcome: &str, wanted: &str) {
        if outcome != wanted {
            self.0.push(format!("{row}: {outcome}, wanted {wanted}"));
        }
    }

    /// Fails the test with all that was noted.
    fn settle(self) {
        assert!(self.0.is_empty(), "\n{}", self.0.join("\n"));
    }
}

/// A fresh UUID.
fn uuid() -> String {
    clock::fresh_uuid().unwrap()
}

/// POST /transfers from Green Wallet to Blue Wallet, good but for `amount`.
fn transfer(id: &str, amount: &str) -> String {
    let expiration = clock::date_time(clock::now_epoch_ms() + 30_000);
    let members = [
        format!(r#""transferId":"{id}","payerFsp":"greenwallet","payeeFsp":"bluewallet""#),
        format!(r#""amount":{{"amount":"{amount}","currency":"{CURRENCY}"}}"#),
        format!(r#""ilpPacket":"AYIBgQAAAAAAAASwNGxldmVs","expiration":"{expiration}""#),
        r#""condition":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU""#.to_owned(),
    ];
    format!("{{{}}}", members.join(","))
}

/// The message with this body from Green Wallet to Blue Wallet, yet to be signed.
fn draft(target: &str, body: impl Into<Vec<u8>>) -> Draft {
    let draft = Draft::new(::http::Method::POST, target).to("bluewallet");
    Draft { body: body.into().into(), ..draft }
}

/// An order of Alpine Bank's customer to Green Wallet's.
fn order(amount: &str) -> Order {
    let payee = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{GREEN_NUMBER}") };
    let mut order = Order::new(CURRENCY, amount, payee).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order
}

/// The hub still pays, in both directions, and its books are in order.
async fn still_pays(world: &World) {
    let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1");
    let outcome = world.players.green.pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    let order = order("1");
    let paid = world.players.alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
    assert_eq!(paid.status.as_deref(), Some("ACSC"), "{}", paid.xml);
    assert_eq!(settled_books(world).await, (0, 0));
    assert_eq!(world.players.failures(), Vec::<String>::new());
}

/// The books once nothing is reserved any more, or as they are after a while.
async fn settled_books(world: &World) -> (i128, i128) {
    let mut books = world.books().await;
    for _ in 0..PATIENCE_MS / 50 {
        if books.1 == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        books = world.books().await;
    }
    books
}

/// How many quotes Blue Wallet was asked for, once there are as many as wanted, or after a while:
/// their sender has its 202 before that.
async fn forwarded_quotes(world: &World, wanted: usize) -> usize {
    let forwarded = || {
        let received = world.players.blue.received();
        received.iter().filter(|message| message.target == "/quotes").count()
    };
    for _ in 0..PATIENCE_MS / 20 {
        if forwarded() >= wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    forwarded()
}

/// The positions of all four, as the operator sees them.
async fn positions(world: &World) -> Vec<String> {
    let mut positions = Vec::new();
    for name in ["alpinebank", "harbourbank", "greenwallet", "bluewallet"] {
        positions.push(world.admin.position(name, CURRENCY).await.unwrap().to_string());
    }
    positions
}

/// The code of the error callback to GET /transfers/{id}; empty for any other callback.
async fn standing(world: &World, id: &str) -> String {
    let target = format!("/transfers/{id}");
    let ask = Draft::new(::http::Method::GET, &target);
    let asked = world.players.green.send(ask).await.unwrap();
    assert_eq!(asked.response.status, 202, "GET {target}");
    let is_it = |message: &Received| message.object() == target;
    let callback = world.players.green.await_callback(is_it, PATIENCE_MS).await.unwrap();
    callback.json()["errorInformation"]["errorCode"].as_str().unwrap_or_default().to_owned()
}

/// The admi.002 that an answer is, if it is one that says where and what to mend.
fn reject(body: &[u8]) -> Result<MessageReject, String> {
    let inbound = iso20022::read(body).map_err(|refused| refused.to_string())?;
    match inbound.message {
        Message::MessageReject(reject) if reject.description.is_some() => Ok(reject),
        other => Err(format!("{other:?}")),
    }
}

/// Holds XML texts against the published schemas.
fn assert_valid(texts: &[Vec<u8>]) {
    let xmllint = Command::new("xmllint").arg("--version").output();
    let Some(oracle) = shared("tools/iso-oracle").filter(|_| xmllint.is_ok()) else {
        return skip("shared/tools/iso-oracle or xmllint is absent");
    };
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(oracle);
    for (index, text) in texts.iter().enumerate() {
        let file = directory.path().join(format!("{index}.xml"));
        fs::write(&file, text).unwrap();
        command.arg(file);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let valid = said.lines().filter(|line| line.contains("\"verdict\": \"valid\", \"parts\""));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(valid.count(), texts.len(), "{said}{errors}");
}
