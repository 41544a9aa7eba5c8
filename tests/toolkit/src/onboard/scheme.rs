use super::admin::{AccountPattern, AdminClient, BankRecord, Profile, PublicKey};
use crate::bank::IsoBank;
use crate::dfsp::{Dfsp, Draft, PartyId, Received};
use crate::{ToolkitError, clock, limits};
use ::http::Method;
use serde_json::json;

/// A participant to be onboarded.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its FspId.
    pub name: String,
    /// Its callbacks; `None` for a bank, whose side lives in the gateway.
    pub base_url: Option<String>,
    /// Its public key as PEM.
    pub public_key_pem: Option<String>,
    /// What it agreed to.
    pub profile: Profile,
    /// Its record, if it is an ISO bank.
    pub bank: Option<BankRecord>,
}

impl Member {
    /// A DFSP with its endpoint and key.
    pub fn dfsp(dfsp: &Dfsp) -> Self {
        Self {
            name: dfsp.name().to_owned(),
            base_url: Some(dfsp.base_url()),
            public_key_pem: Some(dfsp.public_key_pem().to_owned()),
            profile: Profile { accepts_translated: true, ..Profile::default() },
            bank: None,
        }
    }

    /// A bank with its URL and these accounts. Its signing key is the gateway's affair.
    pub fn bank(bank: &IsoBank, accounts: Vec<AccountPattern>) -> Self {
        let record = BankRecord::new(bank.fsp_id(), bank.bic(), bank.base_url());
        Self {
            name: bank.fsp_id().to_owned(),
            base_url: None,
            public_key_pem: None,
            profile: Profile { accepts_translated: true, ..Profile::default() },
            bank: Some(BankRecord { accounts, ..record }),
        }
    }
}

impl Member {
    /// The same, whom the hub finds at another base URL.
    #[must_use]
    pub fn at(mut self, base_url: String) -> Self {
        match &mut self.bank {
            Some(record) => record.url = base_url,
            None => self.base_url = Some(base_url),
        }
        self
    }
}

/// Participants of one currency, with limits and cover.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// ISO 4217 code.
    pub currency: String,
    /// The net debit cap of each.
    pub net_debit_cap: u64,
    /// What each has paid in.
    pub cover: String,
    /// The participants, in the order of onboarding.
    pub members: Vec<Member>,
}

impl Scheme {
    /// A scheme with ample limits and no members.
    pub fn new(currency: impl Into<String>) -> Self {
        Self {
            currency: currency.into(),
            net_debit_cap: 1_000_000,
            cover: "1000000".to_owned(),
            members: Vec::new(),
        }
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, member: Member) -> Self {
        self.members.push(member);
        self
    }

    /// Creates the hub's accounts, then every member with its accounts, endpoint, limit, cover, keys, profile, record.
    ///
    /// # Errors
    /// [`ToolkitError`] at the first step that the hub refuses.
    pub async fn onboard(&self, admin: &AdminClient) -> Result<(), ToolkitError> {
        admin.create_hub_accounts(&self.currency).await?;
        for member in &self.members {
            self.admit(member, admin).await?;
        }
        Ok(())
    }

    async fn admit(&self, member: &Member, admin: &AdminClient) -> Result<(), ToolkitError> {
        let name = &member.name;
        admin.create_participant(name, &self.currency).await?;
        admin.set_limit(name, &self.currency, self.net_debit_cap).await?;
        admin.record_funds_in(name, &self.currency, &self.cover).await?;
        if let Some(base_url) = &member.base_url {
            admin.set_endpoint(name, base_url).await?;
        }
        if let Some(pem) = &member.public_key_pem {
            admin.set_keys(name, &[PublicKey::always(pem)]).await?;
        }
        admin.set_profile(name, &member.profile).await?;
        match &member.bank {
            Some(record) => admin.set_bank(name, record).await,
            None => Ok(()),
        }
    }
}

impl Dfsp {
    /// Registers a party of this DFSP with the hub, and takes it on as a customer: POST /participants/{Type}/{ID}.
    ///
    /// # Errors
    /// [`ToolkitError::Answer`] if the hub refuses at once or by callback, [`ToolkitError::Silence`] without callback.
    pub async fn register_party(
        &self,
        party: PartyId,
        display_name: &str,
        currency: &str,
    ) -> Result<(), ToolkitError> {
        let target = format!("/participants/{}/{}", party.kind, party.identifier);
        let body = json!({ "fspId": self.name(), "currency": currency });
        self.add_party(party, display_name);
        let sent_epoch_ms = clock::now_epoch_ms();
        let draft = Draft::new(Method::POST, &target).json(&body);
        let delivery = self.send(draft).await?;
        delivery.response.success(&format!("POST {target}"))?;
        let is_it = |message: &Received| {
            message.method == Method::PUT
                && message.object() == target
                && message.arrived_epoch_ms >= sent_epoch_ms
        };
        let callback = self.await_callback(is_it, limits::CALLBACK_MS).await?;
        if callback.is_error() {
            let body = String::from_utf8_lossy(&callback.body).into_owned();
            return Err(ToolkitError::Answer { what: callback.target.clone(), status: 0, body });
        }
        Ok(())
    }
}
