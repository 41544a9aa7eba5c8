//! The open peer's HTTP interface: its messages out of its own schemas, over real sockets, to the scorer
//! of a gateway; reports as its own processors would write them.
//!
//! * `errors`: what is refused, and in which shape; `flow`: messages, their order, their reports
//! * `ahead`: times that are still to come
//! * `iso`: ISO 20022's own XML; `earlier`: configurations of releases up to 3; `secure`: over TLS

mod ahead;
mod earlier;
mod errors;
mod flow;
mod iso;
mod secure;

use std::path::Path;
use std::sync::Arc;

use causeway::serve::Gateway;
use causeway_tests::world::{MovedClock, plain_gateway};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Every message that there is.
const MESSAGES: [&str; 4] =
    ["pain.001.001.11", "pain.013.001.09", "pacs.008.001.10", "pacs.002.001.12"];
pub(crate) const TRANSFER: &str = "pacs.008.001.10";
pub(crate) const ENDING: &str = "pacs.002.001.12";

/// An answer of the interface.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, self.body))
    }
}

/// A gateway whose peer's interface is on.
pub(crate) struct Peer {
    gateway: Gateway,
    directory: tempfile::TempDir,
    token: Option<&'static str>,
}

impl Peer {
    /// With these settings of screening and its interface.
    pub(crate) async fn start(screening: &str, tms: &str) -> Peer {
        let directory = tempfile::tempdir().unwrap();
        let gateway = gateway(directory.path(), screening, tms).await;
        Peer { gateway, directory, token: None }
    }

    /// In the peer's semantics, with these entries of its configuration.
    async fn configured(tenant: &str, entries: &Value) -> Peer {
        let directory = tempfile::tempdir().unwrap();
        let catalogue = directory.path().join("catalogue.json");
        std::fs::write(&catalogue, entries.to_string()).unwrap();
        let screening =
            format!("tenant = {tenant:?}\ncatalogue = {catalogue:?}\nsemantics = \"peer\"\n");
        let gateway = gateway(directory.path(), &screening, "").await;
        Peer { gateway, directory, token: None }
    }

    /// The same store under another process.
    async fn again(self, screening: &str) -> Peer {
        self.gateway.stop().await;
        let gateway = gateway(self.directory.path(), screening, "").await;
        Peer { gateway, ..self }
    }

    async fn ask(&self, line: &str, headers: &str, body: &str) -> Answer {
        let at = self.gateway.addresses.tms.unwrap();
        let mut stream = tokio::net::TcpStream::connect(at).await.unwrap();
        let bearer = self.token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let (bearer, length) = (bearer.unwrap_or_default(), body.len());
        let request = format!(
            "{line} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nContent-Length: {length}\r\n\
             {bearer}{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head[9..12].parse().unwrap();
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    async fn post(&self, message: &str, body: &Value) -> Answer {
        let line = format!("POST /v1/evaluate/iso20022/{message}");
        self.ask(&line, "Content-Type: application/json\r\n", &body.to_string()).await
    }

    pub(crate) async fn send(&self, message: &str, body: &Value) {
        assert_eq!(self.try_send(message, body).await, Ok(()));
    }

    /// Sends a message; what was answered if it was not taken.
    pub(crate) async fn try_send(&self, message: &str, body: &Value) -> Result<(), String> {
        let answer = self.post(message, body).await;
        match answer.status {
            200 => Ok(()),
            status => Err(format!("{message}: {status} {}", answer.body)),
        }
    }

    pub(crate) async fn report(&self, message_id: &str) -> Option<Value> {
        let line = format!("GET /v1/admin/reports/getreportbymsgid?msgid={message_id}");
        let answer = self.ask(&line, "", "").await;
        match answer.status {
            204 => None,
            200 => {
                let body = answer.json();
                assert_eq!(body["message"], "Report was found");
                Some(body["data"].clone())
            }
            _ => panic!("{} {}", answer.status, answer.body),
        }
    }
}

async fn gateway(directory: &Path, screening: &str, tms: &str) -> Gateway {
    let settings = format!(
        "[screening]\nenabled = true\nbudget_ms = 5000\n{screening}[screening.tms]\nenabled = true\n\
         listen = \"127.0.0.1:0\"\n{tms}"
    );
    plain_gateway(directory, &settings, Arc::new(MovedClock::default())).await
}

/// The JSON of a shared file.
fn shared(path: &str) -> Option<Value> {
    let Some(path) = causeway_tests::shared(path) else {
        causeway_tests::skip(path);
        return None;
    };
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

/// A message with all that the peer's schema names.
fn example(message: &str) -> Option<Value> {
    let schema = shared(&format!("data/frms/tms-schema-{}.json", &message[..8]))?;
    Some(full("", &schema))
}

fn full(name: &str, schema: &Value) -> Value {
    match (name, schema["type"].as_str().unwrap()) {
        ("CreDtTm", _) => json!("2026-06-01T12:00:00.000Z"),
        ("BirthDt", _) => json!("1980-06-02"),
        ("Lat", _) => json!("-3.16091"),
        ("Long", _) => json!("38.35680"),
        ("Ccy", _) => json!("USD"),
        ("TxSts", _) => json!("ACCC"),
        ("TxTp", _) => schema["default"].clone(),
        (_, "object") => {
            let properties = schema["properties"].as_object().unwrap();
            let members = properties.iter().map(|(name, of)| (name.clone(), full(name, of)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        (_, "array") => match &schema["items"] {
            Value::Array(items) => items.iter().map(|item| full("", item)).collect(),
            item => json!([full("", item)]),
        },
        (_, "integer") => json!(1),
        (_, "number") => json!(12.34),
        _ => json!("text"),
    }
}

/// A payment of the examples: a transfer, and how it ended.
pub(crate) struct Payment {
    pub(crate) transfer: Value,
    pub(crate) ending: Value,
}

/// The time of the examples, Unix milliseconds.
const NOON_MS: i64 = 1_780_315_200_000;

/// A time as messages have it.
fn at(ms: i64) -> String {
    fspiop::time::DateTime::from_epoch_ms(NOON_MS + ms).unwrap().as_str().to_owned()
}

impl Payment {
    /// From one account to another, so long after noon.
    pub(crate) fn new(name: &str, debtor: &str, creditor: &str, ms: i64) -> Option<Payment> {
        let (mut transfer, mut ending) = (example(TRANSFER)?, example(ENDING)?);
        let message = &mut transfer["FIToFICstmrCdtTrf"];
        message["GrpHdr"]["MsgId"] = json!(format!("{name}-transfer"));
        message["GrpHdr"]["CreDtTm"] = json!(at(ms));
        let one = &mut message["CdtTrfTxInf"];
        one["PmtId"]["EndToEndId"] = json!(name);
        one["DbtrAcct"]["Id"]["Othr"][0]["Id"] = json!(debtor);
        one["CdtrAcct"]["Id"]["Othr"][0]["Id"] = json!(creditor);
        one["Dbtr"]["Id"]["PrvtId"]["Othr"][0]["Id"] = json!(format!("{debtor}-person"));
        one["Cdtr"]["Id"]["PrvtId"]["Othr"][0]["Id"] = json!(format!("{creditor}-person"));
        let message = &mut ending["FIToFIPmtSts"];
        message["GrpHdr"]["MsgId"] = json!(format!("{name}-ending"));
        message["GrpHdr"]["CreDtTm"] = json!(at(ms));
        message["TxInfAndSts"]["OrgnlEndToEndId"] = json!(name);
        Some(Payment { transfer, ending })
    }

    /// Ended like this.
    pub(crate) fn ended(mut self, status: &str) -> Payment {
        self.ending["FIToFIPmtSts"]["TxInfAndSts"]["TxSts"] = json!(status);
        self
    }
}

/// The rule results of a report's typology: id, outcome, value, weight.
pub(crate) fn rules(data: &Value, typology: usize) -> Vec<(String, String, Value, Value)> {
    let results = &data["report"]["tadpResult"]["typologyResult"][typology]["ruleResults"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let results = results.as_array().unwrap_or_else(|| panic!("{data}")).iter();
    results
        .map(|one| {
            let (id, outcome) = (text(&one["id"]), text(&one["subRuleRef"]));
            (id, outcome, one["indpdntVarbl"].clone(), one["wght"].clone())
        })
        .collect()
}
