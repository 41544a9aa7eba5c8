//! The small world that demo and tests share: two ISO banks and two DFSPs, onboarded with one hub.

use crate::ToolkitError;
use crate::bank::{BankOptions, IsoBank};
use crate::dfsp::{Dfsp, DfspOptions, PartyId};
use crate::onboard::{AccountPattern, AdminClient, Member, Scheme};
use crate::tls::SchemeCa;
use fspiop::jws::SigningKey;
use std::path::Path;
use std::sync::Arc;

/// The currency of all payments.
pub const CURRENCY: &str = "EUR";
/// A customer of Alpine Bank.
pub const ALPINE_IBAN: &str = "DE89370400440532013000";
/// A customer of Harbour Bank.
pub const HARBOUR_IBAN: &str = "GB82WEST12345698765432";
/// A customer of Green Wallet.
pub const GREEN_NUMBER: &str = "254700000001";
/// A customer of Blue Wallet.
pub const BLUE_NUMBER: &str = "255600000002";

/// Two banks and two DFSPs.
#[derive(Debug)]
pub struct Players {
    /// `alpinebank`, BIC ALPNDEFF, IBANs from DE89.
    pub alpine: IsoBank,
    /// `harbourbank`, BIC HRBRGB2L, IBANs from GB82.
    pub harbour: IsoBank,
    /// `greenwallet`, which signs with RSA.
    pub green: Dfsp,
    /// `bluewallet`, which signs with P-256.
    pub blue: Dfsp,
}

/// Where a hub is.
#[derive(Debug, Clone)]
pub struct HubUrls {
    /// FSPIOP, for DFSPs.
    pub fspiop: String,
    /// The bank channel, the part before `/iso20022`.
    pub channel: String,
}

impl Players {
    /// Starts all four on loopback; with `logs`, each keeps its log in a file there. With a `ca` each has a
    /// certificate in its name and speaks mutual TLS, without one plain HTTP.
    ///
    /// # Errors
    /// [`ToolkitError`] if one cannot listen or has no key.
    pub async fn start(
        hub: &HubUrls,
        logs: Option<&Path>,
        ca: Option<&SchemeCa>,
    ) -> Result<Players, ToolkitError> {
        let no_key = |_| ToolkitError::Message("a key cannot be made".to_owned());
        let rsa = SigningKey::generate_rsa_2048().map_err(no_key)?;
        let p256 = SigningKey::generate_p256().map_err(no_key)?;
        Ok(Players {
            alpine: bank("alpinebank", "ALPNDEFF", hub, logs, ca).await?,
            harbour: bank("harbourbank", "HRBRGB2L", hub, logs, ca).await?,
            green: dfsp("greenwallet", rsa, hub, logs, ca).await?,
            blue: dfsp("bluewallet", p256, hub, logs, ca).await?,
        })
    }

    /// Onboards all four, with a cover and a net debit cap that nobody reaches by accident.
    ///
    /// # Errors
    /// [`ToolkitError`] at the first step that the hub refuses.
    pub async fn onboard(&self, admin: &AdminClient) -> Result<(), ToolkitError> {
        self.onboard_at(admin, |_| None).await
    }

    /// The same; the hub is to find those at another base URL than their own for whom `address` says one.
    ///
    /// # Errors
    /// As [`Players::onboard`].
    pub async fn onboard_at(
        &self,
        admin: &AdminClient,
        address: impl Fn(&str) -> Option<String>,
    ) -> Result<(), ToolkitError> {
        let iban = |prefix: &str| vec![AccountPattern::IbanPrefix(prefix.to_owned())];
        let members = [
            Member::bank(&self.alpine, iban("DE89")),
            Member::bank(&self.harbour, iban("GB82")),
            Member::dfsp(&self.green),
            Member::dfsp(&self.blue),
        ];
        let mut scheme = Scheme::new(CURRENCY);
        for member in members {
            let elsewhere = address(&member.name);
            scheme = scheme.with(match elsewhere {
                Some(base_url) => member.at(base_url),
                None => member,
            });
        }
        scheme.onboard(admin).await
    }

    /// Lets the DFSPs verify each other and everybody in `keys` (name and public key as PEM).
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if one is no key.
    pub fn trust(&self, keys: &[(String, String)]) -> Result<(), ToolkitError> {
        for (dfsp, other) in [(&self.green, &self.blue), (&self.blue, &self.green)] {
            dfsp.trust(other.name(), other.public_key_pem())?;
            for (name, pem) in keys {
                dfsp.trust(name, pem)?;
            }
        }
        Ok(())
    }

    /// Registers one customer of each DFSP in the hub's directory.
    ///
    /// # Errors
    /// [`ToolkitError`] if the hub refuses.
    pub async fn register(&self) -> Result<(), ToolkitError> {
        let number = |number: &str| PartyId::new("MSISDN", number);
        self.green.register_party(number(GREEN_NUMBER), "Amina Okafor", CURRENCY).await?;
        self.blue.register_party(number(BLUE_NUMBER), "Bright Mwale", CURRENCY).await
    }

    /// What the DFSPs could not verify and the banks could not read. Empty is good.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = self.green.signature_failures();
        failures.extend(self.blue.signature_failures());
        failures.extend(self.alpine.unreadable());
        failures.extend(self.harbour.unreadable());
        failures
    }
}

async fn bank(
    name: &str,
    bic: &str,
    hub: &HubUrls,
    logs: Option<&Path>,
    ca: Option<&SchemeCa>,
) -> Result<IsoBank, ToolkitError> {
    let channel = Some(hub.channel.clone());
    let log = logs.map(|directory| directory.join(format!("{name}.log")));
    let credentials = ca.map(|ca| ca.participant(name)).transpose()?;
    IsoBank::start(BankOptions { channel, credentials, log, ..BankOptions::new(name, bic) }).await
}

async fn dfsp(
    name: &str,
    key: SigningKey,
    hub: &HubUrls,
    logs: Option<&Path>,
    ca: Option<&SchemeCa>,
) -> Result<Dfsp, ToolkitError> {
    let log = logs.map(|directory| directory.join(format!("{name}.log")));
    let credentials = ca.map(|ca| ca.participant(name)).transpose()?;
    let hub = Some(hub.fspiop.clone());
    Dfsp::start(DfspOptions { hub, credentials, log, ..DfspOptions::new(name, Arc::new(key)) })
        .await
}
