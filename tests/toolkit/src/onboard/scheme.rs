use super::admin::{AdminClient, BankRecord, Profile};
use crate::ToolkitError;
use crate::dfsp::{Dfsp, PartyId};

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
        let _ = admin;
        unimplemented!()
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
        let _ = (party, display_name, currency);
        unimplemented!()
    }
}
