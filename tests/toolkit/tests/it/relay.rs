//! A relay in the place of a hub: forwards by FSPIOP-Destination, byte for byte, and knows where parties are.

use causeway_toolkit::ToolkitError;
use causeway_toolkit::dfsp::{Dfsp, DfspOptions, PartyId};
use causeway_toolkit::http::{Exchange, Handler, HttpClient, HttpRequest, HttpServer, Reply};
use fspiop::jws::SigningKey;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

#[derive(Default)]
pub struct Relay {
    routes: Mutex<HashMap<String, String>>,
    parties: Mutex<HashMap<String, String>>,
    client: HttpClient,
}

impl Handler for Relay {
    async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
        let named = exchange.header("fspiop-destination").map(str::to_owned);
        let found = self.parties.lock().unwrap().get(&exchange.target).cloned();
        let destination = named.or(found).unwrap_or_default();
        let route = self.routes.lock().unwrap().get(&destination).cloned();
        let Some(route) = route else { return Reply::status(StatusCode::ACCEPTED) };
        let status = if exchange.method == "PUT" { StatusCode::OK } else { StatusCode::ACCEPTED };
        let mut headers = HeaderMap::new();
        if let Some(budget_ms) = exchange.headers.get("fspiop-timeout") {
            headers.insert("fspiop-timeout-effective", budget_ms.clone());
        }
        let relay = self.clone();
        tokio::spawn(async move { relay.forward(&route, exchange).await });
        Reply::Answer { status, headers, body: Default::default() }
    }
}

impl Relay {
    async fn forward(&self, route: &str, exchange: Exchange) {
        let mut headers = exchange.headers.clone();
        headers.remove("host");
        headers.remove("content-length");
        if let Some(left) = exchange.header("fspiop-timeout").and_then(|ms| ms.parse::<u64>().ok())
        {
            headers.insert("fspiop-timeout", HeaderValue::from(left.saturating_sub(50).max(1)));
        }
        let request = HttpRequest {
            method: exchange.method,
            url: format!("{route}{}", exchange.target),
            headers,
            body: exchange.body,
            slow_body_ms: 0,
        };
        let mut answer = self.client.send(request.clone()).await;
        while !answer.is_ok_and(|answer| answer.status.is_success()) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            answer = self.client.send(request.clone()).await;
        }
    }
}

/// Two DFSPs with the relay between them.
pub struct Pair {
    pub payer: Dfsp,
    pub payee: Dfsp,
    pub party: PartyId,
    _server: HttpServer,
}

impl Pair {
    pub async fn start(key: fn() -> SigningKey) -> Result<Self, ToolkitError> {
        Self::with(key, |options| options).await
    }

    pub async fn with(
        key: fn() -> SigningKey,
        payee_options: fn(DfspOptions) -> DfspOptions,
    ) -> Result<Self, ToolkitError> {
        let relay = Arc::new(Relay::default());
        let server =
            HttpServer::start(SocketAddr::from(([127, 0, 0, 1], 0)), relay.clone()).await?;
        let payer = Dfsp::start(DfspOptions::new("payerfsp", Arc::new(key()))).await?;
        let payee = DfspOptions::new("payeefsp", Arc::new(key()));
        let payee = Dfsp::start(payee_options(payee)).await?;
        let party = PartyId::new("MSISDN", "27713803912");
        payee.add_party(party.clone(), "Bright Mwale");
        relay.parties.lock().unwrap().insert(party.target(), "payeefsp".to_owned());
        for (dfsp, other) in [(&payer, &payee), (&payee, &payer)] {
            dfsp.set_hub(server.base_url());
            other.trust(dfsp.name(), dfsp.public_key_pem())?;
            relay.routes.lock().unwrap().insert(dfsp.name().to_owned(), dfsp.base_url());
        }
        Ok(Self { payer, payee, party, _server: server })
    }
}

pub fn rsa() -> SigningKey {
    SigningKey::generate_rsa_2048().unwrap()
}

pub fn p256() -> SigningKey {
    SigningKey::generate_p256().unwrap()
}
