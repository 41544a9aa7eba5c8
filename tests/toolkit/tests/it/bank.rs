use crate::shared_or_skip;
use causeway_toolkit::bank::{
    AccountRef, AgentRef, BankAnswer, BankConduct, BankOptions, Envelope, IsoBank, Order,
    Submission, Told,
};
use causeway_toolkit::http::{Exchange, Handler, HttpClient, HttpRequest, HttpServer, Reply};
use causeway_toolkit::ledger_log::{Audit, Event, Outcome, Standing};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const BIC: &str = "GRNBTZTZ";

/// How long what has to happen is waited for, on however slow a machine.
const PATIENCE_MS: u64 = 20_000;

/// A bank channel of a few lines: it answers as it is told and keeps what it gets.
#[derive(Default)]
struct Channel {
    answers: Mutex<Vec<(u16, String)>>,
    got: Mutex<Vec<Exchange>>,
}

impl Handler for Channel {
    async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
        self.got.lock().unwrap().push(exchange);
        let next = self.answers.lock().unwrap().pop();
        let (status, body) = next.unwrap_or((202, String::new()));
        let mut headers = HeaderMap::new();
        headers.insert("location", HeaderValue::from_static("/iso20022/orders/1"));
        headers.insert("fspiop-timeout-effective", HeaderValue::from_static("9000"));
        let status = StatusCode::from_u16(status).unwrap();
        Reply::Answer { status, headers, body: body.into() }
    }
}

struct Town {
    bank: IsoBank,
    channel: Arc<Channel>,
    _server: HttpServer,
}

impl Town {
    async fn start(options: BankOptions) -> Self {
        let channel = Arc::new(Channel::default());
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = HttpServer::start(listen, channel.clone()).await.unwrap();
        let bank = IsoBank::start(options).await.unwrap();
        bank.set_channel(server.base_url());
        Self { bank, channel, _server: server }
    }

    async fn plain() -> Self {
        Self::start(BankOptions::new("greenbank", BIC)).await
    }

    fn answers(&self, status: u16, body: &str) {
        self.channel.answers.lock().unwrap().push((status, body.to_owned()));
    }

    /// Posts to the bank as the gateway does.
    async fn post(&self, name: &str, xml: &str) -> causeway_toolkit::http::HttpResponse {
        let request = HttpRequest::new(Method::POST, self.bank.base_url())
            .header("content-type", "application/xml")
            .and_then(|request| request.header("iso20022-message", name))
            .unwrap();
        HttpClient::new().send(request.body(xml.to_owned())).await.unwrap()
    }
}

fn order() -> Order {
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: "+27-713803912".to_owned() };
    let order = Order::new("USD", "12.5", account).unwrap();
    Order { creditor_agent: Some(AgentRef::Other("payeefsp".to_owned())), ..order }
}

fn pacs_002(order: &Order, status_id: &str, code: &str, reason: &str) -> String {
    let reason = match reason {
        "" => String::new(),
        reason => format!("<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>"),
    };
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10\"><FIToFIPmtStsRpt><GrpHdr>\
         <MsgId>{status_id}</MsgId><CreDtTm>2026-11-20T10:00:00.000Z</CreDtTm></GrpHdr>\
         <OrgnlGrpInfAndSts><OrgnlMsgId>{}</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>\
         </OrgnlGrpInfAndSts><TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId>\
         <OrgnlUETR>{}</OrgnlUETR><TxSts>{code}</TxSts>{reason}</TxInfAndSts>\
         </FIToFIPmtStsRpt></Document>",
        order.message_id,
        order.end_to_end_id,
        order.uetr.as_deref().unwrap(),
    )
}

/// Orders of every shape: minimal, typical, unicode; bare and wrapped.
fn shapes() -> Vec<Order> {
    let minimal = Order { uetr: None, transaction_id: None, ..order() };
    let account = AccountRef::Iban("DE89370400440532013000".to_owned());
    let typical = Order {
        creditor_account: account,
        creditor_agent: Some(AgentRef::Bic("DEUTDEFF".to_owned())),
        charge_bearer: Some("SHAR".to_owned()),
        remittance: Some("Invoice 42 & <more>".to_owned()),
        ..order()
    };
    let unicode = Order {
        debtor: "Αμίνα Ωκαφόρ".to_owned(),
        creditor: "李四 \"🙂\"".to_owned(),
        creditor_account: AccountRef::Other("000123".to_owned()),
        creditor_agent: Some(AgentRef::Member("990011".to_owned())),
        remittance: Some("déjeuner à midi".to_owned()),
        ..order()
    };
    let bare = [minimal, typical, unicode];
    let wrapped = bare.clone().map(|order| Order { envelope: Envelope::BusinessMessage, ..order });
    bare.into_iter().chain(wrapped).collect()
}

#[test]
fn what_it_writes_is_read_by_the_product_and_found_valid_by_the_oracle() {
    let directory = tempfile::tempdir().unwrap();
    for (index, order) in shapes().iter().enumerate() {
        for (name, xml) in
            [("pain.001", order.pain_001(BIC)), ("pacs.008", order.pacs_008(BIC).unwrap())]
        {
            let read = iso20022::read(xml.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{xml}"));
            assert_eq!(read.name.family(), name);
            assert_eq!(read.header.is_some(), order.envelope == Envelope::BusinessMessage);
            std::fs::write(directory.path().join(format!("{name}-{index}.xml")), xml).unwrap();
        }
    }
    oracle(directory.path());
}

/// Every file in the directory is valid to shared/tools/iso-oracle.
fn oracle(directory: &std::path::Path) {
    let Some(oracle) = shared_or_skip("tools/iso-oracle") else { return };
    let files = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    let files: Vec<_> = files.collect();
    let output = Command::new(oracle).args(&files).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    let verdicts = said.lines().filter(|line| line.contains("\"verdict\": \"valid\", \"parts\""));
    assert_eq!(verdicts.count(), files.len(), "{said}{errors}");
}

#[tokio::test]
async fn it_answers_a_pacs_008_at_once_with_valid_xml() {
    let town = Town::plain().await;
    town.bank.enqueue(BankConduct::proper());
    town.bank.enqueue(BankConduct::rejecting("AC04"));
    let directory = tempfile::tempdir().unwrap();
    for (index, code) in ["ACSC", "RJCT"].iter().enumerate() {
        let xml = order().pacs_008("DEUTDEFF").unwrap();
        let answer = town.post("pacs.008.001.08", &xml).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains(&format!("<TxSts>{code}</TxSts>")), "{}", answer.text());
        iso20022::read(&answer.body).unwrap();
        let file = directory.path().join(format!("{index}.xml"));
        std::fs::write(file, &answer.body).unwrap();
    }
    oracle(directory.path());
    assert_eq!(town.bank.unreadable(), [""; 0]);
    assert_eq!(town.bank.received().len(), 2);
}

#[tokio::test]
async fn the_same_pacs_008_again_gets_an_answer_of_the_same_name() {
    let town = Town::plain().await;
    let xml = order().pacs_008("DEUTDEFF").unwrap();
    let name = |text: String| {
        let (_, rest) = text.split_once("<MsgId>").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let first = name(town.post("pacs.008.001.08", &xml).await.text());
    let again = name(town.post("pacs.008.001.08", &xml).await.text());
    let other = order().pacs_008("DEUTDEFF").unwrap();
    let other = name(town.post("pacs.008.001.08", &other).await.text());
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[tokio::test]
async fn it_answers_later_by_post_until_it_is_acknowledged() {
    let town = Town::plain().await;
    town.bank.set_conduct(BankConduct::proper().later(10));
    town.answers(503, "");
    let answer = town.post("pacs.008.001.08", &order().pacs_008("DEUTDEFF").unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (202, 0));
    for _ in 0..PATIENCE_MS / 10 {
        if town.bank.entries().iter().any(|entry| entry.event == Event::AnswerAcknowledged) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let got = town.channel.got.lock().unwrap();
    assert_eq!(got.len(), 2, "once refused with 503, once taken");
    assert!(got.iter().all(|exchange| exchange.target == "/iso20022/pacs.002"));
    assert_eq!(got[0].body, got[1].body);
    assert_eq!(got[0].header("content-type"), Some("application/xml"));
}

#[tokio::test]
async fn misbehaviour_is_as_told() {
    let town = Town::plain().await;
    let xml = order().pacs_008("DEUTDEFF").unwrap();
    town.bank.enqueue(BankConduct::answering(BankAnswer::Status(500)));
    town.bank.enqueue(BankConduct::answering(BankAnswer::Silent));
    town.bank.enqueue(BankConduct::answering(BankAnswer::Garbage));
    assert_eq!(town.post("pacs.008.001.08", &xml).await.status, 500);
    assert_eq!(town.bank.received().len(), 0);
    assert_eq!(town.post("pacs.008.001.08", &xml).await.status, 202);
    let garbage = town.post("pacs.008.001.08", &xml).await;
    assert!(iso20022::read(&garbage.body).is_err());
    for answer in [BankAnswer::Close, BankAnswer::Reset, BankAnswer::DropAfter] {
        town.bank.enqueue(BankConduct::answering(answer));
        let request = HttpRequest::new(Method::POST, town.bank.base_url()).body(xml.clone());
        assert!(HttpClient::new().send(request).await.is_err());
    }
    assert_eq!(town.post("pacs.008.001.08", "<nonsense").await.status, 202);
    assert_eq!(town.bank.unreadable().len(), 1);
}

#[tokio::test]
async fn an_incoming_payment_is_credited_once_when_it_is_confirmed() {
    let town = Town::plain().await;
    let order = order();
    town.bank.enqueue_for_status(BankConduct::answering(BankAnswer::Status(503)));
    town.post("pacs.008.001.08", &order.pacs_008("DEUTDEFF").unwrap()).await;
    let refused = town.post("pacs.002.001.10", &pacs_002(&order, "S-1", "ACSC", "")).await;
    assert_eq!(refused.status, 503);
    let is_credit = |event: &Event| matches!(event, Event::Credited { .. });
    let credits = |town: &Town| town.bank.entries().iter().filter(|e| is_credit(&e.event)).count();
    assert_eq!(credits(&town), 0);
    for _ in 0..2 {
        let xml = pacs_002(&order, "S-1", "ACSC", "");
        assert_eq!(town.post("pacs.002.001.10", &xml).await.status, 202);
    }
    assert_eq!(credits(&town), 1);
    town.post("pacs.002.001.10", &pacs_002(&order, "S-2", "RJCT", "AB05")).await;
    assert!(town.bank.entries().iter().any(|entry| entry.event == Event::Reversed));
    let verdict = Audit::default().with_log(town.bank.entries()).judge().unwrap();
    assert!(!verdict.is_clean(), "ACSC, then RJCT: two answers");
}

#[tokio::test]
async fn a_bank_that_credits_on_its_own_acceptance_does_not_wait() {
    let options = BankOptions::new("greenbank", BIC);
    let options = BankOptions { credits_on_own_acceptance: true, ..options };
    let town = Town::start(options).await;
    town.post("pacs.008.001.08", &order().pacs_008("DEUTDEFF").unwrap()).await;
    let credited = |event: &Event| matches!(event, Event::Credited { .. });
    assert!(town.bank.entries().iter().any(|entry| credited(&entry.event)));
}

#[tokio::test]
async fn an_order_ends_by_the_answer() {
    let town = Town::plain().await;
    let order = order();
    town.answers(200, &pacs_002(&order, "S-1", "ACSC", ""));
    let outcome = town.bank.pay_pacs_008(&order, Some(10), 1_000).await.unwrap();
    assert_eq!(outcome.status.as_deref(), Some("ACSC"));
    assert_eq!((outcome.told, outcome.http_status), (Told::Answer, 200));
    assert_eq!(outcome.effective_ms, Some(9_000));
    let got = town.channel.got.lock().unwrap();
    assert_eq!(got[0].target, "/iso20022/pacs.008");
    assert_eq!(got[0].header("prefer"), Some("wait=10"));
}

#[tokio::test]
async fn an_order_ends_by_a_push_and_is_asked_for_at_its_location() {
    let town = Town::plain().await;
    let order = order();
    let push = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        town.post("pacs.002.001.10", &pacs_002(&order, "S-0", "ACSP", "")).await;
        town.post("pacs.002.001.10", &pacs_002(&order, "S-1", "RJCT", "AM23")).await;
    };
    let (outcome, ()) = tokio::join!(town.bank.pay_pain_001(&order, None, PATIENCE_MS), push);
    let outcome = outcome.unwrap();
    assert_eq!(outcome.status.as_deref(), Some("RJCT"));
    assert_eq!(outcome.reason.as_deref(), Some("AM23"));
    assert_eq!((outcome.told, outcome.http_status), (Told::Push, 202));
    let learned = |event: &Event| matches!(event, Event::Learned { outcome: Outcome::Aborted, .. });
    assert!(town.bank.entries().iter().any(|entry| learned(&entry.event)));
    assert!(Audit::default().with_log(town.bank.entries()).judge().unwrap().is_clean());
    let location = outcome.location.unwrap();
    for (answer, standing) in [
        ((200, pacs_002(&order, "S-1", "RJCT", "AM23")), Standing::Final(Outcome::Aborted)),
        ((200, pacs_002(&order, "S-1", "ACSC", "")), Standing::Final(Outcome::Committed)),
        ((200, pacs_002(&order, "S-0", "ACSP", "")), Standing::Open),
        ((404, String::new()), Standing::Unknown),
    ] {
        town.answers(answer.0, &answer.1);
        assert_eq!(town.bank.ask(&order, &location).await.unwrap(), standing);
    }
    town.answers(404, "");
    let all = town.bank.ask_all().await.unwrap();
    assert_eq!(all, [(order.end_to_end_id.clone(), Standing::Unknown)]);
    assert_eq!(town.bank.order_status(&location).await.unwrap().status, 202);
    assert_eq!(town.channel.got.lock().unwrap()[1].target, "/iso20022/orders/1");
}

#[tokio::test]
async fn a_refused_order_says_why_and_the_same_bytes_go_again() {
    let town = Town::plain().await;
    let reject = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:admi.002.001.01\">\
        <admi.002.001.01><RltdRef><Ref>M-1</Ref></RltdRef><Rsn><RjctgPtyRsn>FF01</RjctgPtyRsn></Rsn>\
        </admi.002.001.01></Document>";
    town.answers(400, reject);
    let order = order();
    let outcome = town.bank.pay_pain_001(&order, None, 100).await.unwrap();
    assert_eq!((outcome.http_status, outcome.status), (400, None));
    assert_eq!(outcome.reason.as_deref(), Some("FF01"));
    let submission = Submission::pain_001(&order, BIC);
    assert_eq!(town.bank.submit(&submission).await.unwrap().status, 202);
    assert!(town.bank.await_final(&order, 50).await.is_err());
    let got = town.channel.got.lock().unwrap();
    assert_eq!(got[0].body, got[1].body);
}
