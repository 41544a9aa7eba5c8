use crate::http::{HttpClient, HttpRequest, HttpResponse};
use crate::ledger_log::Units;
use crate::tls::Credentials;
use crate::{ToolkitError, limits};
use ::http::Method;
use serde::Serialize;
use serde_json::{Value, json};

/// The admin API's client.
#[derive(Debug, Clone)]
pub struct AdminClient {
    base_url: String,
    client: HttpClient,
}

/// A public key for PUT /participants/{name}/keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKey {
    /// SubjectPublicKeyInfo as PEM.
    pub public_key_pem: String,
    /// From when it counts, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
}

impl PublicKey {
    /// A key that always counts.
    pub fn always(pem: impl Into<String>) -> Self {
        Self { public_key_pem: pem.into(), valid_from: None, valid_until: None }
    }
}

/// The body of PUT /participants/{name}/profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Whether it gives up when `FSPIOP-Timeout` is over.
    pub honours_timeout: bool,
    /// Whether it takes messages that the hub translated.
    pub accepts_translated: bool,
    /// The versions that it speaks; empty: the hub knows nothing of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
}

/// A bank's participant record (CONTRACTS, section 1): the body of PUT /participants/{name}/bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BankRecord {
    /// Its FspId.
    pub fsp_id: String,
    /// Its BICs.
    pub bics: Vec<String>,
    /// Its clearing member ids.
    pub member_ids: Vec<String>,
    /// The name in its TLS certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_identity: Option<String>,
    /// Where messages for it are posted.
    pub url: String,
    /// The versions written to it.
    pub messages: Vec<String>,
    /// Which accounts are its own.
    pub accounts: Vec<AccountPattern>,
    /// `confirmation` or `ownAcceptance`.
    pub credits_on: String,
    /// Whether it gives up when `FSPIOP-Timeout` is over.
    pub honours_timeout: bool,
    /// The name of its profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// Which accounts a bank serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AccountPattern {
    /// IBANs that begin so.
    IbanPrefix(String),
    /// Proxies of this ISO type: `TELE`, `EMAL`.
    ProxyType(String),
    /// Other account numbers that begin so.
    AccountPrefix(String),
}

impl BankRecord {
    /// A bank with one BIC that credits when it is told to, and takes every message of this release.
    pub fn new(fsp_id: impl Into<String>, bic: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            fsp_id: fsp_id.into(),
            bics: vec![bic.into()],
            member_ids: Vec::new(),
            tls_identity: None,
            url: url.into(),
            messages: vec!["pacs.008.001.08".to_owned(), "pacs.002.001.10".to_owned()],
            accounts: Vec::new(),
            credits_on: "confirmation".to_owned(),
            honours_timeout: false,
            profile: None,
        }
    }
}

/// A position, as GET /participants/{name}/positions shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// ISO 4217 code.
    pub currency: String,
    /// Its value.
    pub value: Units,
}

impl AdminClient {
    /// A client of the admin listener at `base_url`.
    pub fn new(base_url: impl Into<String>) -> Self {
        let base_url = base_url.into().trim_end_matches('/').to_owned();
        Self { base_url, client: HttpClient::new() }
    }

    /// The same with an operator's certificate.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if it cannot be used.
    pub fn with_credentials(mut self, credentials: &Credentials) -> Result<Self, ToolkitError> {
        self.client = HttpClient::with_credentials(credentials, limits::EXCHANGE_MS)?;
        Ok(self)
    }

    /// Sends a request; the answer whatever its status.
    ///
    /// # Errors
    /// [`ToolkitError`] if there is no answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<HttpResponse, ToolkitError> {
        let mut request = HttpRequest::new(method, format!("{}{path}", self.base_url));
        if let Some(body) = body {
            request = request.header("content-type", "application/json")?.body(body.to_string());
        }
        self.client.send(request).await
    }

    /// The hub's two accounts of a currency: reconciliation and multilateral settlement.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] if the hub refuses, an account that is there already included.
    pub async fn create_hub_accounts(&self, currency: &str) -> Result<(), ToolkitError> {
        for kind in ["HUB_RECONCILIATION", "HUB_MULTILATERAL_SETTLEMENT"] {
            let body = json!({ "type": kind, "currency": currency });
            self.post("/participants/Hub/accounts", &body).await?;
        }
        Ok(())
    }

    /// A participant with its accounts of a currency.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] if the hub refuses.
    pub async fn create_participant(&self, name: &str, currency: &str) -> Result<(), ToolkitError> {
        let body = json!({ "name": name, "currency": currency });
        self.post("/participants", &body).await
    }

    /// The one base URL of a participant's callbacks.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] if the hub refuses.
    pub async fn set_endpoint(&self, name: &str, base_url: &str) -> Result<(), ToolkitError> {
        let body = json!({ "type": BASE_URL_ENDPOINT, "value": base_url });
        self.post(&format!("/participants/{name}/endpoints"), &body).await
    }

    /// The net debit cap and a first position of 0. Once only.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] if the hub refuses.
    pub async fn set_limit(
        &self,
        name: &str,
        currency: &str,
        net_debit_cap: u64,
    ) -> Result<(), ToolkitError> {
        let body = json!({
            "currency": currency,
            "limit": { "type": "NET_DEBIT_CAP", "value": net_debit_cap },
            "initialPosition": 0,
        });
        self.post(&format!("/participants/{name}/initialPositionAndLimits"), &body).await
    }

    /// Records money that a participant has paid in.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] if the hub refuses, [`ToolkitError::Message`] if it shows no settlement account.
    pub async fn record_funds_in(
        &self,
        name: &str,
        currency: &str,
        amount: &str,
    ) -> Result<(), ToolkitError> {
        let account = self.settlement_account(name, currency).await?;
        let body = json!({
            "transferId": crate::clock::fresh_uuid()?,
            "externalReference": "toolkit",
            "action": "recordFundsIn",
            "reason": "cover",
            "amount": { "amount": amount, "currency": currency },
        });
        self.post(&format!("/participants/{name}/accounts/{account}"), &body).await
    }

    /// Sets a participant's public keys.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] if the hub refuses.
    pub async fn set_keys(&self, name: &str, keys: &[PublicKey]) -> Result<(), ToolkitError> {
        self.put(&format!("/participants/{name}/keys"), &json!({ "keys": keys })).await
    }

    /// Sets a participant's profile.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] if the hub refuses.
    pub async fn set_profile(&self, name: &str, profile: &Profile) -> Result<(), ToolkitError> {
        self.put(&format!("/participants/{name}/profile"), &json!(profile)).await
    }

    /// Makes a participant an ISO bank.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] if the hub refuses.
    pub async fn set_bank(&self, name: &str, record: &BankRecord) -> Result<(), ToolkitError> {
        self.put(&format!("/participants/{name}/bank"), &json!(record)).await
    }

    /// A participant's positions.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] if the hub refuses, [`ToolkitError::Message`] if the answer holds no positions.
    pub async fn positions(&self, name: &str) -> Result<Vec<Position>, ToolkitError> {
        let answer = self.read(&format!("/participants/{name}/positions")).await?;
        let list = answer.as_array().cloned().unwrap_or_else(|| vec![answer.clone()]);
        list.iter().map(position).collect()
    }

    /// A participant's position in a currency.
    ///
    /// # Errors
    /// As [`AdminClient::positions`], and [`ToolkitError::Message`] if it has none in that currency.
    pub async fn position(&self, name: &str, currency: &str) -> Result<Units, ToolkitError> {
        let found = self.positions(name).await?.into_iter().find(|p| p.currency == currency);
        found
            .map(|position| position.value)
            .ok_or_else(|| ToolkitError::Message(format!("{name} has no position in {currency}")))
    }

    async fn settlement_account(&self, name: &str, currency: &str) -> Result<String, ToolkitError> {
        let accounts = self.read(&format!("/participants/{name}/accounts")).await?;
        let is_it = |account: &&Value| {
            account["ledgerAccountType"] == "SETTLEMENT" && account["currency"] == currency
        };
        let found = accounts.as_array().and_then(|list| list.iter().find(is_it));
        let id = found.map(|account| plain(&account["id"])).filter(|id| !id.is_empty());
        id.ok_or_else(|| ToolkitError::Message(format!("{name} has no {currency} account")))
    }

    async fn read(&self, path: &str) -> Result<Value, ToolkitError> {
        let answer = self.send(Method::GET, path, None).await?;
        answer.success(&format!("GET {path}"))?.json()
    }

    async fn post(&self, path: &str, body: &Value) -> Result<(), ToolkitError> {
        let answer = self.send(Method::POST, path, Some(body)).await?;
        answer.success(&format!("POST {path}")).map(drop)
    }

    async fn put(&self, path: &str, body: &Value) -> Result<(), ToolkitError> {
        let answer = self.send(Method::PUT, path, Some(body)).await?;
        answer.success(&format!("PUT {path}")).map(drop)
    }
}

/// The endpoint type that serves every callback (CONTRACTS, section 4: one base URL a participant).
pub(crate) const BASE_URL_ENDPOINT: &str = "FSPIOP_CALLBACK_URL";

fn position(account: &Value) -> Result<Position, ToolkitError> {
    let value = plain(&account["value"]);
    let units = Units::parse(&value)
        .map_err(|error| ToolkitError::Message(format!("position: {error}")))?;
    Ok(Position { currency: plain(&account["currency"]), value: units })
}

/// A string without its quotation marks, a number as it is written.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
