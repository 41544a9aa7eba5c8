use crate::relay::p256;
use causeway_toolkit::bank::{BankOptions, IsoBank};
use causeway_toolkit::dfsp::{Dfsp, DfspOptions, PartyId};
use causeway_toolkit::http::{Exchange, Handler, HttpServer, Reply};
use causeway_toolkit::ledger_log::Units;
use causeway_toolkit::onboard::{AccountPattern, AdminClient, Member, Scheme};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// An admin listener of a few lines: it keeps what it gets and shows fixed accounts and positions.
#[derive(Default)]
struct Admin {
    got: Mutex<Vec<(String, Value)>>,
    refuses: Mutex<Option<String>>,
}

impl Handler for Admin {
    async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
        let body = serde_json::from_slice(&exchange.body).unwrap_or_default();
        let call = format!("{} {}", exchange.method, exchange.target);
        self.got.lock().unwrap().push((call.clone(), body));
        let refused = self.refuses.lock().unwrap().clone();
        if refused.is_some_and(|refused| call.contains(&refused)) {
            return Reply::status(StatusCode::BAD_REQUEST);
        }
        let account = |id: u32, kind: &str| {
            let value = -5;
            json!({ "id": id, "ledgerAccountType": kind, "currency": "USD", "value": value })
        };
        let body = match exchange.target.rsplit('/').next() {
            Some("accounts") => json!([account(3, "POSITION"), account(4, "SETTLEMENT")]),
            Some("positions") => json!([{ "currency": "USD", "value": 12.5 }]),
            _ => Value::Null,
        };
        let status = StatusCode::OK;
        Reply::Answer { status, headers: HeaderMap::new(), body: body.to_string().into() }
    }
}

async fn admin() -> (Arc<Admin>, HttpServer, AdminClient) {
    let admin = Arc::new(Admin::default());
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = HttpServer::start(listen, admin.clone()).await.unwrap();
    let client = AdminClient::new(server.base_url());
    (admin, server, client)
}

#[tokio::test]
async fn a_scheme_is_onboarded_in_order_and_in_the_documented_shapes() {
    let (admin, _server, client) = admin().await;
    let dfsp = Dfsp::start(DfspOptions::new("pinkdfsp", Arc::new(p256()))).await.unwrap();
    let bank = IsoBank::start(BankOptions::new("greenbank", "GRNBTZTZ")).await.unwrap();
    let patterns = vec![AccountPattern::IbanPrefix("DE89".to_owned())];
    let scheme = Scheme::new("USD").with(Member::dfsp(&dfsp)).with(Member::bank(&bank, patterns));
    scheme.onboard(&client).await.unwrap();
    let got = admin.got.lock().unwrap();
    let calls: Vec<&str> = got.iter().map(|(call, _)| call.as_str()).collect();
    let expected = [
        "POST /participants/Hub/accounts",
        "POST /participants/Hub/accounts",
        "POST /participants",
        "POST /participants/pinkdfsp/initialPositionAndLimits",
        "GET /participants/pinkdfsp/accounts",
        "POST /participants/pinkdfsp/accounts/4",
        "POST /participants/pinkdfsp/endpoints",
        "PUT /participants/pinkdfsp/keys",
        "PUT /participants/pinkdfsp/profile",
        "POST /participants",
        "POST /participants/greenbank/initialPositionAndLimits",
        "GET /participants/greenbank/accounts",
        "POST /participants/greenbank/accounts/4",
        "PUT /participants/greenbank/profile",
        "PUT /participants/greenbank/bank",
    ];
    assert_eq!(calls, expected);
    assert_eq!(got[2].1, json!({ "name": "pinkdfsp", "currency": "USD" }));
    assert_eq!(got[3].1["limit"], json!({ "type": "NET_DEBIT_CAP", "value": 1_000_000 }));
    assert_eq!(got[5].1["action"], "recordFundsIn");
    assert_eq!(got[5].1["amount"], json!({ "amount": "1000000", "currency": "USD" }));
    assert_eq!(got[6].1, json!({ "type": "FSPIOP_CALLBACK_URL", "value": dfsp.base_url() }));
    assert_eq!(got[7].1, json!({ "keys": [{ "publicKeyPem": dfsp.public_key_pem() }] }));
    let profile = json!({ "honoursTimeout": false, "acceptsTranslated": true });
    assert_eq!(got[8].1, profile);
    let record = json!({
        "fspId": "greenbank", "bics": ["GRNBTZTZ"], "memberIds": [], "url": bank.base_url(),
        "messages": ["pacs.008.001.08", "pacs.002.001.10"], "accounts": [{ "ibanPrefix": "DE89" }],
        "creditsOn": "confirmation", "honoursTimeout": false,
    });
    assert_eq!(got[14].1, record);
}

#[tokio::test]
async fn a_refusal_stops_it_and_names_the_step() {
    let (admin, _server, client) = admin().await;
    *admin.refuses.lock().unwrap() = Some("Hub/accounts".to_owned());
    let error = Scheme::new("USD").onboard(&client).await.unwrap_err().to_string();
    assert!(error.contains("POST /participants/Hub/accounts: 400"), "{error}");
}

#[tokio::test]
async fn positions_are_read_without_floats() {
    let (_admin, _server, client) = admin().await;
    let positions = client.positions("pinkdfsp").await.unwrap();
    assert_eq!(positions[0].currency, "USD");
    assert_eq!(positions[0].value, Units::parse("12.5").unwrap());
    assert_eq!(client.position("pinkdfsp", "USD").await.unwrap().to_string(), "12.5");
    assert!(client.position("pinkdfsp", "EUR").await.is_err());
}

/// A hub that answers every POST /participants with a signed PUT of its own.
struct Directory {
    hub: Dfsp,
}

impl Handler for Directory {
    async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
        let path = exchange.target.clone();
        let known = !path.ends_with("/0");
        tokio::spawn(async move {
            let target = if known { path } else { format!("{path}/error") };
            let body = json!({ "fspId": "pinkdfsp" });
            let draft = causeway_toolkit::dfsp::Draft::new(http::Method::PUT, target);
            self.hub.send(draft.to("pinkdfsp").json(&body)).await
        });
        Reply::status(StatusCode::ACCEPTED)
    }
}

#[tokio::test]
async fn a_dfsp_registers_its_parties() {
    let dfsp = Dfsp::start(DfspOptions::new("pinkdfsp", Arc::new(p256()))).await.unwrap();
    let hub = Dfsp::start(DfspOptions::new("Hub", Arc::new(p256()))).await.unwrap();
    hub.set_hub(dfsp.base_url());
    dfsp.trust("Hub", hub.public_key_pem()).unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = HttpServer::start(listen, Arc::new(Directory { hub })).await.unwrap();
    dfsp.set_hub(server.base_url());
    let party = PartyId::new("MSISDN", "27713803912");
    dfsp.register_party(party, "Bright Mwale", "USD").await.unwrap();
    let refused = dfsp.register_party(PartyId::new("MSISDN", "0"), "Nobody", "USD").await;
    assert!(refused.is_err());
    assert_eq!(dfsp.signature_failures(), [""; 0]);
}
