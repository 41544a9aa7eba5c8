//! The admin API over HTTP; one file a family.

mod ledger;
mod operations;
mod records;

use causeway::bank::secret_key;
use causeway::config::Config;
use causeway::peers::BASE_URL;
use causeway::serve::Gateway;
use causeway_toolkit::bank::{BankOptions, IsoBank};
use causeway_toolkit::dfsp::{Dfsp, DfspOptions};
use causeway_toolkit::http::{HttpClient, HttpRequest, HttpResponse};
use causeway_toolkit::onboard::{AccountPattern, AdminClient, Member, Scheme};
use fspiop::jws::SigningKey;
use hyper::Method;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use switch::{Key, PartyKind};
use switch_store::{Document, DocumentKey, SystemClock};

/// A gateway on ports of its own, and its operator.
struct Hub {
    gateway: Gateway,
    admin: AdminClient,
}

async fn hub(directory: &Path) -> Hub {
    let text = format!(
        "[listen]\nfspiop = \"127.0.0.1:0\"\nbank = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
         [egress]\nallow = [\"127.0.0.0/8\"]\n[store]\ndirectory = \"{}\"\n",
        directory.display()
    );
    let config = Config::parse(&text, "test").unwrap();
    let gateway = Gateway::start(config, Arc::new(SystemClock::new())).await.unwrap();
    let admin = AdminClient::new(format!("http://{}", gateway.addresses.admin));
    Hub { gateway, admin }
}

impl Hub {
    async fn send(&self, method: &str, path: &str, body: Value) -> HttpResponse {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let body = Some(body).filter(|body| !body.is_null());
        self.admin.send(method, path, body.as_ref()).await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, Value::Null).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text());
        answer.json().unwrap()
    }

    /// Sends a body as it is written here.
    async fn raw(&self, method: &str, path: &str, kind: &str, body: &str) -> HttpResponse {
        let url = format!("http://{}{path}", self.gateway.addresses.admin);
        let request = HttpRequest::new(Method::from_bytes(method.as_bytes()).unwrap(), url);
        let request = match kind {
            "" => request,
            kind => request.header("content-type", kind).unwrap(),
        };
        HttpClient::new().send(request.body(body.to_owned())).await.unwrap()
    }

    async fn refused(&self, row: Refused) {
        let (method, path, body, status, code, text) = row;
        let answer = self.send(method, path, body.clone()).await;
        let what = format!("{method} {path} {body}: {} {}", answer.status, answer.text());
        assert_eq!(answer.status.as_u16(), status, "{what}");
        let information = &answer.json().unwrap()["errorInformation"];
        assert_eq!(information["errorCode"], code, "{what}");
        assert!(information["errorDescription"].as_str().unwrap().contains(text), "{what}");
    }

    /// A scheme in USD with one participant that has a limit and no cover.
    async fn with_pinkdfsp(&self) {
        self.admin.create_hub_accounts("USD").await.unwrap();
        self.admin.create_participant("pinkdfsp", "USD").await.unwrap();
        self.admin.set_limit("pinkdfsp", "USD", 1_000).await.unwrap();
    }

    async fn account(&self, name: &str, kind: &str) -> Value {
        let accounts = self.get(&format!("/participants/{name}/accounts")).await;
        let accounts = accounts.as_array().unwrap().clone();
        accounts.into_iter().find(|account| account["ledgerAccountType"] == kind).unwrap()
    }

    async fn document(&self, key: &DocumentKey) -> Option<Document> {
        self.gateway.node.document(key).await.unwrap()
    }

    /// Who has which prefixes of a kind, in order.
    async fn ranges(&self, kind: &str) -> Vec<(String, String)> {
        let kind = PartyKind::try_from(kind.to_owned()).unwrap();
        let view = self.gateway.node.view(&[Key::PartyRanges(kind.clone())]).await.unwrap();
        let ranges = view.party_ranges(&kind).unwrap().map(|row| row.ranges.clone());
        let text = |(prefix, holder): (String, switch::ParticipantName)| (prefix, holder.into());
        ranges.unwrap_or_default().into_iter().map(text).collect()
    }
}

/// Method, path, body; status, code and text of the refusal.
type Refused = (&'static str, &'static str, Value, u16, &'static str, &'static str);

fn p256() -> Arc<SigningKey> {
    Arc::new(SigningKey::generate_p256().unwrap())
}

fn pair(prefix: &str, holder: &str) -> (String, String) {
    (prefix.to_owned(), holder.to_owned())
}

#[tokio::test]
async fn a_scheme_of_banks_and_dfsps_is_onboarded_and_outlives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let here = hub(directory.path()).await;
    let pink = Dfsp::start(DfspOptions::new("pinkdfsp", p256())).await.unwrap();
    let blue = Dfsp::start(DfspOptions::new("bluedfsp", p256())).await.unwrap();
    let green = IsoBank::start(BankOptions::new("greenbank", "GRNBTZTZ")).await.unwrap();
    let red = IsoBank::start(BankOptions::new("redbank", "REDBDEFF")).await.unwrap();
    let iban = |prefix: &str| vec![AccountPattern::IbanPrefix(prefix.to_owned())];
    let scheme = Scheme::new("USD")
        .with(Member::dfsp(&pink))
        .with(Member::dfsp(&blue))
        .with(Member::bank(&green, iban("DE89")))
        .with(Member::bank(&red, iban("DE12")));
    scheme.onboard(&here.admin).await.unwrap();
    let before = everything(&here).await;
    let known = here.gateway.node.peers.known();
    assert_eq!(known.records["pinkdfsp"].endpoints[BASE_URL], pink.base_url());
    assert_eq!(known.records["greenbank"].bank.as_ref().unwrap().url(), green.base_url());
    assert!(!known.records.contains_key("Hub"));
    let secret = here.document(&secret_key("redbank")).await.unwrap();
    assert_eq!(secret.body.len(), 32);
    assert_eq!(here.ranges("IBAN").await, [pair("DE12", "redbank"), pair("DE89", "greenbank")]);
    let signing = here.gateway.node.keys.public_pem("greenbank").unwrap();
    here.gateway.stop().await;

    let again = hub(directory.path()).await;
    assert_eq!(everything(&again).await, before);
    assert_eq!(again.document(&secret_key("redbank")).await.unwrap().body, secret.body);
    assert_eq!(again.gateway.node.keys.public_pem("greenbank").unwrap(), signing);
    assert_eq!(again.gateway.node.peers.known().records, known.records);
    again.gateway.stop().await;
}

/// All that the admin API shows of a scheme.
async fn everything(hub: &Hub) -> Vec<Value> {
    let mut shown = vec![hub.get("/participants").await, hub.get("/participants/limits").await];
    for name in ["Hub", "pinkdfsp", "bluedfsp", "greenbank", "redbank"] {
        for part in ["accounts", "positions", "endpoints", "limits"] {
            shown.push(hub.get(&format!("/participants/{name}/{part}")).await);
        }
    }
    assert_eq!(shown[0].as_array().unwrap().len(), 5);
    assert_eq!(shown[1].as_array().unwrap().len(), 4);
    shown
}
