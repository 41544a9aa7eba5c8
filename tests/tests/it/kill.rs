//! The process is killed (SIGKILL) and started again while money moves. What must hold is judged
//! from outside: by the participants' logs, their GETs and the positions that operators see.

mod load;
mod steps;

use causeway_tests::process::Scheme;
use causeway_toolkit::ToolkitError;
use causeway_toolkit::bank::{AccountRef, AgentRef, Order};
use causeway_toolkit::ledger_log::{
    Audit, Entry, Event, Journal, Outcome, PositionMove, Units, Verdict,
};
use causeway_toolkit::players::{ALPINE_IBAN, CURRENCY, HARBOUR_IBAN};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const NAMES: [&str; 4] = ["alpinebank", "harbourbank", "greenwallet", "bluewallet"];

/// Journeys and transfers of ten seconds: what a kill leaves open ends soon.
const SETTINGS: &str = "[scheme]\nprofile = \"instant-10s\"\n";

/// How long all may take to end and to be acknowledged, once nobody kills any more.
const SETTLING_MS: u64 = 45_000;

/// Positions, as the admin API shows them.
async fn positions(scheme: &Scheme) -> Vec<Units> {
    let mut positions = Vec::new();
    for name in NAMES {
        positions.push(scheme.admin.position(name, CURRENCY).await.unwrap());
    }
    positions
}

/// Waits until everybody has been told, unasked; then reads logs, GETs and positions, again until
/// nothing is wrong or the time to settle is over.
async fn settled(scheme: &Scheme, before: &[Units]) -> Verdict {
    let since = Instant::now();
    while !untold(scheme).is_empty() && since.elapsed() < Duration::from_millis(SETTLING_MS) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(untold(scheme), Vec::<String>::new(), "who was promised an answer and got none");
    loop {
        let judged = judge(scheme, before).await;
        let late = since.elapsed() > Duration::from_millis(SETTLING_MS);
        match judged {
            Ok(verdict) if verdict.is_clean() || late => return verdict,
            Err(error) if late => panic!("the audit has no answer: {error}"),
            Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    }
}

/// The payments that the hub has acknowledged something of, and whose end it has not told: the
/// payer of any, the payee of one that it accepted. Nobody may have asked yet.
fn untold(scheme: &Scheme) -> Vec<String> {
    let mut promised = BTreeSet::new();
    let mut accepted = BTreeSet::new();
    let mut told = BTreeSet::new();
    for entry in NAMES.into_iter().flat_map(|name| log(scheme, name).unwrap()) {
        let key = format!("{} {}", entry.participant, entry.id);
        match entry.event {
            Event::Acknowledged { .. } => promised.insert(key),
            Event::Answered { outcome: Outcome::Committed } => accepted.insert(key),
            Event::AnswerAcknowledged if accepted.contains(&key) => promised.insert(key),
            Event::Learned { .. } | Event::Credited { .. } => told.insert(key),
            _ => false,
        };
    }
    promised.difference(&told).cloned().collect()
}

/// What a participant wrote down: its file, as another program would read it.
fn log(scheme: &Scheme, name: &str) -> Result<Vec<Entry>, ToolkitError> {
    Journal::read(&scheme.process.directory().join(format!("{name}.log")))
}

async fn judge(scheme: &Scheme, before: &[Units]) -> Result<Verdict, ToolkitError> {
    let mut audit = Audit::default();
    for name in NAMES {
        audit = audit.with_log(log(scheme, name)?);
    }
    let players = &scheme.players;
    let (green, blue) = tokio::join!(players.green.ask_all(), players.blue.ask_all());
    let (alpine, harbour) = tokio::join!(players.alpine.ask_all(), players.harbour.ask_all());
    for (name, answers) in NAMES.into_iter().zip([alpine?, harbour?, green?, blue?]) {
        for (id, standing) in answers {
            audit = audit.with_standing(name, id, standing);
        }
    }
    for (name, before) in NAMES.into_iter().zip(before) {
        let after = scheme.admin.position(name, CURRENCY).await?;
        audit = audit.with_position(PositionMove {
            participant: name.to_owned(),
            currency: CURRENCY.to_owned(),
            before: *before,
            after,
        });
    }
    audit.judge()
}

/// All accounts of all participants and of the hub, as the admin API shows them.
async fn shown_accounts(scheme: &Scheme) -> Vec<serde_json::Value> {
    let mut shown = Vec::new();
    for name in NAMES.into_iter().chain(["Hub"]) {
        let path = format!("/participants/{name}/accounts");
        let answer = scheme.admin.send(http::Method::GET, &path, None).await.unwrap();
        let list = answer.success(&path).unwrap().json().unwrap();
        shown.extend(list.as_array().unwrap().iter().cloned());
    }
    shown
}

/// Positions sum to zero, nothing is reserved, and the store's accounts say the same.
async fn assert_balanced(scheme: &mut Scheme) {
    let positions = positions(scheme).await;
    let sum = positions.into_iter().fold(Units::default(), |sum, units| sum + units);
    assert!(sum.is_zero(), "positions sum to {sum}");
    for account in shown_accounts(scheme).await {
        let reserved = account["reservedValue"].to_string();
        assert!(["0", "\"0\"", "null"].contains(&reserved.as_str()), "{account}");
    }
    let books = scheme.process.books().await;
    assert_eq!((books.sum, books.reserved), (0, 0), "(sum of all accounts, reserved)");
}

/// An order from an Alpine customer to a phone number.
fn order_to_number(number: &str, amount: &str) -> Order {
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{number}") };
    let mut order = Order::new(CURRENCY, amount, account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order
}

/// An order from an Alpine customer to one of Harbour's.
fn order_to_harbour(bic: &str, amount: &str) -> Order {
    let account = AccountRef::Iban(HARBOUR_IBAN.to_owned());
    let mut order = Order::new(CURRENCY, amount, account).unwrap();
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order.creditor_agent = Some(AgentRef::Bic(bic.to_owned()));
    order
}
