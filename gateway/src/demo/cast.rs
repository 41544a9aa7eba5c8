//! Who plays: the gateway, two banks, two DFSPs, and the directory they share.

use std::path::PathBuf;
use std::sync::Arc;

use causeway_toolkit::bank::{BankOptions, IsoBank};
use causeway_toolkit::dfsp::{Dfsp, DfspOptions, PartyId};
use causeway_toolkit::onboard::{AccountPattern, AdminClient, Member, Scheme};
use fspiop::jws::SigningKey;
use switch_store::SystemClock;
use tokio::sync::mpsc;

use super::DemoError;
use crate::config::Config;
use crate::node::HUB;
use crate::serve::Gateway;
use crate::sightings::Sighting;

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

/// All that take part, and where they are.
pub struct Cast {
    /// The gateway with its hub and the banks' side.
    pub gateway: Gateway,
    /// Speaks pain.001 and pacs.008.
    pub alpine: IsoBank,
    /// Another bank.
    pub harbour: IsoBank,
    /// A DFSP that signs with RSA.
    pub green: Dfsp,
    /// A DFSP that signs with P-256.
    pub blue: Dfsp,
    /// The operator.
    pub admin: AdminClient,
    /// What has happened since it was last asked.
    pub sightings: mpsc::UnboundedReceiver<Sighting>,
    /// Where the store and sample messages are.
    pub directory: PathBuf,
}

impl Cast {
    /// Starts everybody and onboards them.
    pub async fn assemble() -> Result<Cast, DemoError> {
        let directory = std::env::temp_dir().join(format!("causeway-demo-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let config = Config::parse(&settings(&directory), "the demo's configuration")?;
        crate::telemetry::start(&config.log);
        let gateway = Gateway::start(config, Arc::new(SystemClock::new())).await?;
        let (watcher, sightings) = mpsc::unbounded_channel();
        gateway.node.watch.by(watcher);
        let at = gateway.addresses;
        let channel = format!("http://{}", at.bank);
        let alpine = bank("alpinebank", "ALPNDEFF", &channel).await?;
        let harbour = bank("harbourbank", "HRBRGB2L", &channel).await?;
        let green = dfsp("greenwallet", SigningKey::generate_rsa_2048()?, &gateway).await?;
        let blue = dfsp("bluewallet", SigningKey::generate_p256()?, &gateway).await?;
        let admin = AdminClient::new(format!("http://{}", at.admin));
        let scheme = Scheme::new(CURRENCY)
            .with(Member::bank(&alpine, vec![AccountPattern::IbanPrefix("DE89".into())]))
            .with(Member::bank(&harbour, vec![AccountPattern::IbanPrefix("GB82".into())]))
            .with(Member::dfsp(&green))
            .with(Member::dfsp(&blue));
        scheme.onboard(&admin).await?;
        let cast =
            Cast { gateway, alpine, harbour, green, blue, admin, sightings, directory };
        cast.trust_each_other()?;
        let number = |number: &str| PartyId::new("MSISDN", number);
        cast.green.register_party(number(GREEN_NUMBER), "Amina Okafor", CURRENCY).await?;
        cast.blue.register_party(number(BLUE_NUMBER), "Bright Mwale", CURRENCY).await?;
        Ok(cast)
    }

    /// What has happened since this was last called.
    pub fn take_sightings(&mut self) -> Vec<Sighting> {
        let mut taken = Vec::new();
        while let Ok(sighting) = self.sightings.try_recv() {
            taken.push(sighting);
        }
        taken.sort_by_key(|sighting| sighting.at);
        taken
    }

    /// Stops everybody and removes what was written.
    pub async fn leave(self) {
        self.gateway.stop().await;
        if let Err(error) = std::fs::remove_dir_all(&self.directory) {
            eprintln!("{} could not be removed: {error}", self.directory.display());
        }
    }

    fn trust_each_other(&self) -> Result<(), DemoError> {
        let keys = &self.gateway.node.keys;
        for (dfsp, other) in [(&self.green, &self.blue), (&self.blue, &self.green)] {
            dfsp.trust(other.name(), other.public_key_pem())?;
            dfsp.trust(HUB, &keys.public_pem(HUB)?)?;
            for bank in [self.alpine.fsp_id(), self.harbour.fsp_id()] {
                dfsp.trust(bank, &keys.public_pem(bank)?)?;
            }
        }
        Ok(())
    }
}

fn settings(directory: &std::path::Path) -> String {
    let directory = toml::Value::String(directory.join("data").display().to_string());
    format!(
        "[listen]\nfspiop = \"127.0.0.1:0\"\nbank = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
         [store]\ndirectory = {directory}\n\
         [scheme]\nverify_ilp_terms = true\n\
         [log]\nfilter = \"error\"\nformat = \"text\"\n"
    )
}

async fn bank(name: &str, bic: &str, channel: &str) -> Result<IsoBank, DemoError> {
    let options =
        BankOptions { channel: Some(channel.to_owned()), ..BankOptions::new(name, bic) };
    Ok(IsoBank::start(options).await?)
}

async fn dfsp(name: &str, key: SigningKey, gateway: &Gateway) -> Result<Dfsp, DemoError> {
    let hub = Some(format!("http://{}", gateway.addresses.fspiop));
    let options = DfspOptions { hub, ..DfspOptions::new(name, Arc::new(key)) };
    Ok(Dfsp::start(options).await?)
}
